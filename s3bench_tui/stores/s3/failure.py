"""What went wrong at an s3:// target, in one sentence: who said what, and what to do.

Takes the SDK's exceptions apart. Sends nothing, and lets through no secret, no control character and no page of HTML.
"""

from __future__ import annotations

from typing import Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores import unanswered
from s3bench_tui.stores.place import Place, skew_s
from s3bench_tui.units import format_duration

NOT_S3 = "the answer is not S3's"

_ADVICE = {
    "InvalidAccessKeyId": "this server does not know the access key{source}; check the profile or AWS_ACCESS_KEY_ID, and that the end point is the one they are for",
    "SignatureDoesNotMatch": "the secret key{source} does not belong to the access key, or something on the way changes requests (a proxy that rewrites Host or path)",
    "ExpiredToken": "the session token{source} has expired; get new credentials (for example aws sso login) and start again",
    "InvalidToken": "the session token{source} is not valid here; unset AWS_SESSION_TOKEN where it is left over, or get new credentials",
    "NoSuchBucket": "create the bucket, or correct its name in the target",
    "AccessDenied": "these credentials{source} lack the permission; grant it, or for end points that only serve objects run with --no-probe",
    "SlowDown": "the server is too busy; try again later",
    "NotImplemented": "the server does not know this request; for end points that only serve objects run with --no-probe",
    "QuotaExceeded": "make room, or raise the quota",
}
_SAME = {
    "ExpiredTokenException": "ExpiredToken",
    "RequestExpired": "ExpiredToken",
    "TokenRefreshRequired": "ExpiredToken",
    "AllAccessDisabled": "AccessDenied",
    "AccountProblem": "AccessDenied",
    "403": "AccessDenied",
    "Forbidden": "AccessDenied",
    "405": "NotImplemented",
    "501": "NotImplemented",
    "MethodNotAllowed": "NotImplemented",
    "503": "SlowDown",
    "ServiceUnavailable": "SlowDown",
}
_FINAL = ("NoSuchBucket", "ExpiredToken", "InvalidToken", "AuthorizationHeaderMalformed")
"""Refusals with these statuses that have nothing to do with what was asked."""
_ELSEWHERE = (
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
    "301",
    "307",
)


def explain(error: Exception, doing: str, place: Place, now_s: float) -> TargetError:
    """The TargetError for an SDK exception that ended `doing` (as in "listing the bucket")."""
    return place.error(_refused(error, doing, place, now_s) if _answer(error) else _not_answered(error, doing, place))


def elsewhere(home: str, region: str) -> str:
    """What to do about a bucket that is in region `home`."""
    return f"the bucket is in region {home}, but requests are signed for {region}; write `region: {home}`"


def code_of(error: BaseException | None) -> str:
    """The server's error code, or the HTTP status as text; empty where no answer came."""
    return str(_answer(error).get("Error", {}).get("Code") or status_of(error) or "")


def status_of(error: BaseException | None) -> int:
    """The HTTP status of a refusal; 0 where no answer came."""
    return int(_answer(error).get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def region_of(error: BaseException | None) -> str:
    """The region that the server says the bucket is in; empty where it does not."""
    answer = _answer(error)
    return str(headers_of(answer).get("x-amz-bucket-region") or answer.get("Error", {}).get("Region") or "")


def headers_of(answer: dict[str, Any]) -> dict[str, str]:
    """The response headers, by lower-case name."""
    return dict(answer.get("ResponseMetadata", {}).get("HTTPHeaders") or {})


def refuses_lists(error: BaseException | None, region: str) -> bool:
    """Whether a server in `region` is there, but gives no listing: it forbids, redirects, or does not know them."""
    if type(error).__name__ == "ResponseParserError":
        return True
    if region_of(error) not in ("", region):
        return False  # nor would it serve anything else
    code, status = code_of(error), status_of(error)
    if status in (400, 404) or _is_page(error):
        return code.isdigit()  # no S3 error in it: not an S3 server's answer
    return status in (405, 501) or 300 <= status < 400 or (status == 403 and _SAME.get(code, code) == "AccessDenied")


def refuses_batches(error: BaseException | None) -> bool:
    """Whether the server does not know deletes of many keys in one request."""
    return status_of(error) in (400, 404, 405, 411, 501) and code_of(error) not in _FINAL


def _answer(error: BaseException | None) -> dict[str, Any]:
    return getattr(error, "response", None) or {}


def _is_page(error: BaseException | None) -> bool:
    """Whether the answer is text for people in place of S3's XML."""
    return code_of(error).isdigit() and headers_of(_answer(error)).get("content-type", "").startswith("text/")


def _refused(error: Exception, doing: str, place: Place, now_s: float) -> str:
    answer = _answer(error)
    fault = answer.get("Error", {})
    code, status, headers = code_of(error), status_of(error), headers_of(answer)
    request_id = answer.get("ResponseMetadata", {}).get("RequestId")
    facts = f"HTTP {status}" + (f", request {request_id}" if request_id else "")
    said = str(fault.get("Message") or "").rstrip(". ")[:300]
    if _is_page(error):
        shown = "" if status == 500 else f"{facts}, "  # the SDK makes a 500 of a 200 that is no XML
        return f"{doing} failed: {NOT_S3} ({shown}{headers['content-type']}); {_other_server(status, headers, place)}"
    return f"{doing} was refused: {code}{': ' + said if said and said != code else ''} ({facts}); {_advice(error, code, headers, place, now_s)}"


def _advice(error: Exception, code: str, headers: dict[str, str], place: Place, now_s: float) -> str:
    if code == "RequestTimeTooSkewed":
        ahead_s = skew_s(headers, now_s)
        by = (
            f" by {format_duration(abs(ahead_s) * 1e9)}, the server's is {'ahead' if ahead_s > 0 else 'behind'}"
            if ahead_s
            else ""
        )
        return f"the clocks differ{by}; set this machine's clock (NTP)"
    home = region_of(error)
    if home and home != place.region:
        return elsewhere(home, place.region)
    if code in _ELSEWHERE:
        return f"the bucket is not served here for region {place.region}; set `region` (and `endpoint`) to where it is"
    source = f" ({place.source})" if place.source else ""
    advice = _ADVICE.get(_SAME.get(code, code))
    if advice:
        return advice.format(source=source)
    return (
        "the server is at fault; look into its log" if status_of(error) >= 500 else "check the target and its options"
    )


def _other_server(status: int, headers: dict[str, str], place: Place) -> str:
    if status == 400 and place.url.startswith("http://"):
        return "the port may speak TLS: write https:// for the end point"
    if 300 <= status < 400 and headers.get("location"):
        return "it sends elsewhere; write the end point that serves the S3 API itself, not its console or a web page"
    server = f" ({headers['server']})" if headers.get("server") else ""
    return f"something else{server} listens there; write the end point of the S3 API, not of a console or a web page"


def _not_answered(error: Exception, doing: str, place: Place) -> str:
    name = type(error).__name__
    if name == "ResponseParserError":
        return f"{doing} failed: {NOT_S3} XML; write the end point of the S3 API, not of a console or a web page"
    told = unanswered.reason(
        error,
        doing,
        place.url,
        place.connect_timeout_ns,
        place.operation_timeout_ns,
        "check the end point, the region and the DNS",
    )
    if told:
        return told
    words = str(error)[:300].rstrip(". \n") or name
    return f"{doing} failed: {words}; check the target, its options and its credentials"

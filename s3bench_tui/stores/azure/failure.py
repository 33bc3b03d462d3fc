"""What went wrong at an az:// target, in one sentence: who said what, and what to do.

Takes the SDK's exceptions apart. Sends nothing, and lets through no secret, no control character and no page of HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3bench_tui.errors import TargetError
from s3bench_tui.stores import unanswered
from s3bench_tui.stores.place import Place, skew_s
from s3bench_tui.units import format_duration

NOT_AZURE = "the answer is not Azure Blob Storage's"

_REFUSED = ("AuthenticationFailed", "AuthorizationFailure", "InvalidAuthenticationInfo", "NoAuthenticationInformation")
_LACKING = ("AuthorizationPermissionMismatch", "AuthorizationResourceTypeMismatch", "AuthorizationServiceMismatch")
_ADVICE = {
    "ContainerNotFound": "create the container, or correct its name in the target",
    "ContainerBeingDeleted": "wait until it is gone, which takes half a minute or more, or use another name",
    "InvalidResourceName": "container names are 3 to 63 lower-case letters, digits and single hyphens",
    "OutOfRangeInput": "container names are 3 to 63 lower-case letters, digits and single hyphens",
    "KeyBasedAuthenticationNotPermitted": "this account takes no keys; unset AZURE_STORAGE_KEY and AZURE_STORAGE_CONNECTION_STRING, and sign in (az login)",
    "PublicAccessNotPermitted": "this account has no public containers; remove `anonymous: true`",
    "AccountIsDisabled": "the account is switched off; ask who pays for it",
    "AccountRequiresHttps": "write https:// for the end point",
    "AuthorizationProtocolMismatch": "the shared access signature is for https alone; write https:// for the end point",
    "AuthorizationSourceIPMismatch": "the shared access signature is for other addresses than this machine's",
    "ServerBusy": "the server is too busy; try again later",
    "InvalidHeaderValue": "the server may be too old for this version of the service; update it",
}
_SKEW_LIMIT_S = 900
"""The service refuses what is signed with a clock that differs more."""


def explain(error: Exception, doing: str, place: Place, now_s: float) -> TargetError:
    """The TargetError for an SDK exception that ended `doing` (as in "listing the container")."""
    return place.error(_refused(error, doing, place, now_s) if status_of(error) else _not_answered(error, doing, place))


def code_of(error: BaseException | None) -> str:
    """The server's error code; empty where it gave none, or no answer came."""
    code = getattr(error, "error_code", None) or headers_of(getattr(error, "response", None)).get("x-ms-error-code", "")
    return str(getattr(code, "value", code))


def status_of(error: BaseException | None) -> int:
    """The HTTP status of a refusal; 0 where no answer came."""
    return int(getattr(error, "status_code", None) or 0)


def headers_of(response: Any) -> dict[str, str]:
    """The response headers, by lower-case name."""
    return {name.lower(): value for name, value in dict(getattr(response, "headers", None) or {}).items()}


def is_azure(headers: Mapping[str, str]) -> bool:
    """Whether an answer is of the service, which marks each of them."""
    return "x-ms-request-id" in headers or "x-ms-version" in headers


def refuses_lists(error: BaseException | None, kind: str) -> bool:
    """Whether a server is there, but gives no listing: it forbids them alone, or does not know them."""
    if type(error).__name__ == "DeserializationError":
        return True
    status, code = status_of(error), code_of(error)
    if not is_azure(headers_of(getattr(error, "response", None))):
        return 200 <= status < 500
    if kind == "anonymous" and code == "ResourceNotFound":  # blobs may still be public one by one
        return True
    return code in _LACKING or status in (405, 501)


def refuses_batches(error: BaseException | None) -> bool:
    """Whether the server does not take many deletes in one request."""
    return status_of(error) in (400, 403, 404, 405, 411, 415, 501) and code_of(error) != "ContainerNotFound"


def _refused(error: Exception, doing: str, place: Place, now_s: float) -> str:
    headers, status, code = headers_of(getattr(error, "response", None)), status_of(error), code_of(error)
    if not is_azure(headers):
        type_ = headers.get("content-type", "")
        facts = ", ".join(part for part in (f"HTTP {status}", type_) if part)
        return f"{doing} failed: {NOT_AZURE} ({facts}); {_other_server(status, headers, place)}"
    request_id = headers.get("x-ms-request-id", "")
    facts = f"HTTP {status}" + (f", request {request_id}" if request_id else "")
    words = said(error) if code else ""
    shown = f"{code or status}: {words}" if words else code or str(status)
    return f"{doing} was refused: {shown} ({facts}); {_advice(code, status, headers, place, now_s)}"


def said(error: Exception) -> str:
    """The server's own sentence; the SDK adds what stands in fields, too."""
    return str(getattr(error, "message", "")).strip().partition("\n")[0].partition("RequestId:")[0].strip(". ")[:300]


def _advice(code: str, status: int, headers: Mapping[str, str], place: Place, now_s: float) -> str:
    advice = _ADVICE.get(code)
    if advice:
        return advice
    source = f"({place.source})" if place.source not in ("", place.kind) else ""
    named = " ".join(part for part in ("the", place.kind, source) if part)
    if code == "ResourceNotFound" and place.kind == "anonymous":
        return "there is no such container, or it is not public; correct its name, or remove `anonymous: true`"
    if code in _LACKING:
        return (
            f"{named} lacks the permission; " + "the identity needs the role Storage Blob Data Contributor"
            if place.kind == "bearer token"
            else f"{named} lacks the permission; it needs read, create, write, delete and list on blobs and the container"
        )
    if code in _REFUSED:
        ahead_s = skew_s(headers, now_s)
        if place.ending.startswith("expired"):
            return f"{named} {place.ending}; get a new one and start again"
        if ahead_s is not None and abs(ahead_s) > _SKEW_LIMIT_S:
            side = "ahead" if ahead_s > 0 else "behind"
            return f"the clocks differ by {format_duration(abs(ahead_s) * 1e9)}, the server's is {side}; set this machine's clock (NTP)"
        return _not_let_in(place.kind, named)
    return "the server is at fault; look into its log" if status >= 500 else "check the target and its options"


def _not_let_in(kind: str, named: str) -> str:
    if kind == "anonymous":
        return "the container is not public; remove `anonymous: true`"
    if kind == "account key":
        return f"{named} is not one of this account's; copy it anew"
    if kind == "bearer token":
        return f"{named} is not accepted; sign in to the tenant of this account (az login --tenant ...)"
    return f"{named} is not one of this account and container, or was changed; copy it anew"


def _other_server(status: int, headers: Mapping[str, str], place: Place) -> str:
    if status == 400 and place.url.startswith("http://"):
        return "the port may speak TLS: write https:// for the end point"
    server = f" ({headers['server']})" if headers.get("server") else ""
    return f"something else{server} listens there; write the end point of the blob service"


def _not_answered(error: Exception, doing: str, place: Place) -> str:
    if type(error).__name__ == "DeserializationError":
        return f"{doing} failed: {NOT_AZURE}; write the end point of the blob service"
    told = unanswered.reason(
        error,
        doing,
        place.url,
        place.connect_timeout_ns,
        place.operation_timeout_ns,
        "there is no such account, or the end point or the DNS is wrong",
    )
    if told:
        return told
    words = str(error)[:300].strip().rstrip(". \n") or type(error).__name__
    return f"{doing} failed: {words}; check the target, its options and its credentials"

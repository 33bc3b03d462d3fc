"""Why a gs:// target said no, in one sentence: the server's code, reason and words, and what to do.

Sends nothing. What happens before there is an answer is said by `unanswered`.
"""

from __future__ import annotations

from collections.abc import Mapping

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.http.gcsjson import parse_error
from s3bench_tui.stores.place import Place

NOT_GCS = "the answer is not that of Google's storage API"

_ADVICE = {
    400: "check the target and its options",
    401: "the token{source} has expired or is not valid here; sign in again (gcloud auth application-default login), or check the clock",
    403: "these credentials{source} lack the permission; grant it (roles/storage.objectUser), or for buckets that only serve objects run with --no-probe",
    404: "create the bucket, or correct its name in the target",
    405: "the server does not know this request; write the end point of the JSON API",
    429: "the server is too busy; try again later",
    501: "the server does not know this request; write the end point of the JSON API",
    503: "the server is too busy; try again later",
}
_ANONYMOUS = "the bucket is not public; take `anonymous` away, or grant allUsers the permission"


class Refused(TargetError):  # noqa: N818 - says what happened, as the tree in errors.py does
    """The server answered, and said no. Travels between processes as any TargetError does."""

    status = 0
    reason = ""


def refused(status: int, headers: Mapping[str, str], body: bytes, doing: str, place: Place) -> Refused:
    """The error for an answer of `status` 300 or above (header names in lower case) that ended `doing`."""
    reason, message = parse_error(body)
    request_id = headers.get("x-guploader-uploadid", "")
    facts = f"HTTP {status}" + (f", request {request_id}" if request_id else "")
    if not reason and not message:
        text = f"{doing} failed: {NOT_GCS} ({facts}); {_other_server(status, headers, place)}"
    else:
        said = ": ".join(dict.fromkeys(part.rstrip(". ")[:300] for part in (reason, message) if part))
        text = f"{doing} was refused: {said} ({facts}); {_advice(status, place)}"
    error = Refused(str(place.error(text)))
    error.status, error.reason = status, reason
    return error


def refuses_lists(error: TargetError, anonymous: bool) -> bool:
    """Whether the bucket is there, but gives no listing to this caller."""
    if not isinstance(error, Refused) or not error.reason:
        return False
    return error.status == 403 or (error.status == 401 and anonymous)


def _advice(status: int, place: Place) -> str:
    if place.source == "anonymous" and status in (401, 403):
        return _ANONYMOUS
    if status >= 500 and status not in _ADVICE:
        return "the server is at fault; look into its log"
    source = f" ({place.source})" if place.source else ""
    return _ADVICE.get(status, _ADVICE[400]).format(source=source)


def _other_server(status: int, headers: Mapping[str, str], place: Place) -> str:
    if status == 400 and place.url.startswith("http://"):
        return "the port may speak TLS: write https:// for the end point"
    if status >= 500:
        return "the server is at fault; look into its log"
    server = f" ({headers['server']})" if headers.get("server") else ""
    return f"something else{server} listens there; write the end point of the JSON API"

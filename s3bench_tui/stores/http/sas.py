"""Shared access signatures of Azure Blob Storage: one for a container, made from the account key.

A worker puts it behind each path, so that its requests need no signing of their own. Knows nothing of sockets or of
where keys come from. The version stands still, as sandboxes and private clouds lag behind the vendor's SDK, which
signs with the newest.
"""

from __future__ import annotations

import base64
import hmac
import re
from datetime import UTC, datetime
from urllib.parse import quote, unquote

VERSION = "2021-12-02"
"""Of the service, in `sv` and in `x-ms-version`."""

PERMISSIONS = "rcwdxlt"
"""Read, create, write, delete, delete of versions, list, tags; the service wants them in this order."""

_is_token = re.compile(r"[\x21-\x7e]+").fullmatch
_signature = re.compile(r"(?:^|&)sig=([^&]+)")
_expiry = re.compile(r"(?:^|&)se=([^&]+)")


def container_sas(account: str, key: str, container: str, expiry_s: int) -> str:
    """A signature for all that a load does to the blobs of this container, until `expiry_s` (seconds of the epoch).

    `key` is the account's, in Base64; ValueError where it is not. Without a beginning: the clocks may differ.
    """
    try:
        secret = base64.b64decode(key, validate=True)
    except ValueError:  # of binascii, or of text that is not ASCII
        raise ValueError("the account key is not Base64") from None
    expiry = datetime.fromtimestamp(expiry_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    # Permissions, start, expiry, resource, identifier, addresses, protocol, version, kind of resource, snapshot,
    # encryption scope, and five headers that answers would be given.
    fields = [PERMISSIONS, "", expiry, f"/blob/{account}/{container}", "", "", "", VERSION, "c", "", "", *[""] * 5]
    digest = hmac.digest(secret, "\n".join(fields).encode(), "sha256")
    signature = quote(base64.b64encode(digest).decode(), safe="")
    return f"sv={VERSION}&se={quote(expiry, safe='')}&sr=c&sp={PERMISSIONS}&sig={signature}"


def given(text: str) -> str:
    """A signature that a user gave, without what stands around it; ValueError where it is none."""
    token = text.strip().rpartition("?")[2].strip("&")
    if not _is_token(token) or not _signature.search(token):
        raise ValueError("it is no shared access signature, which is a query such as sv=...&se=...&sig=...")
    return token


def expiry_of(token: str) -> float | None:
    """When it expires, in seconds of the epoch; None where it does not say (a stored policy of the container does)."""
    found = _expiry.search(token)
    if found is None:
        return None
    try:
        moment = datetime.fromisoformat(unquote(found[1]))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def secrets_of(token: str) -> frozenset[str]:
    """What of it must appear in no text: itself, and its signature as it is written and as it is."""
    found = _signature.search(token)
    return frozenset({token, found[1], unquote(found[1])} if found else {token})

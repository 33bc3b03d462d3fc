"""Where an az:// target is: the address, the Host and the path that the wire needs.

Pure text, but for the environment's own connection string, which is read elsewhere. Knows no credentials.
"""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.endpoint import DEFAULT_PORTS, Endpoint, taken_apart

PUBLIC_SUFFIX = "core.windows.net"


def public(account: str, suffix: str = PUBLIC_SUFFIX, scheme: str = "https") -> str:
    """The URL of an account in a cloud of Azure's."""
    return f"{scheme}://{account}.blob.{suffix}"


def endpoint_of(url: str, account: str) -> Endpoint:
    """The parts of an end point as it is written; TargetError where it is no URL of a server.

    An address, or `localhost`, cannot stand for an account: its name goes into the path where none is written, as
    emulators want it. Never repeats what may be a secret.
    """
    if "@" in url.partition("?")[0]:
        raise TargetError("the end point carries a user name or password; write it without")
    if "?" in url or "#" in url:
        raise TargetError(
            "the end point has a query; write it without, a shared access signature goes into AZURE_STORAGE_SAS_TOKEN"
        )
    if "://" not in url:
        raise TargetError(f"the end point {url!r} has no scheme; write https://{url}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a port that is no number, or an unclosed bracket
        host, port = "", 0
    scheme = url.partition("://")[0].lower()
    if scheme not in DEFAULT_PORTS:
        raise TargetError(f"the end point {url!r} is not HTTP; write https://{url.partition('://')[2]}")
    if not host or port == 0 or any(c.isspace() for c in url):
        raise TargetError(
            f"the end point {url!r} names no server; write for example {public(account)} or http://127.0.0.1:10000"
        )
    path = parts.path.rstrip("/")
    if not path and (host == "localhost" or _is_address(host)):
        path = f"/{account}"
    return taken_apart(parts, path)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True

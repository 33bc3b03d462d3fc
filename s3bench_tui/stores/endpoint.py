"""Where a server is: the address, the Host and the path that the wire needs. Pure text; knows no credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from s3bench_tui.errors import TargetError

DEFAULT_PORTS = {"http": 80, "https": 443}
_THIS_MACHINE = ("localhost", "::1")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a target."""

    scheme: str
    host: str
    """A name, or an address without brackets."""
    port: int
    host_header: str
    base_path: str
    """What precedes the path of a request there; empty where nothing does."""
    region: str = ""
    """What requests are signed for; empty where that is in no signature."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host_header}{self.base_path}"

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read what is sent there."""
        return self.scheme == "https" or self.host in _THIS_MACHINE or self.host.startswith("127.")

    def as_option(self) -> dict[str, Any]:
        """What `DriverConfig.options["endpoints"]` holds of it."""
        return {
            "scheme": self.scheme,
            "host": self.host,
            "port": self.port,
            "host_header": self.host_header,
            "base_path": self.base_path,
        }


def server_of(option: Mapping[str, Any]) -> str:
    """The URL of the server alone, from what `as_option` gave."""
    return f"{option['scheme']}://{option['host_header']}"


def taken_apart(parts: SplitResult, base_path: str, region: str = "") -> Endpoint:
    """The end point of a URL that was split, and that names a server; `base_path` is what counts of its path."""
    host = parts.hostname or ""
    shown = f"[{host}]" if ":" in host else host
    usual = DEFAULT_PORTS[parts.scheme]
    port = parts.port or usual
    return Endpoint(parts.scheme, host, port, shown if port == usual else f"{shown}:{port}", base_path, region)


def check(endpoint: str) -> None:
    """TargetError where `endpoint` is no URL of a server; never repeats what may be a secret."""
    if "@" in endpoint:
        raise TargetError(
            "the end point carries a user name or password; write it without, credentials come from the "
            "environment or a profile"
        )
    if "://" not in endpoint:
        raise TargetError(f"the end point {endpoint!r} has no scheme; write http://{endpoint} or https://{endpoint}")
    scheme, _, rest = endpoint.partition("://")
    if scheme.lower() not in DEFAULT_PORTS:
        raise TargetError(f"the end point {endpoint!r} is not HTTP; write http://{rest} or https://{rest}")
    try:
        parts = urlsplit(endpoint)
        known = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or an unclosed bracket
        known = False
    if not known:
        raise TargetError(f"the end point {endpoint!r} names no server; write for example http://127.0.0.1:9000")
    if parts.query or parts.fragment:
        raise TargetError(f"the end point {parts.scheme}://{parts.netloc}{parts.path} has a query; write it without")

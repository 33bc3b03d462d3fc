"""Where lines and data sets lie: from whole URIs to targets, and paths below them.

Lines of one bucket share a target, and so do directories of one tree, because the shares of a mix are exact only within
a target. Text alone: asks no store, and checks no URI.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_HOST = re.compile(r"[^/]*:\d+|\d{1,3}(\.\d{1,3}){3}")
_FILES = ("file", "direct")
_SCHEMES = {"gcs": "gs"}


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a URI. `host` is an end point that stands before the bucket; `path` goes on below `root`."""

    scheme: str
    host: str
    root: str
    """Bucket, account/container or name; empty for directories."""
    path: str

    @property
    def folder(self) -> str:
        """The part of the path that is surely a directory: it ends in `/`, and holds no `*`."""
        literal = self.path.partition("*")[0]
        return literal[: literal.rfind("/") + 1]

    def below(self, path: str) -> Address:
        """The address of `path` under this one."""
        return replace(self, path=as_folder(self.path) + path.lstrip("/"))


@dataclass(frozen=True, slots=True)
class Site:
    """A target in the making: everything below `folder`."""

    scheme: str
    hosts: tuple[str, ...]
    root: str
    folder: str

    @property
    def uri(self) -> str:
        if self.scheme in _FILES:
            return f"{self.scheme}://{self.folder}"
        return f"{self.scheme}://{self.root}/{self.folder}" if self.scheme else self.root

    @property
    def endpoints(self) -> tuple[str, ...]:
        """URLs of the hosts that stood in URIs."""
        return tuple(f"{'https' if host.endswith(':443') else 'http'}://{host}" for host in self.hosts)

    def holds(self, address: Address) -> bool:
        """Whether an address is served by the same store, whatever its path."""
        served = address.host in self.hosts if self.hosts else not address.host
        return served and (address.scheme, address.root) == (self.scheme, self.root)


def as_folder(path: str) -> str:
    """`path` with a `/` at its end, unless it is empty."""
    return path if path.endswith("/") or not path else f"{path}/"


def parse_address(text: str) -> Address:
    """The parts of a URI; what has no scheme is a root as a whole."""
    scheme, separator, rest = text.strip().partition("://")
    if not separator:
        return Address("", "", text, "")
    scheme = _SCHEMES.get(scheme.lower(), scheme.lower())
    if scheme in _FILES:
        return Address(scheme, "", "", rest)
    host = ""
    first, _, path = rest.partition("/")
    if scheme == "s3" and path and _HOST.fullmatch(first):
        host = first
        first, _, path = path.partition("/")
    if scheme == "az":
        container, _, path = path.partition("/")
        first = f"{first}/{container}" if container else first
    return Address(scheme, host, first, path)


def base_sites(bases: Sequence[Address]) -> list[Site]:
    """The sites of what paths without a scheme are relative to; hosts of one bucket are one site."""
    sites: list[Site] = []
    for base in bases:
        hosts = (base.host,) if base.host else ()
        site = Site(base.scheme, hosts, base.root, as_folder(base.path))
        same = next((known for known in sites if replace(known, hosts=()) == replace(site, hosts=())), None)
        if same is None:
            sites.append(site)
        else:
            sites[sites.index(same)] = replace(same, hosts=tuple(dict.fromkeys(same.hosts + hosts)))
    return sites


def add_site(sites: list[Site], address: Address) -> None:
    """Let one of the sites hold the address: it is widened where that is natural, else another one is added."""
    for index, site in enumerate(sites):
        if site.holds(address):
            folder = _common(site.folder, address.folder, address.scheme in _FILES)
            if folder is not None:
                sites[index] = replace(site, folder=folder)
                return
    hosts = (address.host,) if address.host else ()
    folder = address.folder if address.scheme in _FILES else ""
    sites.append(Site(address.scheme, hosts, address.root, folder))


def _common(first: str, second: str, files: bool) -> str | None:
    """The folder of both: one of them where it holds the other, else of a bucket its root, of a tree its top.

    Two directories that have less in common than two names have no tree: what lies above may be another file system.
    """
    if second.startswith(first):
        return first
    if first.startswith(second):
        return second
    if not files:
        return ""
    shared = []
    for one, other in zip(first.split("/"), second.split("/"), strict=False):
        if one != other:
            break
        shared.append(one)
    return "/".join(shared) + "/" if len(shared) > 2 else None


def locate(sites: Sequence[Site], address: Address) -> tuple[int, str] | None:
    """Which site an address lies in, the innermost one, and its path there; None where none holds it."""
    found: tuple[int, str] | None = None
    deepest = -1
    for index, site in enumerate(sites):
        path = f"{address.path}/" if f"{address.path}/" == site.folder else address.path
        if site.holds(address) and path.startswith(site.folder) and len(site.folder) > deepest:
            found, deepest = (index, path[len(site.folder) :]), len(site.folder)
    return found

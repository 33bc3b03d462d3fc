"""The targets of a file of s3-bench's: what its paths are relative to, and which of its lines lies in which target."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from s3bench_tui.spec.compat.addresses import Address, Site, add_site, as_folder, base_sites, locate, parse_address
from s3bench_tui.spec.compat.draft import Draft
from s3bench_tui.spec.compat.fleet import Fleet
from s3bench_tui.spec.effective import numbered
from s3bench_tui.spec.model.hosts import expand_hosts
from s3bench_tui.spec.text.source import Path
from s3bench_tui.spec.text.wording import listed

_NO_TARGET = "Write target: s3://bucket/prefix/ or target: file:///directory/ at the top of the file"
_MODES = ("auto", "sequential", "random", "dontneed", "normal")


@dataclass(slots=True)
class Layout:
    """`bases` are what relative paths lie below: several where each is a target of its own that has all lines."""

    bases: list[Address] = field(default_factory=list)
    origins: list[Path] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    """Native options of the one target."""
    balance: tuple[str, Path] | None = None
    """How several end points of a target share the operations, where the file says so, and where it does."""
    sites: list[Site] = field(default_factory=list)
    _site_origins: list[Path] = field(default_factory=list)
    _shared: int = 0
    """So many of the sites have all lines."""

    def settle(self, draft: Draft, others: list[tuple[Address, Path]]) -> None:
        """Make targets of the bases and of whatever lies outside of them."""
        self.sites = base_sites(self.bases)
        self._shared = len(self.sites) if len(self.sites) > 1 else 0
        self._site_origins = [
            next(
                origin
                for base, origin in zip(self.bases, self.origins, strict=True)
                if locate([site], base) is not None
            )
            for site in self.sites
        ]
        for address, origin in others:
            if self._shared:
                if locate(self.sites, address) is None:
                    draft.refuse(origin, "lies outside of the end points", "Write a path below them")
                continue
            add_site(self.sites, address)
            self._site_origins += [origin] * (len(self.sites) - len(self._site_origins))
        used = {found[0] for address, _ in others if (found := locate(self.sites, address)) is not None}
        if self.pins and self.bases and 0 not in used:
            draft.warn(self.origins[0], "is left out: all lines name other places")
            del self.sites[0], self._site_origins[0]
            self.options = {}

    @property
    def pins(self) -> bool:
        """Whether a line runs on one of several targets."""
        return len(self.sites) > 1 and not self._shared

    def find(self, address: Address) -> tuple[int, str] | None:
        """The target of an address, and its path there; of targets that have all lines the first one."""
        found = locate(self.sites, address)
        return (0, found[1]) if found is not None and self._shared else found

    def names(self) -> tuple[str, ...]:
        """What the targets are called where lines name them."""
        return numbered((None, site.scheme or "target") for site in self.sites)

    def write(self, draft: Draft, weights: list[float]) -> None:
        """Set the targets; `weights` are the sums of their lines'."""
        targets: list[dict[str, Any]] = []
        draft.data["targets"] = targets
        for index, (site, origin) in enumerate(zip(self.sites, self._site_origins, strict=True)):
            target: dict[str, Any] = {"uri": site.uri}
            if self.pins:
                target["name"] = self.names()[index]
                if weights[index] > 0:
                    target["share"] = weights[index]
            if site.endpoints:
                target["endpoint"] = site.endpoints[0] if len(site.endpoints) == 1 else list(site.endpoints)
                if any(url.startswith("http:") for url in site.endpoints):
                    hint = "Write the bucket alone in the URI, and endpoint: https://... in a native target, for TLS"
                    draft.warn(origin, "the server in the URI is spoken to over plain http", hint)
            if self.balance is not None and len(site.endpoints) > 1:
                target["balance"], balanced = self.balance
                draft.trace(("targets", index, "balance"), balanced)
            targets.append(target | (self.options if index == 0 else {}))
            draft.trace(("targets", index), origin if index or not self.options else origin[:1])
            draft.trace(("targets", index, "uri"), origin)
        if self._shared:
            message = f"each of the {self._shared} is a target with slots and objects of its own"
            draft.warn(self.origins[0][:-1], message, "Hosts of one bucket, s3://host:port/bucket/, share one target")
            if self.balance is not None:
                draft.warn(self.balance[1], "has no effect between targets, each of which has slots of its own")
        if self.pins:
            message = f"the lines of the mix lie in {len(self.sites)} targets, whose slots are shared out by weight"
            draft.warn(self._site_origins[1], message, "Shares of operations are exact within one target only")


def read_layout(draft: Draft, data: dict[str, Any], fleet: Fleet) -> Layout:
    """What relative paths lie below: `target`, else `multi_endpoint`, else the first agent's."""
    layout = Layout()
    target = data.get("target")
    if isinstance(target, dict):
        layout.options = {key: value for key, value in target.items() if key != "uri"}
        _add_base(draft, layout, target.get("uri"), ("target", "uri"))
    elif "target" in data:
        _add_base(draft, layout, target, ("target",))
    if "multi_endpoint" in data:
        _endpoints(draft, layout, data["multi_endpoint"], ("multi_endpoint",))
    if not layout.bases and fleet.first is not None:
        _add_agent(draft, layout, *fleet.first)
    if not layout.bases and "backend" in data:
        _backend(draft, layout, data["backend"])
    elif "backend" in data:
        draft.warn(("backend",), "is left out: the target is named already")
    return layout


def bases_of(draft: Draft, agent: dict[str, Any], origin: Path) -> list[Address]:
    """What paths are relative to on one agent, by its own `multi_endpoint` or `target_override`; else empty."""
    layout = Layout()
    if (*origin, "multi_endpoint") not in draft.source.broken and (
        *origin,
        "target_override",
    ) not in draft.source.broken:
        _add_agent(draft, layout, agent, origin)
    return layout.bases


def _add_agent(draft: Draft, layout: Layout, agent: dict[str, Any], origin: Path) -> None:
    if "multi_endpoint" in agent:
        _endpoints(draft, layout, agent["multi_endpoint"], (*origin, "multi_endpoint"))
    elif "target_override" in agent:
        _add_base(draft, layout, agent["target_override"], (*origin, "target_override"))


def _backend(draft: Draft, layout: Layout, value: Any) -> None:
    """`backend: {type: file, file: {root_path: /dir}}`, which some authors took for the target."""
    backend = draft.mapping(("backend",), value)
    options = backend.get("file")
    root = options.get("root_path") if backend.get("type") == "file" and isinstance(options, dict) else None
    if not isinstance(options, dict) or not isinstance(root, str):
        draft.warn(("backend",), "is left out: only a file backend with a root_path names a place", _NO_TARGET)
        return
    scheme = "direct" if options.get("use_direct_io") is True else "file"
    draft.warn(("backend",), "is taken as the target; s3-bench ignored it", f"Write target: {scheme}://{root}")
    _add_base(draft, layout, f"{scheme}://{root}", ("backend", "file", "root_path"))


def _add_base(draft: Draft, layout: Layout, text: Any, origin: Path) -> None:
    if not isinstance(text, str):
        draft.refuse(origin, "is not a URI", _NO_TARGET)
        return
    address = parse_address(text)
    try:
        hosts = expand_hosts(address.host)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        draft.refuse(origin, message, hint.capitalize())
        return
    layout.bases += [replace(address, host=host) for host in hosts]
    layout.origins += [origin] * len(hosts)


def _endpoints(draft: Draft, layout: Layout, value: Any, origin: Path) -> None:
    block = draft.mapping(origin, value)
    draft.unknown(origin, block, ("strategy", "endpoints"))
    endpoints = block.get("endpoints")
    if not isinstance(endpoints, list) or not endpoints:
        draft.refuse(origin, "has no list of endpoints", "Write endpoints: [s3://10.0.0.1:9000/bucket/, ...]")
        return
    if layout.bases:
        draft.warn(("target",), "gives way to multi_endpoint")
        layout.bases.clear()
        layout.origins.clear()
    for index, text in enumerate(endpoints):
        _add_base(draft, layout, text, (*origin, "endpoints", index))
    strategy = block.get("strategy", "round_robin")
    if strategy == "least_connections":
        layout.balance = ("least_in_flight", (*origin, "strategy"))
    elif strategy != "round_robin":
        draft.refuse((*origin, "strategy"), "is not known", "Write round_robin or least_connections")


def _served(draft: Draft, layout: Layout, address: Address, origin: Path) -> Address:
    """The address at the servers of the bases, where it names their bucket without a server."""
    named = next((base for base in layout.bases if (base.scheme, base.root) == (address.scheme, address.root)), None)
    if named is None or address.host or not all(base.host for base in layout.bases):
        return address
    draft.warn(origin, f"names no server, and lies at {named.host} as the target of its bucket does")
    return replace(address, host=named.host)


def page_cache(draft: Draft, data: dict[str, Any]) -> None:
    """Give the advice for the page cache to the targets that have one."""
    origin: Path = ("page_cache_mode",)
    mode = data.get("page_cache_mode")
    if "page_cache" in data:
        block = draft.mapping(("page_cache",), data["page_cache"])
        draft.unknown(("page_cache",), block, ("mode",))
        if "mode" in block and mode is None:
            origin, mode = ("page_cache", "mode"), block["mode"]
            draft.warn(origin, "is taken as page_cache_mode; s3-bench ignored it here")
    if mode is None:
        return
    files = [index for index, target in enumerate(draft.data["targets"]) if target["uri"].startswith("file://")]
    for index in files:
        draft.set(("targets", index, "page_cache_mode"), mode, origin)
    if not files:
        known = f"Write one of {listed(_MODES)} for a file:// target" if mode not in _MODES else ""
        draft.warn(origin, "has no effect: only file:// goes through the page cache", known)


def address_of(draft: Draft, layout: Layout, line: dict[str, Any], origin: Path) -> tuple[Address, Path] | None:
    """Where a line, or an entry of `ensure_objects`, lies, and which key says so; None where it says nothing.

    One of `uri`, `bucket` with `prefix`, `base_uri` with `prefix`, and `path`, as the generations had it.
    """
    parts = {key: line[key] for key in ("uri", "bucket", "base_uri", "path", "prefix") if key in line}
    for key, value in parts.items():
        if not isinstance(value, str):
            if (*origin, key) not in draft.source.broken:
                draft.refuse((*origin, key), "is not a text", "Put it in quotes")
            return None
    if not parts:
        return None
    key = next(iter(parts))
    text = parts.pop(key)
    prefix = parts.pop("prefix", "") if key in ("bucket", "base_uri") else ""
    for other in parts:
        draft.refuse((*origin, other), f"stands beside {key}, which means the same", "Keep one of the two")
    if key == "bucket":
        text = text if "://" in text else f"s3://{text}"
        text = f"{as_folder(text)}{prefix}"
    elif key == "base_uri" and prefix:
        text = f"{as_folder(text)}{prefix.lstrip('/')}"
    if "://" in text:
        return _served(draft, layout, parse_address(text), (*origin, key)), (*origin, key)
    if not layout.bases:
        draft.refuse((*origin, key), "has no target that it lies below", _NO_TARGET)
        return None
    return layout.bases[0].below(text), (*origin, key)

"""What lies at a target, a page of one level at a time: buckets or containers, then what stands between two `/`.

The words, and the door to each backend's Browser. Never lists more than the page that is asked for. Places are named
by URI: `s3://` is the list of buckets, `s3://bucket/a/` a level in one. Knows nothing of screens.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import is_own

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target

PAGE_ENTRIES = 200
"""As many entries as a page is asked to have at most; some servers give more buckets at once."""

MODULES = {
    "s3": "s3bench_tui.stores.s3.browse",
    "az": "s3bench_tui.stores.azure.browse",
    "gs": "s3bench_tui.stores.gcs.browse",
    "file": "s3bench_tui.stores.files.browse",
    "direct": "s3bench_tui.stores.files.browse",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a level."""

    name: str
    """Below its level; that of a level ends in `/`."""
    uri: str
    size_bytes: int | None = None
    """None for what can be opened, and where it is not known."""

    @property
    def opens(self) -> bool:
        """Whether it is a level itself."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Page:
    """Levels first, then objects or files."""

    entries: tuple[Entry, ...]
    following: str = ""
    """What to ask the next page with; empty on the last."""


class Browser(Protocol):
    """Looks around with the access of one target, and changes nothing. Used by one thread at a time."""

    def page(self, uri: str, following: str = "") -> Page:
        """One page of the level that `uri` names. Raises TargetError in one sentence."""

    def close(self) -> None:
        """Give back connections."""


def open_browser(target: Target, connect_timeout_ns: int, operation_timeout_ns: int) -> Browser:
    """Over the end point, profile and TLS of this target; its URI need only have a scheme. TargetError where there is
    nothing to look at."""
    scheme = target.uri.partition("://")[0].lower()
    if scheme not in MODULES:
        raise TargetError(f"{scheme}:// has nothing to look at; write one of {', '.join(f'{name}://' for name in MODULES)}")  # fmt: skip
    module = importlib.import_module(MODULES[scheme])
    return cast(Browser, module.open_browser(target, connect_timeout_ns, operation_timeout_ns))


def split(uri: str) -> tuple[str, str, str]:
    """Scheme, root and prefix of a place: `s3://bucket/a/` is s3, bucket and a/; the root may be empty."""
    scheme, _, rest = uri.partition("://")
    root, _, prefix = rest.partition("/")
    return scheme.lower(), root, prefix


def level(
    uri: str, prefix: str, levels: Sequence[str], objects: Sequence[tuple[str, int | None]], following: str
) -> Page:
    """The page of a level from whole prefixes and whole keys; the key that is the level itself is left out.

    `uri` is the root's, and ends in `/`."""
    entries = [Entry(key.removeprefix(prefix), uri + key) for key in levels if not is_own(key)]
    entries += [Entry(_shown(key, prefix), uri + key, size) for key, size in objects if key != prefix]
    return Page(tuple(entries), following)


def _shown(key: str, prefix: str) -> str:
    """An object's name; one whose own name ends in `/` must not look like a level."""
    name = key.removeprefix(prefix)
    return f"{name} (an object)" if name.endswith("/") else name

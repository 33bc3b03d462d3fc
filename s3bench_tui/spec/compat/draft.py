"""A native workload that is being written from another document: each value knows which line of that it came from.

Knows neither format: it keeps data, places, warnings and problems together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.text.source import Document, Path
from s3bench_tui.spec.text.wording import nearest

_FIELDS = tuple(Workload.model_fields)
_SHORT = _FIELDS.index("datasets")
_ORDER = ("name", "targets", *_FIELDS[:_SHORT], "dataset", *_FIELDS[_SHORT:])


@dataclass(slots=True)
class Draft:
    """`source` is what the author wrote; paths called `origin` are within it, all others within the native form."""

    source: Document
    data: dict[str, Any] = field(default_factory=dict)
    _origins: list[tuple[Path, Path]] = field(default_factory=list)

    def set(self, path: Path, value: Any, origin: Path) -> None:
        """Give a native key a value; where it has one already, the author said the same thing in two ways."""
        *outer, last = path
        container: Any = self.data
        for part in outer:
            # Lists are there already; mappings are made on the way.
            container = container.setdefault(part, {}) if isinstance(container, dict) else container[part]
        if last in container:
            self.refuse(origin, f"stands beside {'.'.join(map(str, path))}, which means the same", "Keep one of the two")  # fmt: skip
            return
        container[last] = value
        self.trace(path, origin)

    def trace(self, path: Path, origin: Path) -> None:
        """Let what stands at and below `path` be known to have been written at `origin`."""
        self._origins.append((path, origin))

    def warn(self, origin: Path, message: str, hint: str = "") -> None:
        """Note what happens in place of what is written at `origin`."""
        self.source.warnings.append(self.source.problem(origin, message, hint))

    def refuse(self, origin: Path, message: str, hint: str = "") -> None:
        """Note why what is written at `origin` cannot be run."""
        self.source.refuse(origin, message, hint)

    def mapping(self, origin: Path, value: Any) -> dict[str, Any]:
        """`value` where it is a mapping; empty where there is none, and refused where it is something else."""
        if isinstance(value, dict):
            return value
        if value is not None:
            self.refuse(origin, "is not a mapping of keys", "Write key: value lines below it")
        return {}

    def unknown(self, origin: Path, keys: Iterable[str], known: Iterable[str]) -> None:
        """Warn of the keys that are not among the known ones."""
        for key in keys:
            if key not in known:
                self.warn((*origin, key), "is not a known key, and is left out", nearest(key, known).strip())

    def finished(self) -> Document:
        """The native document; its messages name the author's keys and lines."""
        source = self.source
        below: dict[Path, list[Path]] = {}
        for place in source.places:
            for length in range(len(place) + 1):
                below.setdefault(place[:length], []).append(place)
        native = Document({key: self.data[key] for key in _ORDER if key in self.data}, source.file)
        native.places[()] = source.place(())
        native.problems, native.warnings = source.problems, source.warnings
        for path, origin in sorted(self._origins, key=lambda pair: len(pair[0])):
            native.places[path] = source.place(origin)
            for place in below.get(origin, ()):
                native.places[path + place[len(origin) :]] = source.places[place]
            native.aliases[path] = origin
            native.broken |= {
                path + broken[len(origin) :] for broken in source.broken if broken[: len(origin)] == origin
            }
        for key in native.data:
            native.places.setdefault((key,), source.place((key,)))
        return native

"""Changes from the command line: `--set key.path=value`, and options that stand for one key.

Works on plain data before it is a workload; knows of the workload only which keys may be written short.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.text.source import Document, Path, Place, dotted, names_a_secret, parse
from s3bench_tui.spec.text.wording import CREDENTIALS_HINT

_SHORT = {"target": "uri", "targets": "uri", "keys": "choice", "multipart": "part_size", "checksum": "algorithm"}
"""Keys that may hold a text in place of a mapping, and what that text then is."""

_SHORT_AND_LONG = {"target": "targets", "targets": "target", "dataset": "datasets", "datasets": "dataset"}

_OPTIONS = {
    "datasets.*.create": "skip-prepare",
    "cleanup": "no-cleanup",
    "thresholds": "prepare-only",
    "fleet.agents": "agents",
    "fleet.dask": "dask",
}
"""Options that are not called as the key that they set."""

_FORM = "Write --set key.path=value, such as --set workload.0.weight=5"


def apply_override(document: Document, override: str, environ: Mapping[str, str]) -> None:
    """Set what `key.path=value` says; entries of lists go by their index."""
    name, equals, text = override.partition("=")
    name = name.strip()
    if not equals or not name or not all(name.split(".")):
        said = name if name and not equals and not names_a_secret(name) else "the text"
        document.problems.append(Problem(f"{said} is not key.path=value", _FORM, file="--set"))
        return
    path: Path = tuple(int(part) if part.isascii() and part.isdigit() else part for part in name.split("."))
    if any(names_a_secret(part) for part in path if isinstance(part, str)):
        document.problems.append(
            Problem("holds a secret, which has no place in a workload", CREDENTIALS_HINT, name, "--set")
        )
        return
    try:
        parsed = parse(text, "--set", environ)
    except ConfigError as error:
        document.problems.append(
            Problem(f"in the value, {error.problems[0].message}", error.problems[0].hint, name, "--set")
        )
        return
    document.problems += [Problem(problem.message, problem.hint, name, "--set") for problem in parsed.problems]
    document.broken |= {path + below for below in parsed.broken}
    _set(document, path, parsed.data, Place("--set"))


def apply_shortcut(document: Document, key: str, value: Any) -> None:
    """Set a key for which the command line has an option; with `.*.` in it, one of each entry of a list."""
    head, star, rest = key.partition(".*.")
    place = Place(f"--{_OPTIONS.get(key, key)}")
    if not star:
        _set(document, tuple(key.split(".")), value, place)
        return
    entries = document.data.get(head)
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            _set(document, (head, index, rest), value, place)


def _set(document: Document, path: Path, value: Any, place: Place) -> None:
    # Naming the one target or data set, or the list, on the command line means: this, in place of what the file says.
    other = _SHORT_AND_LONG.get(str(path[0]))
    if len(path) == 1 and other:
        document.data.pop(other, None)
    container: Any = document.data
    walked: Path = ()
    for part in path[:-1]:
        walked = (*walked, part if isinstance(container, list) else str(part))
        inner = _inside(container, part)
        if isinstance(inner, str) and (long := long_form(walked)):
            inner = {long: inner}
        elif inner is None and isinstance(container, dict):
            inner = {}
            document.places[walked] = place
        if not isinstance(inner, (dict, list)) or not _put(container, part, inner):
            document.problems.append(_misses(walked, inner, place))
            return
        container = inner
    walked = (*walked, path[-1] if isinstance(container, list) else str(path[-1]))
    if not _put(container, path[-1], value):
        document.problems.append(_misses(walked, None, place))
        return
    for known in [known for known in document.places if known[: len(walked)] == walked]:
        del document.places[known]
    document.places[walked] = place


def long_form(path: Path) -> str | None:
    """What a text at `path` is short for: the key that would hold it in a mapping."""
    return _SHORT.get(next((part for part in reversed(path) if isinstance(part, str)), ""))


def _inside(container: Any, part: str | int) -> Any:
    if isinstance(container, list):
        return container[part] if isinstance(part, int) and part < len(container) else None
    return container.get(str(part))


def _put(container: Any, part: str | int, value: Any) -> bool:
    """Store under a key, or at an index that is there or the next; False where the container has no such place."""
    if isinstance(container, dict):
        container[str(part)] = value
        return True
    if not isinstance(part, int) or part > len(container):
        return False
    container[part : part + 1] = [value]
    return True


def _misses(path: Path, inner: Any, place: Place) -> Problem:
    if inner is None:
        return Problem("is not in that list", "Entries go by index, from 0 on: workload.0.weight", dotted(path), *place)
    return Problem("is a single value, which has no keys", "Set it as a whole", dotted(path), *place)

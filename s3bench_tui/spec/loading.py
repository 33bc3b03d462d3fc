"""From a file, a text or a mapping, and the changes of the command line, to a Workload that can run.

All faults that can be found at once are reported at once, as one ConfigError. Reads that one file and the environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.compat.translation import translated
from s3bench_tui.spec.effective import resolved
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.rules.checks import check
from s3bench_tui.spec.text.override import apply_override, apply_shortcut
from s3bench_tui.spec.text.source import Document, parse
from s3bench_tui.spec.text.wording import explain, nearest, prune

_PLACEHOLDERS = {"targets": [{"uri": "null://placeholder/"}], "workload": [{"op": "stat", "path": "placeholder"}]}
"""Stand in for sections that are broken, so that the others can still be checked."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workload that passed every check, with defaults filled in; `source` is the file, or "" where there is none."""

    workload: Workload
    warnings: tuple[Problem, ...] = ()
    source: str = ""
    text: str = ""
    """As it was given, before changes of the command line; "" where it was no text."""


def load_workload(
    path: str | os.PathLike[str],
    *,
    overrides: Sequence[str] = (),
    shortcuts: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Loaded:
    """The workload of a YAML file.

    `overrides` are `key.path=value` with YAML values, as of `--set`; `shortcuts` are keys and values of options that
    have their own names (`{"duration": "30s"}` for `--duration 30s`) and win over all else.
    Raises ConfigError with every problem found.
    """
    file = os.fspath(path)
    text = text_of(file)
    return load_text(
        text, source=file, overrides=overrides, shortcuts=shortcuts, base_dir=os.path.dirname(file), environ=environ
    )


def load_text(
    text: str,
    *,
    source: str = "",
    overrides: Sequence[str] = (),
    shortcuts: Mapping[str, Any] | None = None,
    base_dir: str = "",
    environ: Mapping[str, str] = os.environ,
    alone: bool = False,
) -> Loaded:
    """The workload of a YAML text; relative file names in it are taken from `base_dir`. Raises ConfigError.

    `alone`: what it says of other machines is left out.
    """
    more = {"fleet": None} if alone else {}
    loaded = _load(parse(text, source, environ), overrides, {**(shortcuts or {}), **more}, base_dir, environ, alone)
    return replace(loaded, text=text)


def load_mapping(
    data: Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    shortcuts: Mapping[str, Any] | None = None,
    base_dir: str = "",
) -> Loaded:
    """The workload of plain data in the form of the file; nothing is taken from the environment. Raises ConfigError."""
    try:
        plain = _plain(data)
    except RecursionError:
        raise ConfigError([Problem("is nested too deeply", "A workload needs fewer than ten levels")]) from None
    return _load(Document(plain, ""), overrides, shortcuts, base_dir, {})


def check_workload(workload: Workload) -> Loaded:
    """A workload that was built as an object, checked and with defaults filled in. Raises ConfigError."""
    return _checked(Document({}, ""), workload, frozenset())


def text_of(file: str) -> str:
    """The text of a workload file; ConfigError where there is none."""
    try:
        return FilePath(file).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([Problem("there is no such file", "Check the path", file=file)]) from None
    except IsADirectoryError:
        raise ConfigError([Problem("is a directory", "Give the path of a workload file", file=file)]) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem("is not UTF-8 text", "Save it as UTF-8", file=file, line=line)]) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError([Problem(f"cannot be read: {said}", file=file)]) from None


def _plain(value: Any) -> Any:
    """A copy in which mappings are dicts and sequences lists."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _load(
    document: Document,
    overrides: Sequence[str],
    shortcuts: Mapping[str, Any] | None,
    base_dir: str,
    environ: Mapping[str, str],
    alone: bool = False,
) -> Loaded:
    if document.data is None:
        hint = "Write at least target: and workload:; workloads/quickstart.yaml shows how"
        raise ConfigError([Problem("is empty", hint, file=document.file)])
    if not isinstance(document.data, dict):
        raise ConfigError(
            [document.problem((), "is not a mapping of keys", "Write key: value lines, such as target: s3://bucket/")]
        )
    document = translated(document, alone)
    for override in overrides:
        apply_override(document, override, environ)
    _one_list(document, "target", "targets")
    _one_list(document, "dataset", "datasets")
    for key, value in (shortcuts or {}).items():
        apply_shortcut(document, key, value)
    prune(document)
    workload = _validated(document)
    sections = _spoilt(document)
    if workload is None:
        workload = _salvaged(document, sections)
    if workload is None:
        raise _error(document)
    return _checked(document, _with_files(workload, base_dir), sections)


def _one_list(document: Document, one: str, several: str) -> None:
    """Let what is written as the one thing there is be a list with that one in it."""
    if one not in document.data:
        return
    if several in document.data:
        document.refuse((one,), f"stands beside {several}", "Keep one of the two")
        del document.data[one]
        return
    value = document.data.pop(one)
    document.data[several] = [] if value is None and one == "dataset" else [value]
    document.move((one,), (several, 0))


def _validated(document: Document) -> Workload | None:
    try:
        return Workload.model_validate(document.data)
    except ValidationError as error:
        explain(document, error)
        return None


def _spoilt(document: Document) -> frozenset[str]:
    """The top-level keys of which nothing can be said: broken ones, and those that an unknown key was meant to be."""
    sections = {str(path[0]) for path in document.broken if path}
    unknown = sections - set(Workload.model_fields)
    meant = {name for name in Workload.model_fields for key in unknown if nearest(key, [name])}
    return frozenset(sections | meant)


def _salvaged(document: Document, sections: frozenset[str]) -> Workload | None:
    """What can be understood of a workload in which these sections cannot."""
    whole = {key: value for key, value in document.data.items() if key not in sections}
    try:
        return Workload.model_validate(_PLACEHOLDERS | whole)
    except ValidationError:
        return None


def _with_files(workload: Workload, base_dir: str) -> Workload:
    targets = []
    for target in workload.targets:
        ca_file = target.tls.ca_file
        if ca_file is not None:
            tls = target.tls.model_copy(update={"ca_file": os.path.abspath(os.path.join(base_dir, ca_file))})
            target = target.model_copy(update={"tls": tls})
        sealed = target.encryption
        if sealed is not None and sealed.key_file is not None:
            path = os.path.abspath(os.path.join(base_dir, sealed.key_file))
            target = target.model_copy(update={"encryption": sealed.model_copy(update={"key_file": path})})
        targets.append(target)
    return workload.model_copy(update={"targets": tuple(targets)})


def _checked(document: Document, workload: Workload, spoilt: frozenset[str]) -> Loaded:
    warnings = sorted(document.warnings, key=lambda problem: problem.line)
    for finding in check(workload, spoilt):
        problem = document.problem(finding.path, finding.message, finding.hint)
        (warnings if finding.warning else document.problems).append(problem)
    if document.problems:
        raise _error(document)
    return Loaded(resolved(workload), tuple(warnings), document.file)


def _error(document: Document) -> ConfigError:
    return ConfigError(sorted(document.problems, key=lambda problem: (problem.line, problem.column)))

"""The keys of a draft that no field of the form edits, so that nothing in a file is out of sight.

Pure. Knows the fields and the draft, and no widget.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.text.source import Path, dotted, parse
from s3bench_tui.ui.setup.document import Check, Draft
from s3bench_tui.ui.setup.fields import DATA, LINE, LOAD, REPORT, TARGET, Field, shown


def other_keys(draft: Draft) -> list[Check]:
    """A heading, and a line for each key without a field, in the order of the file: its value as it stands there.

    What the checks complain of is not listed again. None where all have fields, and while the text is not YAML."""
    whole = draft.get(())
    if not isinstance(whole, dict):
        return []
    try:
        document = parse(draft.text, draft.source, {})
    except ConfigError:
        return []
    fields = _on_the_form(draft)
    found = sorted(
        ((document.place(path).line, path) for path in _outside(whole, (), fields)), key=lambda each: each[0]
    )
    said = {problem.key for problem in draft.problems}
    found = [(line, path) for line, path in found if dotted(path) not in said]
    lines = [Check("", f"{dotted(path)}: {' '.join(shown(draft.value(path)).split())}", line) for line, path in found]
    return [Check("", "Other keys of the file; enter goes to the line"), *lines] if lines else []


def _on_the_form(draft: Draft) -> set[Path]:
    """Where the values stand that fields show: those of the file, of each target, and of each line of the mix."""
    groups: list[tuple[Path, tuple[Field, ...]]] = [((), (*LOAD, *DATA, *REPORT))]
    groups += [(path, TARGET) for path in draft.targets()]
    groups += [(path, LINE) for path in draft.lines()]
    return {
        draft.place_of((*base, *field.key))
        for base, fields in groups
        for field in fields
        if field.only is None or field.only(draft.get(base))
    }


def _outside(value: Any, path: Path, fields: set[Path]) -> Iterator[Path]:
    """What no field shows; a container is taken apart only where a field shows a part of it."""
    if path in fields:
        return
    if not any(field[: len(path)] == path for field in fields):
        yield path
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _outside(part, (*path, key), fields)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _outside(part, (*path, index), fields)
    elif value is not None:
        yield path

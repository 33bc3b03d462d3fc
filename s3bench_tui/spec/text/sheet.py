"""A YAML text that is changed key by key: what a change does not mean stays as it is, to the last blank and comment.

A change that the text does not allow (inside an alias, say) is refused and never guessed. Knows of workloads only
which keys may be written short; pure.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from s3bench_tui.spec.text.override import long_form
from s3bench_tui.spec.text.passage import Mapping, Passage, Scalar, Sequence, at, data_of, passages, word_of
from s3bench_tui.spec.text.source import Path, dotted, reads_as_text

_OPENED = re.compile(r"[\[{]")
_AS_TEXT = "cannot be changed here without changing more; change it in the text"


class SheetError(ValueError):
    """This change cannot be made; the sentence says what can."""


class Sheet:
    """One text; changes give new sheets. Raises SheetError where the text is not YAML."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._root = passages(text)
            self.data: Any = data_of(self._root)
            """Plain data, with the characters of each value as they are written."""
        except (yaml.YAMLError, RecursionError):
            raise SheetError("the text is not YAML; correct it in the text") from None
        self._newline = "\r\n" if "\r\n" in text else "\n"

    def get(self, path: Path) -> Any:
        """What stands there, also through aliases and `<<`; None where nothing does."""
        found = self.data
        for part in path:
            inside = isinstance(found, dict) or (
                isinstance(found, list) and isinstance(part, int) and part < len(found)
            )
            if not inside:
                return None
            found = found.get(part) if isinstance(found, dict) else found[part]
        return found

    def value(self, path: Path = ()) -> Any:
        """The same where it is the text's own, with numbers and words such as true as Plain: fit for `set`."""
        found = at(self._root, path)
        return self.get(path) if found is None else _read_back(found)

    def set(self, path: Path, value: Any) -> Sheet:
        """With this plain value there; an index just behind the end of a list appends."""
        for length in range(len(path) - 1, 0, -1):
            short, name = at(self._root, path[:length]), long_form(path[:length])
            if isinstance(short, Scalar) and short.data is not None and name and path[length] != name:
                return self.set(
                    path[:length], {name: _read_back(short), path[length]: _nested(path[length + 1 :], value)}
                )
        return self._checked(self._written(path, value), path, value)

    def remove(self, path: Path) -> Sheet:
        """Without the key or the entry; a mapping or list that has nothing left goes with it."""
        if at(self._root, path) is None:
            return self
        while len(path) > 1 and self._alone(path[:-1]):
            path = path[:-1]
        return self._checked(self._cut(path), path, _GONE)

    def as_list(self, key: str, name: str) -> Sheet:
        """With the top-level `key: value` as `name: [value]`."""
        pair = self._root.find(key) if isinstance(self._root, Mapping) else None
        if pair is None:
            return self
        found, value = pair
        if isinstance(value, Mapping) and not value.flow and isinstance(self._root, Mapping):
            column = self._column(value.start)
            body = self.text[value.start : value.end].replace("\n", "\n  ")
            body = f"- {body}" if column else f"  - {body}"
        else:
            body = f"[{_flow(_read_back(value), True)}]"
        text = self.text[: found.start] + name + self.text[found.end : value.start] + body + self.text[value.end :]
        changed = Sheet(text)
        rest = {other: item for other, item in self.data.items() if other != key}
        if changed.data != {**rest, name: [self.data[key]]}:
            raise SheetError(f"{key} {_AS_TEXT}")
        return changed

    # --- how it is done -------------------------------------------------------------------------------------------

    def _written(self, path: Path, value: Any) -> str:
        if self._root is None:
            return self._line_added(len(self.text), "", f"{path[0]}: {_flow(_nested(path[1:], value), False)}")
        container, depth = self._root, 0
        while depth < len(path):
            inner = at(container, path[depth : depth + 1])
            if inner is None or (isinstance(inner, Scalar) and depth + 1 < len(path)):
                break
            container, depth = inner, depth + 1
        if depth == len(path):
            return self._replaced(container, value)
        if isinstance(inner := at(container, path[depth : depth + 1]), Scalar):
            if inner.data is not None:
                raise SheetError(f"{dotted(path)} {_AS_TEXT}")
            return self._replaced(inner, _nested(path[depth + 1 :], value))
        return self._added(container, path[depth], _nested(path[depth + 1 :], value), path)

    def _replaced(self, found: Passage, value: Any) -> str:
        written = _flow(value, self._in_flow(found))
        before = self.text[: found.start]
        gap = " " if before.endswith((":", "-", ",")) and found.start == found.end else ""
        return before + gap + written + self.text[found.end :]

    def _added(self, container: Passage, part: str | int, value: Any, path: Path) -> str:
        if isinstance(container, Mapping) and isinstance(part, str):
            children = [pair[1] for pair in container.pairs]
            first = container.pairs[0][0].start if children else 0
            name = f"{_flow(part, container.flow)}: "
        elif isinstance(container, Sequence) and part == len(container.items):
            children = container.items
            first = self.text.rfind("-", 0, children[0].start) if children else 0
            name = "" if container.flow else "- "
        else:
            raise SheetError(f"{dotted(path)} {_AS_TEXT}")
        written = name + _flow(value, container.flow or self._in_flow(container))
        if container.flow:
            place = children[-1].end if children else _OPENED.search(self.text, container.start).end()  # type: ignore[union-attr]  # it is one
            return self.text[:place] + (f", {written}" if children else written) + self.text[place:]
        return self._line_added(children[-1].end, " " * self._column(first), written)

    def _line_added(self, behind: int, indent: str, written: str) -> str:
        """With a line of its own, after the one in which the character `behind` stands."""
        end = self.text.find("\n", behind)
        if end < 0:
            gap = self._newline if self.text and not self.text.endswith("\n") else ""
            return f"{self.text}{gap}{indent}{written}{self._newline}"
        return f"{self.text[: end + 1]}{indent}{written}{self._newline}{self.text[end + 1 :]}"

    def _cut(self, path: Path) -> str:
        container = at(self._root, path[:-1])
        if isinstance(container, Mapping):
            spans = [(key.start, value.end) for key, value in container.pairs]
            index = container.pairs.index(container.find(str(path[-1])))  # type: ignore[arg-type]  # it is there
        elif isinstance(container, Sequence) and isinstance(path[-1], int):
            index = path[-1]
            spans = [(item.start, item.end) for item in container.items]
            if not container.flow:
                spans = [(self.text.rfind("-", 0, start), end) for start, end in spans]
        else:
            raise SheetError(f"{dotted(path)} {_AS_TEXT}")
        start, end = spans[index]
        if container.flow:
            if index:
                return self.text[: spans[index - 1][1]] + self.text[end:]
            return self.text[:start] + self.text[spans[1][0] if len(spans) > 1 else end :]
        line = self.text.rfind("\n", 0, start) + 1
        if self.text[line:start].strip("\ufeff "):
            if index + 1 == len(spans):
                raise SheetError(f"{dotted(path)} {_AS_TEXT}")
            return self.text[:start] + self.text[spans[index + 1][0] :]
        behind = self.text.find("\n", end)
        return self.text[:line] + (self.text[behind + 1 :] if behind >= 0 else "")

    def _checked(self, text: str, path: Path, value: Any) -> Sheet:
        """The sheet of `text`, where it differs from this one by that value alone."""
        try:
            changed = Sheet(text)
        except SheetError:
            raise SheetError(f"{dotted(path)} {_AS_TEXT}") from None
        wanted = _with(self.data, path, value if value is _GONE else _characters(value))
        if changed.data != wanted and (changed.data or {}) != wanted:
            raise SheetError(f"{dotted(path)} {_AS_TEXT}")
        return changed

    # --- where things are -----------------------------------------------------------------------------------------

    def _alone(self, path: Path) -> bool:
        found = at(self._root, path)
        return isinstance(found, Mapping | Sequence) and len(self.get(path)) == 1

    def _column(self, index: int) -> int:
        return (
            index
            - (self.text.rfind("\n", 0, index) + 1)
            - (self.text.startswith("\ufeff") and "\n" not in self.text[:index])
        )

    def _in_flow(self, wanted: Passage) -> bool:
        """Whether a passage stands between braces or brackets."""
        found, flow = self._root, False
        while found is not None and found is not wanted:
            flow = flow or (isinstance(found, Mapping | Sequence) and found.flow)
            children = (
                [part for pair in found.pairs for part in pair]
                if isinstance(found, Mapping)
                else found.items
                if isinstance(found, Sequence)
                else []
            )
            found = next((part for part in children if part is wanted or part.start <= wanted.start < part.end), None)
        return flow


class _Gone:
    """Stands for no value at all."""


_GONE = _Gone()


def _nested(path: Path, value: Any) -> Any:
    """`value` below this path; entries of new lists are their first."""
    for part in reversed(path):
        value = {part: value} if isinstance(part, str) else [value]
    return value


def _with(data: Any, path: Path, value: Any) -> Any:
    """Plain data with one value changed."""
    if not path:
        return value
    part, rest = path[0], path[1:]
    if isinstance(part, int):
        items = list(data) if isinstance(data, list) else []
        if value is _GONE and not rest:
            return items[:part] + items[part + 1 :]
        inner = items[part] if part < len(items) else None
        return [*items[:part], _with(inner, rest, value), *items[part + 1 :]]
    entries = dict(data) if isinstance(data, dict) else {}
    if value is _GONE and not rest:
        entries.pop(part, None)
        return entries
    return {**entries, part: _with(entries.get(part), rest, value)}


def _characters(value: Any) -> Any:
    """Plain data as `Sheet.data` has it: the characters of each value."""
    if isinstance(value, dict):
        return {str(key): _characters(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_characters(item) for item in value]
    return None if value is None else value if isinstance(value, str) else _word(value)


def _read_back(found: Passage) -> Any:
    """A passage as plain data that is written again as it was meant."""
    if isinstance(found, Scalar) and found.plain and found.data is not None and not reads_as_text(found.text):
        return Plain(found.text)
    if isinstance(found, Mapping) and not any(isinstance(key, Scalar) and key.text == "<<" for key, _ in found.pairs):
        return {word_of(key): _read_back(value) for key, value in found.pairs}
    if isinstance(found, Sequence):
        return [_read_back(item) for item in found.items]
    return data_of(found)


class Plain(str):
    """A number or truth value in the characters in which it was written."""

    __slots__ = ()


def _word(value: object) -> str:
    return json.dumps(value)


def _flow(value: Any, flow: bool) -> str:
    """Plain data as YAML on one line; `flow`: between braces or brackets, where fewer characters go without quotes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(str(key), True)}: {_flow(item, True)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item, True) for item in value) + "]"
    if isinstance(value, Plain):
        return str(value)
    if isinstance(value, str):
        return value if _goes_plain(value, flow) else json.dumps(value, ensure_ascii=False)
    return _word(value)


def _goes_plain(text: str, flow: bool) -> bool:
    """Whether these characters without quotes are this very text."""
    if not reads_as_text(text) or text in ("=", "<<"):  # which mean something of their own to YAML
        return False
    try:
        found = passages(f"[{text}]" if flow else f"k: {text}")
    except (yaml.YAMLError, RecursionError):
        return False
    inner = at(found, (0,) if flow else ("k",))
    alone = isinstance(found, Sequence) and len(found.items) == 1 if flow else True
    return alone and isinstance(inner, Scalar) and inner.plain and inner.text == text

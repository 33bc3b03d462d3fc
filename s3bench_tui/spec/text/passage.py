"""A YAML text as a tree of passages: each value with the characters from which to which it stands.

Unlike `source`, which reads what a text means, this knows where exactly it is written, and fills in no variables.
Knows nothing of workloads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from s3bench_tui.spec.text.source import Path


@dataclass(slots=True)
class Passage:
    """One value. `end` is just behind its last character; comments and blank lines are not part of it."""

    start: int
    end: int


@dataclass(slots=True)
class Scalar(Passage):
    text: str
    plain: bool
    """Written without quotes."""

    @property
    def data(self) -> str | None:
        """Its characters, None where it is nothing."""
        return None if self.plain and self.text in _NOTHING else self.text


@dataclass(slots=True)
class Alias(Passage):
    """`*name`: what it stands for is written elsewhere."""

    meant: Passage


@dataclass(slots=True)
class Sequence(Passage):
    flow: bool
    items: list[Passage] = field(default_factory=list)


@dataclass(slots=True)
class Mapping(Passage):
    flow: bool
    pairs: list[tuple[Passage, Passage]] = field(default_factory=list)

    def find(self, key: str) -> tuple[Passage, Passage] | None:
        """Key and value of its own; what `<<` brings is not among them."""
        return next((pair for pair in self.pairs if isinstance(pair[0], Scalar) and pair[0].text == key), None)


_NOTHING = ("", "~", "null", "Null", "NULL")


def passages(text: str) -> Passage | None:
    """The tree of a text; None where it holds no value. Raises yaml.YAMLError where it is not YAML."""
    events = yaml.parse(text, Loader=yaml.BaseLoader)
    anchors: dict[str, Passage] = {}
    root = None
    for event in events:
        if isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            if root is not None:
                raise yaml.YAMLError("a second document")
            root = _read(event, events, anchors, text)
    empty = isinstance(root, Scalar) and root.plain and not root.text
    return None if empty else root


def _read(event: yaml.Event, events: Iterator[yaml.Event], anchors: dict[str, Passage], text: str) -> Passage:
    start, end = _span(event)
    name = getattr(event, "anchor", None)
    found: Passage
    if isinstance(event, yaml.AliasEvent):
        if event.anchor not in anchors:
            raise yaml.YAMLError("an alias without its anchor")
        return Alias(start, end, anchors[event.anchor])
    if isinstance(event, yaml.ScalarEvent):
        end -= 1 if event.style in ("|", ">") and text[end - 1 : end] == "\n" else 0
        found = Scalar(start, end, event.value, event.style is None)
    elif isinstance(event, yaml.SequenceStartEvent):
        found = Sequence(start, end, bool(event.flow_style))
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            found.items.append(_read(event, events, anchors, text))
        found.end = _span(event)[1] if found.flow else _last(found.items, end)
    elif isinstance(event, yaml.MappingStartEvent):
        found = Mapping(start, end, bool(event.flow_style))
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = _read(event, events, anchors, text)
            found.pairs.append((key, _read(next(events), events, anchors, text)))
        found.end = _span(event)[1] if found.flow else _last([value for _, value in found.pairs], end)
    else:
        raise yaml.YAMLError("an event that no value has")
    if name:
        anchors[name] = found
    return found


def _span(event: yaml.Event) -> tuple[int, int]:
    assert event.start_mark is not None and event.end_mark is not None, "every event of a text has its marks"
    return event.start_mark.index, event.end_mark.index


def _last(children: list[Passage], end: int) -> int:
    return children[-1].end if children else end


def data_of(found: Passage | None) -> Any:
    """Plain data: mappings, lists, and the characters of each value as they are written; None for nothing."""
    if isinstance(found, Alias):
        return data_of(found.meant)
    if isinstance(found, Sequence):
        return [data_of(item) for item in found.items]
    if isinstance(found, Mapping):
        merged: dict[str, Any] = {}
        own = {}
        for key, value in found.pairs:
            if isinstance(key, Scalar) and key.text == "<<" and key.plain:
                for brought in (data_of(value) if isinstance(data_of(value), list) else [data_of(value)])[::-1]:
                    merged |= brought if isinstance(brought, dict) else {}
            else:
                own[word_of(key)] = data_of(value)
        return {**merged, **own}
    return found.data if isinstance(found, Scalar) else None


def word_of(key: Passage) -> str:
    """A key in its own characters: `null` is one of a target's, and no word for nothing."""
    return key.text if isinstance(key, Scalar) else str(data_of(key))


def at(root: Passage | None, path: Path) -> Passage | None:
    """The passage at a path of keys and indices; None where there is none of its own."""
    found = root
    for part in path:
        if isinstance(found, Mapping) and isinstance(part, str):
            pair = found.find(part)
            found = pair[1] if pair else None
        elif isinstance(found, Sequence) and isinstance(part, int) and 0 <= part < len(found.items):
            found = found.items[part]
        else:
            return None
    return found

"""What a rasteriser hands over: rows of glyphs, each with an ink and a ground. Knows no terminal and no colours.

Inks are numbers; whoever paints decides which colour each has, so that every theme works and none is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

PLAIN, AXIS, MARK, FAINT = 0, 1, 2, 3
"""Inks: the terminal's own, axes with their labels, marks of changes, and extremes behind a mean."""

SERIES, MOST_SERIES = 8, 6
"""Ink of the first series, and how many have one of their own; later ones begin again."""

HEAT, HEAT_LEVELS = 16, 8
"""Ink of the faintest level of a heat map, and how many there are."""


def series_ink(index: int) -> int:
    """Ink of the series at this place."""
    return SERIES + index % MOST_SERIES


class Column(NamedTuple):
    """One column of a plot, from the top down."""

    text: str
    inks: bytes
    grounds: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a picture; `inks` and `grounds` have one number for each glyph."""

    text: str
    inks: bytes
    grounds: bytes

    @classmethod
    def of(cls, text: str, ink: int = PLAIN) -> Line:
        """All in one ink."""
        return cls(text, bytes([ink]) * len(text), bytes(len(text)))

    def __add__(self, other: Line) -> Line:
        return Line(self.text + other.text, self.inks + other.inks, self.grounds + other.grounds)

    def fitted(self, width: int) -> Line:
        """Cut or padded with blanks to exactly `width` cells."""
        missing = width - len(self.text)
        if missing > 0:
            return self + Line.of(" " * missing)
        return Line(self.text[:width], self.inks[:width], self.grounds[:width]) if missing else self

    def runs(self) -> Iterator[tuple[str, int, int]]:
        """(glyphs, ink, ground) of each stretch in one pair of colours."""
        start = 0
        for (ink, ground), cells in groupby(zip(self.inks, self.grounds, strict=True)):
            end = start + sum(1 for _ in cells)
            yield self.text[start:end], ink, ground
            start = end


def rows_of(columns: Sequence[Column], height: int) -> list[Line]:
    """Columns side by side as rows."""
    if not columns:
        return [Line("", b"", b"") for _ in range(height)]
    texts = zip(*(column.text for column in columns), strict=True)
    inks = zip(*(column.inks for column in columns), strict=True)
    grounds = zip(*(column.grounds for column in columns), strict=True)
    return [
        Line("".join(text), bytes(ink), bytes(ground)) for text, ink, ground in zip(texts, inks, grounds, strict=True)
    ]

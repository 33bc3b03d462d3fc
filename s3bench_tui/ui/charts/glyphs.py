"""The three sets of glyphs that charts are drawn with: for any terminal, for most, and for those with a full font."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Every string runs from little to much, or from low to high."""

    name: str
    fill: str
    """A cell that is filled from below: nothing, some steps, full."""
    solid: str
    """A full cell of the first, second ... series."""
    lines: tuple[str, ...]
    """Where in its cell the line of the first, second ... series runs; where there are fewer, colour tells them apart."""
    rise: str
    """Joins two places of a line that lie in different rows."""
    heat: str
    """A cell of a heat map: nothing, then the levels."""
    halves: str
    """Upper half, lower half, both: two places in one cell, by colour; empty where a cell is one place."""
    peak: str
    """The highest of what a column stands for."""
    vertical: str
    horizontal: str
    corner: str
    tick: str
    meter: str
    """A meter: empty, full."""

    def sign(self, index: int, *, joined: bool) -> str:
        """The glyph of a series, for a legend: of its line where they are `joined`, or of its area."""
        line = self.lines[index % len(self.lines)]
        return line[len(line) // 2] if joined else self.solid[index % len(self.solid)]


ASCII = Glyphs("ascii", " .:#", "#=+~", ("_.-'", "oooo", "xxxx"), "|", " .:+*#%%%", "", "'", "|", "_", "|", "+", ".#")
BLOCK = Glyphs("block", " ▁▂▃▄▅▆▇█", "████", ("▁─▔",), "│", " ░░▒▒▓▓██", "▀▄█", "·", "│", "─", "└", "┴", "░█")
BRAILLE = Glyphs("braille", " ⣀⣤⣶⣿", "⣿⣿⣿⣿", ("⣀⠤⠒⠉",), "⡇", " ░░▒▒▓▓██", "▀▄█", "⠂", "│", "─", "└", "┴", "⠤⠶")

GLYPHS: Mapping[str, Glyphs] = {glyphs.name: glyphs for glyphs in (ASCII, BLOCK, BRAILLE)}
"""By the name that a user chooses them with."""

_UNCOLOURED = {
    "ascii": (ASCII.solid, ASCII.lines),
    "block": ("█▓▒░", ("▁─▔", "···", "×××")),  # noqa: RUF001 - a cross that stands in every font
    "braille": ("⣿⣶⣤⣀", ("⣀⠤⠒⠉", "⠄⠄⠂⠁", "⠶⠶⠶⠶")),
}
"""Full cells and lines that differ without colour."""


def glyphs_named(name: str, *, coloured: bool = True) -> Glyphs:
    """A set by its name; without colours it has no glyph that only they could tell apart. KeyError for any other name."""
    if coloured:
        return GLYPHS[name]
    solid, lines = _UNCOLOURED[name]
    return replace(GLYPHS[name], solid=solid, lines=lines, halves="")

"""A framed part of a screen that shows lines of text; only lines that changed are painted. Knows no run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Line = tuple[tuple[str, str], ...]
"""Pieces of text, each with an ink of `INKS`; "" is the ordinary one."""

INKS = ("muted", "strong", "good", "warn", "bad", "key", "chosen", *(f"series-{n}" for n in range(1, 7)))

INK_CLASSES = {f"ink--{ink}" for ink in INKS}
INK_CSS = """
    .ink--muted { color: $foreground-darken-3; }
    .ink--strong { color: $foreground; text-style: bold; }
    .ink--good { color: $success; }
    .ink--warn { color: $warning; text-style: bold; }
    .ink--bad { color: $error; text-style: bold; }
    .ink--key { color: $accent; text-style: bold; }
    .ink--chosen { color: $background; background: $primary; text-style: bold; }
    .ink--series-1 { color: $primary; }
    .ink--series-2 { color: $warning; }
    .ink--series-3 { color: $success; }
    .ink--series-4 { color: $accent; }
    .ink--series-5 { color: $error; }
    .ink--series-6 { color: $secondary; }
"""
"""What a screen with panels has to define. Once for all of them: styles of every class of every widget are found anew
whenever a screen comes to the front, and thirteen inks for each of twenty panels would be most of that."""


def line(*pieces: str | tuple[str, str]) -> Line:
    """A line of plain texts and (text, ink) pairs; empty pieces are left out."""
    pairs = ((piece, "") if isinstance(piece, str) else piece for piece in pieces)
    return tuple(pair for pair in pairs if pair[0])


def text_of(shown: Line) -> str:
    """The line without its inks."""
    return "".join(text for text, _ in shown)


class Panel(Widget):
    """Shows what it is given by `put`; what does not fit is cut off. `HELP` explains it. Its screen has the inks."""

    HELP = ""

    def __init__(
        self, title: str = "", *, id: str | None = None, classes: str | None = None, focusable: bool = True
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.can_focus = focusable
        self.border_title = title
        self._lines: tuple[Line, ...] = ()
        self._strips: dict[Line, Strip] = {}
        self._styles: dict[str, Style] = {}

    def put(self, lines: Iterable[Line]) -> None:
        """Show these lines."""
        new, old = tuple(lines), self._lines
        if new == old:
            return
        self._lines = new
        if len(self._strips) > 200:
            self._strips.clear()
        changed = [y for y in range(max(len(new), len(old))) if _at(new, y) != _at(old, y)]
        self.refresh(*(Region(0, y, self.size.width, 1) for y in changed if y < self.size.height))

    def entitle(self, title: str | None = None, subtitle: str | None = None) -> None:
        """Change what stands in the frame, where it is not there yet."""
        if title is not None and self.border_title != title:
            self.border_title = title
        if subtitle is not None and self.border_subtitle != subtitle:
            self.border_subtitle = subtitle

    @property
    def shown(self) -> tuple[Line, ...]:
        """The lines as they stand."""
        return self._lines

    def render_line(self, y: int) -> Strip:
        """One row of cells."""
        shown = _at(self._lines, y)
        strip = self._strips.get(shown)
        if strip is None or strip.cell_length != self.size.width:
            segments = [Segment(text, self._style(ink)) for text, ink in shown]
            strip = Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
            self._strips[shown] = strip
        return strip

    def notify_style_update(self) -> None:
        """Another theme has other colours."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def _style(self, ink: str) -> Style:
        if (style := self._styles.get(ink)) is None:
            style = self.rich_style
            if ink:
                style += self.screen.get_component_rich_style(f"ink--{ink}", partial=True)
            self._styles[ink] = style
        return style


def _at(lines: Sequence[Line], y: int) -> Line:
    return lines[y] if y < len(lines) else ()

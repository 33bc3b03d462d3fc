"""What is said where the terminal is smaller than the screens are drawn for."""

from __future__ import annotations

from textual.widgets import Static

WIDTH, HEIGHT = 80, 24


class TooSmall(Static):
    """Lies over the screen, hidden where there is room."""

    def judge(self, width: int, height: int) -> None:
        """Show itself where that is less than needed."""
        small = width < WIDTH or height < HEIGHT
        if small:
            self.update(f"This terminal has {width}x{height}.\n{WIDTH}x{HEIGHT} is needed.\n\nThe run does not mind.")
        self.display = small

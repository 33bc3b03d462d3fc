"""How much of something is used or done, on one line. Pure."""

from __future__ import annotations

from math import isnan

from s3bench_tui.ui.charts.canvas import AXIS, Line, series_ink
from s3bench_tui.ui.charts.glyphs import Glyphs


def meter(share: float, width: int, glyphs: Glyphs, *, ink: int = series_ink(0)) -> Line:
    """`width` cells of which the part `share` (0 to 1) is full; anything above nothing shows, and only all fills it."""
    width = max(0, width)
    share = 0.0 if isnan(share) else min(1.0, max(0.0, share))
    full = int(share * width)
    if share > 0 and full == 0 and width > 1:
        full = 1
    empty, solid = glyphs.meter[0], glyphs.meter[1]
    return Line.of(solid * full, ink) + Line.of(empty * (width - full), AXIS)

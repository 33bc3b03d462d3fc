"""Figures as the live screen writes them: of fixed width, in fixed units, so that nothing jumps. Pure."""

from __future__ import annotations

MIB = 1 << 20
NONE = "-"


def plain(value: float) -> str:
    """`9,412`, `93.4`, `1.25`, `0`: three digits or all of them."""
    if value >= 99.95 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.{1 if value >= 9.995 else 2}f}"


def mib(bytes_per_s: float) -> str:
    """MiB/s; a dash where no byte moved."""
    return plain(bytes_per_s / MIB) if bytes_per_s else NONE


def in_unit(duration_ns: float | None, unit_ns: float) -> str:
    """A duration in a fixed unit, three digits or all of them: `0.087`, `8.40`, `41.7`, `1,212`; a dash for None."""
    if duration_ns is None:
        return NONE
    value = duration_ns / unit_ns
    if value < 0.9995:
        return f"{value:.3f}"
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:,.0f}"


def ms(duration_ns: float | None) -> str:
    """Milliseconds."""
    return in_unit(duration_ns, 1e6)


def percent(share: float | None) -> str:
    """`0.02%`, `3.4%`, `61%`; a dash for None."""
    if share is None:
        return NONE
    value = share * 100
    if value and value < 0.01:
        return "<.01%"
    return f"{value:.0f}%" if value >= 9.95 or value == 0 else f"{value:.{1 if value >= 0.995 else 2}f}%"


def whole(value: float) -> str:
    """A weight or a rate as it is, without a point where there is none: `70`, `2.5`, `1,000`."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.6g}"

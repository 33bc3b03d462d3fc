"""The figures that matter most, one a tile: two lines where there is room, some words on one line where there is not."""

from __future__ import annotations

from dataclasses import dataclass

from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.ui.figures import MIB, percent, plain
from s3bench_tui.ui.state import FINISHED, IDLE, PAUSED, PREPARING, RUNNING, WARMING_UP, RunState
from s3bench_tui.ui.widgets.panel import Line, Panel, line
from s3bench_tui.ui.widgets.topbar import clock_text
from s3bench_tui.units import format_duration

HIGH_ERRORS = 0.01
"""Share of failures from which the tile says so."""


@dataclass(frozen=True, slots=True)
class Tile:
    """`main` and `below` for a framed tile, `short` for one line of all tiles; `ink` is of the main line."""

    main: str
    below: str = ""
    short: str = ""
    ink: str = "strong"
    below_ink: str = "muted"


def tiles_of(state: RunState) -> tuple[Tile, ...]:
    """Throughput, rate, latency, errors, in flight, phase."""
    snapshot, rates = state.snapshot, state.rates_per_s
    if snapshot is None or state.state in (IDLE, PREPARING):
        return (
            Tile("- MiB/s"),
            Tile("- ops/s"),
            Tile("p50 -", "p99 -"),
            Tile("errors -"),
            Tile("in flight -"),
            _phase(state),
        )
    dim = state.state == WARMING_UP
    seconds = snapshot.measured_s
    done = sum(row.ops for row in snapshot.total.values())
    moved = sum(row.bytes for row in snapshot.total.values())
    if state.ended is not None and seconds:
        return (
            Tile(f"{plain(moved / seconds / MIB)} MiB/s", "whole run", f"{plain(moved / seconds / MIB)} MiB/s"),
            Tile(f"{plain(done / seconds)} ops/s", "whole run", f"{plain(done / seconds)} ops/s"),
            _latency(state.whole_service, "strong"),
            _errors(state),
            Tile("in flight 0", f"{done:,} done", f"{done:,} done"),
            _phase(state),
        )
    ops, size = rates or (0.0, 0.0)
    word = "warm-up" if dim else "paused" if state.state == PAUSED else ""
    mean_ops = word or (f"mean {plain(done / seconds)}" if seconds else "")
    mean_size = word or (f"mean {plain(moved / seconds / MIB)}" if seconds else "")
    ink = "muted" if dim else "strong"
    return (
        Tile(f"{plain(size / MIB)} MiB/s", mean_size, f"{plain(size / MIB)} MiB/s", ink),
        Tile(f"{plain(ops)} ops/s", mean_ops, f"{plain(ops)} ops/s", ink),
        _latency(state.recent_service, ink),
        _errors(state),
        _in_flight(state, ink),
        _phase(state),
    )


def _latency(histogram: Histogram, ink: str) -> Tile:
    if not histogram.n:
        return Tile("p50 -", "p99 -", "p50 - p99 -", ink)
    middle, tail = histogram.percentiles((50.0, 99.0))
    half, most = format_duration(middle), format_duration(tail) if histogram.n >= 100 else "-"
    return Tile(f"p50 {half}", f"p99 {most}", f"p50 {half} p99 {most}", ink)


def error_classes(state: RunState) -> dict[str, int]:
    """Failures by class, the most frequent first: of the measured part, or of what comes before it while there is none."""
    found: dict[str, int] = {}
    if state.snapshot is not None:
        for row in (state.snapshot.total or state.snapshot.current).values():
            for name, count in row.errors.items():
                found[name] = found.get(name, 0) + count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _errors(state: RunState) -> Tile:
    snapshot = state.snapshot
    assert snapshot is not None
    tally = snapshot.total or snapshot.current
    done = sum(row.ops for row in tally.values())
    classes = error_classes(state)
    failed = sum(classes.values())
    share = failed / (done + failed) if done + failed else 0.0
    mark = " !!" if share >= HIGH_ERRORS else ""
    worst = next(iter(classes.items()), None)
    below = "none" if worst is None else f"{worst[1]:,} {worst[0]}"
    ink = "bad" if mark else "warn" if failed else "strong"
    return Tile(f"errors {percent(share)}{mark}", below, f"err {percent(share)}{mark}", ink, "bad" if mark else "muted")


def _in_flight(state: RunState, ink: str) -> Tile:
    snapshot = state.snapshot
    assert snapshot is not None
    slots = snapshot.phase.settings.concurrency
    below = f"of {slots:,}"
    if snapshot.backlog or (state.started is not None and state.started.open_loop):
        below = f"of {slots:,}, {snapshot.backlog:,} wait"
    return Tile(f"in flight {snapshot.in_flight:,}", below, f"{snapshot.in_flight:,}/{slots:,}", ink)


def _phase(state: RunState) -> Tile:
    phase = state.phase
    if phase is None:
        return Tile("phase -", "", "phase -", "muted")
    kind = {"prepare": "prepare", "warmup": "warm-up", "measured": "measured"}.get(phase.kind, phase.kind)
    ink = "strong" if state.state == RUNNING else "muted" if state.state == FINISHED else "warn"
    return Tile(f"phase {phase.index} {kind}", f"since {clock_text(phase.start_s)}", f"ph {phase.index}", ink)


class Tiles(Panel):
    """All tiles on one line; for narrow terminals."""

    def show(self, tiles: tuple[Tile, ...]) -> None:
        """These, as many as fit."""
        pieces: list[str | tuple[str, str]] = []
        for tile in tiles:
            pieces += [" ", (tile.short or tile.main, tile.ink), " "]
        self.put([line(*pieces)])


class TileBox(Panel):
    """One framed tile."""

    def show(self, tile: Tile) -> None:
        """Both of its lines, centred."""
        width = self.size.width
        lines: list[Line] = [
            line((tile.main.center(width), tile.ink)),
            line((tile.below.center(width), tile.below_ink)),
        ]
        self.put(lines)

"""The table of operations; the window and the kind of time that it shows stand in its frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from s3bench_tui.ui.figures import in_unit, mib, percent, plain
from s3bench_tui.ui.state import IDLE, PREPARING, WARMING_UP, RunState
from s3bench_tui.ui.table import RUN, TIMES, WINDOWS, Figures, Latencies, counts, latencies, requests, window_of
from s3bench_tui.ui.widgets.panel import Line, Panel, line

_WIDE = (
    ("ops/s", 8),
    ("MiB/s", 8),
    ("p50", 8),
    ("p90", 8),
    ("p99", 8),
    ("p99.9", 8),
    ("max", 8),
    ("err", 7),
    ("n", 12),
)
_NARROW = (("ops/s", 8), ("MiB/s", 7), ("p50", 6), ("p99", 6), ("p99.9", 7), ("max", 7), ("err", 6))


_UNITS = {"ms": 1e6, "us": 1e3}
_FAST_NS, _SLOW_NS = 50_000, 200_000
"""Medians below and above which the table turns to us and to ms; between them it stays as it is."""


class Operations(Panel):
    """A line for each line of the mix, and one for all; the chosen line of the tune panel stays in sight."""

    HELP = (
        "Operations: what each line of the mix did, successes only; failures count in err alone. Times are in the unit below: service "
        "time runs from dispatch to the last byte; t turns to time to first byte and, in open loop, to response time (from "
        "the intended start) and schedule lag. w turns the window: whole run, this phase, last 10 s. A percentile that so "
        "few operations cannot support is a dash. Where objects are written in parts, the requests of a line stand below it; "
        "they are in no total."
    )

    window = RUN
    time = "service"
    unit = "ms"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("Operations", id=id)
        self._latencies: list[Latencies] = []
        self._requests: Mapping[int, Sequence[Figures]] = {}
        self._known_for: tuple[object, ...] = ()

    def turn_window(self) -> None:
        """The next window."""
        self.window = WINDOWS[(WINDOWS.index(self.window) + 1) % len(WINDOWS)]

    def turn_time(self, open_loop: bool) -> None:
        """The next kind of time that exists here."""
        times = list(TIMES) if open_loop else list(TIMES)[:2]
        self.time = times[(times.index(self.time) + 1) % len(times)] if self.time in times else times[0]

    def show(self, state: RunState, *, precise: bool, chosen: int = -1) -> None:
        """Draw; latencies are found anew with `precise`, or where what they are of has changed. `chosen` is a line."""
        names = state.names
        tallies, seconds = window_of(state, self.window)
        known_for = (self.window, self.time, id(state), len(names), state.phase.index if state.phase else -1)
        if precise or known_for != self._known_for:
            self._latencies, self._known_for = latencies(tallies, len(names), self.time), known_for
            self._requests = requests(state, self.window, self.time)
            median = self._latencies[-1].p50
            if median is not None and not _FAST_NS <= median <= _SLOW_NS:
                self.unit = "us" if median < _FAST_NS else "ms"
        figures = [
            replace(each, latencies=known)
            for each, known in zip(counts(tallies, names, seconds), self._latencies, strict=True)
        ]
        columns = _WIDE if self.size.width >= 72 else _NARROW
        self.put(self._lines_of(figures, columns, chosen))
        note = "warm-up, not counted" if state.state == WARMING_UP and self.window == RUN else self.window
        if state.state in (IDLE, PREPARING):
            note = self.window
        wide = self.size.width >= 72
        time = TIMES[self.time]
        self.entitle(
            subtitle=f"{self.unit} {time}, {note}   w window   t time" if wide else f"{self.unit} {time}, {note}"
        )

    def _lines_of(self, figures: list[Figures], columns: tuple[tuple[str, int], ...], chosen: int) -> list[Line]:
        first = max(6, self.size.width - sum(width for _, width in columns))
        head = f"{'op':<{first}}" + "".join(f"{title:>{width}}" for title, width in columns)
        *each, whole = figures
        room = max(1, self.size.height - 2)
        unit_ns = _UNITS[self.unit]
        rows: list[Line] = []
        last = 0  # row of the chosen line, or of its last request
        for number, one in enumerate(each):
            rows.append(_row(one, first, columns, unit_ns))
            rows += [_row(its, first, columns, unit_ns, "muted") for its in self._requests.get(number, ())]
            last = len(rows) - 1 if number == chosen else last
        start = max(0, min(last - room + 1, len(rows) - room))
        return [line((head, "muted")), *rows[start : start + room], _row(whole, first, columns, unit_ns, "strong")]


def _row(figures: Figures, first: int, columns: tuple[tuple[str, int], ...], unit_ns: float, written: str = "") -> Line:
    known, quiet = figures.latencies, not figures.ops and not figures.failed
    cells = {
        "ops/s": plain(figures.ops_per_s),
        "MiB/s": mib(figures.bytes_per_s),
        "p50": in_unit(known.p50, unit_ns),
        "p90": in_unit(known.p90, unit_ns),
        "p99": in_unit(known.p99, unit_ns),
        "p99.9": in_unit(known.p999, unit_ns),
        "max": in_unit(known.highest, unit_ns),
        "err": percent(figures.failed_share),
        "n": f"{figures.ops:,}",
    }
    ink = "muted" if quiet else written
    name = figures.name if len(figures.name) < first else f"{figures.name[: first - 2]}~"
    pieces: list[tuple[str, str]] = [(f"{name:<{first}}", ink)]
    for title, width in columns:
        bad = title == "err" and figures.failed
        pieces.append((f"{cells[title]:>{width}}", "bad" if bad else ink))
    return line(*pieces)

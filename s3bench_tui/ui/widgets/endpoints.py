"""The table of end points, where a target has several: how the load is spread over them, and how each answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from s3bench_tui.engine.messages import RunStarted
from s3bench_tui.stats.tally import Row, RowSum, Tally
from s3bench_tui.ui.figures import mib, ms, percent, plain
from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.table import window_of
from s3bench_tui.ui.widgets.panel import Line, Panel, line

_WIDE = (("share", 7), ("ops/s", 8), ("MiB/s", 8), ("p50", 8), ("p99", 8), ("in fl.", 7), ("err", 7))
_NARROW = (("share", 6), ("ops/s", 8), ("p99", 7), ("in fl.", 7), ("err", 6))
_OUT, _SHORT_OUT = "left out", "out"


@dataclass(frozen=True, slots=True)
class EndpointFigures:
    """Of one end point over a window; `row` is of all operations that went there."""

    target: str
    url: str
    row: Row
    left_out: bool

    @property
    def done(self) -> int:
        """Operations that ended there, well or not."""
        return self.row.ops + self.row.failed


class Endpoints(Panel):
    """A line for each end point of each target that has several, and one for all of them."""

    HELP = (
        "End points: where a target has several, each operation goes to one of them. share is the part of all operations "
        "that ended at this one; err the part of its own that failed. p50 and p99 are of service times, in ms. in fl. is how "
        "many were in flight there on average: their rate times their mean service time. One that gives no connections is "
        "left out for a while, and says so. w turns the window: whole run, this phase, last 10 s."
    )

    def __init__(self, *, id: str) -> None:
        super().__init__("End points", id=id)

    def show(self, state: RunState, window: str) -> None:
        """Draw what happened in the window."""
        tallies, seconds = window_of(state, window)
        ends = endpoints_of(state, tallies)
        columns = _WIDE if self.size.width >= 72 else _NARROW
        word = _OUT if columns is _WIDE else _SHORT_OUT
        first = max(10, self.size.width - len(word) - 1 - sum(width for _, width in columns))
        whole = sum(end.done for end in ends)
        head = line((f"{'end point':<{first + len(word) + 1}}" + "".join(f"{name:>{size}}" for name, size in columns), "muted"))  # fmt: skip
        room = max(1, self.size.height - 2)
        rows = [_row(end, whole, seconds, first, word, columns) for end in ends]
        if len(rows) > room:
            rows = [*rows[: room - 1], line((f"and {len(rows) - room + 1} more; x shows them", "muted"))]
        everything = RowSum()
        for end in ends:
            everything.add(end.row)
        total = EndpointFigures("", "total", everything.value(), False)
        self.put([head, *rows, _row(total, whole, seconds, first, word, columns, "strong")])
        self.entitle(subtitle=f"ms service time, {window}   w window")


def several(started: RunStarted | None) -> bool:
    """Whether some target has more than one end point."""
    return started is not None and any(len(target.get("endpoints", ())) > 1 for target in started.targets)


def endpoints_of(state: RunState, tallies: Sequence[Tally]) -> list[EndpointFigures]:
    """All end points of targets that have several, in the order of the file."""
    if state.started is None:
        return []
    sums: dict[tuple[int, int], RowSum] = {}
    for tally in tallies:
        for key, row in tally.items():
            sums.setdefault((key.target, key.endpoint), RowSum()).add(row)
    out = _left_out(state)
    return [
        EndpointFigures(str(target.get("name", "")), url, sums.get((index, number), RowSum()).value(), out.get((index, url), False))
        for index, target in enumerate(state.started.targets)
        if len(target.get("endpoints", ())) > 1
        for number, url in enumerate(target["endpoints"])
    ]  # fmt: skip


def _left_out(state: RunState) -> Mapping[tuple[int, str], bool]:
    """As it was told last, by target and URL."""
    told: dict[tuple[int, str], bool] = {}
    for event in state.events:
        if event.kind == "server" and "endpoint" in event.data:
            told[event.data["target"], event.data["endpoint"]] = not event.data["alive"]
    return told


def _row(
    end: EndpointFigures, whole: int, seconds: float, first: int, word: str, columns: Sequence[tuple[str, int]],
    ink: str = "",
) -> Line:  # fmt: skip
    known = end.row.service.known_percentiles() if end.row.service.n else {}
    per_s = end.row.ops / seconds if seconds > 0 else 0.0
    cells = {
        "share": percent(end.done / whole if whole else None),
        "ops/s": plain(per_s),
        "MiB/s": mib(end.row.bytes / seconds if seconds > 0 else 0.0),
        "p50": ms(known.get("p50")),
        "p99": ms(known.get("p99")),
        "in fl.": plain(per_s * end.row.service.mean_ns / 1e9) if end.row.service.n else "0",
        "err": percent(end.row.failed / end.done if end.done else None),
    }
    name = end.url.removeprefix("http://")
    name = name if len(name) < first else f"{name[: first - 2]}~"
    pieces = [(f"{name:<{first}}", ink), (f"{word if end.left_out else '':<{len(word) + 1}}", "bad")]
    pieces += [
        (f"{cells[title]:>{size}}", "bad" if title == "err" and end.row.failed else ink) for title, size in columns
    ]
    return line(*pieces)

"""What a run has done since the last interval that it told of, for eyes: cumulative, so that one that is lost costs nothing.

An agent's side: follows the records of its run, and makes of a snapshot the interval that is not over yet.
"""

from __future__ import annotations

from s3bench_tui.engine.messages import Arrivals, Interval, PhaseClosed, PhaseOpened, Record, Snapshot
from s3bench_tui.report.fold import add_arrivals
from s3bench_tui.stats.tally import TallySum, difference


class Remainder:
    """Take every record with `feed`, then ask with a snapshot that came after them."""

    def __init__(self) -> None:
        self._open: dict[int, TallySum] = {}
        self._until_s: dict[int, float] = {}
        self._measured: set[int] = set()
        self._requests = TallySum()
        self._arrivals = Arrivals()

    def feed(self, record: Record) -> None:
        """Take the next record."""
        match record:
            case PhaseOpened(phase):
                self._open[phase.index] = TallySum()
                self._until_s[phase.index] = phase.start_s
                if phase.kind == "measured":
                    self._measured.add(phase.index)
            case PhaseClosed(phase):
                self._open.pop(phase.index, None)
            case Interval() if record.phase in self._open:
                self._open[record.phase].add(record.tally)
                self._until_s[record.phase] = record.end_s
                if record.phase in self._measured:
                    self._requests.add(record.requests)
                    self._arrivals = add_arrivals(self._arrivals, record.arrivals)

    def of(self, snapshot: Snapshot) -> Interval | None:
        """What has come in its phase since the last interval; None where that is nothing yet, or another phase is still
        being closed: what is in the sums over all phases could then not be told apart."""
        index = snapshot.phase.index
        if list(self._open) != [index] or snapshot.at_s <= self._until_s[index]:
            return None
        measured = index in self._measured
        return Interval(
            phase=index,
            start_s=self._until_s[index],
            end_s=snapshot.at_s,
            tally=difference(snapshot.current, self._open[index].value()),
            arrivals=_less(snapshot.arrivals, self._arrivals) if measured else Arrivals(),
            in_flight=snapshot.in_flight,
            backlog=snapshot.backlog,
            requests=difference(snapshot.requests, self._requests.value()) if measured else {},
        )


def _less(one: Arrivals, earlier: Arrivals) -> Arrivals:
    return Arrivals(one.offered - earlier.offered, one.dispatched - earlier.dispatched, one.dropped - earlier.dropped)

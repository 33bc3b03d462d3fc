"""What limited the run: a verdict in words, from what the workers and the machine were seen to do.

Knows only `Evidence`. Where that does not decide, the verdict says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt
from typing import Literal, NamedTuple

from s3bench_tui.engine.verdict.evidence import Evidence, Figures, OpenLoad, figures
from s3bench_tui.units import format_duration

Limit = Literal["client", "store", "rate", "unclear"]

SATURATED = 0.9
"""Busy share of its core from which on a worker is the limit."""
WAITING = 0.6
"""Busy share below which a worker mostly waits for the store."""
STARVED = 0.1
"""Share of the time without a core, or taken by a hypervisor or a quota, that spoils a run."""
CPU_GONE, CPU_LEFT = 0.05, 0.1
"""Free share of the machine's cores: below the first none is left, above the second there is some."""
LINE_FULL = 0.9
DISK_FULL = 0.95
STALL_NS = 1_000_000
"""A client that is late by less does not matter, however fast the store is."""
LATE_SHARE, STALL_SHARE = 0.1, 0.5
"""Of the median service time: lateness of dispatches, and length of a worker's loop, that falsify what is measured."""
MATERIAL_GROWTH = 0.01
"""Growth of the backlog, as share of the offered rate, below which it is of no account."""
SLOTS_USED = 0.8
"""Share of the slots in use below which something keeps them idle."""
RETRANSMITTED = 0.01
CONFIDENCE = 3.0
"""Standard errors by which a slope must be above zero."""
FEWEST_POINTS = 5
OTHERS_MATTER = 0.25
"""Share of the machine's cores from which on other processes are mentioned."""

_HEADS = {"client": "CLIENT-LIMITED", "store": "STORE-LIMITED", "unclear": "UNCLEAR"}
_APART = "if the store is one of them, run it or the load on another machine"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`text` is one sentence: the finding, its evidence, and what to try. `notes` are other things worth knowing."""

    limit: Limit
    text: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    """The numbers that it rests on; what was not known is missing."""
    notes: tuple[str, ...] = ()
    unsustained: bool = False
    client_limited: bool = False
    """The figures say more of this machine than of the store."""


# --- the trend of a backlog ---------------------------------------------------------------------------------------


class Trend(NamedTuple):
    """A straight line through points by least squares: growth a second, and how sure it is."""

    slope_per_s: float
    standard_error: float

    @property
    def grows(self) -> bool:
        return self.slope_per_s > 0 and self.slope_per_s > CONFIDENCE * self.standard_error


def trend(points: Sequence[tuple[float, float]]) -> Trend | None:
    """Trend of (seconds, value); None for fewer than 5 points.

    A queue's length now depends on its length just before, so that the points are worth less than their number:
    the standard error is widened by sqrt((1 + r) / (1 - r)), r being the correlation of successive residuals.
    """
    n = len(points)
    if n < FEWEST_POINTS:
        return None
    mean_t, mean_v = sum(t for t, _ in points) / n, sum(v for _, v in points) / n
    spread = sum((t - mean_t) ** 2 for t, _ in points)
    if not spread:
        return None
    slope = sum((t - mean_t) * (v - mean_v) for t, v in points) / spread
    residuals = [v - mean_v - slope * (t - mean_t) for t, v in points]
    squares = sum(residual**2 for residual in residuals)
    if not squares:
        return Trend(slope, 0.0)
    r = sum(a * b for a, b in pairwise(residuals)) / squares
    r = min(0.99, max(0.0, r))
    return Trend(slope, sqrt(squares / (n - 2) / spread * (1 + r) / (1 - r)))


# --- rules --------------------------------------------------------------------------------------------------------


class Cause(NamedTuple):
    """What held the run back, and the sentence that says so."""

    limit: Limit
    text: str


def judge(evidence: Evidence) -> Verdict:
    """The verdict; closed loop asks what limits the throughput, open loop first whether the rate was sustained."""
    known = figures(evidence)
    arrivals = evidence.arrivals
    if evidence.wall_s <= 0 or not (evidence.ops and evidence.service.n):
        return Verdict(
            "unclear", "UNCLEAR: no operation succeeded in the measured part; see the errors", known.numbers()
        )
    if arrivals is None:
        cause = _cause(evidence, known)
        text = f"{_HEADS[cause.limit]}: {cause.text}"
        return Verdict(
            cause.limit, text, known.numbers(), _notes(evidence, known), client_limited=cause.limit == "client"
        )
    return _judge_open(evidence, known, arrivals)


def _judge_open(evidence: Evidence, known: Figures, arrivals: OpenLoad) -> Verdict:
    wall_s = evidence.wall_s
    offered, served, dropped = arrivals.offered / wall_s, arrivals.completed / wall_s, arrivals.dropped / wall_s
    growth = trend(arrivals.backlog)
    grows = growth is not None and growth.grows and growth.slope_per_s > MATERIAL_GROWTH * offered
    # Where the rate was turned, the backlog may have grown and shrunk again; what was left undone at the end tells.
    left = arrivals.offered - arrivals.completed - arrivals.dropped
    behind = left - evidence.concurrency > MATERIAL_GROWTH * arrivals.offered
    unsustained = bool(grows or behind or arrivals.dropped)
    numbers = known.numbers() | {
        "offered_per_s": round(offered, 4),
        "served_per_s": round(served, 4),
        "dropped_per_s": round(dropped, 4),
        "left": left,
    }
    if growth is not None:
        numbers |= {
            "backlog_slope_per_s": round(growth.slope_per_s, 4),
            "backlog_slope_error_per_s": round(growth.standard_error, 4),
        }
    lag_p99_ns = _own_lag_p99_ns(arrivals)
    if lag_p99_ns is not None:
        numbers["lag_p99_ns"] = lag_p99_ns
    late = _late(lag_p99_ns, known)
    cause = late or _cause(evidence, known)
    if unsustained:
        parts = [f"UNSUSTAINED: offered {_rate(offered)}/s", f"served {_rate(served)}/s"]
        if grows and growth is not None:
            parts.append(f"backlog +{_rate(growth.slope_per_s)}/s")
        elif behind:
            parts.append(f"{left:,} still waited at the end")
        if arrivals.dropped:
            parts.append(f"dropped {_rate(dropped)}/s")
        text, limit = f"{', '.join(parts)}; {cause.text}", cause.limit
    elif late:
        text, limit = f"CLIENT-LIMITED: {late.text}", late.limit
    else:
        limit = "rate"
        text = f"SUSTAINED: offered {_rate(offered)}/s, served {_rate(served)}/s; raise the rate to find the limit"
    return Verdict(
        limit,
        text,
        numbers,
        _notes(evidence, known),
        unsustained=unsustained,
        client_limited=limit == "client",
    )


def _own_lag_p99_ns(arrivals: OpenLoad) -> int | None:
    """How late operations left for which a slot was free: that is nobody's fault but the client's."""
    if arrivals.free_slot_lag.n:
        return arrivals.free_slot_lag.percentiles((99.0,))[0]
    waited = arrivals.dropped or any(waiting > 0 for _, waiting in arrivals.backlog)
    return None if waited or not arrivals.lag.n else arrivals.lag.percentiles((99.0,))[0]


def _late(lag_p99_ns: int | None, known: Figures) -> Cause | None:
    service_ns = known.service_p50_ns or 0
    if lag_p99_ns is None or lag_p99_ns <= max(STALL_NS, LATE_SHARE * service_ns):
        return None
    others = f"{_others(known)}; {_APART}" if _others_matter(known) else "use more `processes` or more machines"
    return Cause(
        "client",
        f"operations left {format_duration(lag_p99_ns)} late (p99) although slots were free, where the store took "
        f"{format_duration(service_ns)} (p50); {others}",
    )


def _cause(evidence: Evidence, known: Figures) -> Cause:
    """The first rule that applies, the surest first."""
    return (
        _line(known)
        or _workers(evidence, known)
        or _quota(known)
        or _machine(known)
        or _delayed(known)
        or _stalled(known)
        or _disk(evidence, known)
        or _store(evidence, known)
        or _undecided(known)
    )


def _line(known: Figures) -> Cause | None:
    if known.line_share is None or known.line_share < LINE_FULL:
        return None
    return Cause(
        "client",
        f"{known.line} carried {known.line_share:.0%} of its line rate: the network of this machine was the limit; "
        "use a faster link or more machines",
    )


def _workers(evidence: Evidence, known: Figures) -> Cause | None:
    if known.worker_busy is None or known.worker_busy < SATURATED:
        return None
    seen = f"the workers kept their cores {min(1.0, known.worker_busy):.0%} busy"
    if evidence.local_disk:
        seen += " (the kernel's work on files included)"
    if known.cpu_free is None or known.cores is None:
        return Cause("client", f"{seen}; use more `processes` or more machines")
    free = known.cpu_free * known.cores
    if free < 0.5:
        return Cause("client", f"{seen} and this machine has no other core free; use more machines")
    return Cause(
        "client",
        f"{seen} while {free:.1f} of {known.cores} cores were free; use more `processes` than {len(evidence.workers)}",
    )


def _quota(known: Figures) -> Cause | None:
    if known.cpu_throttled is None or known.cpu_throttled < STARVED:
        return None
    return Cause(
        "client",
        f"the CPU quota of this container ran out in {known.cpu_throttled:.0%} of the scheduler's periods; raise the quota",
    )


def _machine(known: Figures) -> Cause | None:
    if known.cpu_free is None or known.cpu_free >= CPU_GONE:
        return None
    seen = f"this machine had {known.cpu_free:.0%} of its CPU left"
    if known.other_cores is None:
        return Cause("unclear", f"{seen}, used by whom is not known; look which processes did")
    if _others_prevail(known):
        return Cause("unclear", f"{seen}, and {_others(known)}; {_APART}")
    return Cause("client", f"{seen}, and the load itself used it; use more machines")


def _delayed(known: Figures) -> Cause | None:
    if known.cpu_steal is not None and known.cpu_steal >= STARVED:
        return Cause(
            "unclear",
            f"the hypervisor took {known.cpu_steal:.0%} of the CPU time from this machine; use one with cores of its own",
        )
    if known.worker_run_delay is None or known.worker_run_delay < STARVED:
        return None
    seen = _waiting(known.worker_run_delay)
    if _others_prevail(known):
        return Cause("unclear", f"{seen}, and {_others(known)}; {_APART}")
    return Cause("client", f"{seen}; use fewer `processes` than cores, or more machines")


def _waiting(run_delay: float) -> str:
    """A worker with many threads may wait for more cores than one, and so for longer than the time that passed."""
    if run_delay > 1.0:
        return f"in each worker {run_delay:.1f} threads on average were ready to run but had no core"
    return f"each worker was ready to run but had no core for {run_delay * 1000:.0f} ms of each second"


def _others_prevail(known: Figures) -> bool:
    return known.other_cores is not None and known.other_cores > (known.own_cores or 0)


def _others_matter(known: Figures) -> bool:
    if known.cores is None or known.other_cores is None:
        return False
    return known.other_cores >= OTHERS_MATTER * known.cores


def _others(known: Figures) -> str:
    return f"other processes used {known.other_cores:.1f} of {known.cores} cores"


def _stalled(known: Figures) -> Cause | None:
    if known.loop_p99_ns is None or not known.service_p50_ns or known.loop_p99_ns < STALL_SHARE * known.service_p50_ns:
        return None
    # A short loop on a fast store says little, as long as the worker mostly waits.
    if known.loop_p99_ns < STALL_NS and (known.worker_busy or 0.0) < WAITING:
        return None
    return Cause(
        "client",
        f"completions waited up to {format_duration(known.loop_p99_ns)} (p99) for their worker, where the store took "
        f"{format_duration(known.service_p50_ns)} (p50); use more `processes`, or fewer slots",
    )


def _disk(evidence: Evidence, known: Figures) -> Cause | None:
    if not evidence.local_disk or known.disk_utilisation is None or known.disk_utilisation < DISK_FULL:
        return None
    return Cause(
        "store",
        f"the disk {known.disk} had requests open {known.disk_utilisation:.0%} of the time; "
        "more concurrency helps only if it serves many at once",
    )


def _store(evidence: Evidence, known: Figures) -> Cause | None:
    if known.worker_busy is None or known.worker_busy >= WAITING or (known.busiest_worker or 0.0) >= SATURATED:
        return None
    if known.cpu_free is not None and known.cpu_free < CPU_LEFT:
        return None
    left = "" if known.cpu_free is None else f" and this machine had {known.cpu_free:.0%} of its CPU left"
    slots = "" if known.in_flight is None else f" with {known.in_flight:.1f} operations in flight"
    attempt = "try a higher `max_in_flight`, or a lower rate" if evidence.arrivals else "try more concurrency"
    waited = f"the workers waited for the store {1 - known.worker_busy:.0%} of the time"
    return Cause("store", f"{waited}{slots}{left}; {attempt}")


def _undecided(known: Figures) -> Cause:
    if known.worker_busy is None:
        return Cause("unclear", "nothing is known of the workers' CPU time")
    if known.busiest_worker is not None and known.busiest_worker >= SATURATED > known.worker_busy:
        seen = f"one worker was {min(1.0, known.busiest_worker):.0%} busy, while they were {known.worker_busy:.0%} busy on average"
        return Cause("unclear", f"{seen}; choose the concurrency as a multiple of the number of workers")
    if known.worker_busy < WAITING and known.cpu_free is not None:
        seen = f"the workers were only {known.worker_busy:.0%} busy, but this machine had no more than {known.cpu_free:.0%} of its CPU left"
        return Cause("unclear", f"{seen}, and {_others(known)}; {_APART}" if _others_matter(known) else seen)
    return Cause(
        "unclear",
        f"the workers were {known.worker_busy:.0%} busy, neither idle nor at their limit; "
        "if more `processes` give more, it was the client",
    )


# --- notes --------------------------------------------------------------------------------------------------------


def _notes(evidence: Evidence, known: Figures) -> tuple[str, ...]:
    """What else a reader should know."""
    notes = []
    if _others_matter(known):
        notes.append(f"{_others(known).capitalize()}: {_APART}.")
    if (
        evidence.arrivals is None
        and known.in_flight is not None
        and known.in_flight < SLOTS_USED * evidence.concurrency
    ):
        notes.append(
            f"Of {_slots(evidence.concurrency)} {known.in_flight:.1f} were in use on average: "
            "limits of single operations, failures or a busy client kept the others idle."
        )
    if known.open_files is not None and known.open_files >= SATURATED:
        notes.append(f"A process had {known.open_files:.0%} of the files open that it may: raise `ulimit -n`.")
    if known.memory_available is not None and known.memory_available < CPU_GONE:
        notes.append(
            f"Memory was short: at the least {known.memory_available:.1%} was left, so that the machine may have swapped."
        )
    if known.retransmits is not None and known.retransmits >= RETRANSMITTED:
        notes.append(f"TCP sent {known.retransmits:.1%} of its packets again: the network loses packets.")
    return tuple(notes)


def _rate(per_s: float) -> str:
    return f"{per_s:.0f}" if per_s >= 100 else f"{per_s:.3g}"


def _slots(count: float) -> str:
    return f"{count:.0f} slots" if count == round(count) else f"{count:.1f} slots, the mean of the settings,"

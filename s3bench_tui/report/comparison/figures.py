"""A run A against a run B: every figure with a verdict, and all that differs between the two set-ups.

Refuses nothing and says everything: another load, another data set, another server, checks that failed. Knows nothing of
how a comparison looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from s3bench_tui.report.comparison.seconds import SteadyPart
from s3bench_tui.report.comparison.setups import Difference, differences
from s3bench_tui.stats.compare import LATENCY, RATE, SHARE_OF_FAILURES, Figure, Judgement, Rule, Verdict, judge
from s3bench_tui.units import NS_PER_S, format_count, format_duration, format_size

PER_S, BYTES_PER_S, TIME_NS, SHARE, CPU_S = "per_s", "bytes_per_s", "time_ns", "share", "cpu_s"
"""The kinds of figures."""


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both runs."""

    name: str
    kind: str
    a: float | None
    b: float | None
    judgement: Judgement

    @property
    def change(self) -> str:
        """`+11.3%`, or a difference in percentage points."""
        change = self.judgement.change
        if change is None:
            return "-"
        return f"{change * 100:+.2f} pt" if self.kind == SHARE else f"{change:+.1%}"

    @property
    def noise(self) -> str:
        """What lies in the noise, as `change` has it."""
        noise = self.judgement.noise
        if noise is None:
            return "-"
        return f"{noise * 100:.2f} pt" if self.kind == SHARE else f"{noise:.1%}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A as seen from B."""

    a: SteadyPart
    b: SteadyPart
    lines: tuple[Line, ...]
    differences: tuple[Difference, ...]

    @property
    def worse(self) -> list[Line]:
        """The figures in which A is worse."""
        return [line for line in self.lines if line.judgement.verdict is Verdict.WORSE]

    @property
    def caveats(self) -> list[Difference]:
        """What makes the verdicts speak of more than the storage alone."""
        return [difference for difference in self.differences if difference.matters]


def compare(a: Mapping[str, Any], b: Mapping[str, Any]) -> Comparison:
    """Two reports' `as_dict()`, or report files' contents."""
    one, other = SteadyPart.of(a), SteadyPart.of(b)
    return Comparison(one, other, tuple(_lines(one, other)), tuple(differences(one, other)))


def shown(value: float | None, kind: str) -> str:
    """A figure in its unit."""
    if value is None:
        return "-"
    if kind == BYTES_PER_S:
        return f"{format_size(value)}/s"
    if kind == TIME_NS:
        return format_duration(value)
    if kind == CPU_S:
        return format_duration(value * NS_PER_S)
    return f"{value:.2%}" if kind == SHARE else f"{format_count(value)}/s"


def _lines(a: SteadyPart, b: SteadyPart) -> Iterator[Line]:
    if a.data["total"]["bytes"] or b.data["total"]["bytes"]:
        yield _line("throughput", BYTES_PER_S, a.rate("bytes"), b.rate("bytes"), RATE)
    yield _line("operations", PER_S, a.rate("ops"), b.rate("ops"), RATE)
    series = "response" if a.data["open_loop"] and b.data["open_loop"] else "service"
    for op in _done(a, b, "ops"):
        yield from _percentiles(a, b, op, series, (("p50", "p50"), ("p99", "p99")))
    for name in _done(a, b, "requests"):
        yield from _percentiles(a, b, name, "service", (("p50", "p50"), ("p99", "p99")), "requests")
    yield _line("failures", SHARE, a.failures(), b.failures(), SHARE_OF_FAILURES)
    yield _line("CPU per op", CPU_S, a.cpu_per_operation(), b.cpu_per_operation(), LATENCY)
    for op in _done(a, b, "ops"):
        yield from _percentiles(a, b, op, series, (("p999", "p99.9"),))


def _percentiles(
    a: SteadyPart, b: SteadyPart, op: str, series: str, wanted: Iterable[tuple[str, str]], of: str = "ops"
) -> Iterator[Line]:
    for name, label in wanted:
        one, other = a.percentile(op, series, name, of), b.percentile(op, series, name, of)
        yield _line(f"{op} {label}", TIME_NS, one, other, LATENCY)


def _line(name: str, kind: str, a: Figure, b: Figure, rule: Rule) -> Line:
    return Line(name, kind, a.value, b.value, judge(a, b, rule))


def _done(a: SteadyPart, b: SteadyPart, of: str) -> Iterable[str]:
    """The operations, or the `requests`, of which either run has some."""
    done = [name for part in (a, b) for name, figures in part.data.get(of, {}).items() if figures["ops"]]
    return dict.fromkeys(done)

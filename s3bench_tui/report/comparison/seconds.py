"""What of a report a comparison may rest on: the seconds of its steady measured phases, and the figures over them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3bench_tui.report import hdr
from s3bench_tui.stats.compare import Figure
from s3bench_tui.stats.histogram import EMPTY, Histogram, HistogramSum
from s3bench_tui.stats.noise import Sample
from s3bench_tui.stats.steady import Steadiness, steadiness

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SteadyPart:
    """The measured phases of a report that did not drift, and their seconds. Where all of them did, both are empty."""

    data: Mapping[str, Any]
    judged: tuple[tuple[Mapping[str, Any], Steadiness], ...]
    """Every measured phase with what was found of it."""
    rows: tuple[Row, ...]

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> SteadyPart:
        """Of a report's `as_dict()` or of a report file's content."""
        judged = []
        rows: list[Row] = []
        by_phase: dict[int, list[Row]] = {}
        for row in data["series"]:
            by_phase.setdefault(row["phase"], []).append(row)
        for phase in data["phases"]:
            if phase["kind"] != "measured":
                continue
            own = by_phase.get(phase["index"], [])
            found = steadiness(_sample(own, lambda row: row["total"]["ops"], _length))
            judged.append((phase, found))
            if found.steady is not False:
                rows += own
        return cls(data, tuple(judged), tuple(rows))

    @property
    def phases(self) -> Sequence[Mapping[str, Any]]:
        """Those that count."""
        return [phase for phase, found in self.judged if found.steady is not False]

    @property
    def text(self) -> str:
        """`1 of 2 phases, 54 s`."""
        seconds = sum(map(_length, self.rows))
        return f"{len(self.phases)} of {len(self.judged)} phase{'' if len(self.judged) == 1 else 's'}, {seconds:.0f} s"

    # --- figures --------------------------------------------------------------------------------------------------

    def rate(self, key: str) -> Figure:
        """`ops` or `bytes` each second."""
        return self._figure(lambda row: row["total"][key], _length)

    def failures(self) -> Figure:
        """Failed operations as a share of all."""
        return self._figure(
            lambda row: row["total"]["failed"], lambda row: row["total"]["ops"] + row["total"]["failed"]
        )

    def cpu_per_operation(self) -> Figure:
        """Seconds of CPU of this program, all its processes, for each operation."""
        rows = [row for row in self.rows if (row["host"] or {}).get("own_cpu_cores") is not None]
        sample = _sample(
            rows,
            lambda row: row["host"]["own_cpu_cores"] * _length(row),
            lambda row: row["total"]["ops"] + row["total"]["failed"],
        )
        return Figure(sample.value if sample.value else None, sample)

    def percentile(self, op: str, series: str, name: str, of: str = "ops") -> Figure:
        """Of one kind of operation, or with `of` of one of `requests`: over all these phases as shown; by seconds where
        they know it (p50 and p99)."""
        known = self.latency(op, series, of).known_percentiles()
        key = f"{'' if series == 'service' else series + '_'}{name}_ns"
        rows = [row[of][op] for row in self.rows if key in row.get(of, {}).get(op, {})]
        by_second = _sample(rows, lambda its: its[key] * its["ops"], lambda its: its["ops"])
        return Figure(known.get(name), by_second if name in ("p50", "p99") else None)

    def latency(self, op: str, series: str, of: str = "ops") -> Histogram:
        """`service` or `response` time of one kind of operation, or of one of `requests`, over these phases."""
        total = HistogramSum()
        for phase in self.phases:
            total.add(histogram_of(phase.get(of, {}).get(op, {}).get(f"{series}_ns")))
        return total.value()

    def _figure(self, part: Callable[[Row], float], whole: Callable[[Row], float]) -> Figure:
        sample = _sample(self.rows, part, whole)
        return Figure(sample.value if sum(sample.wholes) else None, sample)


def histogram_of(latency: Mapping[str, Any] | None) -> Histogram:
    """The histogram of a report's latency; empty where it has none."""
    return hdr.decode(latency["hdr"]) if latency and latency["n"] else EMPTY


def _sample(rows: Iterable[Row], part: Callable[[Row], float], whole: Callable[[Row], float]) -> Sample:
    rows = list(rows)
    return Sample(tuple(float(part(row)) for row in rows), tuple(float(whole(row)) for row in rows))


def _length(row: Row) -> float:
    return float(row["end_s"] - row["start_s"])

"""The perf log: a row a second, in the 30 columns of sai3-bench, and behind them what each second was like by itself.

As theirs, means and percentiles of the first 30 columns are cumulative since the stage began; counts and rates are of
the row. A sink over intervals; made from a recording, too. GET and PUT stand alone, all other operations are META.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from s3bench_tui.engine.messages import Interval, PhaseClosed, PhaseOpened, Record, RunEnded, RunStarted
from s3bench_tui.host.sample import CpuShare
from s3bench_tui.report.files import Lines, refuse_foreign, to_be_compressed
from s3bench_tui.stats.histogram import EMPTY, Histogram, HistogramSum
from s3bench_tui.stats.tally import RowSum

CLASSES = ("get", "put", "meta")

_THEIRS = ("mean_us", "p50_us", "p90_us", "p99_us")
_OURS = ("p50", "p90", "p99", "p999")
COLUMNS = (
    "agent_id", "timestamp_epoch_ms", "elapsed_s", "stage",
    *(f"{name}_{column}" for name in ("get", "put") for column in ("ops", "bytes", "iops", "mbps", *_THEIRS)),
    *(f"meta_{column}" for column in ("ops", "iops", *_THEIRS)),
    "cpu_user_pct", "cpu_system_pct", "cpu_iowait_pct", "errors",
)  # fmt: skip
"""Those of sai3-bench. `mbps` are MiB a second."""
OWN_COLUMNS = ("interval_s", *(f"{name}_interval_{column}_us" for name in CLASSES for column in _OURS))
"""Behind them; a percentile that the row has too few operations for is left empty."""

_HEADER = "\t".join((*COLUMNS, *OWN_COLUMNS)) + "\n"
_WHAT = "a perf log"
_AGENT = "local"
_STAGES = {"prepare": "prepare", "warmup": "warmup", "measured": "workload", "paused": "workload", "drain": "drain"}
_MIB = 1 << 20


def class_of(op: str) -> str:
    """In which of CLASSES sai3-bench counts this kind of operation."""
    return op if op in ("get", "put") else "meta"


def check(path: Path) -> None:
    """ConfigError where a perf log could not be written here; call it before the run."""
    refuse_foreign(path, _HEADER, _WHAT, compressed=to_be_compressed(path))


class PerfLog:
    """A sink that writes a row for every `every` intervals of a phase, and one for what is left of it at its end.

    Another perf log at `path` is replaced, any other file is refused (ConfigError).
    """

    def __init__(self, path: Path, every: int = 1) -> None:
        self._lines = Lines(path, _HEADER, _WHAT, compressed=to_be_compressed(path))
        self._lines.write(_HEADER)
        self._every = every
        self._ops: tuple[str, ...] = ()
        self._began_ms = 0.0
        self._stage_of: dict[int, str] = {}
        self._waiting: dict[int, list[Interval]] = {}
        self._stages: dict[str, dict[str, HistogramSum]] = {}
        self._last_s = 0.0

    def feed(self, record: Record) -> None:
        """Write what of this record belongs into the log."""
        match record:
            case RunStarted():
                self._ops = tuple(entry.op for entry in record.entries)
                self._began_ms = datetime.fromisoformat(record.started_at).timestamp() * 1000
            case PhaseOpened(phase):
                self._stage_of[phase.index] = _STAGES[phase.kind]
            case Interval():
                waiting = self._waiting.setdefault(record.phase, [])
                waiting.append(record)
                if len(waiting) >= self._every:
                    self._write(record.phase)
            case PhaseClosed(phase):
                self._write(phase.index)
            case RunEnded():
                self._write_all()
                self._clean_up(record)

    def _write_all(self) -> None:
        for phase in tuple(self._waiting):
            self._write(phase)

    def _write(self, phase: int) -> None:
        intervals = self._waiting.pop(phase, ())
        if not intervals:
            return
        sums = {name: RowSum() for name in CLASSES}
        for interval in intervals:
            for key, row in interval.tally.items():
                sums[class_of(self._ops[key.entry])].add(row)
        rows = {name: each.value() for name, each in sums.items()}
        stage = self._stage_of[phase]
        since = self._stages.setdefault(stage, {name: HistogramSum() for name in CLASSES})
        for name, row in rows.items():
            since[name].add(row.service)
        start_s, end_s = intervals[0].start_s, intervals[-1].end_s
        seconds = end_s - start_s
        cells: list[str] = []
        for name, row in rows.items():
            counted = _counted(name, row.ops, row.bytes, seconds)
            cells += [*counted, *_theirs(since[name].value())]
        cells += _cpu([each.host.cpu for each in intervals if each.host is not None and each.host.cpu is not None])
        cells.append(str(sum(row.failed for row in rows.values())))
        self._line(stage, end_s, cells, seconds, {name: row.service for name, row in rows.items()})

    def _clean_up(self, ended: RunEnded) -> None:
        """Deletes are neither operations nor timed one by one: a row for all of them."""
        deleted = sum(count for what, count in ended.cleaned_up.items() if what != "left")
        if not deleted:
            return
        seconds = max(0.0, ended.at_s - self._last_s)
        cells: list[str] = []
        for name in CLASSES:
            counted = _counted(name, deleted if name == "meta" else 0, 0, seconds)
            cells += [*counted, *_theirs(EMPTY)]
        self._line("cleanup", ended.at_s, [*cells, *_cpu([]), "0"], seconds, dict.fromkeys(CLASSES, EMPTY))

    def _line(
        self, stage: str, end_s: float, cells: Sequence[str], seconds: float, service: Mapping[str, Histogram]
    ) -> None:
        self._last_s = max(self._last_s, end_s)
        head = (_AGENT, f"{self._began_ms + end_s * 1000:.0f}", f"{end_s:.3f}", stage)
        own = (cell for name in CLASSES for cell in _own(service[name]))
        self._lines.write("\t".join((*head, *cells, f"{seconds:.3f}", *own)) + "\n")

    @property
    def failure(self) -> str:
        """Why the file ends early; empty where all is well."""
        return self._lines.failure

    def close(self) -> None:
        """Write what was still waiting, and end the file."""
        self._write_all()
        self._lines.close()


def _counted(name: str, ops: int, size: int, seconds: float) -> Iterator[str]:
    moves = name != "meta"
    yield str(ops)
    if moves:
        yield str(size)
    yield f"{ops / seconds if seconds else 0:.2f}"
    if moves:
        yield f"{size / _MIB / seconds if seconds else 0:.2f}"


def _theirs(service: Histogram) -> list[str]:
    """As theirs: 0 where nothing was done, and every percentile however few the samples."""
    return [f"{time_ns / 1000:.2f}" for time_ns in (service.mean_ns, *service.percentiles((50.0, 90.0, 99.0)))]


def _own(service: Histogram) -> list[str]:
    known = service.known_percentiles()
    return [f"{known[name] / 1000:.3f}" if name in known else "" for name in _OURS]


def _cpu(shares: Sequence[CpuShare]) -> list[str]:
    """Of all cores, in per cent; empty where the machine was not looked at."""
    if not shares:
        return ["", "", ""]
    modes = (("user", "nice"), ("system", "irq", "softirq"), ("iowait",))
    sums = [sum(getattr(share, mode) or 0.0 for share in shares for mode in together) for together in modes]
    return [f"{100 * each / len(shares):.2f}" for each in sums]

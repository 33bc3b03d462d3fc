"""What the load generator itself used: its workers one by one, and the program as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from s3bench_tui.engine.messages import Interval, WorkerSample
from s3bench_tui.report.figures import latency
from s3bench_tui.report.redaction import clean

_WORDS = {"client": "client-limited", "store": "store-limited", "rate": "rate-limited"}


class _Worker:
    """One worker process; a replacement under the same index is another one."""

    def __init__(self, sample: WorkerSample) -> None:
        self.last = sample
        self.measured_cpu_s = 0.0
        self.measured_delay_s = 0.0
        self.watched_s = 0.0
        self.rss_max_bytes = 0

    def add(self, sample: WorkerSample, seconds: float) -> None:
        """`seconds` of the measured phases since the last sample; 0 where they do not count."""
        if seconds > 0 and sample is not self.last:
            self.measured_cpu_s += sample.cpu_s - self.last.cpu_s
            self.measured_delay_s += sample.run_delay_s - self.last.run_delay_s
            self.watched_s += seconds
        self.rss_max_bytes = max(self.rss_max_bytes, sample.rss_bytes)
        self.last = sample


class Client:
    """Folds worker and host samples. CPU is counted over the measured phases, as far as two samples span them."""

    def __init__(self) -> None:
        self._workers: dict[tuple[int, int], _Worker] = {}
        self._own_cpu_s = 0.0
        self._own_known = False

    def add(self, interval: Interval, measured: bool) -> None:
        """Take the samples of one interval."""
        seconds = interval.end_s - interval.start_s if measured else 0.0
        for sample in interval.workers:
            self._workers.setdefault((sample.index, sample.pid), _Worker(sample)).add(sample, seconds)
        if measured and interval.host is not None and interval.host.own.cpu_cores is not None:
            self._own_cpu_s += interval.host.own.cpu_cores * seconds
            self._own_known = True

    def workers(self) -> list[dict[str, Any]]:
        """One object for each worker process that there was; `busy` is its share (0-1) of one core."""
        out = []
        for worker in (self._workers[key] for key in sorted(self._workers)):
            last, watched = worker.last, worker.watched_s
            out.append(
                {
                    "index": last.index,
                    "target": last.target,
                    "pid": last.pid,
                    "alive": last.alive,
                    "ops": last.ops,
                    "cpu_s": round(last.cpu_s, 3),
                    "busy": round(worker.measured_cpu_s / watched, 4) if watched else None,
                    "run_delay": round(worker.measured_delay_s / watched, 4) if watched else None,
                    "rss_max_bytes": worker.rss_max_bytes,
                    "loop_ns": latency(last.loop),
                    "counters": dict(last.counters),
                }
            )
        return out

    def summary(self, told: Mapping[str, Any] | None, operations: int) -> dict[str, Any]:
        """What the engine told of its own cost and of what limited the run, completed from the samples.

        `operations` counts all that completed in the measured phases, failures too.
        """
        out: dict[str, Any] = dict(clean(told or {}))
        out.setdefault("cpu_s", self._cpu_s())
        cpu_s = out["cpu_s"]
        known = operations > 0 and isinstance(cpu_s, (int, float))
        out.setdefault("cpu_us_per_op", round(cpu_s * 1e6 / operations, 2) if known else None)
        verdict = out.get("verdict")
        if not isinstance(verdict, Mapping):
            verdict = {"limit": verdict, "text": "The engine gave no verdict on what limited the run."}
        out |= verdict
        out["verdict"] = _WORDS.get(str(verdict.get("limit")), "unclear")
        return out

    def _cpu_s(self) -> float | None:
        if self._own_known:
            return round(self._own_cpu_s, 3)
        watched = [worker for worker in self._workers.values() if worker.watched_s]
        return round(sum(worker.measured_cpu_s for worker in watched), 3) if watched else None

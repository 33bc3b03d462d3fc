"""Where the results of a run go, as its file says it; what the command line names wins. Nothing about their content."""

from __future__ import annotations

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.quantity import PositiveDuration, Text
from s3bench_tui.units import NS_PER_S


class PerfLogFile(Model):
    """A row for each interval, in the columns of sai3-bench."""

    path: Text | None = None
    """Default: `perf_log.tsv` in the results directory. A name that ends in `.zst` is compressed."""
    interval: PositiveDuration = NS_PER_S
    """Of a row; whole seconds."""


class OutputFiles(Model):
    """Paths are relative to the directory in which the program runs; an earlier result of the same kind is replaced."""

    report: Text | None = None
    """The JSON report; default: a new file in `results/`."""
    tsv: Text | None = None
    """The table of s3-bench."""
    hlog: Text | None = None
    """Histograms of each second, for HdrHistogram's own tools."""
    record: Text | None = None
    """The recording, JSON lines."""
    op_log: Text | None = None
    """A line for every operation; a name that ends in `.zst` is compressed."""
    perf_log: PerfLogFile | None = None
    results_dir: Text | None = None
    """A directory in which each run makes a new one, with everything in it that is not given another place here."""

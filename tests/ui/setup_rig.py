"""What tests of Setup begin with: workload files, and ways to what stands in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.ui.app import BenchApp
from s3bench_tui.ui.screens.setup import SetupScreen
from s3bench_tui.ui.setup.field import FieldRow
from tests.ui.conftest import LARGE, SMALL

WORKLOAD = """\
name: mixed 70/30            # what it is called
targets:
  - {uri: s3://bench-a/, endpoint: "http://10.0.0.5:9000"}
  - file:///mnt/nvme/bench/
duration: 2m
concurrency: 128
dataset: {count: 10000, size: 256KiB, prefix: data/}
load: {model: open, rate: 500/s}

# the mix
workload:
  - {op: get, weight: 70, keys: zipf}
  - {op: get, weight: 5, name: ranged, range: {size: 64KiB}}
  - {op: put, weight: 25, size: 4KiB, path: out/}
  - {op: delete, weight: 0, path: out/}
"""
BROKEN = """\
name: broken
target: null://x/
durration: 30s
warmup: 5x
workload:
  - {op: gte, weight: 60}
"""
SIZES = [pytest.param(LARGE, id="120x36"), pytest.param(SMALL, id="80x24")]


def screen_of(app: BenchApp) -> SetupScreen:
    """The place, whatever lies over it."""
    screen = app.get_screen_stack("setup")[0]
    assert isinstance(screen, SetupScreen)
    return screen


def opened(text: str, name: str = "mixed.yaml") -> str:
    """A file with this text, in the folder that we are in."""
    Path(name).write_text(text)
    return name


def row(app: BenchApp, label: str) -> FieldRow:
    """The field with this label."""
    return next(row for row in app.screen.query(FieldRow) if row.field.label == label)

"""--dry-run, and which of file, --set and options has the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import reported, run, workload


def test_a_dry_run_touches_nothing(tmp_path: Path) -> None:
    path = workload(tmp_path, target=f"file://{tmp_path}/data/", dataset={"count": 3000, "size": "1MiB"})
    ended = run("--headless", path, "--dry-run", "--record", "run.jsonl", cwd=tmp_path)
    assert ended.code == 0
    assert ended.err == ""
    assert "3,000 objects, 1.00 MiB: 2.93 GiB" in ended.out
    assert list(tmp_path.iterdir()) == [path]


def test_who_has_the_last_word(tmp_path: Path) -> None:
    changes = ["--set", "duration=7s", "--set", "concurrency=9", "--set", "seed=5", "--set", "workload.0.name=reads"]
    report = reported(tmp_path, *changes, "--duration", "300ms", seed=1)
    assert report["workload"]["duration"] == 0.3
    assert report["workload"]["concurrency"] == 9
    assert report["seed"] == 5
    assert list(report["entries"]) == ["reads"]
    assert report["measured_s"] == pytest.approx(0.3, abs=0.05)

"""What the program tells its caller, for each way in which a run can end that is not a signal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import GETS, read_report, run, workload
from tests.servers.process import free_port


def test_a_run_that_goes_well(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path), "--report", "out.json", cwd=tmp_path)
    assert ended.code == 0
    assert "gets   ok" in ended.out
    assert "report      out.json" in ended.out
    assert "measuring" in ended.err
    assert read_report(tmp_path / "out.json")["status"] == "ok"


def test_a_threshold_that_failed(tmp_path: Path) -> None:
    path = workload(tmp_path, thresholds=["get.p50 < 1s", "get.p50 < 1ms"])
    ended = run("--headless", path, "--no-report", cwd=tmp_path)
    assert ended.code == 1
    assert ended.out.count("FAILED  ") == 1
    assert "FAILED  get.p50 < 1ms: it is 2.00 ms" in ended.out


def test_quiet_says_why_it_is_not_zero(tmp_path: Path) -> None:
    path = workload(tmp_path, thresholds=["get.p50 < 1s", "get.p50 < 1ms"])
    ended = run("--headless", path, "--no-report", "--quiet", cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (1, "", "error: get.p50 < 1ms: it is 2.00 ms\n")
    (tmp_path / "d").mkdir()
    puts = {"dataset": None, "target": f"file://{tmp_path}/d/", "workload": [{"op": "get", "path": "none"}]}
    ended = run("--headless", workload(tmp_path, **puts), "--no-report", "--quiet", cwd=tmp_path)
    assert (ended.code, ended.out) == (3, "")
    assert re.fullmatch(r"error: no operation succeeded; .*No such file or directory.*\n", ended.err), ended.err


def test_strict_makes_a_check_of_a_rate_that_was_not_kept_up(tmp_path: Path) -> None:
    path = workload(
        tmp_path, target={"uri": "null://test/", "null": {"ops_per_s": "50/s"}}, load={"model": "open", "rate": "500/s"},
        duration="2s", drain="100ms",
    )  # fmt: skip
    ended = run("--headless", path, "--report", "out.json", "--strict", cwd=tmp_path)
    report = read_report(tmp_path / "out.json")
    assert ended.code == 1
    assert (report["status"], report["client"]["unsustained"]) == ("ok", True)


def test_every_problem_of_a_workload_has_a_line(tmp_path: Path) -> None:
    path = workload(tmp_path, concurrency=0, duration="soon", dattaset={})
    ended = run("--headless", path, cwd=tmp_path)
    assert ended.code == 2
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"{path}:") for line in lines[:3])
    assert lines[3] == "3 problems; nothing was run"
    assert list(tmp_path.iterdir()) == [path]


def _unreachable() -> dict[str, Any]:
    target = {"uri": "s3://bucket/", "endpoint": f"http://127.0.0.1:{free_port()}", "region": "r", "anonymous": True}
    return {"target": target, "dataset": None, "workload": [{"op": "stat", "path": "key"}]}


@pytest.mark.parametrize("option", [[], ["--no-probe"]])
def test_a_target_that_does_not_answer(tmp_path: Path, option: list[str]) -> None:
    ended = run("--headless", workload(tmp_path, **_unreachable()), *option, cwd=tmp_path)
    assert ended.code == 3
    assert "127.0.0.1" in ended.err
    assert "Traceback" not in ended.err


def test_more_errors_than_allowed(tmp_path: Path) -> None:
    target = GETS["target"] | {"null": {"latency": "2ms", "error_rate": 0.5}}
    path = workload(tmp_path, target=target, duration="30s")
    ended = run("--headless", path, "--report", "out.json", cwd=tmp_path)
    assert ended.code == 4
    report = read_report(tmp_path / "out.json")
    assert report["status"] == "error_budget"
    assert report["measured_s"] < 10
    assert report["total"]["errors"]["injected"] > 100
    assert "errors.max_" in ended.err

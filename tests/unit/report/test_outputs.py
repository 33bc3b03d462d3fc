"""Where a report goes that nobody named, and what a run tells its caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from s3bench_tui.errors import ConfigError, ExitCode
from s3bench_tui.report.outputs import default_report, make_results
from s3bench_tui.report.result import Report

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


def test_a_name_is_never_taken_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = []
    assert make_results()
    assert not make_results()
    for _ in range(3):
        path = default_report("70/30 mix", NOON)
        path.touch()
        names.append(path.name)
    stem = "s3bench-70-30-mix-20260102-120000"
    assert names == [f"{stem}.json", f"{stem}-2.json", f"{stem}-3.json"]


@pytest.mark.parametrize("name", ["../..", "", "...", "é", "-" * 300])
def test_no_name_leads_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_report(name, NOON) == Path("results/s3bench-run-20260102-120000.json")


def test_a_file_in_the_place_of_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").write_text("mine")
    with pytest.raises(ConfigError, match="--no-report"):
        make_results()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("ok", 0), ("stopped", 0), ("interrupted", 130), ("error_budget", 4), ("target", 3), ("failed", 70), ("engine_lost", 70),
    ],
)  # fmt: skip
def test_status_and_exit_code(status: str, code: int) -> None:
    assert _report(status).exit_code() == code
    assert _report(status, passed=False).exit_code() == (code or 1)


@pytest.mark.parametrize(
    ("client", "code"),
    [
        ({"verdict": "client-limited"}, ExitCode.CHECK_FAILED),
        ({"verdict": "rate-limited", "unsustained": True}, ExitCode.CHECK_FAILED),
        ({"verdict": "store-limited", "unsustained": False}, ExitCode.OK),
    ],
)
def test_what_strict_makes_a_check(client: dict[str, Any], code: ExitCode) -> None:
    assert _report("ok", client=client).exit_code(strict=True) == code
    assert _report("ok", client=client).exit_code() == ExitCode.OK


@pytest.mark.parametrize(
    ("mode", "cleaned_up", "code"),
    [("strict", {"written": 3, "left": 1}, 3), ("strict", {"written": 3}, 0), ("tolerant", {"left": 1}, 0)],
)
def test_a_strict_clean_up_leaves_nothing(mode: str, cleaned_up: dict[str, int], code: int) -> None:
    assert _report("ok", mode=mode, cleaned_up=cleaned_up).exit_code() == code
    assert _report("error_budget", mode=mode, cleaned_up=cleaned_up).exit_code() == 4


def _report(
    status: str,
    passed: bool = True,
    client: dict[str, Any] | None = None,
    mode: str = "tolerant",
    cleaned_up: Mapping[str, int] = MappingProxyType({}),
) -> Report:
    threshold = {"threshold": "get.p50 < 1ms", "passed": passed, "reason": None if passed else "it is 2 ms"}
    return Report(
        {
            "status": status,
            "thresholds": [threshold],
            "client": client or {"verdict": "unclear"},
            "workload": {"cleanup_mode": mode},
            "cleaned_up": cleaned_up,
        }
    )

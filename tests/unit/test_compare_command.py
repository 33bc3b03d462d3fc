"""`s3bench-tui compare`: text, Markdown, exit codes, and files that are no runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui import cli
from s3bench_tui.report.build import build
from s3bench_tui.report.forms.json import write
from tests.unit.report.samples import make_run


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    for name, slower in (("fast", 1.0), ("slow", 1.3)):
        write(build(make_run(changes=0, seconds=24, ops=200, slower=slower).records), folder / f"{name}.json")
    return folder


def test_the_exit_code_says_whether_a_is_worse(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slow, fast = str(reports / "slow.json"), str(reports / "fast.json")
    assert cli.main(["compare", slow, fast]) == 1
    text = capsys.readouterr().out
    assert "worse" in text and slow in text
    assert cli.main(["compare", fast, slow, "--markdown"]) == 0
    marked = capsys.readouterr().out
    assert "| get p50 |" in marked and "better" in marked
    assert cli.main(["compare", fast, fast]) == 0


def test_a_file_that_is_no_run_is_named(reports: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert cli.main(["compare", str(tmp_path / "x.json"), str(reports / "fast.json")]) == 2
    assert "x.json" in capsys.readouterr().err
    assert cli.main(["compare", str(tmp_path / "missing.json"), str(reports / "fast.json")]) == 2
    assert "missing.json" in capsys.readouterr().err

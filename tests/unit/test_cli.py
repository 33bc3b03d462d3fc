"""The command line up to the start of a run: usage, problems, plans, and places that cannot be written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s3bench_tui import cli

ROOT = Path(__file__).parents[2]
WORKLOAD = """\
target: null://test/
duration: 60s
concurrency: 4
workload:
  - {op: get, path: key}
"""


@pytest.fixture(autouse=True)
def in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _main(*arguments: str) -> int:
    try:
        return cli.main(arguments)
    except SystemExit as left:
        return int(left.code or 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--headless WORKLOAD.yaml"),
        (["--headless", "missing.yaml"], "there is no such file"),
        (["--headless"], "expected one argument"),
        (["--headless", "x.yaml", "--colour"], "unrecognized arguments: --colour"),
        (["--headless", "x.yaml", "--report", "a", "--no-report"], "not allowed with argument --report"),
        (["--headless", "x.yaml", "--cleanup-only", "--no-cleanup"], "--no-cleanup: stands beside --cleanup-only"),
        (["--from-recording", "missing.jsonl"], "cannot read the recording"),
        (["--from-recording", "a.jsonl", "--headless", "x.yaml"], "runs nothing"),
        (["--from-recording", "missing.jsonl", "--results-dir"], "cannot read the recording"),
    ],
)
def test_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert _main(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert list(tmp_path.iterdir()) == []


def test_help_says_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("--help") == 0
    shown = capsys.readouterr().out
    for code in ("0 ", "1 ", "2 ", "3 ", "4 ", "70 ", "130 "):
        assert f"\n  {code}" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_version_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert _main("--version") == 0
    assert capsys.readouterr().out.startswith("s3bench-tui ")
    assert _main("--schema") == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "s3bench-tui/workload/1"


def test_every_problem_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("target: null://x/\nduration: soon\nconcurrency: 0\nworkload: [{op: get, path: k}]\n")
    assert _main("--headless", str(path)) == 2
    first, second, count = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{path}:2: duration: ")
    assert second.startswith(f"{path}:3: concurrency: ")
    assert count == "2 problems; nothing was run"


def test_strict_makes_errors_of_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "once.yaml"
    path.write_text(f"{WORKLOAD}dataset: {{count: 10}}\n".replace("path: key", "keys: once"))
    assert _main("--headless", str(path), "--dry-run") == 0
    assert "warning     " in capsys.readouterr().out
    for options in (["--dry-run"], []):
        assert _main("--headless", str(path), "--strict", *options) == 2
        assert "the line falls silent" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--report", "--tsv", "--hlog", "--record"])
@pytest.mark.parametrize(
    ("place", "said"), [("no/such/file", "does not exist"), ("notes.txt", "is there already"), (".", "a directory")]
)
def test_a_place_that_cannot_be_is_refused_before_the_load(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, place: str, said: str
) -> None:
    (tmp_path / "w.yaml").write_text(WORKLOAD)
    (tmp_path / "notes.txt").write_text("mine")
    named = [] if option == "--report" else ["--no-report"]
    assert _main("--headless", "w.yaml", *named, option, place) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert "opening" not in captured.err
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_one_file_for_two_outputs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "w.yaml").write_text(WORKLOAD)
    assert _main("--headless", "w.yaml", "--report", "x", "--tsv", "./x") == 2
    assert "--report and --tsv name the same file" in capsys.readouterr().err


@pytest.mark.parametrize("path", sorted((ROOT / "workloads").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_workload_of_the_project_has_a_plan(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: Path
) -> None:
    assert _main("--headless", str(path), "--dry-run") == 0
    plan = capsys.readouterr().out
    for label in ("targets ", "mix ", "load ", "measured ", "errors "):
        assert f"\n{label}" in plan
    assert max(map(len, plan.splitlines())) <= 100
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_the_program_itself_is_one_line_and_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(arguments: object) -> None:
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(cli, "_run", broken)
    assert _main("--schema") == 70
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: by nought" in line
    (log,) = tmp_path.iterdir()
    assert str(log) in line
    assert "Traceback" in log.read_text()

"""Which run `attach` means, what the command line says of the screens, and what a browser must know."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from s3bench_tui import __version__, cli
from s3bench_tui.errors import ConfigError, EngineError
from s3bench_tui.live.places import Place
from s3bench_tui.live.wire import About
from s3bench_tui.ui import command


def about(name: str, run_name: str = "", *, running: bool = False, version: str = __version__) -> tuple[Place, About]:
    return Place(Path(name)), About(name, 1, version, "/data/bench", run_name, running, "2026-01-02T12:00:00Z", 1)


def chosen(monkeypatch: pytest.MonkeyPatch, name: str, *found: tuple[Place, About]) -> str:
    monkeypatch.setattr(command, "keepers", lambda: list(found))
    return command.choose(name)[0].name


def test_the_only_one_needs_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, "", about("1")) == "1"
    assert chosen(monkeypatch, "", about("1"), about("2", "mix", running=True)) == "2"


def test_by_number_and_by_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    found = about("1", "mix", running=True), about("2", "puts", running=True), about("3", "puts")
    assert chosen(monkeypatch, "1", *found) == "1"
    assert chosen(monkeypatch, "3", *found) == "3"
    assert chosen(monkeypatch, "puts", *found) == "2"


def test_which_one_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(monkeypatch, "", about("1", "mix", running=True), about("2", "puts", running=True))
    said = str(caught.value)
    assert "NAME  RUN   STATE    SINCE                 SCREENS  DIRECTORY" in said
    assert "2     puts  running  2026-01-02T12:00:00Z  1        /data/bench" in said


def test_none_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="nothing is running that one could attach to"):
        chosen(monkeypatch, "")
    with pytest.raises(ConfigError, match="nothing that runs is called mix"):
        chosen(monkeypatch, "mix", about("1"))


def test_one_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EngineError, match=r"version 0\.0\.1"):
        chosen(monkeypatch, "", about("1", version="0.0.1"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the screens need a terminal"),
        (["missing.yaml"], "there is no such file, and no such command"),
        (["."], "is a directory"),
        (["w.yaml", "--duration", "5s"], "--duration: is for runs from scripts"),
        (["--report", "x.json"], "--report: is for runs from scripts"),
        (["--agents", "h 1"], "'h 1' is not the address of an agent"),
        (["w.yaml", "--agents", "h1", "--token-env", "NO_SUCH_TOKEN"], "NO_SUCH_TOKEN"),
        (["web", "--agents", "h1", "--tls-cert", "c.pem"], "--tls-cert and --tls-key go together"),
        (["w.yaml", "--headless", "v.yaml"], "has a workload already"),
        (["attach", "--nonsense"], "unrecognized arguments"),
        (["view"], "RUN.jsonl"),
        (["view", "missing.jsonl"], "cannot read the recording"),
        (["view", "missing.jsonl", "--speed", "0"], "0 is no speed"),
        (["web", "--port", "70000"], "between 0 and 65535"),
    ],
)
def test_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("w.yaml").write_text("target: null://x/\nworkload: [{op: get, path: k}]\n")
    try:
        code = cli.main(words)
    except SystemExit as left:
        code = int(left.code or 0)
    captured = capsys.readouterr()
    assert code == 2
    assert captured.out == ""
    assert said in captured.err
    assert os.listdir() == ["w.yaml"]


@pytest.mark.parametrize("name", command.COMMANDS)
def test_each_command_has_a_help_of_its_own(capsys: pytest.CaptureFixture[str], name: str) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([name, "--help"])
    assert left.value.code == 0
    assert command.COMMANDS[name][:20].capitalize() in capsys.readouterr().out

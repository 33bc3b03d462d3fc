"""The command line of the one-shots: what each takes, and how it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from s3bench_tui import cli
from s3bench_tui.oneshot.arguments import COMMANDS


def _ended(words: Sequence[str], code: int, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureResult[str]:
    """What the program printed, which must have ended with this code."""
    try:
        ended = cli.main(words)
    except SystemExit as left:
        ended = int(left.code or 0)
    captured = capsys.readouterr()
    assert ended == code, captured.err
    return captured


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["get", "{uri}none*"], 3, "no object matches"),
        (["stat", "{uri}none"], 3, "no object matches"),
        (["list", "{uri}none/"], 3, "does not exist"),
        (["health", "{uri}none/"], 3, "does not exist"),
        (["put", "{uri}", "--objects", "0"], 2, "--objects is 0"),
        (["put", "{uri}", "--object-size", "big"], 2, "--object-size: 'big' is not a size"),
        (["put", "{uri}*"], 2, "no names to match"),
        (["get", "{uri}", "--jobs", "0"], 2, "--jobs is 0"),
        (["get", "{uri}", "--region", "x"], 2, "--region: has no effect on file://"),
        (["get"], 2, "one of the arguments URI --uri is required"),
        (["list", "nowhere"], 2, "has no scheme"),
    ],
)
def test_what_goes_wrong_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    (tmp_path / "one").write_text("one")
    captured = _ended([word.format(uri=f"file://{tmp_path}/") for word in words], code, capsys)
    assert said in captured.err
    assert captured.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_has_a_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = _ended([name, "--help"], 0, capsys).out
    assert shown.startswith(f"usage: s3bench-tui {name} ")
    assert "--uri" in shown and "--endpoint" in shown
    assert ("--yes" in shown) == (name == "delete")


def test_the_help_of_the_program_names_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = (line for line in _ended(["--help"], 0, capsys).out.splitlines() if "health|" in line)
    assert set(line.split()[1].split("|")) == set(COMMANDS)

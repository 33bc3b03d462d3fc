"""Each file of s3-bench's in `files/` becomes exactly the native file of its name in `native/`.

Those hold the warnings, with their lines, as comments. After a change that is meant, write them anew:

    python -c "from tests.unit.spec.compat.test_files import write; write()"
"""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui import cli
from s3bench_tui.spec.compat.conversion import convert
from s3bench_tui.spec.loading import load_text

HERE = Path(__file__).parent
FILES = sorted((HERE / "files").glob("*.yaml"))


def native(file: Path) -> Path:
    return HERE / "native" / file.name


def write() -> None:
    for file in FILES:
        native(file).write_text(convert(file.read_text("utf-8"), file.name), "utf-8")


def test_each_file_has_its_native_form() -> None:
    assert {file.name for file in FILES} == {file.name for file in (HERE / "native").glob("*.yaml")}
    assert len(FILES) >= 35


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
class TestFile:
    def test_becomes_exactly_this(self, file: Path) -> None:
        assert convert(file.read_text("utf-8"), file.name) == native(file).read_text("utf-8")

    def test_loads_as_its_native_form_does(self, file: Path) -> None:
        old = load_text(file.read_text("utf-8"), source=file.name, environ={})
        new = load_text(native(file).read_text("utf-8"), environ={})
        assert old.workload == new.workload

    def test_says_where_and_warns_of_nothing_twice(self, file: Path) -> None:
        text = file.read_text("utf-8")
        warnings = load_text(text, source=file.name, environ={}).warnings
        assert len({str(warning) for warning in warnings}) == len(warnings)
        for warning in warnings:
            assert 1 <= warning.line <= len(text.splitlines())
            assert warning.file == file.name

    def test_its_plan_can_be_shown(self, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["--headless", str(file), "--dry-run"]) == 0
        assert "this is the plan; nothing was touched" in capsys.readouterr().out


def test_the_program_converts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(HERE / "files")
    assert cli.main(["convert", "seed-s3.yaml"]) == 0
    assert capsys.readouterr().out == (HERE / "native" / "seed-s3.yaml").read_text("utf-8")
    assert cli.main(["convert", "missing.yaml"]) == 2
    assert capsys.readouterr().err == "missing.yaml: there is no such file. Check the path\nnothing was run\n"

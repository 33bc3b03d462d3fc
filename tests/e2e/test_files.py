"""A data set on a file system: made, read, written, and removed again where that was asked for."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.program import ROOT, read_report, reported, run


def test_the_first_command_of_all(tmp_path: Path) -> None:
    ended = run(
        "--headless", ROOT / "workloads/quickstart.yaml", "--duration", "1s", "--report", "out.json", cwd=tmp_path,
        TMPDIR=str(tmp_path),
    )  # fmt: skip
    assert ended.code == 0, ended.err
    report = read_report(tmp_path / "out.json")
    assert report["total"]["failed"] == 0
    assert {op for op, figures in report["ops"].items() if figures["ops"]} == {"get", "put", "stat", "list", "delete"}
    assert report["cleaned_up"]["dataset"] == 200
    assert [path for path in (tmp_path / "s3bench-quickstart").rglob("*") if path.is_file()] == []


def test_what_the_report_says_was_written_is_there(tmp_path: Path) -> None:
    report = reported(
        tmp_path, target=f"file://{tmp_path}/data/", dataset=None, duration=None, stop={"ops": 50},
        workload=[{"op": "put", "path": "out/", "size": "10KiB"}],
    )  # fmt: skip
    written = [path for path in (tmp_path / "data" / "out").rglob("*") if path.is_file()]
    assert len(written) == report["total"]["ops"] + report["drained"]["total"]["ops"] == 50
    assert sum(path.stat().st_size for path in written) == report["total"]["bytes"]

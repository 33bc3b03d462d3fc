"""A data set on a file system: made, read, written, and removed again where that was asked for."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.program import ROOT, read_report, reported, run, started, workload


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


def test_a_target_that_fails_at_the_clean_up_costs_no_report(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "gone").touch()
    (tmp_path / "data").symlink_to(tmp_path / "there")
    path = workload(
        tmp_path, target=f"file://{tmp_path}/data/", dataset=None, duration="1s", cleanup="written",
        workload=[{"op": "put", "path": "out/", "size": "1KiB"}], errors={"max_total": None, "max_rate": None},
    )  # fmt: skip
    with started("--headless", path, "--report", "out.json", cwd=tmp_path) as program:
        program.wait_for("running")
        (tmp_path / "other").symlink_to(tmp_path / "gone")
        (tmp_path / "other").replace(tmp_path / "data")
        ended = program.end()
    report = read_report(tmp_path / "out.json")
    assert (ended.code, report["status"]) == (0, "ok")
    assert report["total"]["ops"] > 0
    assert "not everything could be cleaned up" in ended.err


def test_what_the_report_says_was_written_is_there(tmp_path: Path) -> None:
    report = reported(
        tmp_path, target=f"file://{tmp_path}/data/", dataset=None, duration=None, stop={"ops": 50},
        workload=[{"op": "put", "path": "out/", "size": "10KiB"}],
    )  # fmt: skip
    written = [path for path in (tmp_path / "data" / "out").rglob("*") if path.is_file()]
    assert len(written) == report["total"]["ops"] + report["drained"]["total"]["ops"] == 50
    assert sum(path.stat().st_size for path in written) == report["total"]["bytes"]

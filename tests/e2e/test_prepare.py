"""Data sets made alone, verified, taken for granted; and what an interruption leaves of a preparation."""

from __future__ import annotations

import json
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.errors import ConfigError
from s3bench_tui.session import Session
from s3bench_tui.spec.loading import load_workload
from tests.e2e.program import alive, kill, run, started, wait_until, workload
from tests.servers import nginx

COUNT = 60


def file_of(tmp_path: Path, **changes: Any) -> Path:
    content = {"target": f"file://{tmp_path}/root/", "dataset": {"count": COUNT, "size": 2000, "prefix": "data/"}}
    return workload(tmp_path, **(content | changes))


def objects(tmp_path: Path) -> dict[str, int]:
    found = {}
    for path in (tmp_path / "root/data").glob("*"):
        with suppress(FileNotFoundError):  # a temporary name that is no more
            found[path.name] = path.stat().st_size
    return found


WHOLE = {f"prepared-{index:08d}.dat": 2000 for index in range(COUNT)}


def test_prepare_only_makes_what_is_missing_and_keeps_it(tmp_path: Path) -> None:
    path = file_of(tmp_path, cleanup="all", thresholds=["get.p50 < 1ns"])
    ended = run("--headless", path, "--prepare-only", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert "60 objects made, 117 KiB in " in ended.out
    assert objects(tmp_path) == WHOLE
    (tmp_path / "root/data/prepared-00000007.dat").unlink()
    again = run("--headless", path, "--prepare-only", "--report", "out.json", cwd=tmp_path)
    assert "1 objects made" in again.out
    assert [phase["kind"] for phase in json.loads((tmp_path / "out.json").read_text())["phases"]] == [
        "prepare",
        "drain",
    ]
    assert run("--headless", path, "--prepare-only", cwd=tmp_path).out == "no object was made\n"
    assert not (tmp_path / "results").exists()


def test_verify_names_what_is_missing(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    missing = run("--headless", path, "--verify", cwd=tmp_path)
    assert missing.code == 3
    assert "0 of 60 objects are there" in missing.out and "and 50 more" in missing.out
    assert not (tmp_path / "root").exists()
    run("--headless", path, "--prepare-only", cwd=tmp_path)
    sound = run("--headless", path, "--verify", cwd=tmp_path)
    assert (sound.code, sound.out) == (
        0,
        "file: data set dataset: 60 of 60 objects are there with their sizes, 117 KiB\n",
    )
    (tmp_path / "root/data/prepared-00000007.dat").unlink()
    (tmp_path / "root/data/prepared-00000011.dat").write_bytes(bytes(5))
    ended = run("--headless", path, "--verify", cwd=tmp_path)
    assert ended.code == 3
    assert "58 of 60 objects are there with their sizes" in ended.out
    assert "1 are missing, 1 have another size" in ended.out
    assert "data/prepared-00000007.dat is missing" in ended.out
    assert "data/prepared-00000011.dat has 5 bytes in place of 2000" in ended.out


@pytest.mark.parametrize("option", ["--prepare-only", "--verify"])
def test_without_a_data_set_there_is_nothing_to_do(tmp_path: Path, option: str) -> None:
    path = file_of(tmp_path, dataset=None, workload=[{"op": "list"}])
    ended = run("--headless", path, option, cwd=tmp_path)
    assert ended.code == 2
    assert f"the workload has no data set, and so nothing for {option}" in ended.err


def test_skip_prepare_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    path = file_of(tmp_path, workload=[{"op": "stat"}], errors={"max_total": None, "max_rate": None})
    run("--headless", path, "--skip-prepare", "--no-report", cwd=tmp_path)
    assert objects(tmp_path) == {}
    run("--headless", path, "--prepare-only", cwd=tmp_path)
    ended = run("--headless", path, "--skip-prepare", "--no-report", cwd=tmp_path)
    assert ended.code == 0
    assert "objects are there" not in ended.err and "preparing" not in ended.err


def test_no_cleanup_keeps_what_the_file_would_delete(tmp_path: Path) -> None:
    path = file_of(tmp_path, cleanup="all", duration="100ms")
    assert run("--headless", path, "--no-cleanup", "--no-report", cwd=tmp_path).code == 0
    assert objects(tmp_path) == WHOLE


def test_a_delay_after_the_preparation_lies_before_the_load(tmp_path: Path) -> None:
    path = file_of(tmp_path, duration="100ms", post_prepare_delay="700ms")
    assert run("--headless", path, "--report", "out.json", cwd=tmp_path).code == 0
    phases = json.loads((tmp_path / "out.json").read_text())["phases"]
    assert [phase["kind"] for phase in phases] == ["prepare", "paused", "measured", "drain"]
    assert phases[1]["duration_s"] >= 0.7
    assert not any(row["ops"] for row in phases[1]["ops"].values())
    run("--headless", path, "--report", "again.json", cwd=tmp_path)
    again = json.loads((tmp_path / "again.json").read_text())["phases"]
    assert [phase["kind"] for phase in again] == ["measured", "drain"]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
def test_what_an_interruption_left_undone_is_made_the_next_time(tmp_path: Path, how: signal.Signals) -> None:
    """One at a time, each on the device before the next: after the first few there are many to come."""
    count = 1500
    target = {"uri": f"file://{tmp_path}/root/", "write": "rename", "fsync": True}
    path = file_of(tmp_path, target=target, dataset={"count": count, "size": 4096, "prefix": "data/"}, concurrency=1)

    def whole() -> set[str]:
        return {name for name, size in objects(tmp_path).items() if size == 4096 and name.startswith("prepared")}

    with started("--headless", path, "--prepare-only", cwd=tmp_path) as program:
        wait_until(lambda: len(whole()) >= 2)
        workers = program.workers()
        kill(program.process.pid, how)
        program.process.wait(30)
        wait_until(lambda: not any(map(alive, workers)))
    left = whole()
    assert 2 <= len(left) < count
    stamps = {name: (tmp_path / "root/data" / name).stat().st_mtime_ns for name in left}
    again = run("--headless", path, "--prepare-only", "--set", "target.fsync=false", cwd=tmp_path)
    assert again.code == 0, again.err
    assert f"{count - len(left):,} objects made" in again.out
    assert len(whole()) == count
    assert [name for name in left if (tmp_path / "root/data" / name).stat().st_mtime_ns != stamps[name]] == []


def test_cleanup_only_deletes_what_earlier_runs_made_and_nothing_else(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    run("--headless", path, "--prepare-only", cwd=tmp_path)
    (tmp_path / "root/data/prepared-00000007.dat").write_bytes(b"mine")
    (tmp_path / "root/data/mine.txt").write_bytes(b"mine")
    (tmp_path / "root/data/prepared-00000003.dat").unlink()
    strict = run("--headless", path, "--cleanup-only", "--set", "cleanup_mode=strict", cwd=tmp_path)
    assert strict.code == 3
    assert "58 objects deleted" in strict.out
    assert "1 have another size than this program gave them, and stay: data/prepared-00000007.dat" in strict.out
    assert "1 were gone already" in strict.out
    assert objects(tmp_path) == {"prepared-00000007.dat": 4, "mine.txt": 4}
    assert not (tmp_path / "root/.s3bench").exists()


def test_cleanup_only_takes_everything_and_a_second_time_finds_nothing(tmp_path: Path) -> None:
    path = file_of(
        tmp_path, dataset={"tree": {"width": 2, "depth": 2, "files_per_dir": 3}, "size": 100, "prefix": "data/"}
    )
    run("--headless", path, "--no-report", cwd=tmp_path)
    first = run("--headless", path, "--cleanup-only", cwd=tmp_path)
    assert (first.code, first.out) == (0, "file: data set dataset: 12 objects deleted\n")
    assert list((tmp_path / "root").iterdir()) == []
    again = run("--headless", path, "--cleanup-only", cwd=tmp_path)
    assert (again.code, again.out) == (0, "file: data set dataset: nothing is there, and nothing is noted\n")


def test_cleanup_only_refuses_what_nobody_noted(tmp_path: Path) -> None:
    path = file_of(tmp_path)
    run("--headless", path, "--prepare-only", cwd=tmp_path)
    shutil.rmtree(tmp_path / "root/.s3bench")
    ended = run("--headless", path, "--cleanup-only", cwd=tmp_path)
    assert ended.code == 3
    assert "no note in .s3bench/ says that this program made it" in ended.err
    assert objects(tmp_path) == WHOLE


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=lambda how: how.name)
def test_what_an_interrupted_preparation_made_can_be_deleted(tmp_path: Path, how: signal.Signals) -> None:
    target = {"uri": f"file://{tmp_path}/root/", "write": "rename", "fsync": True}
    path = file_of(tmp_path, target=target, dataset={"count": 1500, "size": 4096, "prefix": "data/"}, concurrency=1)
    with started("--headless", path, "--prepare-only", cwd=tmp_path) as program:
        wait_until(lambda: len(list((tmp_path / "root/data").glob("*.dat"))) >= 2)
        workers = program.workers()
        kill(program.process.pid, how)
        program.process.wait(30)
        wait_until(lambda: not any(map(alive, workers)))
    left = list((tmp_path / "root/data").glob("*.dat"))
    ended = run("--headless", path, "--cleanup-only", cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert f"{len(left):,} objects deleted" in ended.out
    assert f"{1500 - len(left):,} were gone already" in ended.out
    assert list((tmp_path / "root/data").glob("*.dat")) == []


def test_a_workload_that_only_cleans_up_is_run_by_no_other_way(tmp_path: Path) -> None:
    path = file_of(tmp_path, cleanup="only")
    ended = run("--headless", path, "--dry-run", cwd=tmp_path)
    assert "there is no load" in ended.out
    assert (
        run("--headless", path, cwd=tmp_path).out == "file: data set dataset: nothing is there, and nothing is noted\n"
    )
    with pytest.raises(ConfigError, match="cleanup: only"):
        Session(load_workload(path))


@pytest.mark.server
def test_a_server_that_does_not_list_is_asked_for_each_object(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    keys = {"AWS_ACCESS_KEY_ID": "test-access-key", "AWS_SECRET_ACCESS_KEY": "test-secret-key"}
    with nginx.serve(tmp_path) as server:
        (server.root / "bucket").mkdir()
        (server.root / "bucket").chmod(0o777)
        target = {"uri": "s3://bucket/", "endpoint": server.endpoint, "region": "us-east-1"}
        path = file_of(tmp_path, target=target)
        made = run("--headless", path, "--prepare-only", cwd=tmp_path, **keys)
        assert (made.code, "60 objects made, 117 KiB in " in made.out) == (0, True), made.err
        assert run("--headless", path, "--prepare-only", cwd=tmp_path, **keys).out == "no object was made\n"
        sound = run("--headless", path, "--verify", cwd=tmp_path, **keys)
        assert sound.code == 0, sound.out
        assert "each object is asked for instead, and not how large it is\n" in sound.out
        assert sound.out.endswith("data set dataset: 60 of 60 objects are there\n")
        (server.root / "bucket/data/prepared-00000007.dat").unlink()
        ended = run("--headless", path, "--verify", cwd=tmp_path, **keys)
        assert ended.code == 3
        assert "data set dataset: 59 of 60 objects are there\n  1 x http_404: " in ended.out

"""Data sets in trees and shards: made where their names say, found again, and taken away with their directories."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.messages import Change, StopRun
from s3bench_tui.stats.tally import Row
from tests.engine.runs import finished, forget, objects, started

TREE = {"width": 2, "depth": 2, "files_per_dir": 3}


def spec(root: Path, **changes: Any) -> dict[str, Any]:
    return {
        "target": f"file://{root}/", "duration": "200ms", "concurrency": 4, "processes": 2,
        "dataset": {"tree": TREE, "size": 100, "prefix": "t/"}, "workload": [{"op": "get"}],
    } | changes  # fmt: skip


def folders(root: Path) -> set[str]:
    found = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_dir())
    return {name for name in found if not name.startswith(".s3bench")}


def leaf(above: int, below: int) -> str:
    return f"t/sai3bench.d1_w{above}.dir/sai3bench.d2_w{below}.dir"


def test_files_lie_at_the_bottom_under_the_names_of_sai3_bench(tmp_path: Path) -> None:
    run = finished(spec(tmp_path))
    leaves = [leaf(above, below) for above in (1, 2) for below in (1, 2)]
    assert objects(tmp_path) == {f"{leaves[index // 3]}/file_{index:08d}.dat": 100 for index in range(12)}
    assert run.by_entry("measured")["get"].ops > 0
    assert run.row().failed == 0


def test_a_gap_in_a_tree_is_filled(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    before = objects(tmp_path)
    (tmp_path / leaf(2, 1) / "file_00000007.dat").unlink()
    run = finished(spec(tmp_path))
    assert run.by_entry("prepare")["prepare"].ops == 1
    assert objects(tmp_path) == before


def test_directories_without_files_are_made_and_only_ours_go(tmp_path: Path) -> None:
    mine = tmp_path / "t" / "sai3bench.d1_w1.dir"
    mine.mkdir(parents=True)
    tree = {"width": 3, "depth": 3}
    finished(spec(tmp_path, dataset={"tree": tree, "prefix": "t/"}, workload=[{"op": "list", "path": "t/"}]))
    assert len(folders(tmp_path)) == 1 + 3 + 9 + 27
    finished(
        spec(tmp_path, dataset={"tree": tree, "prefix": "t/"}, workload=[{"op": "list", "path": "t/"}], cleanup="all")
    )
    assert folders(tmp_path) == {"t", "t/sai3bench.d1_w1.dir"}
    assert not (tmp_path / ".s3bench").exists()


def test_a_later_run_deletes_what_an_earlier_one_made_and_noted(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    (tmp_path / "t" / "mine").write_bytes(b"mine")
    run = finished(spec(tmp_path, cleanup="all"))
    assert run.end.cleaned_up == {"written": 0, "dataset": 12}
    assert objects(tmp_path) == {"t/mine": 4}
    assert folders(tmp_path) == {"t"}


def test_a_delete_takes_what_an_earlier_run_made_and_noted(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    run = finished(spec(tmp_path, workload=[{"op": "delete"}], stop={"each_key": "once"}, duration=None))
    assert run.by_entry("measured")["delete"].ops == 12
    assert objects(tmp_path) == {}


def test_what_nobody_noted_stays(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    forget(tmp_path)
    before = objects(tmp_path)
    run = finished(spec(tmp_path, cleanup="all"))
    assert run.end.cleaned_up == {"written": 0, "dataset": 0}
    assert objects(tmp_path) == before


def test_a_note_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    (note,) = (tmp_path / ".s3bench").rglob("*.json")
    note.write_text("[]")
    with started(spec(tmp_path, cleanup="all")) as run:
        run.finish()
    assert f"/{note.name} is not a note" in str(run.engine.error)


def test_the_note_says_who_made_what(tmp_path: Path) -> None:
    first = finished(spec(tmp_path, dataset={"count": 30, "size": 100, "prefix": "d/", "shards": 4}, seed=5))
    assert set(folders(tmp_path)) == {"d", "d/00", "d/01", "d/02", "d/03"}
    assert (tmp_path / "d/03/prepared-00000007.dat").stat().st_size == 100
    for index in (3, 4, 20):
        (tmp_path / f"d/{index % 4:02x}/prepared-{index:08d}.dat").unlink()
    second = finished(spec(tmp_path, dataset={"count": 30, "size": 100, "prefix": "d/", "shards": 4}, seed=5))
    notes = [json.loads(note.read_text()) for note in (tmp_path / ".s3bench").rglob("*.json")]
    said = {note["run_id"]: (note["objects"], note["seed"], note["folders"]) for note in notes}
    assert said == {first.run_id: ([[0, 30]], 5, [[0, 5]]), second.run_id: ([[3, 5], [20, 21]], 5, [])}


def test_new_objects_are_spread_over_shards_and_cleaned_up(tmp_path: Path) -> None:
    workload = [{"op": "put", "path": "out/", "size": 10, "shards": 3}, {"op": "delete", "path": "out/", "weight": 0.5}]
    run = finished(spec(tmp_path, dataset=None, workload=workload))
    assert {name.split("/")[1] for name in objects(tmp_path)} == {"00", "01", "02"}
    rows = run.by_entry()
    assert len(objects(tmp_path)) == rows["put"].ops - rows["delete"].ops > 0
    (tmp_path / "again").mkdir()
    finished(spec(tmp_path / "again", dataset=None, workload=workload, cleanup="written"))
    assert objects(tmp_path / "again") == {}


@pytest.mark.parametrize("cleanup", ["none", "written"])
def test_directories_are_made_and_only_those_removed(tmp_path: Path, cleanup: str) -> None:
    (tmp_path / "new" / "mine").mkdir(parents=True)
    workload = [{"op": "mkdir", "path": "new/"}, {"op": "rmdir", "path": "new/", "weight": 0.5}]
    run = finished(spec(tmp_path, dataset=None, workload=workload, cleanup=cleanup))
    rows = run.by_entry()
    assert run.row().failed == 0
    assert rows["mkdir"].ops > rows["rmdir"].ops > 0
    left = folders(tmp_path) - {"new", "new/mine"}
    if cleanup == "none":
        assert len(left) == rows["mkdir"].ops - rows["rmdir"].ops
        assert all(name.startswith(f"new/dir-{run.run_id}-") for name in left)
    else:
        assert left == set()
        assert run.end.cleaned_up["written"] == rows["mkdir"].ops - rows["rmdir"].ops
    assert (tmp_path / "new" / "mine").is_dir()


def _filled(below: Path) -> Path:
    """One of the directories that the run has made, with a file of somebody else's in it."""
    for made in sorted(below.glob("dir-*")):
        with suppress(FileNotFoundError):  # the run may take this one away just now
            (made / "mine").write_bytes(b"mine")
            return made
    raise AssertionError("the run has made no directory that stayed")


def test_a_directory_that_is_not_empty_stays_and_is_an_error(tmp_path: Path) -> None:
    workload = [{"op": "mkdir", "path": "new/"}, {"op": "rmdir", "path": "new/", "weight": 0.0001}]
    errors = {"max_total": None, "max_rate": None}
    with started(spec(tmp_path, dataset=None, workload=workload, duration="60s", errors=errors, processes=1)) as run:
        run.measuring(0.2)
        first = _filled(tmp_path / "new")
        run.engine.send(Change(weights={"mkdir": 0.0, "rmdir": 1.0}))
        run.wait_for(lambda: run.by_entry().get("rmdir", Row()).failed)
        run.engine.send(StopRun(now=True))
        run.finish()
    assert (first / "mine").exists()

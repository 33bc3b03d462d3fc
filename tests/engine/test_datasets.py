"""Several data sets in one run: each with its own keys, sizes, content and place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from s3bench_tui.engine.objects.payload import Payload
from tests.engine.runs import finished, forget, objects, started

BLOCK = 4096


def spec(root: Path, **changes: Any) -> dict[str, Any]:
    return {
        "target": f"file://{root}/", "duration": "300ms", "concurrency": 4, "processes": 2, "seed": 7,
        "datasets": [
            {"id": "small", "count": 40, "size": 1000, "prefix": "data/"},
            {"id": "large", "count": 10, "size": "64KiB", "prefix": "data/", "name": "large-{index}", "payload": {"dedup_factor": 4}},
        ],
        "workload": [{"op": "get", "dataset": "small"}, {"op": "get", "name": "large", "dataset": "large"}],
    } | changes  # fmt: skip


def unique_blocks(path: Path) -> int:
    data = path.read_bytes()
    return len({data[at : at + BLOCK] for at in range(0, len(data), BLOCK)})


def test_each_is_made_and_read_by_its_own_lines(tmp_path: Path) -> None:
    run = finished(spec(tmp_path))
    small = {f"data/prepared-{index:08d}.dat": 1000 for index in range(40)}
    large = {f"data/large-{index}": 65536 for index in range(10)}
    assert objects(tmp_path) == small | large
    made = run.by_entry("prepare")
    assert (made["prepare:small"].ops, made["prepare:large"].ops) == (40, 10)
    read = run.by_entry()
    assert read["get"].bytes == 1000 * read["get"].ops > 0
    assert read["large"].bytes == 65536 * read["large"].ops > 0
    assert run.row().failed == 0


def test_each_is_mended_by_itself(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    before = objects(tmp_path)
    (tmp_path / "data/large-3").unlink()
    run = finished(spec(tmp_path))
    assert {name: row.ops for name, row in run.by_entry("prepare").items() if row.ops} == {"prepare:large": 1}
    assert objects(tmp_path) == before


def test_content_is_that_of_its_own_data_set_and_path(tmp_path: Path) -> None:
    workload = [
        *spec(tmp_path)["workload"],
        {"op": "put", "path": "out/", "size": 65536},
        {"op": "put", "path": "out/zeros/", "size": 65536, "name": "zeros", "payload": {"fill": "zero"}},
    ]
    finished(spec(tmp_path, workload=workload, stop={"ops": 200}, duration=None))
    assert {unique_blocks(path) for path in tmp_path.glob("data/large-*")} == {4}
    for path in tmp_path.glob("data/prepared-*"):
        assert Payload(7).matches(path.read_bytes(), str(path.relative_to(tmp_path)), 0, 0) == -1
    plain = [path for path in (tmp_path / "out").iterdir() if path.is_file()]
    assert plain and {unique_blocks(path) for path in plain} == {16}
    zeros = list((tmp_path / "out/zeros").iterdir())
    assert zeros and {path.read_bytes() for path in zeros} == {bytes(65536)}


def test_one_that_lies_in_one_target_is_made_and_read_there_alone(tmp_path: Path) -> None:
    targets = [{"uri": f"file://{tmp_path}/{name}/", "name": name} for name in ("a", "b")]
    datasets = [
        {"id": "in-a", "count": 5, "size": 10, "target": "a"},
        {"id": "both", "count": 3, "size": 20, "name": "both-{index}"},
    ]
    workload = [{"op": "get", "dataset": "in-a"}, {"op": "stat", "dataset": "both"}]
    whole = spec(tmp_path, targets=targets, datasets=datasets, workload=workload)
    del whole["target"]
    run = finished(whole)
    assert sorted(objects(tmp_path / "b")) == ["both-0", "both-1", "both-2"]
    assert len(objects(tmp_path / "a")) == 8
    a, b = run.report["targets"]
    assert a["ops"]["get"]["ops"] > 0 == b["ops"]["get"]["ops"]
    assert a["ops"]["stat"]["ops"] > 0 < b["ops"]["stat"]["ops"]


def test_reads_go_on_while_another_data_set_is_deleted(tmp_path: Path) -> None:
    datasets = [
        {"id": "kept", "count": 10, "size": 100},
        {"id": "deleted", "count": 300, "size": 100, "name": "deletable-{index:08d}.dat"},
    ]
    workload = [{"op": "get", "dataset": "kept"}, {"op": "delete", "dataset": "deleted"}]
    run = finished(spec(tmp_path, datasets=datasets, workload=workload, stop={"each_key": "once"}, duration=None))
    assert run.row().failed == 0
    assert run.by_entry("measured")["delete"].ops == 300
    assert len(objects(tmp_path)) == 10


def test_a_data_set_that_no_line_names_is_made_all_the_same(tmp_path: Path) -> None:
    finished(spec(tmp_path, workload=[{"op": "list", "path": ""}]))
    assert len(objects(tmp_path)) == 50


def test_a_delete_spares_the_data_set_that_was_there(tmp_path: Path) -> None:
    finished(spec(tmp_path))
    forget(tmp_path)
    before = objects(tmp_path)
    with started(spec(tmp_path, workload=[{"op": "delete", "dataset": "large"}])) as run:
        run.finish()
    assert re.search("deletes only what it created", str(run.engine.error))
    assert objects(tmp_path) == before

"""Several targets in one run: each has its own workers, its share of the slots, and the lines that are its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.engine.runs import finished


def spec(directory: Path, **changes: Any) -> dict[str, Any]:
    return {
        "targets": [{"uri": "null://far/", "name": "far", "share": 3}, {"uri": f"file://{directory}/", "name": "near"}],
        "duration": "0.5s", "concurrency": 8, "processes": 2,
        "workload": [
            {"op": "get", "target": "far", "path": "some-object"},
            {"op": "put", "target": "near", "path": "out/", "size": 4096},
        ],
    } | changes  # fmt: skip


def test_a_line_runs_on_its_own_target_only(tmp_path: Path) -> None:
    report = finished(spec(tmp_path)).report
    far, near = report["targets"]
    assert far["ops"]["get"]["ops"] > 0 and near["ops"]["put"]["ops"] > 0
    assert far["ops"]["put"]["ops"] == near["ops"]["get"]["ops"] == 0
    assert report["total"]["ops"] == far["ops"]["get"]["ops"] + near["ops"]["put"]["ops"]
    written = sum(path.is_file() for path in (tmp_path / "out").iterdir())
    phases = sum(phase["ops"]["put"]["ops"] for phase in report["phases"])
    assert written == phases


def test_slots_are_shared_out_among_targets(tmp_path: Path) -> None:
    """null:// with a fixed latency: operations are slots times time over latency."""
    targets = [
        {"uri": "null://a/", "name": "a", "share": 3, "null": {"latency": "10ms"}},
        {"uri": "null://b/", "name": "b", "share": 1, "null": {"latency": "10ms"}},
    ]
    report = finished(spec(tmp_path, targets=targets, workload=[{"op": "get", "path": "x"}], duration="1s")).report
    a, b = (target["ops"]["get"]["ops"] for target in report["targets"])
    assert 2.5 < a / b < 3.5
    assert a <= 600 and b <= 200


def test_only_targets_whose_lines_read_the_data_set_get_one(tmp_path: Path) -> None:
    reads_nothing = tmp_path / "other"
    report = finished(
        spec(
            tmp_path,
            targets=[
                {"uri": f"file://{tmp_path}/", "name": "far"},
                {"uri": f"file://{reads_nothing}/", "name": "near"},
            ],
            dataset={"count": 10, "size": 100, "prefix": "set/"},
            workload=[
                {"op": "get", "target": "far"},
                {"op": "put", "target": "near", "path": "out/", "size": 100},
            ],
        )
    ).report
    assert report["status"] == "ok"
    assert len(list((tmp_path / "set").iterdir())) == 10
    assert not (reads_nothing / "set").exists()

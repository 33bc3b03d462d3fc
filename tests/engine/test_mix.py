"""Which operations a run does, on which objects: limits, weights, deletes, keys; the server is the witness."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from s3bench_tui.engine.messages import Change, StopRun
from tests.engine.runs import Run, finished, kill, null, started
from tests.servers.nginx import Nginx

pytestmark = pytest.mark.server


def spec(server: Nginx, bucket: str, **changes: Any) -> dict[str, Any]:
    (server.root / bucket).mkdir(exist_ok=True)
    return {
        "target": {"uri": f"s3://{bucket}/", "endpoint": server.endpoint, "region": "us-east-1", "anonymous": True},
        "duration": "1s", "concurrency": 8, "processes": 2,
    } | changes  # fmt: skip


def written(server: Nginx) -> Counter[str]:
    return Counter(request.uri for request in server.requests() if request.method == "PUT" and request.status < 300)


def deleted(server: Nginx) -> Counter[str]:
    return Counter(request.uri for request in server.requests() if request.method == "DELETE")


def test_puts_use_new_keys_and_deletes_take_each_once_the_oldest_first(nginx: Nginx) -> None:
    workload = [{"op": "put", "path": "new/", "size": 1000, "weight": 2}, {"op": "delete", "path": "new/"}]
    stranger = nginx.root / "churn" / "new" / "obj-00000001"
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"somebody else's")
    run = finished(spec(nginx, "churn", workload=workload, processes=3), probe=False)
    puts, deletes = written(nginx), deleted(nginx)
    assert set(puts.values()) == {1}
    assert set(deletes.values()) == {1}
    assert set(deletes) < set(puts)
    assert all(request.status == 204 for request in nginx.requests() if request.method == "DELETE")
    assert run.row().failed == 0
    assert stranger.read_bytes() == b"somebody else's"
    left = {f"/churn/new/{path.name}" for path in stranger.parent.iterdir()} - {"/churn/new/obj-00000001"}
    assert left == set(puts) - set(deletes)
    # Each worker's deletes go from its oldest object on.
    by_worker: dict[str, list[int]] = {}
    for uri in (request.uri for request in nginx.requests() if request.method == "DELETE"):
        *_, worker, number = uri.split("-")
        by_worker.setdefault(worker, []).append(int(number))
    for numbers in by_worker.values():
        assert max(numbers) - len(numbers) < 12


def test_starved_deletes_give_their_turn_to_others(nginx: Nginx) -> None:
    """Three deletes for each put: two of three find nothing to take, and become puts and stats by their weights."""
    workload = [
        {"op": "put", "path": "new/", "size": 1000}, {"op": "delete", "path": "new/", "weight": 3},
        {"op": "stat", "weight": 1},
    ]  # fmt: skip
    (nginx.root / "starved").mkdir()
    (nginx.root / "starved" / "prepared-0.dat").write_bytes(bytes(10))
    dataset = {"count": 1, "size": 10, "name": "prepared-{index}.dat", "create": "never"}
    run = finished(spec(nginx, "starved", workload=workload, dataset=dataset), probe=False)
    rows = run.by_entry()
    assert run.row().failed == 0
    assert rows["delete"].ops <= rows["put"].ops
    assert rows["delete"].ops > 0.9 * rows["put"].ops
    assert rows["stat"].ops == pytest.approx(rows["put"].ops, rel=0.2)
    assert set(deleted(nginx)) <= set(written(nginx))


def test_deletes_of_two_prefixes_and_their_cleanup_leave_nothing(nginx: Nginx) -> None:
    workload = [
        {"op": "put", "path": "a/x/", "size": 10}, {"op": "put", "name": "y", "path": "a/y/", "size": 10},
        {"op": "delete", "path": "a/"},
    ]  # fmt: skip
    run = finished(spec(nginx, "prefixes", workload=workload, duration="500ms", cleanup="none"), probe=False)
    gone = deleted(nginx)
    assert any("/a/x/" in uri for uri in gone)
    assert any("/a/y/" in uri for uri in gone)
    assert set(gone.values()) == {1}
    assert run.row().failed == 0


def test_a_weight_of_nothing_is_nothing(nginx: Nginx) -> None:
    workload = [
        {"op": "put", "path": "new/", "size": 10}, {"op": "put", "name": "never", "path": "no/", "size": 10, "weight": 0},
    ]  # fmt: skip
    run = finished(spec(nginx, "weights", workload=workload, duration="300ms"), probe=False)
    assert "never" not in run.by_entry()
    assert not (nginx.root / "weights" / "no").exists()


def test_limits_of_single_operations_hold_in_closed_loop() -> None:
    workload = [
        {"op": "get"},
        {"op": "stat", "concurrency": 3},
        {"op": "put", "path": "p/", "size": 10, "concurrency": 1},
    ]
    run = finished(
        {
            "target": null("10ms"), "duration": "1s", "concurrency": 16, "processes": 2, "workload": workload,
            "dataset": {"count": 10, "size": 10},
        }
    )  # fmt: skip
    ops = run.report["ops"]
    # In flight on average can be no more than in flight at most; those of the slots that are left are the gets'.
    assert ops["stat"]["concurrency"] <= 3.04
    assert ops["put"]["concurrency"] <= 1.02
    assert ops["get"]["ops"] > 2 * ops["stat"]["ops"] > 2 * ops["put"]["ops"] > 0


def test_a_limit_can_be_turned_while_it_runs() -> None:
    workload = [{"op": "get"}, {"op": "stat"}]
    with started(
        {
            "target": null("10ms"), "duration": "20s", "concurrency": 16, "processes": 2, "workload": workload,
            "dataset": {"count": 10, "size": 10},
        }
    ) as run:  # fmt: skip
        run.measuring(0.4)
        for number, limit in enumerate((2, None)):
            run.engine.send(Change(limits={"stat": limit}))
            run.wait_for(lambda number=number: len(run.opened) == number + 2)
            run.watch(0.6)
        run.engine.send(StopRun())
        run.finish()
    phases = run.report["phases"][:3]
    assert phases[1]["ops"]["stat"]["concurrency"] < 2.6  # what was in flight before ends here too
    free, limited, free_again = (phase["ops"]["stat"]["ops"] / phase["total"]["ops"] for phase in phases)
    assert free > 0.35
    assert limited < 0.3
    assert free_again > 0.35


def test_a_killed_worker_s_successor_writes_other_keys(nginx: Nginx) -> None:
    workload = [{"op": "put", "path": "new/", "size": 100}, {"op": "delete", "path": "new/"}]
    with started(
        spec(nginx, "successor", workload=workload, cleanup="none", processes=1, duration="2s"), probe=False
    ) as run:
        run.measuring(0.3)
        kill(run.worker_pids()[0])
        run.finish()
    assert run.end.status == "ok"
    assert set(written(nginx).values()) == {1}
    assert set(deleted(nginx).values()) == {1}
    workers = {uri.split("-")[-2] for uri in written(nginx)}
    assert len(workers) == 2


def test_sequential_reads_go_round_in_order(nginx: Nginx) -> None:
    (nginx.root / "round").mkdir()
    for index in range(7):
        (nginx.root / "round" / f"{index}").write_bytes(bytes(10))
    run = finished(
        spec(
            nginx, "round", workload=[{"op": "get", "keys": "sequential"}], stop={"ops": 50}, duration=None, processes=1,
            concurrency=1, dataset={"count": 7, "size": 10, "name": "{index}", "create": "never"},
        ),
        probe=False,
    )  # fmt: skip
    read = [int(request.uri.rpartition("/")[2]) for request in nginx.requests()]
    assert len(read) == run.row().ops == 50
    assert all((one + 1) % 7 == other for one, other in pairwise(read))


def test_two_runs_with_one_seed_choose_alike(nginx: Nginx) -> None:
    (nginx.root / "seeds").mkdir()
    for index in range(50):
        (nginx.root / "seeds" / f"{index}").write_bytes(bytes(10))

    def chosen() -> list[str]:
        nginx.forget()
        workload = [{"op": "get"}, {"op": "stat", "keys": "zipf"}]
        finished(
            spec(
                nginx, "seeds", workload=workload, stop={"ops": 60}, duration=None, processes=1, concurrency=1, seed=1,
                dataset={"count": 50, "size": 10, "name": "{index}", "create": "never"},
            ),
            probe=False,
        )  # fmt: skip
        return [f"{request.method} {request.uri}" for request in nginx.requests()]

    first = chosen()
    assert chosen() == first
    assert len(set(first)) > 20


def test_several_targets_get_their_shares(nginx: Nginx) -> None:
    for name in ("one", "other"):
        (nginx.root / name).mkdir()
    targets = [
        {"uri": f"s3://{name}/", "name": name, "share": share, "endpoint": nginx.endpoint, "region": "r", "anonymous": True}
        for name, share in (("one", 3), ("other", 1))
    ]  # fmt: skip
    run: Run = finished(
        {
            "targets": targets, "concurrency": 8, "processes": 2, "stop": {"ops": 400},
            "workload": [{"op": "put", "path": "new/", "size": 10}],
        },
        probe=False,
    )  # fmt: skip
    assert run.row("measured").ops == 400
    assert [target["total"]["ops"] for target in run.report["targets"]] == [300, 100]
    assert Counter(uri.split("/")[1] for uri in written(nginx)) == {"one": 300, "other": 100}

"""Accounts of Azure's that keep versions: single ones are read and deleted, and what a run made of them is gone after it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from s3bench_tui.engine.operations.versionbook import Book
from s3bench_tui.errors import TargetError
from tests.engine.runs import finished
from tests.servers.blobversions import BlobVersions, serve
from tests.servers.process import Server
from tests.stores import azure_rig

MIX = [
    {"op": "put", "name": "over", "weight": 4},
    {"op": "put", "name": "new", "path": "new/", "size": 500, "weight": 4},
    {"op": "copy", "path": "copies/", "weight": 2},
    {"op": "get", "name": "old", "versions": True, "weight": 4},
    {"op": "get", "name": "old-new", "path": "new/", "versions": True, "weight": 2},
    {"op": "delete", "name": "hide", "path": "new/", "weight": 2},
    {"op": "delete", "name": "prune", "versions": True, "weight": 2},
    {"op": "delete", "name": "prune-new", "path": "new/", "versions": True, "weight": 1},
]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[BlobVersions]:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "account")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sv=2021-12-02&sp=rcwdxlt&sr=c&sig=x")
    with serve() as server:
        yield server


def spec(server: Server, **more: Any) -> dict[str, Any]:
    return {
        "target": {"uri": "az://account/box/p/", "endpoint": server.endpoint, "versioned": True},
        "concurrency": 4,
        "processes": 2,
        "stop": {"ops": 400},
        "dataset": {"count": 10, "size": 1000, "prefix": "data/"},
        **more,
    }


def of_blobs(server: BlobVersions) -> set[tuple[str, str]]:
    return {each for each in server.kept if "/.s3bench/" not in each[0]}


def test_each_change_is_a_version_and_each_delete_of_one_takes_it(kept: BlobVersions) -> None:
    rows = finished(spec(kept, workload=MIX)).by_entry()
    assert all(row.ops > 0 and not row.errors for row in rows.values()), rows
    assert rows["old"].bytes == rows["old"].ops * 1000 and rows["old-new"].bytes == rows["old-new"].ops * 500
    ops = {name: row.ops for name, row in rows.items() if name != "prepare"}
    made = ops["over"] + ops["new"] + ops["copy"]
    assert len(of_blobs(kept)) == 10 + made - ops["prune"] - ops["prune-new"]
    assert not kept.refused, "what a blob shows is not deleted by its id"


def test_what_others_wrote_is_as_it_was_and_every_blob_of_the_data_set_shows_something(kept: BlobVersions) -> None:
    finished(spec(kept, workload=[{"op": "get"}]))
    kept.put("p/data/prepared-00000003.dat", b"x" * 1000)
    kept.put("p/new/obj-of-somebody", b"")
    before = of_blobs(kept)
    assert len(before) == 10 + 2
    finished(spec(kept, workload=MIX, cleanup="written"))
    after = of_blobs(kept)
    assert before <= after
    data = [f"p/data/prepared-{index:08d}.dat" for index in range(10)]
    for key, version in after - before:
        assert key in data and kept.shown[key] == version, "only what its blob shows now"
    assert all(kept.shown.get(key) for key in data)


def test_a_data_set_goes_with_all_its_versions(kept: BlobVersions) -> None:
    finished(spec(kept, workload=MIX, cleanup="all"))
    assert not kept.kept and not kept.shown


def test_an_account_that_keeps_none_is_refused_and_nothing_is_left(kept: BlobVersions) -> None:
    kept.enabled = False
    store = azure_rig.store(kept.endpoint, "account/box", "p/", versioned=True)
    with pytest.raises(TargetError, match="versions are not enabled for this account; enable them"):
        store.probe(writes=True)
    store.close()
    assert not kept.shown


def test_what_a_key_shows_is_not_to_be_had_until_it_is_hidden() -> None:
    book = Book(Random(1).random, keeps_shown=True)
    for version in ("2", "1", "3"):  # answers come in any order
        book.add(("k", 5, version))
    assert sorted([book.take(), book.take()], key=str) == [("k", 5, "1"), ("k", 5, "2")]
    assert book.take() is None
    assert book.lend() == ("k", 5, "3")
    book.give_back(("k", 5, "3"))
    book.hide("k")
    assert book.take() == ("k", 5, "3")

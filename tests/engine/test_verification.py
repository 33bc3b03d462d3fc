"""Verified reads against stores whose objects were damaged where they lie: each damage is found, and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.engine.objects.payload import Payload
from tests.engine.runs import Run, finished, started
from tests.servers.nginx import Nginx

COUNT, SIZE = 20, 300_000
ANY_ERRORS = {"max_total": None, "max_rate": None}


@dataclass
class Place:
    """A target, and the directory in which its objects lie."""

    target: dict[str, Any]
    directory: Path
    probe: bool

    def spec(self, **changes: Any) -> dict[str, Any]:
        return {
            "target": self.target, "concurrency": 8, "processes": 2, "seed": 5, "errors": ANY_ERRORS,
            "dataset": {"count": COUNT, "size": SIZE, "create": "never"},
            "workload": [{"op": "get", "keys": "once", "verify": "checksum"}], "stop": {"each_key": "once"},
        } | changes  # fmt: skip

    def prepare(self, **changes: Any) -> None:
        made = {"create": "always", "count": COUNT, "size": SIZE}
        finished(self.spec(dataset=made, workload=[{"op": "get", "keys": "once"}], **changes), self.probe)

    def run(self, **changes: Any) -> Run:
        return finished(self.spec(**changes), self.probe)

    def path(self, index: int) -> Path:
        return self.directory / key(index)


def key(index: int) -> str:
    return f"prepared-{index:08d}.dat"


EVERYWHERE = ["file", "uncached", "direct", pytest.param("s3", marks=pytest.mark.server)]
everywhere = pytest.mark.parametrize("place", EVERYWHERE, indirect=True)
two_kinds = pytest.mark.parametrize("place", [EVERYWHERE[0], EVERYWHERE[-1]], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "s3":
        nginx: Nginx = request.getfixturevalue("nginx")
        bucket = f"verify{abs(hash(request.node.name)) % 10**8}"
        directory = nginx.root / bucket
        directory.mkdir()
        target = {"uri": f"s3://{bucket}/", "endpoint": nginx.endpoint, "region": "us-east-1", "anonymous": True}
        yield Place(target, directory, probe=False)
        shutil.rmtree(directory)
    else:
        scheme = "direct" if request.param == "direct" else "file"
        more = {"page_cache_mode": "dontneed"} if request.param == "uncached" else {}
        directory = Path("/var/tmp") / tmp_path.name if scheme == "direct" else tmp_path
        directory.mkdir(exist_ok=True)
        yield Place({"uri": f"{scheme}://{directory}/", "write": "rename"} | more, directory, probe=True)
        shutil.rmtree(directory)


def content(index: int, version: int = 0, seed: int = 5) -> bytearray:
    out = bytearray(SIZE)
    Payload(seed).fill(memoryview(out), key(index), version, 0)
    return out


def damage(place: Place) -> dict[str, tuple[int, str]]:
    """Damage objects in every way; gives where and what by key."""
    truth: dict[str, tuple[int, str]] = {}

    def store(index: int, body: bytes, at: int, words: str) -> None:
        place.path(index).write_bytes(body)
        truth[key(index)] = at, words

    store(1, content(2), 0, "the content of another object")
    store(2, content(1), 0, "the content of another object")
    store(3, content(3)[:200_000] + content(3, 77)[200_000:], 200_000, "two versions in one read")
    flipped = content(4)
    flipped[123_456] ^= 0x10
    store(4, flipped, 123_456, "1 bit of the")
    last = content(5)
    last[-1] ^= 1
    store(5, last, SIZE - 1, "1 bit of the 1 bytes")
    store(6, content(6)[:100_001], 100_001, "")
    store(7, content(7)[:270_336] + bytes(SIZE - 270_336), 270_336, "zeros")
    store(8, content(8, seed=6), 0, "with this seed")
    store(9, content(9)[4096:] + content(9)[:4096], 0, "belongs to byte 4096 of this object")
    return truth


def findings(run: Run) -> dict[str, tuple[int, str]]:
    events = run.events("error")
    assert all(event.data["outcome"] == "integrity" for event in events), events
    found = {event.data["key"]: (event.data["offset"], event.data["detail"]) for event in events}
    assert len(found) == len(events)
    return found


def assert_as_damaged(found: dict[str, tuple[int, str]], truth: dict[str, tuple[int, str]]) -> None:
    assert {name: at for name, (at, _) in found.items()} == {name: at for name, (at, _) in truth.items()}
    for name, (_, words) in truth.items():
        assert words in found[name][1], (name, found[name])


@everywhere
def test_each_damage_is_found_and_nothing_else(place: Place) -> None:
    place.prepare()
    clean = place.run()
    assert not clean.events("error")
    counters = clean.report["targets"][0]["counters"]
    assert (counters["verified"], counters["verified_bytes"]) == (COUNT, COUNT * SIZE)
    assert counters["verify_ns"] > 0
    truth = damage(place)
    run = place.run()
    assert_as_damaged(findings(run), truth)
    row = run.row("measured", "drain")
    assert (row.ops, row.bytes, row.errors) == (
        COUNT - len(truth),
        (COUNT - len(truth)) * SIZE,
        {"integrity": len(truth)},
    )


@everywhere
def test_ranges_find_what_lies_in_them(place: Place) -> None:
    place.prepare()
    line = {"op": "get", "keys": "once", "verify": "checksum", "range": {"size": 150_001, "offset": 100_000}}
    assert not place.run(workload=[line]).events("error")
    truth = damage(place)
    found = findings(place.run(workload=[line]))
    del truth[key(5)]  # its last byte is not read
    expected = {name: max(at, 100_000) for name, (at, _) in truth.items() if name != key(7)}
    assert {name: at for name, (at, _) in found.items()} == expected


@two_kinds
def test_what_is_not_verified_is_not_looked_at(place: Place) -> None:
    place.prepare()
    truth = damage(place)
    run = place.run(
        workload=[{"op": "get", "keys": "once"}, {"op": "get", "name": "seen", "keys": "once", "verify": "checksum"}]
    )
    short = key(6)
    assert {event.data["key"] for event in run.events("error") if event.data["entry"] == "get"} == {short}
    assert {event.data["key"] for event in run.events("error") if event.data["entry"] == "seen"} == set(truth)


@two_kinds
def test_reads_beside_overwrites_are_right(place: Place) -> None:
    small = {"count": 6, "size": 70_000}
    run = place.run(
        dataset=small | {"create": "always"}, processes=3, concurrency=12, duration="1500ms", stop={},
        workload=[{"op": "get", "verify": "checksum"}, {"op": "put"}, {"op": "get", "name": "part", "verify": "checksum", "range": {"size": 9000, "align": 1}}],
    )  # fmt: skip
    assert not run.events("error")
    rows = run.by_entry()
    assert min(rows["get"].ops, rows["part"].ops, rows["put"].ops) > 3
    assert run.report["targets"][0]["counters"]["verified"] == rows["get"].ops + rows["part"].ops


@two_kinds
def test_an_old_version_that_comes_back_is_stale(place: Place, tmp_path: Path) -> None:
    """The data set is overwritten; then one object is put back as it had been, behind the program's back."""
    small = {"count": 3, "size": 70_000, "create": "always"}
    spec = place.spec(
        dataset=small, concurrency=4, duration="20s", stop={}, processes=2,
        workload=[{"op": "get", "verify": "checksum"}, {"op": "put"}],
        schedule=[{"at": "700ms", "weights": {"put": 0}}],
    )  # fmt: skip
    with started(spec, place.probe) as run:
        run.measuring()
        run.wait_for(lambda: len([phase for phase in run.opened if phase.kind == "measured"]) > 1)
        run.watch(0.5)
        assert not run.events("error")
        first = bytearray(70_000)
        Payload(5).fill(memoryview(first), key(1), 0, 0)
        replacement = place.directory.parent / f"{place.directory.name}-old"
        replacement.write_bytes(first)
        replacement.rename(place.path(1))
        run.wait_for(lambda: len(run.events("error")) > 5)
        for event in run.events("error"):
            assert (event.data["key"], event.data["offset"], event.data["outcome"]) == (key(1), 0, "integrity")
            assert "an old version came, that of the first write, although that of 20" in event.data["detail"]

"""The contract of stores: the same cases on every backend, through its control plane and through its driver.

What a backend has beside this stands in tests of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import ObjectInfo, Operation
from s3bench_tui.stores.outcome import OK, name_of
from tests.servers import faultproxy
from tests.servers.faultproxy_process import Faults
from tests.stores import s3_answers
from tests.stores.contract_rig import KINDS, ODD_KEYS, WRONG, Place, finish, make, perform
from tests.stores.http_rig import content, operation

pytestmark = pytest.mark.server

SERVED = [name for name, kind in KINDS.items() if kind.server]
WATCHED = [name for name, kind in KINDS.items() if kind.knows]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Place]:
    s3_answers.share_models(monkeypatch)
    yield make(KINDS[request.param], request, monkeypatch, tmp_path)


def told(op: Operation) -> str:
    return name_of(op.outcome)


def test_what_is_put_is_there_until_it_is_deleted(place: Place) -> None:
    with place.driver() as driver:
        for size in (0, 1, 4096, 300_001, 5_000_007):
            key = f"dir/of {size}"
            put = perform(driver, "put", key, size)
            assert (put.outcome, put.transferred, put.detail) == (OK, size, "")
            for length in (size, -1):
                got = perform(driver, "get", key, length)
                assert (got.outcome, got.transferred, got.detail) == (OK, size, "")
                assert not size or got.first_byte_ns > 0
            stat = perform(driver, "stat", key)
            assert (stat.outcome, stat.length, stat.transferred) == (OK, size, 0), stat.detail
            assert place.read(key) == content(key, size)
        again = perform(driver, "put", "dir/of 4096", 100)
        assert (again.outcome, len(place.read("dir/of 4096"))) == (OK, 100), "a shorter one takes its place whole"
        assert told(perform(driver, "get", "dir/of 4096", 99)) == "integrity"
        assert told(perform(driver, "get", "dir/of 4096", 101)) == "integrity"
        for key in ("dir/of 0", "dir/of 1"):
            gone = perform(driver, "delete", key)
            assert gone.outcome == OK, gone.detail
    store = place.store()
    found = sorted(store.list("dir/"), key=lambda info: info.key)
    assert found == [
        ObjectInfo("dir/of 300001", 300_001),
        ObjectInfo("dir/of 4096", 100),
        ObjectInfo("dir/of 5000007", 5_000_007),
    ]
    store.close()


def test_ranges(place: Place) -> None:
    with place.driver() as driver:
        assert perform(driver, "put", "ranged", 300_000).outcome == OK
        assert perform(driver, "put", "empty", 0).outcome == OK
        for offset, length in ((0, 1), (1, 4096), (4096, 8192), (100_000, 200_000), (299_999, 1)):
            op = perform(driver, "get", "ranged", length, offset)
            assert (op.outcome, op.transferred) == (OK, length), op.detail
        across = perform(driver, "get", "ranged", 4096, 299_000)
        assert told(across) == "integrity", across.detail
    for key, offset in (("ranged", 1_000_000), ("ranged", 300_000), ("empty", 0)):
        with place.driver() as driver:  # a new connection each: some servers hang up after such an answer
            beyond = perform(driver, "get", key, 4096, offset)
            if offset == 1_000_000:
                assert (told(beyond), beyond.transferred) == (place.kind.beyond, 0), beyond.detail
            else:  # just behind the last byte some servers answer with none
                assert told(beyond) in (place.kind.beyond, "integrity"), beyond.detail


def test_what_is_not_there(place: Place) -> None:
    with place.driver() as driver:
        for kind, args in (("get", (100,)), ("get", (10, 5)), ("get", ()), ("stat", ())):
            op = perform(driver, kind, "no such/key", *args)
            assert (told(op), op.transferred) == (place.kind.missing, 0)
            assert op.detail
        gone = perform(driver, "delete", "no such/key")
        assert told(gone) == place.kind.gone, gone.detail
        none = perform(driver, "list", "none/")
        assert (none.outcome, none.items) == (OK, 0)
        assert perform(driver, "put", "a key", 10).outcome == OK, "the driver goes on"
    store = place.store()
    assert list(store.list("none/")) == []
    assert store.delete(["no such/key", "a key"]) == 2
    assert list(store.list("")) == []
    store.close()


def test_a_listing_of_several_pages_and_deletes_of_many(place: Place) -> None:
    many = place.kind.many
    keys = [f"many/{number:04d} &" for number in range(many)]
    with place.driver(client="lean") as driver:
        for start in range(0, many, 16):
            ops = [operation("put", key, 0, slot=slot) for slot, key in enumerate(keys[start : start + 16])]
            for op in ops:
                driver.submit(op)
            finish(driver, ops)
            for op in ops:
                if op.outcome == 500:  # rclone fails one of about a hundred thousand writes that are made at once
                    driver.submit(op)
                    finish(driver, [op])
                assert op.outcome == OK, op.detail
    store = place.store()
    assert sorted(info.key for info in store.list("many/")) == keys
    with place.driver() as driver:
        listed = perform(driver, "list", "many/")
        assert (listed.outcome, listed.items, listed.pages) == (OK, many, place.kind.pages), listed.detail
        some = perform(driver, "list", "many/000")
        assert (some.outcome, some.items, some.pages) == (OK, 10, 1), some.detail
        if place.kind.batch > 1:
            some, keys = keys[: place.kind.batch], keys[place.kind.batch :]
            batch = perform(driver, "delete", keys=some)
            assert (batch.outcome, batch.items) == (OK, len(some)), batch.detail
            assert perform(driver, "list", "many/").items == len(keys)
    assert store.delete([*keys, "never there"]) == len(keys) + 1
    assert list(store.list("")) == []
    store.close()


def test_odd_keys(place: Place) -> None:
    store = place.store()
    lost = {}
    with place.driver() as driver:
        for key in ODD_KEYS:
            steps = [told(perform(driver, "put", key, 5000))]
            if steps == ["ok"]:
                steps += [f"kept as {info.key!r}" for info in store.list("") if info.key != key]
                steps.append(told(perform(driver, "get", key, 5000)))
                steps.append(told(perform(driver, "stat", key)))
                steps.append(f"{perform(driver, 'list', key).items} listed")
                same = key in place.kind.unread or place.read(key) == content(key, 5000)
                steps.append("read" if same else "other content")
                steps.append(told(perform(driver, "delete", key)))
                steps.append(f"{perform(driver, 'list', '').items} left")
            if steps != ["ok", "ok", "ok", "1 listed", "read", "ok", "0 left"]:
                lost[key] = steps
                store.delete([info.key for info in store.list("")])
    store.close()
    assert lost.keys() == place.kind.cannot, lost


@pytest.mark.parametrize("place", WATCHED, indirect=True)
def test_wrong_credentials(place: Place) -> None:
    place.forget_credentials()
    with place.driver() as driver:
        for kind, size in (("get", 100), ("put", 5000), ("put", 300_000), ("list", -1), ("stat", -1), ("delete", -1)):
            op = perform(driver, kind, "key", size)
            assert (told(op), op.transferred) == ("http_403", 0), op.detail
            assert WRONG not in op.detail and "sig=" not in op.detail
    for attempt in (
        lambda: place.store().probe(writes=True),
        lambda: place.store().make_ready([], create=True),
        lambda: list(place.store().list("")),
        lambda: place.store().delete(["key"]),
    ):
        with pytest.raises(TargetError, match=r"was refused: .*HTTP 403") as failed:
            attempt()
        assert WRONG not in str(failed.value) and "sig=" not in str(failed.value)


@pytest.mark.parametrize("place", SERVED, indirect=True)
def test_wrong_bucket(place: Place) -> None:
    with place.driver(place.elsewhere()) as driver:
        for kind, size in (("get", 100), ("put", 5000), ("list", -1), ("stat", -1)):
            op = perform(driver, kind, "key", size)
            assert (told(op), op.transferred) == ("http_404", 0), op.detail
    for attempt in (
        lambda: place.store(place.elsewhere()).probe(writes=True),
        lambda: place.store(place.elsewhere()).make_ready([], create=False),
        lambda: list(place.store(place.elsewhere()).list("")),
    ):
        with pytest.raises(TargetError, match=r"HTTP 404.*; create the (bucket|container), or correct its name"):
            attempt()


@pytest.mark.parametrize("place", SERVED, indirect=True)
@pytest.mark.parametrize(
    ("faults", "outcome"),
    [(Faults(stall_after=100_000), "timeout"), (Faults(cut_after=100_000), "reset")],
    ids=["silent", "dropped"],
)
def test_a_server_that_falls_silent_or_hangs_up(place: Place, faults: Faults, outcome: str, tmp_path: Path) -> None:
    with place.driver() as driver:
        assert perform(driver, "put", "large", 300_000).outcome == OK
    assert place.server is not None
    with (
        faultproxy.serve(tmp_path, place.server, faults) as proxy,
        place.driver(endpoint=proxy.endpoint, timeout_s=0.4) as driver,
    ):
        op = perform(driver, "get", "large", 300_000)
        assert (told(op), op.transferred) == (outcome, 0), op.detail
        assert op.detail


@pytest.mark.parametrize("place", SERVED, indirect=True)
def test_a_slow_server_is_waited_for(place: Place, tmp_path: Path) -> None:
    assert place.server is not None
    with (
        faultproxy.serve(tmp_path, place.server, Faults(latency_s=0.2)) as proxy,
        place.driver(endpoint=proxy.endpoint) as driver,
    ):
        op = perform(driver, "put", "slow", 100)
        assert op.outcome == OK, op.detail
        assert op.done_ns - op.dispatch_ns >= 200_000_000


@pytest.mark.parametrize("place", SERVED, indirect=True)
def test_a_probe_leaves_nothing_behind(place: Place) -> None:
    store = place.store()
    found = store.probe(writes=True)
    assert "wrote, read and deleted" in found.summary
    assert found.facts["endpoints"][0]["lists"] is True
    assert list(store.list("")) == []
    assert WRONG not in found.summary
    store.close()

"""The data plane of gs:// on a real server: what it writes any HTTP client reads with equal bytes, and the other way round."""

from __future__ import annotations

import urllib.error
from pathlib import Path

import pytest

from s3bench_tui.stores.outcome import OK, name_of
from tests.servers import fakegcs as fakegcs_server
from tests.servers import faultproxy
from tests.servers.certificates import Certificates
from tests.servers.faultproxy_process import Faults
from tests.servers.process import Server
from tests.stores.gcs_rig import ODD_KEYS, driving, fetch, new_bucket, write
from tests.stores.http_rig import content, finish, operation, perform

pytestmark = pytest.mark.server

MIB = 1 << 20


@pytest.fixture
def bucket(fakegcs: Server) -> str:
    return new_bucket(fakegcs)


@pytest.mark.parametrize("size", [0, 1, 4096, 300_001, 5 * MIB + 7])
def test_put_and_get(fakegcs: Server, bucket: str, size: int) -> None:
    with driving(fakegcs.endpoint, bucket) as driver:
        put = perform(driver, "put", "dir/object", size)
        assert (put.outcome, put.transferred) == (OK, size), put.detail
        got = perform(driver, "get", "dir/object", size)
        assert (got.outcome, got.transferred) == (OK, size), got.detail
        assert (got.first_byte_ns > 0) == (size > 0)
        stat = perform(driver, "stat", "dir/object")
        assert (stat.outcome, stat.length) == (OK, size), stat.detail
        assert driver.counters()["connects"] == 1
    assert fetch(fakegcs, bucket, "dir/object") == content("dir/object", size)


@pytest.mark.parametrize("receive", ["discard", "copy"])
def test_objects_of_others(fakegcs: Server, bucket: str, receive: str) -> None:
    write(fakegcs, bucket, "big", bytes(9 * MIB))
    with driving(fakegcs.endpoint, bucket, receive=receive) as driver:
        ops = [operation("get", "big", 9 * MIB, slot=slot) for slot in range(3)]
        ops.append(operation("get", "big", slot=3))  # of unknown length
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert [(op.outcome, op.transferred) for op in ops] == [(OK, 9 * MIB)] * 4
        short = perform(driver, "get", "big", 9 * MIB + 1)
        assert (name_of(short.outcome), short.transferred) == ("integrity", 0)


@pytest.mark.parametrize("span", [(0, 1), (1, 4096), (100_000, 300_000), (4 * MIB - 1, 1)])
def test_range(fakegcs: Server, bucket: str, span: tuple[int, int]) -> None:
    write(fakegcs, bucket, "ranged", bytes(4 * MIB))
    offset, length = span
    with driving(fakegcs.endpoint, bucket) as driver:
        op = perform(driver, "get", "ranged", length, offset)
        assert (op.outcome, op.transferred) == (OK, length), op.detail


def test_range_behind_the_end(fakegcs: Server, bucket: str) -> None:
    write(fakegcs, bucket, "ranged", b"abc")
    with driving(fakegcs.endpoint, bucket) as driver:
        assert name_of(perform(driver, "get", "ranged", 10, 1).outcome) == "integrity"
        assert perform(driver, "get", "ranged", 10, 100).outcome == 416  # the last: the server hangs up after it


def test_list_of_several_pages(fakegcs: Server, bucket: str) -> None:
    with driving(fakegcs.endpoint, bucket) as driver:
        ops = [operation("put", f"many/{number:04d} &", 0, slot=number % 16) for number in range(1104)]
        for start in range(0, len(ops), 16):
            for op in ops[start : start + 16]:
                driver.submit(op)
            finish(driver, ops[start : start + 16])
        assert {op.outcome for op in ops} == {OK}
        listed = perform(driver, "list", "many/")
        assert (listed.outcome, listed.items, listed.pages) == (OK, 1104, 2), listed.detail
        some = perform(driver, "list", "many/000")
        assert (some.outcome, some.items, some.pages) == (OK, 10, 1)
        none = perform(driver, "list", "none/")
        assert (none.outcome, none.items, none.pages) == (OK, 0, 1)


def test_delete(fakegcs: Server, bucket: str) -> None:
    write(fakegcs, bucket, "gone", b"x")
    with driving(fakegcs.endpoint, bucket) as driver:
        assert perform(driver, "delete", "gone").outcome == OK
        assert perform(driver, "delete", "gone").outcome == 404
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(fakegcs, bucket, "gone")


def test_missing_key(fakegcs: Server, bucket: str) -> None:
    with driving(fakegcs.endpoint, bucket) as driver:
        for kind in ("get", "stat", "delete"):
            op = perform(driver, kind, "no such key", 100)
            assert (op.outcome, op.transferred) == (404, 0)
            assert op.detail.startswith("404 Not Found")
        assert perform(driver, "put", "a key", 10).outcome == OK


def test_missing_bucket(fakegcs: Server) -> None:
    with driving(fakegcs.endpoint, "there-is-no-such-bucket") as driver:
        for kind in ("get", "put", "stat", "list", "delete"):
            op = perform(driver, kind, "key", 100)
            assert (op.outcome, op.transferred) == (404, 0), op.detail


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys(fakegcs: Server, bucket: str, key: str) -> None:
    with driving(fakegcs.endpoint, bucket) as driver:
        put = perform(driver, "put", key, 5000)
        assert put.outcome == OK, put.detail
        assert fetch(fakegcs, bucket, key) == content(key, 5000)
        assert perform(driver, "get", key, 5000).outcome == OK
        assert perform(driver, "stat", key).length == 5000
        assert perform(driver, "list", key).items == 1
        assert perform(driver, "delete", key).outcome == OK
        assert perform(driver, "list", "").items == 0


def test_over_tls(tmp_path: Path, certificates: Certificates) -> None:
    with fakegcs_server.serve(tmp_path, certificate=certificates.good) as server:
        with driving(server.endpoint, "there-is-none", ca_file=str(certificates.ca_file)) as driver:
            assert perform(driver, "stat", "key").outcome == 404
            assert driver.counters()["tls_handshakes"] == 1
        with driving(server.endpoint, "there-is-none") as driver:
            assert name_of(perform(driver, "stat", "key").outcome) == "tls"


def test_a_connection_that_is_cut(fakegcs: Server, bucket: str, tmp_path: Path) -> None:
    write(fakegcs, bucket, "big", bytes(MIB))
    with (
        faultproxy.serve(tmp_path, fakegcs, Faults(cut_after=100_000, every=2)) as proxy,
        driving(proxy.endpoint, bucket) as driver,
    ):
        outcomes = [name_of(perform(driver, "get", "big", MIB).outcome) for _ in range(8)]
        assert set(outcomes) == {"ok", "reset"}
        assert outcomes.count("reset") == proxy.count("cut")


def test_a_server_that_falls_silent(fakegcs: Server, bucket: str, tmp_path: Path) -> None:
    write(fakegcs, bucket, "big", bytes(MIB))
    with (
        faultproxy.serve(tmp_path, fakegcs, Faults(stall_after=100_000)) as proxy,
        driving(proxy.endpoint, bucket, timeout_s=0.4) as driver,
    ):
        op = perform(driver, "get", "big", MIB)
        assert (name_of(op.outcome), op.transferred) == ("timeout", 0)


def test_a_slow_server(fakegcs: Server, bucket: str, tmp_path: Path) -> None:
    write(fakegcs, bucket, "small", b"abc")
    with (
        faultproxy.serve(tmp_path, fakegcs, Faults(latency_s=0.1)) as proxy,
        driving(proxy.endpoint, bucket) as driver,
    ):
        op = perform(driver, "get", "small", 3)
        assert op.outcome == OK
        assert op.done_ns - op.dispatch_ns >= 100_000_000

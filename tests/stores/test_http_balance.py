"""Several end points behind one driver, over real sockets: what one driver can do all of them can, and share."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter

import pytest

from s3bench_tui.stores.http.balance import BalancedUploads
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import CLIENT, OK, TIMEOUT
from tests.servers.certificates import Certificates
from tests.servers.process import Server
from tests.stores import sdk_rig
from tests.stores.http_rig import MS, Peer, answer, driving, finish, forever, operation, perform, told
from tests.stores.parts_rig import in_parts, put
from tests.stores.test_http_tls import told_tls
from tests.stores.test_parts_driver import KIB
from tests.stores.test_parts_driver import Server as PartsServer
from tests.stores.test_request_options import CONDITIONAL, conditional_reads, conditional_writes
from tests.stores.test_s3_driver import sdk


@pytest.mark.server
def test_a_version_that_one_end_point_told_holds_at_the_other(moto: Server) -> None:
    bucket, client = sdk_rig.new_bucket(moto), sdk(moto)
    client.put_object(Bucket=bucket, Key="k", Body=bytes(10))
    urls = moto.endpoint, moto.endpoint

    def change() -> None:
        client.put_object(Bucket=bucket, Key="k", Body=os.urandom(20))

    with driving(*urls, server=moto, bucket=bucket, lines=CONDITIONAL) as driver:
        conditional_reads(driver, change)
    with driving(*urls, server=moto, bucket=bucket, lines=(LineOptions(if_match="etag"),)) as driver:
        conditional_writes(driver, change)


def test_withdrawal_aborts_at_all_of_them() -> None:
    silent = threading.Event()

    def part(_: int) -> bytes:
        silent.wait(10)
        return answer(fields="ETag: x\r\n")

    servers = PartsServer(part=part), PartsServer(part=part)
    with (
        told(servers[0]) as one,
        told(servers[1]) as two,
        in_parts(one.url, two.url, part=64 * KIB, parallel=2, balance="least_in_flight") as driver,
    ):
        ops = [put(f"k{slot}", 64 * KIB * 4, slot=slot) for slot in range(4)]
        for op in ops:
            driver.submit(op)
        while any(server.seen["part"] < 4 for server in servers):
            driver.wait(MS)
        assert isinstance(driver, BalancedUploads)
        assert driver.withdraw(time.monotonic_ns() + 5_000 * MS) == []
        silent.set()
        assert driver.counters()["uploads_aborted"] == 4
    assert [op.outcome for op in ops] == [CLIENT] * 4
    assert [server.seen["abort"] for server in servers] == [2, 2]


def test_one_that_does_not_answer_keeps_only_its_own_waiting() -> None:
    def silent(peer: Peer) -> None:
        peer.head()
        peer.head()

    with told(forever(answer(b"abcd"))) as one, told(silent) as two, driving(one.url, two.url, timeout_s=0.4) as driver:
        ops = [operation("get", length=4, slot=slot) for slot in range(4)]
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
    assert [op.outcome for op in ops] == [OK, TIMEOUT] * 2
    assert [op.endpoint for op in ops] == [0, 1] * 2
    assert [op.slot for op in ops] == [0, 1, 2, 3]
    assert all(op.done_ns - op.dispatch_ns >= 400 * MS for op in ops[1::2])


def test_each_has_its_own_transport(certificates: Certificates) -> None:
    served: Counter[str] = Counter()

    def script(peer: Peer) -> None:
        while head := peer.head():
            served[next(line for line in head.decode().split("\r\n") if line.startswith("Host:"))] += 1
            peer.send(answer(b"abcd"))

    with (
        told(script) as plain,
        told_tls(script, certificates) as secured,
        driving(plain.url, secured.url, ca_file=certificates.ca_file) as driver,
    ):
        driver.prewarm(4, time.monotonic_ns() + 5_000 * MS)
        for slot in range(4):
            assert perform(driver, "get", length=4, slot=slot).outcome == OK
        assert driver.counters()["tls_handshakes"] == 2
        assert driver.counters()["connects"] == 4
    assert sorted(served.values()) == [2, 2]

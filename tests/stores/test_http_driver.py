"""The HTTP driver's own ways: slots and connections, prewarming, waiting, time stamps, what leaves in one send."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from s3bench_tui.stores.outcome import CONNECT, OK
from s3bench_tui.stores.timer import Timer
from tests.servers.nginx import Nginx
from tests.servers.process import free_port, wait_until
from tests.stores.http_rig import MS, Peer, answer, driving, finish, forever, operation, perform, told

SMALL = forever(answer(b"abcd"))


def in_s(seconds: float) -> int:
    return time.monotonic_ns() + int(seconds * 1e9)


# --- slots and connections --------------------------------------------------------------------------------------------


def test_connections_spread_evenly_over_addresses() -> None:
    with told(SMALL) as one, told(SMALL, "127.0.0.2") as two, driving(one.url, two.url) as driver:
        driver.prewarm(10, in_s(5))
        ops = [operation("get", length=4, slot=slot) for slot in range(10)]
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert {op.outcome for op in ops} == {OK}
        assert (one.accepted, two.accepted) == (5, 5)


def test_workers_with_one_slot_each_spread_too() -> None:
    with told(SMALL) as one, told(SMALL, "127.0.0.2") as two:
        for seed in range(4):
            with driving(one.url, two.url, seed=seed) as driver:
                assert perform(driver, "get", length=4).outcome == OK
        assert (one.accepted, two.accepted) == (2, 2)


def test_host_of_each_address() -> None:
    heads: list[bytes] = []

    def script(peer: Peer) -> None:
        while head := peer.head():
            heads.append(head)
            peer.send(answer(b"abcd"))

    with told(script) as one, told(script, "127.0.0.2") as two, driving(one.url, two.url) as driver:
        for slot in range(2):
            assert perform(driver, "get", length=4, slot=slot).outcome == OK
    hosts = [line for head in heads for line in head.split(b"\r\n") if line.startswith(b"Host:")]
    assert hosts == [f"Host: 127.0.0.1:{one.port}".encode(), f"Host: 127.0.0.2:{two.port}".encode()]


def test_more_and_fewer_slots_while_running() -> None:
    with told(SMALL) as server, driving(server.url) as driver:
        for slots in (1, 8, 3, 12, 2):
            for _ in range(3):
                ops = [operation("get", length=4, slot=slot) for slot in range(slots)]
                for op in ops:
                    driver.submit(op)
                finish(driver, ops)
                assert {op.outcome for op in ops} == {OK}
        assert server.accepted == 12, "one connection for each slot, opened once"
        assert driver.counters()["connections"] == 12


def test_submit_while_the_connection_is_opening() -> None:
    with told(SMALL) as server, driving(server.url) as driver:
        driver._pool.open(driver._pool.connection(0))
        assert perform(driver, "get", length=4).outcome == OK
        assert (server.accepted, driver.counters()["connects"]) == (1, 1)


def test_key_that_is_no_text_fails_and_keeps_the_connection() -> None:
    with told(SMALL) as server, driving(server.url) as driver:
        for kind in ("get", "put"):
            for key in ("good", "\ud800bad", "good"):
                op = perform(driver, kind, key, 4 if kind == "get" else 600_000)
                assert (op.outcome == OK) == (key == "good"), op.detail
        assert server.accepted == 1


def test_close_with_operations_in_flight() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.sock.recv(1)

    with told(script) as server, driving(server.url) as driver:
        for slot in range(4):
            driver.submit(operation("get", slot=slot))
        driver.wait(20 * MS)
        driver.close()
        driver.close()


# --- prewarming -------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_prewarm_many(nginx: Nginx) -> None:
    with driving(nginx.endpoint) as driver:
        driver.prewarm(500, in_s(10))
        assert driver.counters()["connections"] == 500
        assert driver.counters()["connect_failures"] == 0
        ops = [operation("put", f"many{slot}", 1000, slot=slot) for slot in range(500)]
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert {op.outcome for op in ops} == {OK}
        assert driver.counters()["connects"] == 500


def test_prewarm_without_a_server() -> None:
    with driving(f"http://127.0.0.1:{free_port()}") as driver:
        before = time.monotonic()
        driver.prewarm(100, in_s(3))
        assert time.monotonic() - before < 2
        assert driver.counters()["connections"] == 0
        assert perform(driver, "get").outcome == CONNECT


def test_prewarm_ends_at_its_deadline() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    with driving(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_s=0.4) as driver:
        before = time.monotonic()
        driver.prewarm(100, in_s(0.3))
        assert 0.25 < time.monotonic() - before < 1.5
        assert perform(driver, "get", slot=0).outcome == CONNECT
    listener.close()


def test_server_that_closes_what_prewarming_opens() -> None:
    with told(lambda peer: None) as server, driving(server.url) as driver:
        driver.prewarm(20, in_s(2))
        wait_until(lambda: not driver.wait(5 * MS) and not driver.counters()["connections"], "all to be closed", 5)
        counters = driver.counters()
        assert (counters["connects"], counters["connections"]) == (20, 0)


# --- waiting ----------------------------------------------------------------------------------------------------------


def test_short_waits_end_on_time_and_do_not_spin() -> None:
    with driving("http://127.0.0.1:1") as driver:
        took = []
        for _ in range(200):
            before = time.monotonic_ns()
            assert not driver.wait(300_000)
            took.append(time.monotonic_ns() - before)
        took.sort()
        assert took[0] >= 290_000
        assert took[100] < 1_500_000
        cpu = time.process_time()
        for _ in range(20):
            driver.wait(15 * MS)
        assert time.process_time() - cpu < 0.1, "of 0.3 s"


def test_timer_after_many_arms() -> None:
    """An expiry that nobody saw must not end a later wait, and each new one must be seen."""
    with driving("http://127.0.0.1:1") as driver:
        for _ in range(50):
            driver._timer.arm(20_000)
            time.sleep(0.0002)  # it expires unseen
            before = time.monotonic_ns()
            driver.wait(3 * MS)
            assert time.monotonic_ns() - before >= 2_900_000
    timer = Timer()
    timer.close()
    timer.close()


def test_wait_ends_with_the_first_completion() -> None:
    with told(SMALL) as server, driving(server.url) as driver:
        op = operation("get", length=4)
        driver.submit(op)
        before = time.monotonic()
        while not driver.wait(5_000 * MS):
            pass
        assert time.monotonic() - before < 2
        assert driver.woke_ns <= op.done_ns


# --- time stamps ------------------------------------------------------------------------------------------------------


def pausing(peer: Peer) -> None:
    """Sends the head, pauses, then the body."""
    while peer.request()[0]:
        head, _, body = answer(b"x" * 100_000).partition(b"\r\n\r\n")
        peer.send(head + b"\r\n\r\n")
        time.sleep(0.05)
        peer.send(body)


@pytest.mark.parametrize("length", [100_000, -1])
@pytest.mark.parametrize("receive", ["discard", "copy"])
def test_first_byte_of_a_get_is_one_of_its_body(receive: str, length: int) -> None:
    with told(pausing) as server, driving(server.url, receive=receive) as driver:
        for _ in range(2):
            op = perform(driver, "get", length=length)
            assert op.outcome == OK
            assert op.first_byte_ns - op.dispatch_ns >= 49 * MS


def test_first_byte_where_the_body_comes_in_one_piece() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n")
        time.sleep(0.02)
        peer.send(b"x" * 65536)

    with told(script) as server, driving(server.url) as driver:
        op = perform(driver, "get", length=65536)
        assert op.first_byte_ns - op.dispatch_ns >= 19 * MS


def test_first_byte_of_others_is_one_of_the_answer() -> None:
    def script(peer: Peer) -> None:
        while peer.request()[0]:
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Le")
            time.sleep(0.05)
            peer.send(b"ngth: 0\r\n\r\n")

    with told(script) as server, driving(server.url) as driver:
        for kind in ("put", "stat"):
            op = perform(driver, kind, length=10)
            assert op.outcome == OK
            assert op.done_ns - op.first_byte_ns >= 20 * MS


def test_service_time_holds_the_connecting() -> None:
    with told(SMALL) as server, driving(server.url) as driver:
        op = operation("get", length=4)
        driver.submit(op)
        time.sleep(0.03)
        finish(driver, [op])
        assert op.done_ns - op.dispatch_ns >= 30 * MS


# --- what leaves in one piece -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 4096, 200_000])
def test_head_and_body_of_a_put_leave_together(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with told(SMALL) as server, driving(server.url) as driver:
        perform(driver, "get", length=4)
        connection = driver._slots[0]
        sends: list[int] = []

        class Counting:
            def __init__(self, sock: socket.socket) -> None:
                self._sock = sock

            def sendmsg(self, parts: tuple[bytes, memoryview]) -> int:
                sent = self._sock.sendmsg(parts)
                sends.append(sent)
                return sent

            def close(self) -> None:
                self._sock.close()

        assert connection.sock is not None
        nodelay = connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        monkeypatch.setattr(connection, "sock", Counting(connection.sock))
        monkeypatch.setattr(connection, "send", lambda data: pytest.fail("a second send"))
        assert perform(driver, "put", length=size).outcome == OK
        assert nodelay
        assert len(sends) == 1
        assert sends[0] > size


def test_a_big_upload_does_not_hold_up_others() -> None:
    stop = threading.Event()

    def script(peer: Peer) -> None:
        if peer.head().startswith(b"PUT"):
            while not stop.is_set() and peer.body(1 << 20):
                pass
        else:
            peer.send(answer(b"abcd"))
            SMALL(peer)

    with told(script) as server, driving(server.url) as driver:
        big = operation("put", length=1 << 40, slot=1)
        driver.submit(big)
        small = operation("get", length=4)
        for _ in range(20):
            driver.submit(small)
            deadline = time.monotonic() + 5
            while not driver.wait(MS):
                assert time.monotonic() < deadline
            assert small.outcome == OK
        stop.set()
        finish(driver, [big])
        assert big.outcome != OK

"""The HTTP driver against servers that fail: each operation ends once, with the right outcome, and nothing is sent twice."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.outcome import CONNECT, INTEGRITY, OK, PROTOCOL, RESET, TIMEOUT, name_of
from tests.servers import faultproxy
from tests.servers.faultproxy_process import Faults
from tests.servers.nginx import Nginx
from tests.servers.process import free_port
from tests.stores.http_rig import MS, Peer, answer, answering, driving, finish, forever, operation, perform, told

MIB = 1 << 20


def idle(driver: HttpDriver, for_ms: int = 30) -> None:
    """Let the driver look at its connections, as a worker's loop does."""
    until = time.monotonic() + for_ms / 1000
    while time.monotonic() < until:
        assert not driver.wait(5 * MS)


# --- connecting -------------------------------------------------------------------------------------------------------


def test_refused() -> None:
    with driving(f"http://127.0.0.1:{free_port()}") as driver:
        op = perform(driver, "get")
        assert (op.outcome, op.transferred) == (CONNECT, 0)
        assert op.detail == "127.0.0.1: Connection refused"
        assert driver.counters()["connect_failures"] == 1
        assert driver.counters()["connections"] == 0


def test_the_next_operation_of_a_slot_goes_to_the_next_address() -> None:
    with told(forever(answer(b"abcd"))) as server, driving(f"http://127.0.0.1:{free_port()}", server.url) as driver:
        assert perform(driver, "get").outcome == CONNECT
        assert [perform(driver, "get").outcome for _ in range(3)] == [OK] * 3
        assert server.accepted == 1


def full_backlog() -> tuple[socket.socket, list[socket.socket]]:
    """A listener that never accepts, and whose queue is full: connecting to it takes for ever."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    fillers = []
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    return listener, fillers


@pytest.mark.parametrize(("connect_s", "timeout_s"), [(0.3, 20), (20, 0.3)])
def test_connecting_takes_too_long(connect_s: float, timeout_s: float) -> None:
    listener, fillers = full_backlog()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with (
        told(forever(answer(b"abcd"))) as server,
        driving(url, server.url, connect_s=connect_s, timeout_s=timeout_s) as driver,
    ):
        op = perform(driver, "get")
        assert (op.outcome, op.detail) == (CONNECT, "no connection within 0.3 s")
        assert op.done_ns - op.dispatch_ns >= 300 * MS
        assert perform(driver, "get").outcome == OK
    for sock in (listener, *fillers):
        sock.close()


def test_name_that_does_not_resolve() -> None:
    with driving("http://no-such-host.invalid:80") as driver:
        op = perform(driver, "get")
        assert op.outcome == CONNECT
        assert "no-such-host.invalid" in op.detail


def test_no_file_descriptor_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with told(forever(answer())) as server, driving(server.url) as driver:

        def fail(*_: object) -> None:
            raise OSError(24, "Too many open files")

        with monkeypatch.context() as patch:
            patch.setattr("s3bench_tui.stores.http.connection.socket.socket", fail)
            op = perform(driver, "put", length=0)
        assert op.outcome == CONNECT
        assert "ulimit -n" in op.detail
        assert perform(driver, "put", length=0).outcome == OK


# --- the answer breaks off, or is none --------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
BROKEN = {
    "closed before the first byte": (b"", RESET, "before the response began"),
    "cut in the head": (HEAD[:30], RESET, "in the middle of the head"),
    "cut after the head": (HEAD, RESET, "after 0 of 100000 bytes"),
    "cut in the body": (HEAD + b"x" * 500, RESET, "after 500 of 100000 bytes"),
    "cut in a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", RESET, "chunked"),
    "garbage": (b"\x16\x03\x01\x02\x00\x01" * 20, PROTOCOL, "a control character"),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2\r\n", PROTOCOL, "no HTTP/1 response"),
    "too long": (answer(b"x" * 100_000) + b"y", PROTOCOL, "more bytes"),
    "far too long": (answer(b"x" * 100_000) + b"y" * 300_000, PROTOCOL, "more bytes"),
    "shorter than asked for": (answer(b"x" * 99_999), INTEGRITY, "99999 bytes came where 100000 were expected"),
    "empty": (answer(), INTEGRITY, "0 bytes came"),
    "another protocol version": (b"HTTP/2.0 200 OK\r\n\r\n", PROTOCOL, ""),
    "a switch": (b"HTTP/1.1 101 Switching\r\n\r\n", PROTOCOL, ""),
}


@pytest.mark.parametrize("receive", ["discard", "copy"])
@pytest.mark.parametrize("name", BROKEN)
def test_broken_answer_to_a_get(name: str, receive: str) -> None:
    response, outcome, words = BROKEN[name]
    with told(answering(response)) as server, driving(server.url, receive=receive) as driver:
        op = perform(driver, "get", length=100_000)
        assert name_of(op.outcome) == name_of(outcome), op.detail
        assert words in op.detail
        assert op.transferred == 0
        assert server.accepted == 1, "nothing is sent twice"


@pytest.mark.parametrize("kind", ["put", "stat", "list", "delete"])
@pytest.mark.parametrize("response", [b"", HEAD[:30], b"\0" * 64], ids=["nothing", "half a head", "zeros"])
def test_broken_answer_to_others(kind: str, response: bytes) -> None:
    with told(answering(response)) as server, driving(server.url) as driver:
        op = perform(driver, kind, length=10)
        assert op.outcome in (RESET, PROTOCOL)
        assert server.accepted == 1


@pytest.mark.parametrize("after", [0, 30, 500])
def test_reset_by_the_server(after: int) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        if after:
            peer.send((HEAD + b"x" * 500)[:after])
            time.sleep(0.05)
        peer.reset()

    with told(script) as server, driving(server.url) as driver:
        op = perform(driver, "get", length=100_000)
        assert (op.outcome, op.transferred) == (RESET, 0)
        assert op.detail == "while receiving: Connection reset by peer"
        assert driver.counters()["connections"] == 0


@pytest.mark.parametrize("sent", [b"", HEAD[:20], HEAD, HEAD + b"x" * 50_000])
def test_server_falls_silent(sent: bytes) -> None:
    def script(peer: Peer) -> None:
        if peer.request()[0]:
            peer.send(sent)
            peer.sock.recv(1)

    with told(script) as server, driving(server.url, timeout_s=0.3) as driver:
        op = perform(driver, "get", length=100_000)
        assert (op.outcome, op.detail, op.transferred) == (TIMEOUT, "no answer within 0.3 s", 0)
        assert 300 * MS <= op.done_ns - op.dispatch_ns < 2_000 * MS
        assert driver.counters()["connections"] == 0


def test_a_body_that_nobody_reads_times_out() -> None:
    def script(peer: Peer) -> None:
        time.sleep(1)

    with told(script) as server, driving(server.url, timeout_s=0.4) as driver:
        op = perform(driver, "put", length=64 * MIB)
        assert (op.outcome, op.transferred) == (TIMEOUT, 0)


def test_slow_drip_is_a_good_answer() -> None:
    def script(peer: Peer) -> None:
        peer.request()
        for byte in answer(b"abc", fields="x-amz-request-id: 1\r\n"):
            peer.send(bytes([byte]))
            time.sleep(0.001)

    with told(script) as server, driving(server.url) as driver:
        op = perform(driver, "get", length=3)
        assert (op.outcome, op.transferred) == (OK, 3)
        assert op.first_byte_ns < op.done_ns


def test_cut_connections_behind_a_proxy(nginx: Nginx, tmp_path: Path) -> None:
    (nginx.root / "bucket").mkdir(exist_ok=True)
    (nginx.root / "bucket" / "cut").write_bytes(b"x" * 300_000)
    with (
        faultproxy.serve(tmp_path, nginx, Faults(cut_after=100_000, every=2)) as proxy,
        driving(proxy.endpoint) as driver,
    ):
        ops = [operation("get", "cut", 300_000, slot=slot) for slot in range(20)]
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        good = [op for op in ops if op.outcome == OK]
        bad = [op for op in ops if op.outcome == RESET]
        assert (len(good), len(bad)) == (10, 10)
        assert sum(op.transferred for op in ops) == 10 * 300_000
        assert driver.counters()["connections"] == 10


# --- big bodies, for which the loop wakes seldom ----------------------------------------------------------------------


def in_pieces(peer: Peer) -> None:
    """3 MiB and a bit, in small pieces; then small answers."""
    whole = answer(b"x" * (3 * MIB + 5))
    peer.request()
    for start in range(0, len(whole), 30_000):
        peer.send(whole[start : start + 30_000])
        time.sleep(0.0005)
    while peer.request()[0]:
        peer.send(answer(b"abcd"))


def test_a_big_body_in_small_pieces_and_small_ones_after_it() -> None:
    with told(in_pieces) as server, driving(server.url, timeout_s=5) as driver:
        op = perform(driver, "get", length=3 * MIB + 5)
        assert (op.outcome, op.transferred) == (OK, 3 * MIB + 5)
        assert [perform(driver, "get", length=4).outcome for _ in range(3)] == [OK] * 3
        assert server.accepted == 1


@pytest.mark.parametrize("after", [10_000, 600_000, 3 * MIB])
@pytest.mark.parametrize("how", ["close", "reset", "stall", "surplus"])
def test_a_big_body_that_breaks_off(how: str, after: int) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"x" * (3 * MIB + 5))[:after])
        if how == "stall":
            peer.sock.recv(1)
        elif how == "surplus":
            peer.send(b"x" * (3 * MIB))
            peer.sock.recv(1)
        else:
            time.sleep(0.02)
        if how == "reset":
            peer.reset()

    with told(script) as server, driving(server.url, timeout_s=0.4) as driver:
        before = time.monotonic()
        op = perform(driver, "get", length=3 * MIB + 5)
        outcome = {"stall": TIMEOUT, "surplus": PROTOCOL}.get(how, RESET)
        assert (name_of(op.outcome), op.transferred) == (name_of(outcome), 0)
        assert (how == "stall") == (time.monotonic() - before >= 0.4), "an end is seen at once"


# --- kept connections -------------------------------------------------------------------------------------------------


def test_connection_close_after_each_answer() -> None:
    with told(answering(answer(b"abcd", fields="Connection: close\r\n"))) as server, driving(server.url) as driver:
        ops = [perform(driver, "get", length=4) for _ in range(5)]
        assert [op.outcome for op in ops] == [OK] * 5
        assert server.accepted == 5


def test_http_1_0() -> None:
    with told(answering(b"HTTP/1.0 200 OK\r\n\r\nabcd")) as server, driving(server.url) as driver:
        assert [perform(driver, "get", length=4).outcome for _ in range(3)] == [OK] * 3
        assert perform(driver, "get", length=5).outcome == INTEGRITY


def test_connection_closed_without_a_word_right_after_the_answer() -> None:
    with told(answering(answer(b"abcd"))) as server, driving(server.url) as driver:
        for _ in range(5):
            assert perform(driver, "get", length=4).outcome == OK
            idle(driver)
        assert server.accepted == 5


@pytest.mark.parametrize("how", ["close", "reset", "unasked bytes"])
def test_end_of_an_idle_connection_fails_nothing(how: str) -> None:
    end = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"abcd"))
        end.wait(5)
        if how == "unasked bytes":
            peer.send(answer(b"abcd"))
            peer.head()
        elif how == "reset":
            peer.reset()

    with told(script) as server, driving(server.url) as driver:
        for _ in range(3):
            end.clear()
            assert perform(driver, "get", length=4).outcome == OK
            end.set()
            idle(driver)
            assert driver.counters()["connections"] == 0
        assert server.accepted == 3


def test_a_second_answer_is_never_taken_for_the_next_one() -> None:
    big = answer(b"x" * 100_000)

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(big[:60_000])
        time.sleep(0.05)
        peer.send(big[60_000:] + answer(b"stray"))
        time.sleep(0.5)

    with told(script) as server, driving(server.url) as driver:
        op = perform(driver, "get", length=100_000)
        assert op.outcome == PROTOCOL
        assert driver.counters()["connections"] == 0


def test_a_full_read_of_a_head_may_hide_another_answer() -> None:
    fields = "x-fill: " + "f" * 4000 + "\r\n"
    error = answer(b"", "404 Not Found", fields)
    error = answer(b"", "404 Not Found", "x-fill: " + "f" * (4000 + 4096 - len(error)) + "\r\n")
    assert len(error) == 4096
    with told(answering(error + answer(b"x" * 100_000))) as server, driving(server.url) as driver:
        assert perform(driver, "get", length=100_000).outcome == 404
        assert driver.counters()["connections"] == 0


def test_server_restarts() -> None:
    with told(forever(answer(b"abcd"))) as server, driving(server.url) as driver:
        assert perform(driver, "get", length=4).outcome == OK
        server.close()
        idle(driver)
        assert perform(driver, "get", length=4).outcome == CONNECT
        with told(forever(answer(b"abcd")), port=server.port):
            assert perform(driver, "get", length=4).outcome == OK


def test_interim_responses_are_passed_over() -> None:
    with told(forever(b"HTTP/1.1 100 Continue\r\n\r\n" + answer())) as server, driving(server.url) as driver:
        assert [perform(driver, "put", length=5000).outcome for _ in range(3)] == [OK] * 3
        assert server.accepted == 1


def test_chunked_answers() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3;x=y\r\nefg\r\n0\r\n\r\n"
    with told(forever(chunked)) as server, driving(server.url) as driver:
        ops = [perform(driver, "get", length=7) for _ in range(3)]
        assert [(op.outcome, op.transferred) for op in ops] == [(OK, 7)] * 3
        assert perform(driver, "get", length=8).outcome == INTEGRITY
        assert server.accepted == 1

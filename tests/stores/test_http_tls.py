"""The HTTP driver over TLS: who is trusted, what failures are called, and that big bodies neither hang nor break."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.outcome import CONNECT, OK, RESET, TLS, name_of
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.nginx import Nginx
from tests.servers.process import free_port
from tests.stores.http_rig import (
    MS,
    Peer,
    Told,
    answer,
    content,
    driving,
    finish,
    forever,
    operation,
    perform,
    told,
)

MIB = 1 << 20


@contextmanager
def told_tls(
    script: Callable[[Peer], None], certificates: Certificates, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> Iterator[Told]:
    """A server that answers as told, over TLS; the script's socket is the one of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.good.cert_file, certificates.good.key_file)
    context.maximum_version = version

    def wrapped(peer: Peer) -> None:
        with context.wrap_socket(peer.sock, server_side=True) as sock:
            peer.sock = sock
            script(peer)

    with told(wrapped) as server:
        server.url = f"https://127.0.0.1:{server.port}"
        yield server


# --- trust ------------------------------------------------------------------------------------------------------------


@pytest.mark.server
def test_good_certificate(nginx: Nginx, certificates: Certificates) -> None:
    with driving(nginx.tls_endpoint, ca_file=certificates.ca_file) as driver:
        assert perform(driver, "put", "tls", 4096).outcome == OK
        assert perform(driver, "get", "tls", 4096).outcome == OK
        counters = driver.counters()
        assert (counters["connects"], counters["tls_handshakes"]) == (1, 1)
        assert counters["connect_ns"] > 0
    assert (nginx.root / "bucket" / "tls").read_bytes() == content("tls", 4096)


@pytest.mark.server
@pytest.mark.parametrize(
    ("end_point", "words"),
    [
        ("tls_endpoint", "unable to get local issuer certificate"),
        ("wrong_name_endpoint", "Hostname mismatch"),
        ("expired_endpoint", "certificate has expired"),
    ],
)
def test_certificate_that_is_refused(
    nginx: Nginx, certificates: Certificates, tmp_path: Path, end_point: str, words: str
) -> None:
    trusted = certificates if end_point != "tls_endpoint" else make_certificates(tmp_path)
    url = getattr(nginx, end_point)
    with driving(url, ca_file=trusted.ca_file) as driver:
        op = perform(driver, "get", "key")
        assert op.outcome == TLS
        assert words in op.detail
        assert driver.counters()["connections"] == 0
    with driving(url, insecure=True) as driver:
        assert perform(driver, "put", "insecure", 10).outcome == OK


def test_file_of_authorities_that_is_none(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("not a certificate")
    for path in (wrong, tmp_path / "missing.pem"):
        with (
            pytest.raises(TargetError, match="is no file of certificate authorities"),
            driving("https://localhost:1", ca_file=path),
        ):
            pass


@pytest.mark.server
def test_plain_http_to_a_port_of_tls(nginx: Nginx) -> None:
    with driving(nginx.tls_endpoint.replace("https:", "http:")) as driver:
        op = perform(driver, "get", "key")
        assert op.outcome == 400
        assert "HTTPS port" in op.detail


def test_tls_to_a_port_of_plain_http() -> None:
    with (
        told(forever(answer(b"", "400 Bad Request"))) as server,
        driving(server.url.replace("http:", "https:")) as driver,
    ):
        server._script = lambda peer: peer.send(answer(b"", "400 Bad Request"))
        op = perform(driver, "get", "key")
        assert op.outcome == TLS
        assert "does not speak TLS on this port" in op.detail


def test_server_that_closes_or_is_silent_in_the_handshake() -> None:
    with told(lambda peer: None) as server, driving(server.url.replace("http:", "https:")) as driver:
        assert name_of(perform(driver, "get").outcome) in ("tls", "connect")
        assert driver.counters()["connections"] == 0
    with (
        told(lambda peer: time.sleep(1)) as server,
        driving(server.url.replace("http:", "https:"), connect_s=0.2) as driver,
    ):
        op = perform(driver, "get")
        assert (op.outcome, op.detail) == (CONNECT, "no connection within 0.2 s")
    with driving(f"https://127.0.0.1:{free_port()}") as driver:
        assert perform(driver, "get").outcome == CONNECT


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.server
@pytest.mark.parametrize("signing", ["signed", "unsigned"])
@pytest.mark.parametrize("size", [0, 5000, 300_000, 20 * MIB + 3])
def test_bodies_there_and_back(nginx: Nginx, certificates: Certificates, size: int, signing: str) -> None:
    with driving(nginx.tls_endpoint, ca_file=certificates.ca_file, signing=signing) as driver:
        puts = [operation("put", f"tls{slot}", size, slot=slot) for slot in range(4)]
        for op in puts:
            driver.submit(op)
        finish(driver, puts)
        assert [(op.outcome, op.transferred) for op in puts] == [(OK, size)] * 4
        assert (nginx.root / "bucket" / "tls3").read_bytes() == content("tls3", size)
        gets = [operation("get", f"tls{slot}", size, slot=slot) for slot in range(4)]
        for op in gets:
            driver.submit(op)
        finish(driver, gets)
        assert [(op.outcome, op.transferred) for op in gets] == [(OK, size)] * 4
        assert driver.counters()["connects"] == 4


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_reader_that_pauses_makes_writes_wait(certificates: Certificates, version: ssl.TLSVersion) -> None:
    """OpenSSL wants a write that could not be finished again with the same bytes."""
    size = 8 * MIB
    came = bytearray()

    def script(peer: Peer) -> None:
        head = peer.head()
        assert head
        while len(came) < size:
            came.extend(peer.body(min(300_000, size - len(came))))
            time.sleep(0.01)
        peer.send(answer())

    with told_tls(script, certificates, version) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        op = perform(driver, "put", "slow", size)
        assert (op.outcome, op.transferred) == (OK, size)
    assert bytes(came) == content("slow", size)


def test_everything_in_one_burst_never_hangs(certificates: Certificates) -> None:
    """Bytes that wait inside of the TLS layer are no event of the socket."""
    for size in (4096 - 200, 4096, 16384, 16384 * 5 + 1):
        with (
            told_tls(forever(answer(b"x" * size)), certificates) as server,
            driving(server.url, ca_file=certificates.ca_file, timeout_s=2) as driver,
        ):
            for length in (size, -1):
                op = perform(driver, "get", length=length)
                assert (op.outcome, op.transferred) == (OK, size)
            assert server.accepted == 1


def test_two_answers_in_one_record(certificates: Certificates) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"x" * 100) + answer(b"y" * 100))
        time.sleep(0.5)

    with told_tls(script, certificates) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        assert name_of(perform(driver, "get", length=100).outcome) == "protocol"


# --- ends -------------------------------------------------------------------------------------------------------------


def test_session_tickets_do_not_end_an_idle_connection(certificates: Certificates) -> None:
    with (
        told_tls(forever(answer(b"abcd")), certificates) as server,
        driving(server.url, ca_file=certificates.ca_file) as driver,
    ):
        driver.prewarm(2, time.monotonic_ns() + 5000 * MS)
        for _ in range(10):
            assert not driver.wait(5 * MS)
        assert driver.counters()["connections"] == 2
        assert perform(driver, "get", length=4).outcome == OK
        assert server.accepted == 2


def test_idle_connection_is_closed_by_the_server(certificates: Certificates) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"abcd"))
        peer.sock.unwrap() if isinstance(peer.sock, ssl.SSLSocket) else None

    with told_tls(script, certificates) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        for _ in range(3):
            assert perform(driver, "get", length=4).outcome == OK
            for _ in range(10):
                assert not driver.wait(5 * MS)
            assert driver.counters()["connections"] == 0
        assert server.accepted == 3


@pytest.mark.parametrize("proper", [True, False])
def test_body_that_ends_with_the_connection(certificates: Certificates, proper: bool) -> None:
    """Whoever can cut the connection could cut the body, where TLS itself was not ended."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\nabcd")
        assert isinstance(peer.sock, ssl.SSLSocket)
        if proper:
            peer.sock.settimeout(1)
            peer.sock.unwrap()
        else:
            socket.socket(fileno=peer.sock.detach()).close()

    with told_tls(script, certificates) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        op = perform(driver, "get", length=4)
        assert (op.outcome, op.transferred) == ((OK, 4) if proper else (RESET, 0)), op.detail


@pytest.mark.parametrize("after", [0, 30, 50_000])
def test_cut_over_tls(certificates: Certificates, after: int) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        if after:
            peer.send(answer(b"x" * 100_000)[:after])

    with told_tls(script, certificates) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        op = perform(driver, "get", length=100_000)
        assert (op.outcome, op.transferred) == (RESET, 0), op.detail
        assert server.accepted == 1


def test_garbage_instead_of_records(certificates: Certificates) -> None:
    def script(peer: Peer) -> None:
        peer.request()
        assert isinstance(peer.sock, ssl.SSLSocket)
        plain = socket.socket(fileno=peer.sock.detach())
        plain.sendall(b"this is no TLS record at all" * 10)
        plain.close()

    with told_tls(script, certificates) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        op = perform(driver, "get", length=100_000)
        assert op.outcome in (TLS, RESET), op.detail
        assert op.transferred == 0


def test_refusal_before_the_body_is_sent(certificates: Certificates) -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(answer(b"<Error><Code>AccessDenied</Code></Error>", "403 Forbidden"))

    with told_tls(script, certificates) as server, driving(server.url, ca_file=certificates.ca_file) as driver:
        op = perform(driver, "put", length=32 * MIB)
        assert (op.outcome, op.detail, op.transferred) == (403, "403 AccessDenied", 0)
        assert driver.counters()["connections"] == 0
        assert server.accepted == 1

"""The doctor's checks: each status, and that what is not ok says what to do."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from s3bench_tui.oneshot.checkup import (
    clock_check,
    cores_check,
    file_system_checks,
    name_check,
    open_files_check,
    tls_check,
)
from tests.servers.certificates import Certificates


@pytest.mark.parametrize(
    ("skew_s", "status", "said"),
    [
        (0.4, "ok", "agree"),
        (-1.9, "ok", "agree"),
        (2.0, "warn", "2 s ahead of"),
        (-299.0, "warn", "299 s behind"),
        (1200.0, "fail", "refused"),
        (None, "warn", "does not tell its time"),
    ],
)
def test_clock(skew_s: float | None, status: str, said: str) -> None:
    check = clock_check(skew_s)
    assert check.status == status
    assert said in check.text
    assert status == "ok" or "NTP" in check.text


@pytest.mark.parametrize(
    ("soft", "hard", "status", "said"),
    [
        (None, None, "ok", "no limit"),
        (1152, 1152, "ok", "limit 1,152"),
        (1024, 1 << 20, "warn", "enough for 896 operations in flight in each. For more: ulimit -n 65536"),
        (1024, 4096, "warn", "ulimit -n 4096"),
        (1024, 1024, "warn", "hard limit"),
        (64, None, "fail", "enough for 0"),
    ],
)
def test_open_files(soft: int | None, hard: int | None, status: str, said: str) -> None:
    check = open_files_check(soft, hard)
    assert check.status == status
    assert said in check.text


def test_cores() -> None:
    assert cores_check(8.0, 1 << 34).text == "8 usable, so up to 8 worker processes; 16.0 GiB of memory"
    assert cores_check(0.5, 1 << 30).status == "warn"
    assert "up to 1 worker process;" in cores_check(0.5, 1 << 30).text


def test_file_systems() -> None:
    facts = {
        "path": "/data", "mount_point": "/", "type": "ext4", "block_bytes": 4096, "free_bytes": 1 << 40, "size_bytes": 1 << 41,
    }  # fmt: skip

    def statuses(exists: bool = True, **changes: object) -> dict[str, str]:
        return {check.name: check.status for check in file_system_checks(facts | changes, exists)}

    assert statuses() == {"file system": "ok", "space": "ok"}
    assert statuses(type="tmpfs") == {"file system": "warn", "space": "ok"}
    assert statuses(free_bytes=1 << 20) == {"file system": "ok", "space": "warn"}
    assert statuses(exists=False) == {"file system": "ok", "space": "ok", "directory": "warn"}
    assert statuses(type=None, mount_point=None) == {"file system": "ok", "space": "ok"}


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert name_check({"host": "127.0.0.1", "port": 80}).text == "127.0.0.1 is an address; no name is looked up"

    def two(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", (address, port)) for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    check = name_check({"host": "storage.example.com", "port": 80})
    assert (check.status, check.text) == ("ok", "storage.example.com resolves to 2 addresses: 192.0.2.1, 192.0.2.2")

    def none(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", none)
    check = name_check({"host": "nowhere.example.com", "port": 80})
    assert check.status == "fail"
    assert "nowhere.example.com does not resolve: Name or service not known; check" in check.text


# --- tls ----------------------------------------------------------------------------------------------------------


@contextmanager
def listening(certificate: str | None, key: str | None) -> Iterator[dict[str, object]]:
    """A server that shakes hands once, or with no certificate hangs up; its end point."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        plain, _ = server.accept()
        with plain:
            if certificate is None:
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            try:
                with context.wrap_socket(plain, server_side=True) as secured:
                    secured.recv(1)
            except OSError:
                return  # the client did not like it

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield {"scheme": "https", "host": "127.0.0.1", "port": server.getsockname()[1]}
    finally:
        thread.join(10)
        server.close()


def test_a_certificate_to_trust(certificates: Certificates) -> None:
    month_ago_s = time.time() - 30 * 86_400
    with listening(str(certificates.good.cert_file), str(certificates.good.key_file)) as endpoint:
        check = tls_check(endpoint, {"ca_file": str(certificates.ca_file)}, 5.0, month_ago_s)
    assert check.status == "ok", check.text
    assert check.text.startswith("verified, TLSv1.")


def test_one_that_ends_soon(certificates: Certificates) -> None:
    with listening(str(certificates.good.cert_file), str(certificates.good.key_file)) as endpoint:
        check = tls_check(endpoint, {"ca_file": str(certificates.ca_file)}, 5.0, time.time())
    assert check.status == "warn"
    assert "renew it" in check.text


def test_one_not_to_trust(certificates: Certificates) -> None:
    for pair, options in (
        (certificates.good, {"ca_file": None}),
        (certificates.wrong_name, {"ca_file": str(certificates.ca_file)}),
        (certificates.expired, {"ca_file": str(certificates.ca_file)}),
    ):
        with listening(str(pair.cert_file), str(pair.key_file)) as endpoint:
            check = tls_check(endpoint, options, 5.0, time.time())
        assert check.status == "fail"
        assert "is not to be trusted" in check.text and "--ca-file" in check.text


def test_no_tls_there() -> None:
    with listening(None, None) as endpoint:
        check = tls_check(endpoint, {"ca_file": None}, 5.0, time.time())
    assert check.status == "fail"
    assert check.text.startswith("no TLS with 127.0.0.1: ")


def test_what_is_not_verified_is_said() -> None:
    plain = {"scheme": "http", "host": "storage.example.com", "port": 80}
    assert tls_check(plain, {}, 5.0, 0.0).status == "warn"
    loose = tls_check({**plain, "scheme": "https"}, {"insecure": True}, 5.0, 0.0)
    assert (loose.status, "not verified" in loose.text) == ("warn", True)

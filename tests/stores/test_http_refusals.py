"""The HTTP driver against servers that refuse: before they have the whole request, with much to say, or elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.outcome import PROTOCOL, RESET
from tests.stores.http_rig import Peer, answer, driving, forever, perform, told

MIB = 1 << 20

# --- answers before the request is whole ------------------------------------------------------------------------------

DENIED = b"<Error><Code>AccessDenied</Code><Message>No.</Message><RequestId>77</RequestId></Error>"


def early(response: bytes, then: Callable[[Peer], None]) -> Callable[[Peer], None]:
    def script(peer: Peer) -> None:
        peer.head()
        peer.send(response)
        then(peer)

    return script


@pytest.mark.parametrize("how", ["close", "reset later", "read on"])
def test_refusal_before_the_body_is_sent(how: str) -> None:
    def then(peer: Peer) -> None:
        if how == "reset later":
            time.sleep(0.1)
            peer.reset()
        elif how == "read on":
            while peer.body(MIB):
                pass

    with told(early(answer(DENIED, "403 Forbidden"), then)) as server, driving(server.url) as driver:
        op = perform(driver, "put", length=32 * MIB)
        assert (op.outcome, op.transferred) == (403, 0)
        assert op.detail == "403 AccessDenied No. (request id 77)"
        assert driver.counters()["connections"] == 0
        assert server.accepted == 1


def test_success_before_the_body_is_sent_is_none() -> None:
    with told(early(answer(), lambda peer: time.sleep(0.5))) as server, driving(server.url) as driver:
        op = perform(driver, "put", length=32 * MIB)
        assert (op.outcome, op.transferred) == (PROTOCOL, 0)
        assert "before it had the whole request" in op.detail


def test_server_closes_within_the_body() -> None:
    def script(peer: Peer) -> None:
        peer.head()
        peer.body(300_000)

    with told(script) as server, driving(server.url) as driver:
        op = perform(driver, "put", length=32 * MIB)
        assert (op.outcome, op.transferred) == (RESET, 0)
        assert server.accepted == 1


# --- errors of the server ---------------------------------------------------------------------------------------------


def test_error_with_its_code_and_id() -> None:
    with told(forever(answer(DENIED, "503 Slow Down"))) as server, driving(server.url) as driver:
        ops: list[Operation] = [perform(driver, kind, length=4) for kind in ("get", "put", "list", "delete")]
        assert {op.outcome for op in ops} == {503}
        assert {op.detail for op in ops} == {"503 AccessDenied No. (request id 77)"}
        assert server.accepted == 1, "the connection is kept"


def test_large_body_of_an_error_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 40 * MIB
    kept: list[int] = []

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(f"HTTP/1.1 500 Oh\r\nContent-Length: {size}\r\n\r\n".encode())
        block = DENIED + b" " * (MIB - len(DENIED))
        for _ in range(size // MIB):
            peer.send(block)

    with told(script) as server, driving(server.url) as driver:
        answered = driver._dialect.answer

        def look(op: Operation, host: object, response: object) -> bytes | None:
            kept.append(len(response.body))  # type: ignore[attr-defined]
            return answered(op, host, response)  # type: ignore[arg-type]

        monkeypatch.setattr(driver._dialect, "answer", look)
        op = perform(driver, "get", length=size)
        assert (op.outcome, op.detail) == (500, "500 AccessDenied No. (request id 77)")
        assert kept == [MIB]


def test_redirect_is_an_error_and_is_not_followed() -> None:
    moved = answer(b"", "307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n")
    with told(forever(moved)) as server, driving(server.url) as driver:
        assert perform(driver, "get").outcome == 307
        assert server.accepted == 1

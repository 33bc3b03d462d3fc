"""The driver over boto3 where servers fail: each failure has its class, and the SDK's retries are counted."""

from __future__ import annotations

import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.outcome import OK, name_of
from s3bench_tui.stores.registry import open_store
from s3bench_tui.stores.sdk import s3 as sdk_s3
from s3bench_tui.stores.sdk.failure import unanswered
from tests.stores import http_rig, s3_answers, sdk_rig
from tests.stores.http_rig import Peer, answer, answering, forever, told

BUSY = answer(
    b"<Error><Code>SlowDown</Code><Message>words of\nthe server</Message></Error>",
    "503 Slow Down",
    "x-amz-request-id: REQ42\r\n",
)


@pytest.fixture(autouse=True)
def shared_models(monkeypatch: pytest.MonkeyPatch) -> None:
    s3_answers.share_models(monkeypatch)


def performed(
    url: str, *args: Any, keys: tuple[str, ...] = (), client: str = "sdk", timeout_s: float = 20
) -> tuple[Operation, dict[str, int]]:
    """One operation on one server, and the driver's counters after it."""
    with sdk_rig.driving(url, "b", client, connect_s=1, timeout_s=timeout_s) as driver:
        op = http_rig.perform(cast(HttpDriver, driver), *args, keys=keys)
        return op, dict(driver.counters())


def silent(peer: Peer) -> None:
    """Reads requests and never answers."""
    while peer.request()[0]:
        pass


def closing(sent: bytes) -> Callable[[Peer], None]:
    """A script: so much of an answer, and the end of the connection."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(sent)

    return script


@pytest.mark.parametrize(
    ("script", "outcome", "words"),
    [
        (silent, "timeout", "Read timeout"),
        (closing(b""), "reset", "Connection was closed"),
        (closing(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), "reset", ""),
        (forever(BUSY), "http_503", "503 SlowDown words of the server (request id REQ42)"),
        (forever(answer(b"abcd")), "integrity", "4 bytes came where 100 were expected"),
    ],
    ids=["silent", "closed", "cut", "busy", "short"],
)
def test_a_failure_has_the_class_that_the_lean_driver_gives_it(
    script: Callable[[Peer], None], outcome: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk_rig.use_environment(monkeypatch)
    seen = []
    for client in ("sdk", "lean"):
        with told(script) as server:
            op, _ = performed(server.url, "get", "key", 100, client=client, timeout_s=0.4)
            seen.append(name_of(op.outcome))
            assert op.transferred == 0
            if client == "sdk":
                assert words in op.detail and "\n" not in op.detail
                assert "test-secret" not in op.detail
    assert seen == [outcome, outcome]


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        op, _ = performed(f"http://127.0.0.1:{free.getsockname()[1]}", "stat", "key")
    assert name_of(op.outcome) == "connect"
    assert "Connection refused" in op.detail


def test_the_sdk_retries_and_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch, AWS_MAX_ATTEMPTS="2")
    with told(answering(BUSY, answer(b"abcd"))) as server:
        op, counters = performed(server.url, "get", "key", 4)
        assert (op.outcome, op.transferred, counters["retries"]) == (OK, 4, 1)
    with told(forever(BUSY)) as server:
        op, counters = performed(server.url, "get", "key", 4)
        assert (op.outcome, counters["retries"]) == (503, 1)


@pytest.mark.parametrize(("mode", "attempts"), [("legacy", 5), ("standard", 3)])
def test_the_attempts_that_are_shown_are_those_that_are_made(
    mode: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk_rig.use_environment(monkeypatch, AWS_RETRY_MODE=mode)
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with told(forever(BUSY)) as server:
        _, counters = performed(server.url, "get", "key", 4)
        said = sdk_s3.told(Target(uri="s3://b/", endpoint=server.url, client="sdk")).facts
    assert (said["retry_mode"], said["max_attempts"]) == (mode, attempts)
    assert counters["retries"] == attempts - 1


def test_a_batch_of_which_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    fault = b"<Error><Key>kept</Key><Code>AccessDenied</Code><Message>locked</Message></Error>"
    with told(forever(answer(b"<DeleteResult>" + fault + b"</DeleteResult>"))) as server:
        op, _ = performed(server.url, "delete", keys=("gone", "kept"))
    assert (name_of(op.outcome), op.items) == ("partial", 1)
    assert op.detail == "1 of 2 keys were not deleted; kept: AccessDenied locked"


def test_a_range_that_comes_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    with told(forever(answer(b"abcd"))) as server:
        op, _ = performed(server.url, "get", "key", 4, 0)
    assert (name_of(op.outcome), op.transferred) == ("protocol", 0)
    assert op.detail == "a range was asked for, and the whole object came"


def test_what_the_sdk_will_not_send_is_the_clients_own_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    with told(silent) as server:
        op, _ = performed(server.url, "get", "")
    assert name_of(op.outcome) == "client"
    assert "Key" in op.detail


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionResetError(104, "Connection reset by peer"), "reset"),
        (TimeoutError("timed out"), "timeout"),
        (MemoryError(), "client"),
    ],
)
def test_errors_that_are_not_the_sdks(error: Exception, outcome: str) -> None:
    found, detail = unanswered(error, {})
    assert name_of(found) == outcome
    assert detail


def test_end_points_take_turns_by_slot_and_anonymous_requests_are_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    with (
        s3_answers.answering(lambda _: s3_answers.Answer(body="abcd")) as one,
        s3_answers.answering(lambda _: s3_answers.Answer(body="abcd")) as other,
    ):
        for anonymous in (False, True):
            with sdk_rig.driving((one.endpoint, other.endpoint), "buck", anonymous=anonymous) as driver:
                ops = [http_rig.operation("get", f"key{slot}", 4, slot=slot) for slot in range(4)]
                for op in ops:
                    driver.submit(op)
                http_rig.finish(cast(HttpDriver, driver), ops)
                assert {op.outcome for op in ops} == {OK}
                assert driver.counters()["clients"] == 2
    for listener, keys in ((one, ("key0", "key2")), (other, ("key1", "key3"))):
        assert [sorted(asked.path for asked in part) for part in (listener.asked[:2], listener.asked[2:])] == [
            [f"/buck/{key}" for key in keys]
        ] * 2
        assert ["authorization" in asked.headers for asked in listener.asked] == [True, True, False, False]


def test_closing_does_not_wait_for_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    monkeypatch.setattr("s3bench_tui.stores.files.threads._JOIN_S", 0.1)
    with told(silent) as server:
        with sdk_rig.driving(server.url, "b") as driver:
            op = http_rig.operation("get", "key", 4)
            driver.submit(op)
            assert not driver.wait(100 * http_rig.MS)
        assert op.done_ns == 0  # and yet it is closed


def test_only_workers_of_this_client_load_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch)
    script = """
import pickle, sys
from s3bench_tui.stores.registry import open_driver
config = pickle.loads(bytes.fromhex(sys.stdin.read()))
driver = open_driver(config, None)
driver.prewarm(0, 0)
print("boto3" in sys.modules, "botocore" in sys.modules, "pydantic" in sys.modules)
"""
    seen = {}
    for client in ("lean", "sdk"):
        target = Target(uri="s3://b/", endpoint="http://127.0.0.1:1", client=client)
        config = open_store(target, 10**9, 10**9).driver_config()
        done = subprocess.run(
            [sys.executable, "-c", script],
            input=pickle.dumps(config).hex(),
            capture_output=True,
            text=True,
            check=False,
        )
        seen[client] = done.stdout.split() or done.stderr
    assert seen == {"lean": ["False", "False", "False"], "sdk": ["True", "True", "False"]}


def test_the_probe_shows_what_the_sdk_does_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    sdk_rig.use_environment(monkeypatch, AWS_MAX_ATTEMPTS="7")
    with s3_answers.answering(lambda _: s3_answers.listing()) as listener:
        target = Target(uri="s3://buck/", endpoint=listener.endpoint, client="sdk")
        found = open_store(target, 10**9, 10**9).probe(False)
    assert "through boto3: standard retries, 7 attempts at most" in found.summary
    facts = {name: found.facts[name] for name in ("client", "retry_mode", "max_attempts", "response_checksums")}
    assert facts == {
        "client": "sdk", "retry_mode": "standard", "max_attempts": 7, "response_checksums": "when_required",
    }  # fmt: skip
    assert "slots" in found.facts["pool_connections"]


def test_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TargetError, match="there is no AWS profile 'none'"):
        open_store(Target(uri="s3://b/", profile="none", client="sdk"), 10**9, 10**9).driver_config()

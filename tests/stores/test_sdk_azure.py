"""The driver over azure-storage-blob: operations on Azurite end as with the lean driver, failures have their classes,
retries are counted and shown."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import Driver
from s3bench_tui.stores.http.driver import HttpDriver
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import OK, name_of
from s3bench_tui.stores.registry import open_driver, open_store
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.process import free_port
from tests.stores import azure_rig, http_rig
from tests.stores.http_rig import Peer
from tests.stores.s3_answers import Answer, answering

MIB = 1 << 20
KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


@pytest.fixture
def container(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in azurite.env().items():
        monkeypatch.setenv(name, value)
    name = azure_rig.new_name()
    azure_rig.sdk(azurite, name).create_container()
    return name


@contextmanager
def driving(
    endpoint: str, root: str, client: str = "sdk", timeout_s: float = 5, lines: Sequence[LineOptions] = ()
) -> Iterator[Driver]:
    """A prewarmed driver as a worker opens it."""
    store = open_store(Target(uri=f"az://{root}/", endpoint=endpoint, client=client), 10**9, int(timeout_s * 1e9))
    driver = open_driver(replace(store.driver_config(), lines=lines), Payload(1))
    try:
        driver.prewarm(4, 0)
        yield driver
    finally:
        driver.close()
        store.close()


def perform(driver: Driver, kind: str, *args: Any, **fields: Any) -> Any:
    return http_rig.perform(cast(HttpDriver, driver), kind, *args, **fields)


@pytest.mark.server
def test_both_clients_see_the_same(azurite: Azurite, container: str) -> None:
    azure_rig.sdk(azurite, container).upload_blob("a b+ü", bytes(100_000))
    seen = {}
    for client in ("lean", "sdk"):
        with driving(azurite.endpoint, f"{ACCOUNT}/{container}", client) as driver:
            seen[client] = [
                (kind, name_of(op.outcome), op.transferred, op.items, op.pages, op.length)
                for kind, args, fields in (
                    ("get", ("a b+ü", 100_000), {}),
                    ("get", ("a b+ü",), {}),
                    ("get", ("a b+ü", 1000, 99_000), {}),
                    ("get", ("a b+ü", 99_999), {}),  # it is longer
                    ("get", ("a b+ü", 100_001), {}),  # it is shorter
                    ("get", ("a b+ü", 10, 200_000), {}),  # behind the end
                    ("get", ("a b+ü", 10, 99_995), {}),  # across the end
                    ("stat", ("a b+ü",), {}),
                    ("copy", ("copied", 100_000), {"source": "a b+ü"}),
                    ("list", ("",), {}),
                    ("list", ("none/",), {}),
                    ("get", ("no such blob", 1), {}),
                    ("stat", ("no such blob",), {}),
                    ("copy", ("copied", 1), {"source": "no such blob"}),
                    ("put", ("other", 5000), {}),
                    ("delete", ("other",), {}),
                    ("delete", ("other",), {}),
                    ("delete", ("",), {"keys": ("copied", "never there")}),
                )
                for op in [perform(driver, kind, *args, **fields)]
            ]
    assert seen["sdk"] == seen["lean"]
    assert [outcome for _, outcome, *_ in seen["sdk"]][3:7] == ["integrity", "integrity", "http_416", "integrity"]


@pytest.mark.server
def test_lines_ask_for_more(azurite: Azurite, container: str) -> None:
    lines = (
        LineOptions(metadata=(("who", "me"),), content_type="text/x", cache_control="no-store", storage_class="Cool"),
        LineOptions(max_keys=2),
        LineOptions(delimiter="/"),
    )
    with driving(azurite.endpoint, f"{ACCOUNT}/{container}", lines=lines) as driver:
        for key in ("a/1", "a/2", "b"):
            put = perform(driver, "put", key, 10)
            assert put.outcome == OK, put.detail
        walks = [perform(driver, "list", "", entry=1) for _ in range(3)]
        assert [(walk.items, walk.pages) for walk in walks] == [(2, 1), (1, 1), (2, 1)]
        levels = perform(driver, "list", "", entry=2)
        assert (levels.items, levels.pages) == (2, 1)
    found = azure_rig.sdk(azurite, container).get_blob_client("b").get_blob_properties()
    assert (found.metadata, found.blob_tier) == ({"who": "me"}, "Cool")
    assert (found.content_settings.content_type, found.content_settings.cache_control) == ("text/x", "no-store")


@pytest.mark.server
def test_a_refusal_has_the_servers_words_and_no_secret(azurite: Azurite, container: str) -> None:
    with driving(azurite.endpoint, f"{ACCOUNT}/{container}") as driver:
        missing = perform(driver, "get", "no such blob", 1)
        assert missing.detail.startswith("404 BlobNotFound The specified blob does not exist (request id ")
        driver.renew({"sas": azure_rig.sas(azurite, "another-box")})
        refused = perform(driver, "get", "no such blob", 1)
        assert refused.outcome == 403
        assert "AuthorizationFailure" in refused.detail and "sig=" not in refused.detail
        driver.renew({"sas": azure_rig.sas(azurite, container)})
        assert perform(driver, "get", "no such blob", 1).outcome == 404


def silent(peer: Peer) -> None:
    while peer.request()[0]:
        pass


def outcome_of(endpoint: str, monkeypatch: pytest.MonkeyPatch, kind: str = "get") -> tuple[str, str, int]:
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    monkeypatch.setattr("azure.storage.blob.ExponentialRetry.get_backoff_time", lambda *_: 0.0)
    with driving(endpoint, "acc/box", timeout_s=0.3) as driver:
        op = perform(driver, kind, "key", 4)
        return name_of(op.outcome), op.detail, driver.counters()["retries"]


def test_the_sdk_retries_and_that_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = Answer(503, "<Error><Code>ServerBusy</Code><Message>later</Message></Error>", {"Content-Type": "application/xml", "x-ms-request-id": "REQ", "x-ms-error-code": "ServerBusy"})  # fmt: skip
    with answering(lambda _: busy) as server:
        assert outcome_of(server.endpoint, monkeypatch, "put") == (
            "http_503",
            "503 ServerBusy later (request id REQ)",
            3,
        )
        assert len(server.asked) == 4


def test_failures_without_an_answer_have_their_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outcome_of(f"http://127.0.0.1:{free_port()}", monkeypatch)[::2] == ("connect", 3)
    with http_rig.told(silent) as server:
        assert outcome_of(server.url, monkeypatch)[0] == "timeout"
    with http_rig.told(lambda peer: None) as hangs_up:
        assert outcome_of(hangs_up.url, monkeypatch)[0] == "reset"
    with answering(lambda _: Answer()) as plain:
        assert outcome_of(plain.endpoint.replace("http:", "https:"), monkeypatch)[0] == "tls"


def test_only_workers_of_this_client_load_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", KEY)
    script = """
import pickle, sys
from s3bench_tui.stores.registry import open_driver
config = pickle.loads(bytes.fromhex(sys.stdin.read()))
driver = open_driver(config, None)
driver.prewarm(0, 0)
print("azure.storage.blob" in sys.modules, "boto3" in sys.modules, "pydantic" in sys.modules)
"""
    seen = {}
    for client in ("lean", "sdk"):
        target = Target(uri="az://acc/box/", endpoint="http://127.0.0.1:1", client=client)
        config = open_store(target, 10**9, 10**9).driver_config()
        done = subprocess.run(
            [sys.executable, "-c", script], input=pickle.dumps(config).hex(), capture_output=True, text=True, check=False
        )  # fmt: skip
        seen[client] = done.stdout.split() or done.stderr
    assert seen == {"lean": ["False", "False", "False"], "sdk": ["True", "False", "False"]}


@pytest.mark.server
def test_the_probe_shows_what_the_sdk_does_by_itself(azurite: Azurite, container: str) -> None:
    store = open_store(
        Target(uri=f"az://{ACCOUNT}/{container}/", endpoint=azurite.endpoint, client="sdk"), 10**9, 10**10
    )
    found = store.probe(True)
    assert "through azure-storage-blob: exponential retries, 4 attempts at most" in found.summary
    shown = {name: found.facts[name] for name in ("client", "retry_mode", "max_attempts", "max_single_put_size")}
    assert shown == {"client": "sdk", "retry_mode": "exponential", "max_attempts": 4, "max_single_put_size": 64 * MIB}


def test_googles_storage_has_no_such_client() -> None:
    store = open_store(Target(uri="gs://buck/", anonymous=True, client="sdk"), 10**9, 10**9)
    with pytest.raises(TargetError, match="gs:// has no client: sdk; write client: lean"):
        store.driver_config()

"""The data plane of az:// on Azurite: what it writes the vendor's SDK reads with equal bytes, and the other way round."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from s3bench_tui.stores.http import azure
from s3bench_tui.stores.http.azure import BATCH_LIMIT, PUT_LIMIT
from s3bench_tui.stores.outcome import OK, PARTIAL, name_of
from tests.servers import azurite as azurite_server
from tests.servers.azurite import Azurite
from tests.servers.certificates import Certificates
from tests.stores.azure_rig import driving, new_name, sas, sdk, token
from tests.stores.http_rig import finish, operation, perform
from tests.stores.test_s3_driver import ODD_KEYS

pytestmark = pytest.mark.server

MIB = 1 << 20


@pytest.fixture
def container(azurite: Azurite) -> str:
    name = new_name()
    sdk(azurite, name).create_container()
    return name


@pytest.mark.parametrize("receive", ["discard", "copy"])
def test_blobs_of_the_sdk(azurite: Azurite, container: str, receive: str) -> None:
    sdk(azurite, container).upload_blob("big", bytes(9 * MIB))
    with driving(azurite, container, receive=receive) as driver:
        ops = [operation("get", "big", 9 * MIB, slot=slot) for slot in range(3)]
        ops.append(operation("get", "big", slot=3))  # of unknown length
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert [(op.outcome, op.transferred) for op in ops] == [(OK, 9 * MIB)] * 4
        short = perform(driver, "get", "big", 9 * MIB + 1)
        assert name_of(short.outcome) == "integrity"


def test_list_of_several_pages(azurite: Azurite, container: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(azure, "PAGE", 7)
    with driving(azurite, container) as driver:
        ops = [operation("put", f"many/{slot:02d} &<", 0, slot=slot) for slot in range(16)]
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert {op.outcome for op in ops} == {OK}
        listed = perform(driver, "list", "many/")
        assert (listed.outcome, listed.items, listed.pages) == (OK, 16, 3), listed.detail
        some = perform(driver, "list", "many/0")
        assert (some.outcome, some.items, some.pages) == (OK, 10, 2)
        none = perform(driver, "list", "none/")
        assert (none.outcome, none.items, none.pages) == (OK, 0, 1)


def test_batched_delete_goes_in_as_many_requests_as_it_takes(
    azurite: Azurite, container: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BATCH_LIMIT == 256, "the service's own"
    monkeypatch.setattr(azure, "BATCH_LIMIT", 11)
    keys = [*ODD_KEYS, *(f"many/{number}" for number in range(11))]
    vendor = sdk(azurite, container)
    for key in keys:
        vendor.upload_blob(key, b"x")
    with driving(azurite, container) as driver:
        some = perform(driver, "delete", keys=["never there", *keys[:9], "nor this"])
        assert (name_of(some.outcome), some.items) == ("partial", 9)
        assert some.detail == "2 of 11 blobs were not deleted; one of them: 404 BlobNotFound"
        rest = perform(driver, "delete", keys=keys[9:])
        assert (rest.outcome, rest.items) == (OK, len(keys) - 9), rest.detail
        assert rest.pages == 2
        mixed = perform(driver, "delete", keys=["missing"] * 12)
        assert (mixed.outcome, mixed.items, mixed.pages) == (PARTIAL, 0, 2)
    assert list(vendor.list_blob_names()) == []


def test_missing_blob(azurite: Azurite, container: str) -> None:
    with driving(azurite, container) as driver:
        got = perform(driver, "get", "no such blob", 100)
        assert (got.outcome, got.transferred) == (404, 0)
        assert got.detail.startswith("404 BlobNotFound The specified blob does not exist. (request id ")
        stat = perform(driver, "stat", "no such blob")
        assert stat.detail.startswith("404 BlobNotFound (request id "), "the answer to a HEAD has no body"


def test_a_signature_that_is_not_accepted(azurite: Azurite, container: str) -> None:
    good = sas(azurite, container)
    wrong = {
        "expired": sas(azurite, container, -60),
        "of another container": sas(azurite, "another-box"),
        "changed": good.replace("sig=", "sig=AA"),
        "none": "",
    }
    for words in wrong.values():
        with driving(azurite, container, credentials={"sas": words} if words else {}) as driver:
            for kind, size in (("get", 100), ("put", 5000), ("put", 3 * MIB), ("list", -1), ("delete", -1)):
                op = perform(driver, kind, "key", size)
                assert op.outcome == 403, op.detail
                assert op.transferred == 0
                assert op.detail.startswith("403 AuthorizationFailure")
                assert "sig=" not in op.detail
            assert perform(driver, "stat", "key").outcome == 403
            assert perform(driver, "delete", keys=["a", "b"]).outcome == 403


def test_credentials_are_renewed_while_running(azurite: Azurite, container: str) -> None:
    good, expired = {"sas": sas(azurite, container)}, {"sas": sas(azurite, container, -60)}
    with driving(azurite, container) as driver:
        outcomes = []
        for shown in (good, expired, good):
            driver.renew(shown)
            ops = [operation("put", f"key{slot}", 5000, slot=slot) for slot in range(4)]
            for op in ops:
                driver.submit(op)
            finish(driver, ops)
            outcomes.append({op.outcome for op in ops})
        assert outcomes == [{OK}, {403}, {OK}]
        assert driver.counters()["connects"] == 4


def test_a_bearer_token_over_tls(certificates: Certificates, tmp_path: Path) -> None:
    with azurite_server.serve(tmp_path, certificate=certificates.good) as server:
        box = new_name()
        trusting = {"ca_file": str(certificates.ca_file)}
        vendor = sdk(server, box)
        vendor._config.transport.connection_config.verify = str(certificates.ca_file)  # type: ignore[attr-defined]
        vendor.create_container()
        with driving(server, box, credentials={"bearer": token()}, **trusting) as driver:
            assert perform(driver, "put", "a b", 300_000).outcome == OK
            assert perform(driver, "get", "a b", 300_000).outcome == OK
            assert perform(driver, "list", "").items == 1
            driver.renew({"bearer": token(-600)})
            refused = perform(driver, "get", "a b", 300_000)
            assert refused.outcome in (401, 403), refused.detail
            assert "Bearer" not in refused.detail and token(-600)[:40] not in refused.detail
            driver.renew({"bearer": token()})
            batch = perform(driver, "delete", keys=["a b"])
            assert (batch.outcome, batch.items) == (OK, 1), batch.detail


def test_a_blob_too_large_for_one_request_is_refused_here(azurite: Azurite, container: str) -> None:
    with driving(azurite, container) as driver:
        op = perform(driver, "put", "key", PUT_LIMIT + 1)
        assert name_of(op.outcome) == "client"
        assert (
            op.detail == "one request can write 5000 MiB at most, and this object has 5242880001 bytes; "
            "write smaller ones, or in parts (multipart: 64MiB)"
        )
        assert perform(driver, "put", "key", 10).outcome == OK


def test_a_worker_loads_neither_the_sdk_nor_what_it_needs() -> None:
    program = """
import json, sys
from s3bench_tui.stores.base import DriverConfig
from s3bench_tui.stores.registry import open_driver
address = {"scheme": "http", "host": "127.0.0.1", "port": 1, "host_header": "h", "base_path": "/a/b"}
open_driver(DriverConfig("az", "box", {"endpoints": [address]}, {"sas": "sig=a"}), None).close()
print(json.dumps(sorted({name.split(".")[0] for name in sys.modules})))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert not {"azure", "requests", "urllib3", "pydantic", "certifi", "asyncio"} & set(json.loads(done.stdout))


def test_ci_installs_the_version_that_is_named() -> None:
    ci = (Path(__file__).parents[2] / ".ci/run").read_text()
    assert f"azurite@{azurite_server.VERSION}" in ci

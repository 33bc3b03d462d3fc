"""The agent as s3-bench's controllers see it, on every backend; what it refuses, and how it ends."""

from __future__ import annotations

import json
import signal
import time
import uuid
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest
import yaml

from s3bench_tui import __version__
from tests.e2e.program import children, family, run, wait_until
from tests.fleet import hdrv2
from tests.fleet.agents import agent, told
from tests.fleet.seed import client
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.nginx import Nginx
from tests.servers.process import Server
from tests.stores.azure_rig import new_name, sdk
from tests.stores.gcs_rig import new_bucket as new_gcs_bucket

BOTH = pytest.mark.parametrize("package", ["s3bench", "iobench"])
SLOW = {
    "target": {"uri": "null://slow/", "null": {"latency": "20ms"}},
    "duration": "60s",
    "concurrency": 2,
    "processes": 1,
    "workload": [{"op": "put", "path": "out/", "size": 1}],
}


def round_trip(address: str, package: str, base: str, objects: int = 12, **put: Any) -> None:
    """Put, then get what was put by prefix, glob and key."""
    with client(address, package) as caller:
        made = caller.call(
            "RunPut", bucket=base, prefix="bench/", object_size=3000, objects=objects, concurrency=3, **put
        )
        assert made.total_bytes == objects * 3000
        assert 0 < made.seconds < 60
        uri = base if "://" in base else f"s3://{base}/"
        for names, count in (("bench/", objects), ("bench/obj_1*", 1 + max(0, objects - 10)), ("bench/obj_7", 1)):
            read = caller.call("RunGet", uri=f"{uri}{names}", jobs=3)
            assert read.total_bytes == count * 3000, names
            assert read.seconds > 0


# --- every backend ------------------------------------------------------------------------------------------------


@BOTH
def test_ping_and_directories(tmp_path: Path, package: str) -> None:
    with agent(tmp_path) as one:
        with client(one.address, package) as caller:
            assert caller.call("Ping").version == __version__
        for scheme in ("file", "direct"):
            round_trip(one.address, package, f"{scheme}://{tmp_path}/{scheme}/")
            folder = tmp_path / scheme / "bench"
            assert {path.name: path.stat().st_size for path in folder.iterdir()} == {
                f"obj_{i}": 3000 for i in range(12)
            }
        with client(one.address, package) as caller:
            assert caller.call("RunPut", bucket="null://n/", objects=5, object_size=10, concurrency=1).total_bytes == 50
        assert f"RunPut file://{tmp_path}/file/ bench/: 12 operations, 35.2 KiB in " in one.running.err


@pytest.mark.server
def test_s3_that_verifies_signatures(rclone: Server, tmp_path: Path) -> None:
    bucket = f"fleet-{uuid.uuid4().hex[:12]}"
    s3 = boto3.client(
        "s3", endpoint_url=rclone.endpoint, region_name=rclone.region, aws_access_key_id=rclone.access_key,
        aws_secret_access_key=rclone.secret_key,
    )  # fmt: skip
    s3.create_bucket(Bucket=bucket)
    with agent(tmp_path, **rclone.env()) as one:
        round_trip(one.address, "s3bench", bucket)
        assert rclone.secret_key not in one.running.err
    found = s3.list_objects_v2(Bucket=bucket, Prefix="bench/")["Contents"]
    assert {item["Key"]: item["Size"] for item in found} == {f"bench/obj_{i}": 3000 for i in range(12)}


@pytest.mark.server
def test_azure(azurite: Azurite, tmp_path: Path) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    account = (
        f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={azurite.secret_key};"
        f"BlobEndpoint={azurite.endpoint}/{ACCOUNT};"
    )
    with agent(tmp_path, AZURE_STORAGE_CONNECTION_STRING=account) as one:
        round_trip(one.address, "s3bench", f"az://{ACCOUNT}/{box}/")
        assert azurite.secret_key not in one.running.err
    assert len(list(sdk(azurite, box).list_blob_names(name_starts_with="bench/"))) == 12


@pytest.mark.server
def test_gcs(fakegcs: Server, tmp_path: Path) -> None:
    bucket = new_gcs_bucket(fakegcs)
    with agent(tmp_path, STORAGE_EMULATOR_HOST=fakegcs.endpoint) as one:
        round_trip(one.address, "iobench", f"gs://{bucket}/")


@pytest.mark.server
def test_counts_are_those_of_the_server(nginx: Nginx, tmp_path: Path) -> None:
    with agent(tmp_path, **nginx.env()) as one, client(one.address) as caller:
        made = caller.call("RunPut", bucket="bucket", prefix="p/", object_size=5000, objects=40, concurrency=4)
    puts = [request for request in nginx.requests() if request.method == "PUT" and "/p/obj_" in request.uri]
    assert len({request.uri for request in puts}) == len(puts) == 40
    assert made.total_bytes == sum(request.received_bytes for request in puts) == 40 * 5000


# --- RunWorkload --------------------------------------------------------------------------------------------------


def old_workload(folder: Path) -> str:
    """As s3-bench v0.6.11 has it."""
    return yaml.safe_dump(
        {
            "target": f"file://{folder}/data/",
            "duration": "1s",
            "concurrency": 2,
            "prepare": {
                "ensure_objects": [
                    {"base_uri": f"file://{folder}/data/", "count": 20, "min_size": 20000, "max_size": 20000}
                ]
            },
            "workload": [
                {"op": "get", "path": "prepared-*", "weight": 60},
                {"op": "put", "path": "out/", "object_size": 100, "weight": 30},
                {"op": "stat", "path": "prepared-*", "weight": 10},
            ],
        }
    )


def test_a_workload_of_v0_6_11(tmp_path: Path) -> None:
    with agent(tmp_path) as one, client(one.address, "iobench") as caller:
        start = time.time() + 2
        done = caller.call(
            "RunWorkload", config_yaml=old_workload(tmp_path), agent_id="agent-3", path_prefix="agent-3/",
            start_timestamp_ns=int(start * 1e9),
        )  # fmt: skip
        assert time.time() > start + 1
    assert done.agent_id == "agent-3"
    assert 0.9 < done.wall_seconds < 1.5
    assert done.total_ops == done.get.ops + done.put.ops + done.meta.ops > 0
    assert done.total_bytes == done.get.bytes + done.put.bytes
    assert (done.get.bytes, done.put.bytes) == (done.get.ops * 20000, done.put.ops * 100)
    histograms = {name: list(hdrv2.read(getattr(done, f"histogram_{name}"))) for name in ("get", "put", "meta")}
    sizes = {"get": 2, "put": 1, "meta": 0}
    for name, blobs in histograms.items():
        assert len(blobs) == 9
        figures = getattr(done, name)
        assert [sum(blob.values()) for blob in blobs] == [figures.ops if i == sizes[name] else 0 for i in range(9)]
        assert figures.p50_us <= figures.p95_us <= figures.p99_us
        values = sorted(value for value, count in blobs[sizes[name]].items() for _ in range(count))
        assert abs(values[len(values) // 2] - figures.p50_us) <= 0.02 * figures.p50_us + 2
    assert done.tsv_content.startswith("operation\tsize_bucket\t")
    assert json.loads(done.metadata_json)["status"] == "ok"
    assert "GET" in done.console_log.upper()
    assert (tmp_path / "data" / "agent-3").is_dir(), "each agent works below its own prefix"
    assert not (tmp_path / "data" / "prepared-00000000.dat").exists()


def test_shared_storage_has_no_prefix(tmp_path: Path) -> None:
    with agent(tmp_path) as one, client(one.address, "iobench") as caller:
        fields = {"agent_id": "a", "path_prefix": "agent-a/", "shared_storage": True}
        assert caller.call("RunWorkload", config_yaml=old_workload(tmp_path), **fields).total_ops > 0
    assert (tmp_path / "data" / "prepared-00000000.dat").exists()
    assert not (tmp_path / "data" / "agent-a").exists()


def test_a_workload_that_cannot_be_run(tmp_path: Path) -> None:
    with agent(tmp_path, SECRET="never-told-to-anybody") as one, client(one.address, "iobench") as caller:
        for text, said in (
            ("", "is empty"),
            ("{", "config_yaml:1"),
            ("target: null://x/\nworkload:\n- op: fly\n", "config_yaml:3"),
            ("target: null://${SECRET}/\nworkload:\n- op: list\n", "SECRET"),
        ):
            code, text = caller.refused("RunWorkload", config_yaml=text)
            assert (code, said in text) == (grpc.StatusCode.INVALID_ARGUMENT, True), text
            assert "Traceback" not in text and "never-told" not in text
        ahead = int((time.time() + 3600) * 1e9)
        code, text = caller.refused("RunWorkload", config_yaml=yaml.safe_dump(SLOW), start_timestamp_ns=ahead)
        assert code == grpc.StatusCode.INVALID_ARGUMENT and "clocks" in text
        assert "never-told" not in one.running.err


# --- what it refuses ----------------------------------------------------------------------------------------------


def test_errors_have_a_status_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    base = f"file://{tmp_path}/data/"
    invalid, internal = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL
    put = {"bucket": base, "prefix": "p/", "objects": 1, "object_size": 1, "concurrency": 1}
    cases: list[tuple[str, dict[str, Any], grpc.StatusCode, str]] = [
        ("RunGet", {"uri": f"{base}none*", "jobs": 1}, invalid, f"no object matches {base}none*"),
        ("RunGet", {"uri": f"{base}key", "jobs": 1}, internal, "1 of 1 objects failed"),
        ("RunGet", {"uri": "nowhere", "jobs": 1}, invalid, "has no scheme"),
        ("RunGet", {"uri": base, "jobs": 0}, invalid, "jobs is 0"),
        ("RunGet", {"uri": base, "jobs": 1 << 31}, invalid, "jobs is 2147483648"),
        ("RunPut", put | {"objects": 0}, invalid, "objects is 0"),
        ("RunPut", put | {"concurrency": 0}, invalid, "concurrency is 0"),
        ("RunPut", put | {"object_size": 1 << 60}, invalid, "object_size is"),
        ("RunPut", put | {"prefix": "../../"}, invalid, "would leave the directory"),
        ("RunPut", put | {"bucket": ""}, invalid, "names no bucket"),
        ("RunPut", put | {"bucket": "s3://user:pass-word@bucket/"}, invalid, "no user name or password"),
        ("RunPut", put | {"bucket": "file:///proc/none/"}, internal, "/proc/none"),
    ]
    with agent(tmp_path) as one, client(one.address) as caller:
        for method, fields, code, said in cases:
            got, text = caller.refused(method, **fields)
            assert (got, said in text) == (code, True), text
            assert "Traceback" not in text and "pass-word" not in text
        assert "pass-word" not in one.running.err and "Traceback" not in one.running.err
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with agent(tmp_path) as one, client(one.address, "iobench") as caller:
        slow = caller.start("RunWorkload", config_yaml=yaml.safe_dump(SLOW | {"name": "slow one"}))
        wait_until(lambda: len(children(one.running.process.pid)) == 1)
        code, text = caller.refused("RunPut", bucket="null://x/", objects=1, concurrency=1)
        assert code == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert "RunWorkload slow one" in text and "ask again" in text
        assert caller.call("Ping").version == __version__, "it can be asked for its version meanwhile"
        slow.cancel()
        told(one, "the caller hung up")
        wait_until(lambda: not children(one.running.process.pid))
        assert caller.call("RunPut", bucket="null://x/", objects=1, object_size=1, concurrency=1).total_bytes == 1


def test_the_token(tmp_path: Path) -> None:
    token = "correct-horse-battery-staple"
    with agent(tmp_path, "--token-env", "TOKEN", TOKEN=token) as one, client(one.address) as caller:
        for shown in ((), (("authorization", "Bearer wrong-horse-battery-staple"),)):
            code, text = caller.refused(
                "RunPut", bucket=f"file://{tmp_path}/x/", objects=1, concurrency=1, metadata=shown
            )
            assert code == grpc.StatusCode.UNAUTHENTICATED and "token" in text and token not in text
        right = (("authorization", f"Bearer {token}"),)
        assert caller.call("Ping", metadata=right).version == __version__
        assert token not in one.running.err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--listen", "0.0.0.0:0"], "anybody could start load here"),
        (["--listen", "nonsense:x"], "not the address of an agent"),
        (["--token-env", "NOT_THERE"], "holds no token"),
        (["--tls-cert", "a.pem"], "go together"),
        (["--tls-client-ca", "a.pem"], "a.pem"),
        (["--tls-sans", "a"], "--tls-self-signed"),
    ],
)
def test_what_cannot_be_served(tmp_path: Path, options: list[str], said: str) -> None:
    ended = run("agent", *options, cwd=tmp_path)
    assert (ended.code, said in ended.err) == (2, True), ended.err


# --- how it ends --------------------------------------------------------------------------------------------------


def test_sigterm_ends_it_cleanly(tmp_path: Path) -> None:
    with agent(tmp_path) as one, client(one.address, "iobench") as caller:
        running = yaml.safe_dump(SLOW | {"target": f"file://{tmp_path}/out/", "cleanup": "written"})
        call = caller.start("RunWorkload", config_yaml=running)
        wait_until(lambda: any((tmp_path / "out").rglob("*")))
        one.running.process.send_signal(signal.SIGTERM)
        ended = one.running.end()
        assert ended.code == 0, ended.err
        with pytest.raises(grpc.RpcError) as refused:
            call.result()
        assert refused.value.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == [], "what it wrote is cleaned up"


def test_a_killed_agent_leaves_nothing_running(tmp_path: Path) -> None:
    with agent(tmp_path) as one, client(one.address, "iobench") as caller:
        call = caller.start("RunWorkload", config_yaml=yaml.safe_dump(SLOW))
        wait_until(lambda: len(family(one.running.process.pid)) >= 2)
        others = family(one.running.process.pid)
        one.running.process.kill()
        with pytest.raises(grpc.RpcError):
            call.result()
        one.running.end()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in others))

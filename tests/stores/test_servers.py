"""The ground that other tests stand on: each server does what they rely on, as seen by clients that are not ours."""

from __future__ import annotations

import http.client
import itertools
import math
import socket
import ssl
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.servers import delay, faultproxy, nginx
from tests.servers.certificates import Certificates
from tests.servers.delay_process import Delay
from tests.servers.faultproxy_process import Faults
from tests.servers.nginx import Count, Nginx
from tests.servers.process import REQUIRE, Server, require, wait_until

pytestmark = pytest.mark.server

MISSING_PROGRAM = "a-server-that-nobody-has"


def client(server: Server, secret_key: str | None = None) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=server.endpoint,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=secret_key or server.secret_key,
        region_name=server.region,
        config=Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": 1},
            read_timeout=20,
            response_checksum_validation="when_required",
        ),
    )


def new_bucket(s3: Any) -> str:
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["moto", "rclone", "rgw"])
def s3_server(request: pytest.FixtureRequest) -> Server:
    server: Server = request.getfixturevalue(request.param)
    return server


def test_s3_server_keeps_what_it_is_given(s3_server: Server) -> None:
    s3 = client(s3_server)
    bucket = new_bucket(s3)
    keys = ["a/1", "a/with space+plus", "a/ünïcode", "b/2"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode() * 100)
    for key in keys:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode() * 100
    assert s3.get_object(Bucket=bucket, Key="b/2", Range="bytes=1-4")["Body"].read() == b"/2b/"
    assert s3.head_object(Bucket=bucket, Key="a/1")["ContentLength"] == 300
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="a/")
    assert [item["Key"] for item in listed["Contents"]] == sorted(keys[:3])
    s3.delete_object(Bucket=bucket, Key="a/1")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key="a/1")


def test_s3_server_lists_in_pages(s3_server: Server) -> None:
    s3 = client(s3_server)
    bucket = new_bucket(s3)
    for number in range(7):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"")
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=5)
    rest = s3.list_objects_v2(Bucket=bucket, MaxKeys=5, ContinuationToken=first["NextContinuationToken"])
    assert [len(page["Contents"]) for page in (first, rest)] == [5, 2]


@pytest.mark.parametrize("name", ["rclone", "rgw"])
def test_wrong_secret_is_refused(name: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(ClientError) as refusal:
        client(request.getfixturevalue(name), secret_key="not-the-secret").list_buckets()
    assert refusal.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_env_of_a_server_is_enough_for_the_sdk(rclone: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in rclone.env().items():
        monkeypatch.setenv(name, value)
    assert "Buckets" in boto3.client("s3").list_buckets()


def test_nginx_counts_what_it_saw(nginx: Nginx) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", nginx.port)
    name = f"/bucket/{uuid.uuid4().hex}/an%20object"

    def send(method: str, path: str, body: bytes | None = None) -> bytes:
        connection.request(method, path, body=body)
        return connection.getresponse().read()

    for _ in range(3):
        send("PUT", name, b"x" * 5000)
    got = [send("GET", name) for _ in range(20)]
    for _ in range(4):
        send("HEAD", name)
    missing = send("GET", name + "-that-is-not-there")
    send("DELETE", name)
    assert got == [b"x" * 5000] * 20
    assert nginx.counts() == {
        ("PUT", 201): Count(1, 0, 5000),
        ("PUT", 204): Count(2, 0, 10000),
        ("GET", 200): Count(20, 100_000, 0),
        ("HEAD", 200): Count(4),
        ("GET", 404): Count(1, len(missing), 0),
        ("DELETE", 204): Count(1),
    }
    requests = nginx.requests()
    assert requests[0].uri == name, "the log has the path as it stood on the wire"
    assert len({request.connection for request in requests}) == 1, "the connection is kept"


def test_nginx_lists_nothing(nginx: Nginx) -> None:
    (nginx.root / "listed").mkdir(exist_ok=True)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{nginx.endpoint}/listed/?list-type=2")


def test_nginx_fails_as_told(tmp_path: Path) -> None:
    with nginx.serve(tmp_path, every=5) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        codes = []
        for number in range(20):
            connection.request("PUT", f"/bucket/{number}", body=b"12345")
            answer = connection.getresponse()
            codes.append(answer.status)
            assert (b"<Code>SlowDown</Code>" in answer.read()) == (answer.status == 503)
        assert codes == [201, 201, 201, 201, 503] * 4
        counts = server.counts()
        assert (counts["PUT", 201].requests, counts["PUT", 503].requests) == (16, 4)


def test_nginx_closes_without_an_answer_as_told(tmp_path: Path) -> None:
    with nginx.serve(tmp_path, close_share=0.5) as server:
        (server.root / "object").write_bytes(b"1")
        answered = 0
        for _ in range(40):
            try:
                with urllib.request.urlopen(f"{server.endpoint}/object") as answer:
                    answered += len(answer.read())
            except http.client.RemoteDisconnected:
                pass
        counts = server.counts()
    assert counts["GET", 200].requests == answered
    assert counts["GET", 444].requests == 40 - answered > 0


def test_nginx_speaks_tls_with_good_and_bad_certificates(nginx: Nginx, certificates: Certificates) -> None:
    (nginx.root / "secure").write_bytes(b"1")
    trusting = ssl.create_default_context(cafile=str(certificates.ca_file))
    with urllib.request.urlopen(f"{nginx.tls_endpoint}/secure", context=trusting) as answer:
        assert answer.status == 200
    for endpoint, context, reason in (
        (nginx.tls_endpoint, ssl.create_default_context(), "unable to get local issuer"),
        (nginx.wrong_name_endpoint, trusting, "Hostname mismatch"),
        (nginx.expired_endpoint, trusting, "certificate has expired"),
    ):
        with pytest.raises(urllib.error.URLError, match=reason):
            urllib.request.urlopen(f"{endpoint}/secure", context=context)


def test_delay_is_never_less_than_told_and_is_recorded(tmp_path: Path) -> None:
    with delay.serve(tmp_path, Delay("constant", mean=2e6), body_bytes=300) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        seen_ns = []
        for method, body in [("GET", None), ("HEAD", None), ("PUT", b"x" * 100_000), ("DELETE", None)] * 5:
            begun_ns = time.monotonic_ns()
            connection.request(method, "/bucket/key", body=body)
            received = connection.getresponse().read()
            seen_ns.append(time.monotonic_ns() - begun_ns)
            assert len(received) == (300 if method == "GET" else 0)
        connection.request("GET", "/bucket/key", headers={"Range": "bytes=10-19"})
        answer = connection.getresponse()
        assert (answer.status, len(answer.read()), answer.getheader("Content-Range")) == (206, 10, "bytes 10-19/300")
        served = server.served()
    assert len(served) == 21
    assert all(2_000_000 <= told.service_ns <= seen for told, seen in zip(served[:20], seen_ns, strict=True))


def test_delay_draws_from_its_distribution(tmp_path: Path) -> None:
    """Requests on many connections are delayed at once, not one after another."""
    told = Delay("exponential", mean=2e6)
    with delay.serve(tmp_path, told) as server:
        sockets = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
        for sock in sockets:
            sock.sendall(b"GET /k HTTP/1.1\r\nHost: h\r\n\r\n")
        wait_until(lambda: len(server.served()) == 100, "100 answers")
        served = server.served()
        for sock in sockets:
            sock.close()
    mean_ns = sum(request.service_ns for request in served) / 100
    assert mean_ns > 1e6, "2 ms, less five standard errors"
    assert any(later.arrived_ns < earlier.answered_ns for earlier, later in itertools.pairwise(served))
    assert told.quantile(0.5) == pytest.approx(2e6 * math.log(2))


@pytest.mark.parametrize("kind", ["uniform", "exponential", "lognormal"])
def test_quantiles_of_a_delay_have_its_mean(kind: str) -> None:
    told = Delay(kind, mean=1e6, std_dev=5e5, low=5e5, high=1.5e6)
    steps = 20_000
    mean = sum(told.quantile((step + 0.5) / steps) for step in range(steps)) / steps
    assert mean == pytest.approx(1e6, rel=2e-3)


def test_frozen_server_answers_when_thawed(tmp_path: Path) -> None:
    with delay.serve(tmp_path, Delay("constant", mean=1e5)) as server:
        sock = socket.create_connection(("127.0.0.1", server.port), timeout=0.3)
        server.freeze()
        sock.sendall(b"HEAD /k HTTP/1.1\r\nHost: h\r\n\r\n")
        with pytest.raises(TimeoutError):
            sock.recv(100)
        server.thaw()
        sock.settimeout(10)
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
        sock.close()


def test_fault_proxy_cuts_every_second_connection(nginx: Nginx, tmp_path: Path) -> None:
    (nginx.root / "large").write_bytes(b"x" * 200_000)
    with faultproxy.serve(tmp_path, nginx, Faults(cut_after=50_000, every=2)) as proxy:
        whole, cut = 0, 0
        for _ in range(6):
            try:
                with urllib.request.urlopen(f"{proxy.endpoint}/large") as answer:
                    whole += len(answer.read()) == 200_000
            except (ConnectionResetError, http.client.IncompleteRead):
                cut += 1
        assert (whole, cut) == (3, 3)
        assert proxy.count("cut") == 3


def test_fault_proxy_stalls_delays_and_slows(nginx: Nginx, tmp_path: Path) -> None:
    (nginx.root / "middling").write_bytes(b"x" * 100_000)
    kinds = {
        "stall": Faults(stall_after=1000),
        "late": Faults(latency_s=0.2),
        "slow": Faults(bytes_per_s=500_000),
    }
    for name in kinds:
        (tmp_path / name).mkdir()
    with (
        faultproxy.serve(tmp_path / "stall", nginx, kinds["stall"]) as proxy,
        urllib.request.urlopen(f"{proxy.endpoint}/middling", timeout=0.5) as answer,
        pytest.raises(TimeoutError),
    ):
        answer.read()
    for name in ("late", "slow"):
        with faultproxy.serve(tmp_path / name, nginx, kinds[name]) as proxy:
            begun = time.monotonic()
            with urllib.request.urlopen(f"{proxy.endpoint}/middling") as answer:
                assert len(answer.read()) == 100_000
            assert time.monotonic() - begun > 0.19


def test_missing_server_skips_here_and_fails_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRE, raising=False)
    with pytest.raises(pytest.skip.Exception, match="not installed; buy one"):
        require(MISSING_PROGRAM, "buy one")
    monkeypatch.setenv(REQUIRE, "1")
    with pytest.raises(pytest.fail.Exception, match="not installed; buy one"):
        require(MISSING_PROGRAM, "buy one")

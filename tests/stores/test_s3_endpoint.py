"""Where requests go: what the SDK resolves reaches the driver, and wrong end points are refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.s3.endpoint import resolve
from s3bench_tui.stores.s3.store import S3Store, open_store
from s3bench_tui.stores.uri import parse
from tests.stores.s3_answers import share_models


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    share_models(monkeypatch)


def store(uri: str = "s3://buck/pre/", **options: Any) -> S3Store:
    return open_store(Target(uri=uri, **options), parse(uri), 10**9, 2 * 10**9)


@pytest.fixture(scope="module")
def session() -> Any:
    """One session of the SDK, which loads its models once; not told of any profile."""
    import botocore.session

    return botocore.session.Session()


def resolved(uri: str = "s3://buck/", **options: Any) -> tuple[str, str, str, str]:
    """Scheme, host and port to connect to, Host header, base path."""
    config = store(uri, anonymous=True, **options).driver_config()
    (endpoint,) = config.options["endpoints"]
    assert set(endpoint) == {"scheme", "host", "port", "host_header", "base_path"}
    return endpoint["scheme"], f"{endpoint['host']} {endpoint['port']}", endpoint["host_header"], endpoint["base_path"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        # AWS: the bucket is in the name where DNS allows it
        ({"region": "eu-west-3"}, ("https", "buck.s3.eu-west-3.amazonaws.com 443", "buck.s3.eu-west-3.amazonaws.com", "")),
        ({"region": "eu-west-3", "addressing": "path"}, ("https", "s3.eu-west-3.amazonaws.com 443", "s3.eu-west-3.amazonaws.com", "/buck")),
        ({"region": "us-gov-west-1"}, ("https", "buck.s3.us-gov-west-1.amazonaws.com 443", "buck.s3.us-gov-west-1.amazonaws.com", "")),
        ({"region": "cn-north-1"}, ("https", "buck.s3.cn-north-1.amazonaws.com.cn 443", "buck.s3.cn-north-1.amazonaws.com.cn", "")),
        # a custom end point: in the path
        ({"endpoint": "http://h:9000"}, ("http", "h 9000", "h:9000", "/buck")),
        ({"endpoint": "http://h:9000/"}, ("http", "h 9000", "h:9000", "/buck")),
        ({"endpoint": "http://h:9000/pre/fix/"}, ("http", "h 9000", "h:9000", "/pre/fix/buck")),
        ({"endpoint": "http://h:9000/pre", "addressing": "virtual"}, ("http", "buck.h 9000", "buck.h:9000", "/pre")),
        ({"endpoint": "http://127.0.0.1:9000", "addressing": "virtual"}, ("http", "127.0.0.1 9000", "127.0.0.1:9000", "/buck")),
        # the port is in Host only where it is not the scheme's own
        ({"endpoint": "http://h"}, ("http", "h 80", "h", "/buck")),
        ({"endpoint": "http://h:80"}, ("http", "h 80", "h", "/buck")),
        ({"endpoint": "http://h:443"}, ("http", "h 443", "h:443", "/buck")),
        ({"endpoint": "https://h:443"}, ("https", "h 443", "h", "/buck")),
        ({"endpoint": "https://S3.Example.COM"}, ("https", "s3.example.com 443", "s3.example.com", "/buck")),
        ({"endpoint": "http://[::1]:9000"}, ("http", "::1 9000", "[::1]:9000", "/buck")),
        ({"endpoint": "http://[::1]"}, ("http", "::1 80", "[::1]", "/buck")),
    ],
)  # fmt: skip
def test_end_points_are_resolved_as_the_sdk_does(
    options: dict[str, Any], expected: tuple[str, ...], session: Any
) -> None:
    wanted = {"endpoint": None, "region": None, "addressing": "auto", **options}
    found = resolve(session, "buck", **wanted)
    assert (found.scheme, f"{found.host} {found.port}", found.host_header, found.base_path) == expected
    assert found.region == (options.get("region") or "us-east-1")


@pytest.mark.parametrize("bucket", ["Under_score", "a.b.c", "ab"])
def test_bucket_names_that_dns_cannot_carry_go_into_the_path(bucket: str, session: Any) -> None:
    found = resolve(session, bucket, None, "eu-west-3", "auto")
    assert (found.host_header, found.base_path) == ("s3.eu-west-3.amazonaws.com", f"/{bucket}")


@pytest.mark.parametrize(
    ("environment", "host"),
    [
        ({"AWS_REGION": "eu-north-1"}, "buck.s3.eu-north-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "eu-north-1"}, "buck.s3.eu-north-1.amazonaws.com"),
        ({"AWS_REGION": "us-west-2", "AWS_USE_DUALSTACK_ENDPOINT": "true"}, "buck.s3.dualstack.us-west-2.amazonaws.com"),
        ({"AWS_REGION": "us-west-2", "AWS_USE_FIPS_ENDPOINT": "true"}, "buck.s3-fips.us-west-2.amazonaws.com"),
        ({"AWS_ENDPOINT_URL": "http://general:9000"}, "general:9000"),
        ({"AWS_ENDPOINT_URL": "http://general:9000", "AWS_ENDPOINT_URL_S3": "http://special:9000"}, "special:9000"),
    ],
)  # fmt: skip
def test_the_environment_is_heard(environment: dict[str, str], host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert resolved()[2] == host


def test_the_profile_is_heard_and_the_target_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile lab]\nregion = lab-1\nservices = ours\ns3 =\n  addressing_style = virtual\n"
        "[services ours]\ns3 =\n  endpoint_url = http://lab:9000\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    by_name = store(anonymous=True, profile="lab").driver_config().options
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert store(anonymous=True).driver_config().options == by_name
    assert by_name["region"] == "lab-1"
    assert by_name["endpoints"][0]["host_header"] == "buck.lab:9000"
    changed = store(anonymous=True, region="lab-2", endpoint="http://h:1", addressing="path").driver_config().options
    assert changed["region"] == "lab-2"
    assert changed["endpoints"][0]["host_header"] == "h:1"
    assert changed["endpoints"][0]["base_path"] == "/buck"


def test_without_a_region_requests_are_signed_for_us_east_1() -> None:
    assert store(anonymous=True, endpoint="http://h:9000").driver_config().options["region"] == "us-east-1"
    assert store(anonymous=True).driver_config().options["region"] == "us-east-1"


def test_several_end_points_keep_their_order() -> None:
    config = store(anonymous=True, endpoint=("http://b:1", "http://a:2")).driver_config()
    assert [endpoint["host_header"] for endpoint in config.options["endpoints"]] == ["b:1", "a:2"]


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        ("h:9000", "the end point 'h:9000' has no scheme; write http://h:9000 or https://h:9000"),
        ("localhost", "the end point 'localhost' has no scheme; write http://localhost or https://localhost"),
        ("ftp://h", "the end point 'ftp://h' is not HTTP; write http://h or https://h"),
        ("http://", "the end point 'http://' names no server; write for example http://127.0.0.1:9000"),
        ("http://:9000", "the end point 'http://:9000' names no server; write for example http://127.0.0.1:9000"),
        ("http://h:port", "the end point 'http://h:port' names no server; write for example http://127.0.0.1:9000"),
        ("http://[::1", "the end point 'http://[::1' names no server; write for example http://127.0.0.1:9000"),
        ("http://h?a=secret", "the end point http://h has a query; write it without"),
    ],
)  # fmt: skip
def test_wrong_end_points_are_refused_when_the_store_is_opened(endpoint: str, message: str) -> None:
    with pytest.raises(TargetError) as refused:
        store(endpoint=endpoint)
    assert str(refused.value) == message


def test_a_password_in_an_end_point_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TargetError, match="carries a user name or password") as refused:
        store(endpoint="https://me:hunter2@h")
    assert "hunter2" not in str(refused.value)
    for url in ("https://me:hunter2@h", "me:hunter2@h", "https://me:hunter2@h_h"):
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        with pytest.raises(TargetError) as refused:
            store(anonymous=True).driver_config()
        assert "hunter2" not in str(refused.value)
        assert "end point" in str(refused.value)


def test_what_the_sdk_cannot_use_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TargetError, match=r"'bad region!'.*; write a region such as us-east-1$"):
        store(anonymous=True, region="bad region!").driver_config()
    with pytest.raises(TargetError, match=r"^'buck--use1-az4--x-s3' is a directory bucket"):
        store("s3://buck--use1-az4--x-s3/", region="us-east-1").driver_config()
    with pytest.raises(TargetError, match="'tenant:buck' cannot be a bucket"):
        store("s3://tenant:buck/", anonymous=True).driver_config()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "h:9000")
    with pytest.raises(TargetError, match="the end point of the AWS environment or profile cannot be used"):
        store(anonymous=True).driver_config()


def test_options_reach_the_driver(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "very-secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "session-token")
    config = store(endpoint="http://h:9000", payload_signing="signed", receive="copy", region="r").driver_config()
    assert (config.scheme, config.root) == ("s3", "buck")
    assert (config.connect_timeout_ns, config.operation_timeout_ns) == (10**9, 2 * 10**9)
    assert {name: value for name, value in config.options.items() if name != "endpoints"} == {
        "region": "r",
        "signing": "signed",
        "ca_file": None,
        "insecure": False,
        "receive": "copy",
        "balance": "round_robin",
        "encryption": None,
        "versioned": False,
    }
    assert config.credentials == {
        "access_key": "AKIDEXAMPLE",
        "secret_key": "very-secret",
        "token": "session-token",
    }
    assert "very-secret" not in repr(config)
    public = store(endpoint="http://h:9000", anonymous=True).driver_config()
    assert public.options["signing"] == "none"
    assert public.credentials == {}


def test_drivers_trust_the_same_authorities_as_the_probe(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, certificates: Any
) -> None:
    def ca_file(**tls: Any) -> Any:
        return store(endpoint="https://h", anonymous=True, tls=tls).driver_config().options["ca_file"]

    ca = str(certificates.ca_file)
    assert Path(ca_file()).read_text().count("BEGIN CERTIFICATE") > 50
    assert ca_file(ca_file=ca) == ca
    assert ca_file(insecure=True) is None
    monkeypatch.setenv("AWS_CA_BUNDLE", ca)
    assert ca_file() == ca
    with pytest.raises(TargetError, match=r"'/no/such.pem' cannot be used: No such file or directory"):
        ca_file(ca_file="/no/such.pem")
    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    with pytest.raises(TargetError, match=r"cannot be used: it holds no certificate; write `tls: \{ca_file: \.\.\.\}`"):
        ca_file(ca_file=str(empty))

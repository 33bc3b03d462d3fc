"""Credentials come from the SDK's chain, are renewed in time, and never show in a text."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.s3.store import S3Store
from s3bench_tui.stores.uri import parse
from tests.stores.s3_answers import share_models


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch) -> None:
    share_models(monkeypatch)


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def store(clock: Clock | None = None, **options: Any) -> S3Store:
    target = Target(uri="s3://buck/", endpoint="http://127.0.0.1:1", **options)
    return S3Store(target, parse(target.uri), 10**9, 10**9, monotonic=clock or Clock())


class Process:
    """A `credential_process` whose answer is a file."""

    def __init__(self, directory: Path) -> None:
        self.answer = directory / "answer.json"
        self.calls = directory / "calls"
        self.config = directory / "config"
        self.config.write_text(
            f'[profile lab]\ncredential_process = sh -c \'echo x >> "{self.calls}"; cat "{self.answer}"\'\n'
        )

    def gives(self, name: str, valid_s: float) -> dict[str, str]:
        """Answer with keys called `name` from now on; returns them as drivers get them."""
        expires = (datetime.now(UTC) + timedelta(seconds=valid_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
        keys = {"AccessKeyId": f"id-{name}", "SecretAccessKey": f"secret-{name}", "SessionToken": f"token-{name}"}
        self.answer.write_text(json.dumps({"Version": 1, "Expiration": expires, **keys}))
        return {"access_key": f"id-{name}", "secret_key": f"secret-{name}", "token": f"token-{name}"}

    def times_called(self) -> int:
        return len(self.calls.read_text().split())


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    process = Process(tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(process.config))
    monkeypatch.setenv("AWS_PROFILE", "lab")
    return process


def test_the_targets_profile_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[lab]\naws_access_key_id = id-file\naws_secret_access_key = secret-file\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id-env")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-env")
    assert store().driver_config().credentials == {"access_key": "id-env", "secret_key": "secret-env"}
    by_profile = store(profile="lab")
    assert by_profile.driver_config().credentials == {"access_key": "id-file", "secret_key": "secret-file"}
    assert by_profile.renewed_credentials() is None


def test_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch, process: Process) -> None:
    with pytest.raises(TargetError, match=r"there is no AWS profile 'lob'; the configuration has: lab$"):
        store(profile="lob").driver_config()
    monkeypatch.setenv("AWS_PROFILE", "lob")
    with pytest.raises(TargetError, match=r"there is no AWS profile 'lob'; the configuration has: lab$"):
        store().driver_config()


def test_without_credentials_the_error_names_every_source(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/no/credentials")
    with pytest.raises(TargetError) as refused:
        store().driver_config()
    assert str(refused.value) == (
        "no credentials found; looked at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, profile 'default' in "
        f"/no/credentials and {config}. Set one of these, `profile:`, or `anonymous: true` for a public bucket"
    )
    config.write_text("[profile lab]\nregion = lab-1\n")
    with pytest.raises(TargetError, match=f"found; looked at profile 'lab' in /no/credentials and {config}. Set"):
        store(profile="lab").probe(writes=False)


def test_half_of_a_key_pair_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id-env")
    with pytest.raises(TargetError, match=r"Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY; check"):
        store().driver_config()


def test_anonymous_looks_for_no_credentials(process: Process) -> None:
    config = store(anonymous=True).driver_config()
    assert config.credentials == {}
    assert not process.calls.exists()


def test_lasting_credentials_are_not_renewed(process: Process) -> None:
    clock = Clock()
    given = process.gives("first", valid_s=7200)
    lasting = store(clock)
    assert lasting.driver_config().credentials == given
    process.gives("second", valid_s=7200)
    clock.now_s += 3600
    assert lasting.renewed_credentials() is None
    assert process.times_called() == 1


def test_credentials_are_renewed_before_they_expire(process: Process) -> None:
    clock = Clock()
    process.gives("first", valid_s=300)
    expiring = store(clock)
    assert expiring.driver_config().credentials["access_key"] == "id-first"
    second = process.gives("second", valid_s=300)
    assert expiring.renewed_credentials() == second
    third = process.gives("third", valid_s=7200)
    clock.now_s += 59
    assert expiring.renewed_credentials() is None, "a source is not asked all the time"
    clock.now_s += 2
    assert expiring.renewed_credentials() == third
    clock.now_s += 3600
    assert expiring.renewed_credentials() is None
    assert expiring.driver_config().credentials == third


def test_what_a_late_worker_got_is_still_brought_to_the_others(process: Process) -> None:
    process.gives("first", valid_s=300)
    expiring = store()
    expiring.driver_config()
    second = process.gives("second", valid_s=7200)
    assert expiring.driver_config().credentials == second
    assert expiring.renewed_credentials() == second
    assert expiring.renewed_credentials() is None


def test_a_failed_renewal_is_told_and_tried_again(process: Process) -> None:
    clock = Clock()
    process.gives("first", valid_s=300)
    expiring = store(clock)
    expiring.driver_config()
    assert expiring.renewal_error == ""
    process.answer.rename(process.answer.with_name("away"))
    assert expiring.renewed_credentials() is None
    assert expiring.renewal_error.startswith("no credentials from custom-process: ")
    assert "No such file" in expiring.renewal_error
    second = process.gives("second", valid_s=300)
    assert expiring.renewed_credentials() is None
    clock.now_s += 61
    assert expiring.renewed_credentials() == second
    assert expiring.renewal_error == ""


def test_requests_of_the_store_itself_say_when_their_credentials_are_gone(process: Process) -> None:
    process.gives("first", valid_s=300)
    expiring = store()
    with pytest.raises(TargetError, match="the connection was refused"):
        expiring.probe(writes=False)
    process.answer.unlink()
    with pytest.raises(TargetError, match=r"listing the bucket failed: .*custom-process: .*No such file.*; check"):
        expiring.probe(writes=False)


def test_in_the_last_minute_the_source_is_asked_more_often(process: Process) -> None:
    clock = Clock()
    process.gives("first", valid_s=40)
    expiring = store(clock)
    expiring.driver_config()
    second = process.gives("second", valid_s=40)
    assert expiring.renewed_credentials() == second
    third = process.gives("third", valid_s=7200)
    clock.now_s += 6
    assert expiring.renewed_credentials() == third


@pytest.mark.parametrize("answer", ["{}", "not json", '{"Version": 1, "AccessKeyId": "id"}', '{"Version": 7}'])
def test_a_source_that_answers_nonsense(answer: str, process: Process) -> None:
    process.answer.write_text(answer)
    with pytest.raises(TargetError, match=r"^no credentials: .*; check the profile and its source$"):
        store().driver_config()


def test_an_expired_sign_in_says_how_to_sign_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile work]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = bench\n"
        "[sso-session corp]\nsso_start_url = https://sso.invalid/start\nsso_region = eu-west-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(TargetError, match=r"^no credentials.*; sign in again \(aws sso login, or as you did\)$"):
        store(profile="work").driver_config()


def test_a_broken_configuration_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("aws_secret_access_key = hunter2\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    with pytest.raises(
        TargetError, match=r"^the AWS configuration cannot be read: Unable to parse config file"
    ) as said:
        store().driver_config()
    assert "hunter2" not in str(said.value)


def test_workers_do_not_load_the_sdk() -> None:
    script = "import sys, s3bench_tui.stores.s3.store; print([m for m in ('boto3', 'botocore', 'pydantic', 'urllib3') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"

"""Tokens of gs://: from Google's own library and a token server on loopback, renewed in time, and every failure in words."""

from __future__ import annotations

import base64
import itertools
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.gcs.credentials import SCOPE, Tokens
from tests.servers.process import unavailable
from tests.stores.s3_answers import Answer, Asked, answering


class Hands:
    """A clock that is set by hand; it starts with the real one, which Google's library looks at."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


@pytest.fixture
def google_auth() -> None:
    if find_spec("google") is None or find_spec("google.auth") is None:
        unavailable("google-auth is not installed; it comes with the extra `dev`")


@pytest.fixture(scope="module")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pem, serialization.NoEncryption()).decode()


@pytest.fixture
def key_file(
    tmp_path: Path, private_key: str, monkeypatch: pytest.MonkeyPatch, google_auth: None
) -> Callable[[str], None]:
    """Writes the key of a service account whose tokens come from this URL."""

    def write(token_url: str) -> None:
        account = {"type": "service_account", "client_email": "bench@test.invalid", "token_uri": token_url}
        path = tmp_path / "key.json"
        path.write_text(
            json.dumps({**account, "private_key": private_key, "private_key_id": "1", "project_id": "mine"})
        )
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))

    return write


def token(number: int, lives_s: int = 3600) -> Answer:
    body = json.dumps({"access_token": f"ya29.token-{number}", "expires_in": lives_s, "token_type": "Bearer"})
    return Answer(200, body, {"Content-Type": "application/json"})


def test_a_service_account(key_file: Callable[[str], None]) -> None:
    with answering(lambda _: token(1)) as listener:
        key_file(f"{listener.endpoint}/token")
        tokens = Tokens(anonymous=False)
        assert tokens.mapping() == {"token": "ya29.token-1"}
        assert tokens.mapping() == {"token": "ya29.token-1"}
        assert tokens.renewed() is None
        (asked,) = listener.asked
    assertion = parse_qs(asked.body.decode())["assertion"][0].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(assertion + "=="))
    assert (claims["iss"], claims["scope"]) == ("bench@test.invalid", SCOPE)
    assert (tokens.source, tokens.project, tokens.secrets) == ("service account", "mine", {"ya29.token-1"})


def test_tokens_are_renewed_before_they_expire(key_file: Callable[[str], None]) -> None:
    numbers = itertools.count(1)
    clock = Hands()
    with answering(lambda _: token(next(numbers))) as listener:
        key_file(listener.endpoint)
        tokens = Tokens(False, clock, clock)
        tokens.mapping()
        clock.ahead_s = 3600 - 300
        assert tokens.renewed() is None
        clock.ahead_s = 3600 - 200
        assert tokens.renewed() == {"token": "ya29.token-2"}
        assert len(listener.asked) == 2
        clock.ahead_s += 30
        assert tokens.renewed() is None, "the source is not asked all the time"
        clock.ahead_s += 3600
        assert tokens.mapping() == {"token": "ya29.token-3"}, "nobody is given a token that has expired"
        assert tokens.renewed() == {"token": "ya29.token-3"}, "and drivers hear of what others fetched"
        assert tokens.renewed() is None


def test_threads_fetch_one_token(key_file: Callable[[str], None]) -> None:
    numbers = itertools.count(1)

    def late(_: Asked) -> Answer:
        time.sleep(0.05)
        return token(next(numbers))

    with answering(late) as listener, ThreadPoolExecutor(8) as pool:
        key_file(listener.endpoint)
        tokens = Tokens(anonymous=False)
        found = list(pool.map(lambda _: tokens.mapping()["token"], range(8)))
    assert found == ["ya29.token-1"] * 8


def test_a_renewal_that_fails_is_told_and_tried_again(key_file: Callable[[str], None]) -> None:
    answers: list[Answer] = [
        token(1, 100),
        Answer(400, json.dumps({"error": "invalid_grant", "error_description": "account is disabled"})),
        token(2),
    ]
    clock = Hands()
    with answering(lambda _: answers.pop(0)) as listener:
        key_file(listener.endpoint)
        tokens = Tokens(False, clock, clock)
        tokens.mapping()
        clock.ahead_s = 61
        assert tokens.renewed() is None
        assert tokens.renewal_error == (
            "no token from Google for the service account: invalid_grant: account is disabled; sign in again "
            "(gcloud auth application-default login), or make a new key"
        )
        clock.ahead_s += 3
        assert tokens.renewed() is None
        assert len(listener.asked) == 2
        clock.ahead_s += 3
        assert tokens.renewed() == {"token": "ya29.token-2"}
        assert tokens.renewal_error == ""


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(400, '{"error": "invalid_grant", "error_description": "Invalid JWT: Token must be a short-lived token '
            '(60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."}'),
            "set this machine's clock",
        ),
        (Answer(400, '{"error": "invalid_scope"}'), "invalid_scope; check GOOGLE_APPLICATION_CREDENTIALS"),
        (Answer(200, "<html>sign in to the hotel</html>"), "account: the answer is not that of a token server; check"),
    ],
)  # fmt: skip
def test_a_token_server_that_gives_none(answer: Answer, words: str, key_file: Callable[[str], None]) -> None:
    with answering(lambda _: answer) as listener:
        key_file(listener.endpoint)
        with pytest.raises(TargetError) as refused:
            Tokens(anonymous=False).mapping()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert "PRIVATE KEY" not in str(refused.value)


@pytest.mark.usefixtures("google_auth")
def test_no_credentials_at_all() -> None:
    with pytest.raises(TargetError, match=r"no Google credentials found; looked at .*application-default login"):
        Tokens(anonymous=False).mapping()


@pytest.mark.usefixtures("google_auth")
@pytest.mark.parametrize("content", [None, "no json", "{}", '{"type": "service_account"}', '{"type": "odd"}'])
def test_a_key_file_that_is_none(content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    with pytest.raises(TargetError, match=r"^no token from Google: .*; check GOOGLE_APPLICATION_CREDENTIALS"):
        Tokens(anonymous=False).mapping()


def test_google_auth_is_only_needed_for_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.auth", None)
    assert Tokens(anonymous=True).mapping() == {}
    with pytest.raises(
        TargetError, match=r"needs the package google-auth .*; install it \(pip install 'google-auth\[requests\]'\)"
    ):
        Tokens(anonymous=False).mapping()


def test_a_token_without_end_is_kept() -> None:
    class Found:
        token, expiry = "ya29.for-ever", None

    tokens: Any = Tokens(anonymous=False)
    tokens._found = Found()
    assert tokens.mapping() == {"token": "ya29.for-ever"}
    assert tokens.renewed() is None

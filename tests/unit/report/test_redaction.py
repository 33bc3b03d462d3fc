"""Secrets do not get out; everything else does."""

from __future__ import annotations

import math
from pathlib import PurePosixPath

import pytest

from s3bench_tui.report.redaction import REDACTED, clean, clean_text, redacted_paths


@pytest.mark.parametrize(
    "name",
    ["secret_key", "aws_secret_access_key", "access_key", "access_key_id", "password", "session_token", "sas_token", "sas", "credentials", "account_key", "Authorization"],
)  # fmt: skip
def test_values_under_secret_names_go(name):
    assert clean({"a": [{name: "hunter2"}]}) == {"a": [{name: REDACTED}]}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://me:hunter2@host:9000/b", "http://(redacted)@host:9000/b"),
        ("https://h/b?X-Amz-Signature=abc&x=1", "https://h/b?X-Amz-Signature=(redacted)&x=1"),
        ("see https://h/?sv=1&sig=a%2Fb now", "see https://h/?sv=(redacted)&sig=(redacted) now"),
        ("s3://bucket/prefix/", "s3://bucket/prefix/"),
        ("me@example.com", "me@example.com"),
    ],
)
def test_texts_lose_only_their_secrets(text, shown):
    assert clean_text(text) == shown
    assert clean_text(shown) == shown


def test_harmless_keys_stay():
    harmless = {
        "anonymous": True,
        "payload_signing": "unsigned",
        "keys": {"choice": "zipf"},
        "token": None,
        "credentials": False,
    }
    assert clean(harmless) == harmless


def test_the_copy_is_plain_json_data():
    value = {
        "a": (1, 2.5),
        3: {"b": PurePosixPath("/x")},
        "nan": math.nan,
        "inf": -math.inf,
        "flag": True,
        "none": None,
    }
    assert clean(value) == {"a": [1, 2.5], "3": {"b": "/x"}, "nan": None, "inf": None, "flag": True, "none": None}


def test_paths_of_what_was_taken_out():
    cleaned = clean({"a": {"password": "x"}, "b": ["ok", "http://u:p@h/"]})
    assert list(redacted_paths(cleaned)) == ["a.password", "b.1"]

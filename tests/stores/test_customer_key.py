"""The customer's key: found where the workload says, and repeated by no message."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Encryption
from s3bench_tui.stores.customer_key import customer_key

KEY = base64.b64encode(bytes(range(32))).decode()


def test_a_key_is_found() -> None:
    wanted = Encryption(type="sse-c", key_env="MY_KEY")
    assert customer_key(wanted, {"MY_KEY": f" {KEY}\n"}) == {"customer_key": KEY}
    assert customer_key(None) == customer_key(Encryption(type="sse-s3")) == {}


def test_a_key_is_found_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    assert customer_key(Encryption(type="sse-c", key_file=str(tmp_path / "key"))) == {"customer_key": KEY}


@pytest.mark.parametrize("value", ["", "short", base64.b64encode(b"x" * 31).decode(), "ü" * 44])
def test_what_is_no_key_is_refused_without_being_repeated(value: str, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(value)
    for wanted in (Encryption(type="sse-c", key_env="MY_KEY"), Encryption(type="sse-c", key_file=f"{tmp_path}/key")):
        with pytest.raises(TargetError, match="32 bytes in Base64") as raised:
            customer_key(wanted, {"MY_KEY": value})
        assert not value or value not in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="cannot be read: No such file"):
        customer_key(Encryption(type="sse-c", key_file=str(tmp_path / "no")))

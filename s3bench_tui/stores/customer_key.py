"""The key with which a server is to encrypt what a customer writes: read where the workload says that it is.

It stands in an environment variable or a file, never in a workload, and no message repeats it. Knows no store.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from s3bench_tui.errors import TargetError

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Encryption  # pydantic, which no worker loads

KEY_BYTES = 32
_WANTED = "it must be 32 bytes in Base64, such as `openssl rand -base64 32` makes"


def key_fields(prefix: str, key: str) -> tuple[tuple[str, str], ...]:
    """How a request shows this key (in Base64), with names that begin so: on az and on gs; nothing where there is none."""
    if not key:
        return ()
    digest = base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode()
    return ((f"{prefix}key", key), (f"{prefix}key-sha256", digest), (f"{prefix}algorithm", "AES256"))


def customer_key(encryption: Encryption | None, environ: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """`customer_key` in Base64, for the driver's credentials; nothing where the server has the keys.

    TargetError where it is not there, or is not a key."""
    if encryption is None or encryption.type != "sse-c":
        return {}
    if encryption.key_env is not None:
        where, text = f"the variable {encryption.key_env}", environ.get(encryption.key_env, "")
        if not text:
            raise TargetError(f"encryption: {where} is not set; {_WANTED}")
    else:
        where = f"the file {encryption.key_file}"
        try:
            text = Path(str(encryption.key_file)).read_text("ascii")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise TargetError(f"encryption: {where} cannot be read: {reason}; {_WANTED}") from None
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise TargetError(f"encryption: {where} holds no key; {_WANTED}")
    return {"customer_key": base64.b64encode(key).decode()}

"""How the control plane of s3:// asks for encryption: as the load does, in the words of the vendor's SDK. Sends nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from s3bench_tui.stores.customer_key import customer_key

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Encryption  # pydantic, which no worker loads


def read_arguments(encryption: Encryption | None) -> Mapping[str, Any]:
    """What a read of an object says; TargetError where the customer's key is not to be had."""
    key = customer_key(encryption).get("customer_key")
    if key is None:
        return {}
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": base64.b64decode(key)}


def write_arguments(encryption: Encryption | None) -> Mapping[str, Any]:
    """The same for a write."""
    if encryption is None or encryption.type == "sse-c":
        return read_arguments(encryption)
    if encryption.type == "sse-s3":
        return {"ServerSideEncryption": "AES256"}
    key = {"SSEKMSKeyId": encryption.kms_key_id} if encryption.kms_key_id is not None else {}
    return {"ServerSideEncryption": "aws:kms", **key}

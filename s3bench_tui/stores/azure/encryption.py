"""How the control plane of az:// asks for encryption: as the load does, in the words of the vendor's SDK. Sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from s3bench_tui.stores.customer_key import customer_key, key_fields

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Encryption  # pydantic, which no worker loads


def read_arguments(encryption: Encryption | None) -> Mapping[str, Any]:
    """What a read of a blob says; TargetError where the customer's key is not to be had."""
    key = customer_key(encryption).get("customer_key")
    if key is None:
        return {}
    from azure.storage.blob import CustomerProvidedEncryptionKey

    (_, value), (_, digest), _ = key_fields("", key)
    return {"cpk": CustomerProvidedEncryptionKey(value, digest)}


def write_arguments(encryption: Encryption | None) -> Mapping[str, Any]:
    """The same for a write."""
    if encryption is not None and encryption.type == "scope":
        return {"encryption_scope": encryption.scope}
    return read_arguments(encryption)

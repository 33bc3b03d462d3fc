"""What a store is told to compare bodies with, as a workload file says it. Knows nothing of how that is done."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator

from s3bench_tui.spec.model.base import Model

ChecksumName = Literal["crc32", "crc32c", "crc64nvme", "md5", "sha1", "sha256"]


class Checksum(Model):
    """Written short as its algorithm."""

    algorithm: ChecksumName
    send: Literal["header", "trailer"] = "header"
    """`header`: made before the request begins; `trailer`: while it is sent, and told behind the body (s3)."""


def _short(value: Any) -> Any:
    return value if isinstance(value, (dict, BaseModel)) else {"algorithm": value}


ChecksumSpec = Annotated[Checksum, BeforeValidator(_short, json_schema_input_type=ChecksumName | Checksum)]

"""How large objects are written in parts, as a workload file says it. Knows nothing of how that is done."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.quantity import PositiveCount, PositiveSize, Size

PARALLEL = 4


class Multipart(Model):
    """S3's multipart upload, Azure's block list, Google's resumable upload: large objects are written by several
    requests, on s3 and az over several connections at a time. Written short as the size of a part."""

    part_size: PositiveSize = 8 * 1024 * 1024
    """Of all parts but the last, which may be smaller."""
    parallel: Annotated[PositiveCount, Field(le=256)] | None = None
    """Parts of one object on their way at once, each over a connection of its own: a slot has as many connections.
    Default: 4; on gs, which takes one part after another, 1."""
    threshold: Size | None = None
    """Objects up to this size are written by one request. Default: the size of a part."""

    @property
    def above(self) -> int:
        """Objects of more bytes than this are written in parts."""
        return self.part_size if self.threshold is None else self.threshold

    @property
    def at_once(self) -> int:
        """Parts of one object on their way at once, where the store takes several."""
        return PARALLEL if self.parallel is None else self.parallel

    def resolved(self, in_order: bool) -> Multipart:
        """With its threshold and its parallel parts filled in; `in_order`: no store here takes several at once."""
        parallel = 1 if in_order and self.parallel is None else self.at_once
        return self.model_copy(update={"threshold": self.above, "parallel": parallel})


def _short(value: Any) -> Any:
    return value if isinstance(value, (dict, BaseModel)) else {"part_size": value}


MultipartSpec = Annotated[Multipart, BeforeValidator(_short, json_schema_input_type=PositiveSize | Multipart)]

"""What lies at a target before the load: objects with computed keys, and the content of what is written."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from s3bench_tui.spec.base import Model
from s3bench_tui.spec.choosing import FixedSize, SizeSpec
from s3bench_tui.spec.multipart import MultipartSpec
from s3bench_tui.spec.quantity import PositiveCount, Text

ChecksumName = Literal["crc32", "crc32c", "crc64nvme", "md5", "sha256"]


class Payload(Model):
    """The content of what is written."""

    fill: Literal["random", "zero"] = "random"
    dedup_factor: PositiveCount = 1
    """N: one block of 4 KiB in N is unique within its object."""
    compress_factor: Annotated[PositiveCount, Field(le=4096)] = 1
    """N: each block of 4 KiB is zeros but for its first Nth."""


class Dataset(Model):
    """Objects whose keys and sizes are computed from their index, never stored."""

    id: Text | None = None
    """What lines of the mix call it; default: `dataset`, with a number where there are several."""
    target: Text | None = None
    """The name of the one target that holds it. Default: every target whose lines use it."""
    count: PositiveCount
    size: SizeSpec = FixedSize(size=1024 * 1024)
    prefix: Text = ""
    name: Text = "prepared-{index:08d}.dat"
    """Key below the prefix; `{index}` may carry a format such as `{index:08d}`."""
    create: Literal["missing", "always", "never"] = "missing"
    """`never` trusts that all objects are there; for end points that cannot list or must not be written to."""
    payload: Payload | None = None
    """Content of its objects; what it does not say is as the top-level `payload` says."""
    multipart: MultipartSpec | None = None
    """Large objects are made in parts. Default: each by one request."""
    checksum: ChecksumName | None = None
    """s3, az: the server compares every body that it is sent with this."""

"""One line of the mix: an operation, what it works on, and how often. Knows nothing of targets and load."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.checksum import ChecksumSpec
from s3bench_tui.spec.model.choosing import KeyChoice, KeySpec, SizeSpec
from s3bench_tui.spec.model.dataset import Payload, Shards
from s3bench_tui.spec.model.multipart import MultipartSpec
from s3bench_tui.spec.model.quantity import Flag, PositiveCount, PositiveSize, Size, Text, Weight
from s3bench_tui.units import parse_size, shown


def _offset(value: Any) -> Any:
    if value in ("random", "sequential"):
        return value
    try:
        return parse_size(value)
    except ValueError:
        raise ValueError(
            f"{shown(value)} is not an offset; write random, sequential, or a size such as 64KiB"
        ) from None


_OffsetInput = Literal["random", "sequential"] | Size
Offset = Annotated[Literal["random", "sequential"] | int, BeforeValidator(_offset, json_schema_input_type=_OffsetInput)]


class Range(Model):
    """A ranged GET: `size` bytes from `offset` on, or from a random or the next multiple of `align`."""

    size: PositiveSize
    offset: Offset = "random"
    align: PositiveSize | None = None
    """Random and sequential offsets are multiples of this; default: of the range's size."""


class OperationSpec(Model):
    """One line of the mix."""

    op: Literal["get", "put", "stat", "list", "delete", "copy", "mkdir", "rmdir", "tag", "get_tags"]
    weight: Weight = 1.0
    name: Text | None = None
    """What reports and `schedule` call this line; default: the op, with a number where an op stands twice."""
    target: Text | None = None
    """The name of the one target on which this line runs. Default: all of them."""
    path: Text | None = None
    """Below the target: a key, a prefix that ends in `/`, or a glob in which `*` also crosses `/`. For put,
    copy and delete a prefix. Default: the data set."""
    dataset: Text | None = None
    """The id of the data set that this line goes over. Default: the one there is."""
    size: SizeSpec | None = None
    payload: Payload | None = None
    """Content of what a put writes below a path; what it does not say is as the top-level `payload` says."""
    shards: Shards = 0
    """Folders `00/`, `01/` and so on below the path that the keys of a put are spread over."""
    range: Range | None = None
    verify: Literal["none", "checksum"] = "none"
    """get: `checksum` compares every byte that comes with what this program wrote there, outside the timed region where
    an object fits 256 KiB, and else as it comes; what is wrong is an error of the class `integrity`."""
    keys: KeySpec = KeyChoice()
    concurrency: PositiveCount | None = None
    """At most this many of these in flight, over all workers."""
    batch: Annotated[PositiveCount, Field(le=1000)] = 1
    """Keys for each delete request."""
    multipart: MultipartSpec | None = None
    """Large objects are put in parts. Default: each by one request."""
    max_keys: Annotated[PositiveCount, Field(le=5000)] | None = None
    """One operation is one page of at most so many keys, and the next goes on behind it. Default: all pages."""
    delimiter: Literal["/"] | None = None
    """One level: names that go on with a `/` count as one, their common prefix."""
    expect: Literal[404, 412] | None = None
    """The operation is to be refused with this status, or with what says the same on other stores."""
    if_match: Literal["etag"] | None = None
    """Only where the object is still what this worker saw last."""
    if_none_match: Literal["etag", "*"] | None = None
    """get: `etag`, only where the object is not what this worker saw last; put: `*`, only where there is none."""
    versions: Flag = False
    """get, delete: of single versions, which this run's puts to the same path or data set wrote; the target is `versioned`."""
    metadata: dict[Text, Text] = Field(default_factory=dict)
    """Of what a put writes, as names and values."""
    tags: dict[Text, Text] = Field(default_factory=dict)
    """Of what a put writes, or what a tag gives the objects of the data set in place of those that they have."""
    storage_class: Text | None = None
    """Such as STANDARD_IA on s3, Cool on az."""
    content_type: Text | None = None
    cache_control: Text | None = None
    checksum: ChecksumSpec | None = None
    """The server compares every body that it is sent with this; az knows md5."""

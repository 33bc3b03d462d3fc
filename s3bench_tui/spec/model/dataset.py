"""What lies at a target before the load: objects with computed keys, and the content of what is written."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.checksum import ChecksumSpec
from s3bench_tui.spec.model.choosing import FixedSize, SizeSpec
from s3bench_tui.spec.model.multipart import MultipartSpec
from s3bench_tui.spec.model.quantity import Count, PositiveCount, Text


class Payload(Model):
    """The content of what is written."""

    fill: Literal["random", "zero"] = "random"
    dedup_factor: PositiveCount = 1
    """N: one block of 4 KiB in N is unique within its object."""
    compress_factor: Annotated[PositiveCount, Field(le=4096)] = 1
    """N: each block of 4 KiB is zeros but for its first Nth."""


Shards = Annotated[Count, Field(le=65536)]


class Tree(Model):
    """Directories in which a data set lies: `width` in each, down to `depth` levels."""

    width: PositiveCount
    depth: PositiveCount
    files_per_dir: Count = 0
    """Objects in each directory that has any."""
    distribution: Literal["bottom", "all"] = "bottom"
    """Which directories have any: those of the deepest level, or each."""
    dir_mask: Text = "sai3bench.d%d_w%d.dir"
    """Name of a directory; the first %d is its level, the second one its number within its parent, both from 1 on."""

    @property
    def directories(self) -> int:
        """How many there are on all levels."""
        return sum(self.width**level for level in range(1, self.depth + 1))

    @property
    def files(self) -> int:
        """How many objects there are."""
        return self.files_per_dir * (self.directories if self.distribution == "all" else self.width**self.depth)


MAX_DIRECTORIES = 100_000_000
MAX_DEPTH = 64
TREE_NAME = "file_{index:08d}.dat"


def _with_tree(value: Any) -> Any:
    """A data set in a tree has as many objects as the tree has places for, and other names."""
    if not isinstance(value, dict) or not isinstance(value.get("tree"), dict):
        return value
    try:
        tree = Tree.model_validate(value["tree"])
    except ValueError:
        return {"count": 1, **value}  # what is wrong with the tree is told of the tree
    if tree.depth > MAX_DEPTH or tree.directories > MAX_DIRECTORIES:
        return {"count": 1, "name": TREE_NAME, **value}
    return {"count": tree.files, "name": TREE_NAME, **value}


class Dataset(Model):
    """Objects whose keys and sizes are computed from their index, never stored."""

    model_config = ConfigDict(
        json_schema_extra={"required": [], "anyOf": [{"required": ["count"]}, {"required": ["tree"]}]}
    )

    id: Text | None = None
    """What lines of the mix call it; default: `dataset`, with a number where there are several."""
    target: Text | None = None
    """The name of the one target that holds it. Default: every target whose lines use it."""
    count: Count
    """In a tree it follows from that."""
    size: SizeSpec = FixedSize(size=1024 * 1024)
    prefix: Text = ""
    name: Text = "prepared-{index:08d}.dat"
    """Key below the prefix; `{index}` may carry a format such as `{index:08d}`. In a tree by default `file_{index:08d}.dat`."""
    shards: Shards = 0
    """Folders `00/`, `01/` and so on below the prefix that the objects are spread over."""
    tree: Tree | None = None
    """Directories below the prefix that the objects lie in; on object stores, keys with `/`."""
    create: Literal["missing", "always", "never"] = "missing"
    """`never` trusts that all objects are there; for end points that cannot list or must not be written to."""
    payload: Payload | None = None
    """Content of its objects; what it does not say is as the top-level `payload` says."""
    multipart: MultipartSpec | None = None
    """Large objects are made in parts. Default: each by one request."""
    checksum: ChecksumSpec | None = None
    """s3, az: the server compares every body that it is sent with this."""

    _tree = model_validator(mode="before")(_with_tree)

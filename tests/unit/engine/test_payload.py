from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.objects.payload import BLOCK_BYTES, Payload
from s3bench_tui.stores.base import PayloadSource

SHAPES: list[dict[str, Any]] = [
    {},
    {"dedup_factor": 3},
    {"compress_factor": 4},
    {"dedup_factor": 4, "compress_factor": 3},
    {"fill": "zero"},
]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def _content(payload: PayloadSource, length: int, key: str = "a/b", version: int = 0, offset: int = 0) -> bytes:
    out = bytearray(b"\xaa" * length)
    payload.fill(memoryview(out), key, version, offset)
    return bytes(out)


def _blocks(content: bytes) -> Iterator[bytes]:
    return (content[start : start + BLOCK_BYTES] for start in range(0, len(content), BLOCK_BYTES))


@each_shape
@settings(max_examples=25, deadline=None)
@given(block=st.integers(0, 200), length=st.integers(0, 400_000))
def test_any_part_is_the_same_as_in_the_whole(shape: dict[str, Any], block: int, length: int) -> None:
    whole = _content(Payload(7, **shape), 700_000)
    offset = block * BLOCK_BYTES
    length = min(length, len(whole) - offset)
    payload = Payload(7, **shape)
    _content(payload, 5, "another")  # leaves the cipher in the middle of one of its own blocks
    assert _content(payload, length, offset=offset) == whole[offset : offset + length]


def test_content_is_bound_to_seed_key_and_version() -> None:
    payload = Payload(1)
    contents = [_content(payload, 100), _content(payload, 100, "a/c"), _content(payload, 100, version=1), _content(Payload(2), 100), _content(payload, 100, "1 a/b"), _content(payload, 100, "ü"), _content(payload, 100, "\udcff")]  # fmt: skip
    assert len(set(contents)) == len(contents)
    assert _content(Payload(1), 100) == contents[0]


def test_every_block_is_unique_across_objects_and_versions() -> None:
    payload = Payload(1, compress_factor=64)
    blocks = [
        block
        for key, version in product(("a", "b", "c"), range(3))
        for block in _blocks(_content(payload, 1 << 20, key, version))
    ]
    assert len(set(blocks)) == len(blocks) == 9 * 256


def test_random_content_does_not_compress() -> None:
    content = _content(Payload(1), 1 << 20)
    assert len(zlib.compress(content, 6)) > len(content)


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_compress_factor_leaves_each_block_its_first_part(factor: int) -> None:
    kept = BLOCK_BYTES // factor
    content = _content(Payload(1, compress_factor=factor), 65 * BLOCK_BYTES - 10)
    plain = _content(Payload(1), len(content))
    for block, full in zip(_blocks(content), _blocks(plain), strict=True):
        assert block == full[:kept] + bytes(len(block) - kept)
    assert len(zlib.compress(content)) == pytest.approx(len(content) / factor, rel=0.05)


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_dedup_factor_repeats_blocks(factor: int) -> None:
    blocks = list(_blocks(_content(Payload(1, dedup_factor=factor), 48 * BLOCK_BYTES)))
    assert len(set(blocks)) == 48 // factor
    assert all(blocks[place] == blocks[place // factor * factor] for place in range(48))


def test_zeros_are_zeros() -> None:
    assert _content(Payload(1, "zero"), 600_001) == bytes(600_001)


def test_offsets_reach_beyond_any_object() -> None:
    payload = Payload(1)
    far = (1 << 50) + 5 * BLOCK_BYTES
    assert _content(payload, 2 * BLOCK_BYTES, offset=far)[BLOCK_BYTES:] == _content(
        payload, BLOCK_BYTES, offset=far + BLOCK_BYTES
    )


@each_shape
@settings(max_examples=25, deadline=None)
@given(offset=st.integers(0, 300_000), length=st.integers(1, 600_000), data=st.data())
def test_the_first_wrong_byte_is_found(shape: dict[str, Any], offset: int, length: int, data: st.DataObject) -> None:
    payload = Payload(7, **shape)
    found = bytearray(_content(payload, offset + length)[offset:])
    assert payload.matches(found, "a/b", 0, offset) == -1
    wrong = data.draw(st.lists(st.integers(0, length - 1), min_size=1, max_size=3))
    for place in set(wrong):
        found[place] ^= 0x10
    assert payload.matches(memoryview(found), "a/b", 0, offset) == min(wrong)


def test_nothing_matches_and_another_version_does_not() -> None:
    payload = Payload(7)
    assert payload.matches(b"", "a/b", 0, 0) == -1
    assert payload.matches(_content(payload, 4096, version=1), "a/b", 2, 0) in range(8)


def test_content_never_changes_between_versions() -> None:
    """Objects made by an earlier version must still verify."""
    assert _content(Payload(42), 8, "prepared-00000000.dat", 0, 8192).hex() == "6acfbddf3c8c4b0a"
    assert _content(Payload(42), 8, "prepared-00000000.dat", 3, 8192).hex() == "9d8865a2a5251d44"

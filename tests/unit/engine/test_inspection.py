"""What verified reads find: each kind of damage by its name and its place, and nothing where all is well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.objects.payload import BLOCK_BYTES, Payload
from s3bench_tui.engine.operations.inspection import Inspector
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.outcome import INTEGRITY, OK, RESET

SHAPES: list[dict[str, Any]] = [
    {},
    {"dedup_factor": 3},
    {"compress_factor": 4},
    {"dedup_factor": 4, "compress_factor": 3},
    {"compress_factor": 256},
]
each_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)
SIZE = 70_000
OLD, NEW = 1_790_000_000_000_000_000, 1_790_000_000_123_456_789
WINDOW = 16 * BLOCK_BYTES


def content(key: str = "a/b", version: int = 0, seed: int = 7, size: int = SIZE, **shape: Any) -> bytearray:
    out = bytearray(size)
    Payload(seed, **shape).fill(memoryview(out), key, version, 0)
    return out


def read(
    body: bytes | bytearray, offset: int = -1, oldest: int = 0, window: int = WINDOW, seed: int = 7, **shape: Any
) -> Operation:
    """What an operation says that was given `body` for the object a/b, or a part of it."""
    op = Operation(0)
    op.key, op.offset, op.length, op.oldest = "a/b", offset, len(body), oldest
    op.outcome, op.transferred = OK, len(body)
    inspection = Inspector(Payload(seed, **shape)).open()
    inspection.begin(op)
    for start in range(0, len(body), window):
        inspection.look(memoryview(body)[start : start + window])
    inspection.end(op)
    return op


@each_shape
@settings(max_examples=40, deadline=None)
@given(
    offset=st.integers(0, SIZE - 40), length=st.integers(1, SIZE), version=st.sampled_from((0, 1, OLD, NEW)),
    window=st.integers(32, 20_000),
)  # fmt: skip
def test_what_was_written_is_right_in_any_part_and_version(
    shape: dict[str, Any], offset: int, length: int, version: int, window: int
) -> None:
    body = content(version=version, **shape)[offset : offset + length]
    op = read(body, offset, window=window, **shape)
    assert (op.outcome, op.detail, op.transferred) == (OK, "", len(body))


@each_shape
@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, SIZE - 1), bit=st.integers(0, 7), window=st.sampled_from((10_000, 1 << 20)))
def test_one_bit_anywhere_is_found(shape: dict[str, Any], place: int, bit: int, window: int) -> None:
    body = content(version=NEW, **shape)
    body[place] ^= 1 << bit
    op = read(body, window=window, **shape)
    assert (op.outcome, op.fault_at, op.transferred) == (INTEGRITY, place, 0)
    assert op.detail.startswith(f"at byte {place}: 1 bit of the ")


@each_shape
@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, SIZE - 1000), window=st.sampled_from((4096, 10_000, 1 << 20)))
def test_a_mix_of_versions_is_found_where_it_changes(shape: dict[str, Any], cut: int, window: int) -> None:
    new, old = content(version=NEW, **shape), content(version=OLD, **shape)
    op = read(new[:cut] + old[cut:], window=window, **shape)
    if new[:cut] + old[cut:] == new:
        assert op.outcome == OK  # only what is zeros in both was torn
        return
    assert op.outcome == INTEGRITY
    # The first bytes of the other version may by chance be those of this one; the first block may tell no version.
    assert cut <= op.fault_at < cut + BLOCK_BYTES or op.fault_at < BLOCK_BYTES


def test_a_mix_of_versions_names_both() -> None:
    body = content(version=NEW)[:40_000] + content(version=OLD)[40_000:]
    assert read(body).detail == (
        "at byte 40000: two versions in one read: that of 2026-09-21T14:13:20.123456Z, "
        "and from there on that of 2026-09-21T14:13:20.000000Z"
    )


def broken_block(body: bytearray) -> bytearray:
    body[8192:12288] = bytes(range(256)) * 16
    return body


@pytest.mark.parametrize(
    ("body", "offset", "fault_at", "words"),
    [
        (content("a/c"), -1, 0, "what came is the content of another object"),
        (content("a/c")[5000:], 5000, 5000, "what came is the content of another object"),
        (content()[4096:], -1, 0, "what came belongs to byte 4096 of this object"),
        (content()[4096:9000], 8192, 8192, "what came belongs to byte 4096 of this object"),
        (bytes(SIZE), -1, 0, "zeros came where there was content"),
        (content()[:20_000] + bytes(50_000), -1, 20_000, "zeros came where there was content"),
        (content()[:32_768] + content("x")[32_768:], -1, 32_768, "what came is the content of another object"),
        (content(seed=8), -1, 0, "this is not what this program writes with this seed; it was written by another one, or destroyed"),
        (b"<html>" * 1000, -1, 0, "this is not what this program writes with this seed; it was written by another one, or destroyed"),
        (bytes(range(256)) * 16 + content()[4096:], -1, 0, " of the 4096 bytes from there on are wrong"),
        (broken_block(content()), -1, 8192, " of the 4096 bytes from there on are wrong"),
    ],
    ids=str,
)  # fmt: skip
def test_what_came_instead_is_named(body: bytes, offset: int, fault_at: int, words: str) -> None:
    op = read(body, offset)
    assert (op.outcome, op.fault_at) == (INTEGRITY, fault_at)
    assert op.detail.startswith(f"at byte {fault_at}: ")
    assert op.detail.endswith(words)


def test_an_old_version_is_stale_only_where_a_later_one_is_due() -> None:
    old = content(version=OLD)
    assert read(old, oldest=OLD).outcome == OK
    op = read(old, oldest=NEW)
    assert (op.outcome, op.fault_at) == (INTEGRITY, 0)
    assert op.detail.startswith("at byte 0: an old version came, that of 2026-09-21T14:13:20.000000Z, although that of")
    assert "that of the first write" in read(content(), oldest=NEW).detail
    assert read(content(version=NEW), oldest=OLD).outcome == OK


def test_an_operation_that_failed_keeps_its_reason() -> None:
    inspector = Inspector(Payload(7))
    op = Operation(0)
    op.key, op.outcome, op.detail = "a/b", RESET, "cut off"
    inspection = inspector.open()
    inspection.begin(op)
    inspection.look(memoryview(content("other")))
    inspection.end(op)
    assert (op.outcome, op.detail) == (RESET, "cut off")
    assert inspector.counters["verified"] == 0


def test_a_body_of_another_length_tells_where_it_ended() -> None:
    op = Operation(0)
    op.key, op.offset = "a/b", 100
    inspection = Inspector(Payload(7)).open()
    inspection.begin(op)
    inspection.look(memoryview(content())[100:5000])
    op.outcome = INTEGRITY  # as the driver says of the length
    inspection.end(op)
    assert op.fault_at == 5000


def test_it_is_counted_what_was_looked_at_and_how_long_that_took() -> None:
    ticks = iter(range(0, 1000, 10))
    clock: Callable[[], int] = lambda: next(ticks)  # noqa: E731
    inspector = Inspector(Payload(7), clock)
    inspection = inspector.open()
    for size in (SIZE, 10):  # the second is too short to tell its version
        op = Operation(0)
        op.key = "a/b"
        inspection.begin(op)
        inspection.look(memoryview(content(size=size)))
        inspection.end(op)
        assert op.outcome == OK
    assert inspector.counters == {"verified": 1, "verified_bytes": SIZE, "verify_ns": 20}

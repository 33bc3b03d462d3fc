"""file:// and direct://: one contract for both, on io_uring, on threads, and where every operation runs in a thread."""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.stores.base import COPY, DELETE, GET, LIST, PUT, STAT, DriverConfig, Operation
from s3bench_tui.stores.outcome import CLIENT, INTEGRITY, name_of
from s3bench_tui.stores.registry import open_driver
from tests.stores.file_rig import WAYS, Open, Payload, ask, content, good, opening, way_id

SIZES = [0, 1, 511, 512, 4095, 4096, 4097, 70_000, 262_144, 262_145, 1_048_576, 3_000_001]


@pytest.fixture(params=WAYS, ids=way_id)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens drivers below tmp_path in one of the ways, and closes them."""
    yield from opening(request.param, tmp_path)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("write", ["in_place", "rename"])
def test_what_is_put_is_there_and_is_got(opened: Open, tmp_path: Path, size: int, write: str) -> None:
    driver = opened(write=write, fsync=size == 4097)
    (tmp_path / "k").write_bytes(b"old" * 2_000_000)
    assert good(ask(driver, PUT, "k", length=size, version=3)).transferred == size
    assert (tmp_path / "k").read_bytes() == content("k", 3, 0, size)
    assert os.listdir(tmp_path) == ["k"]
    for length in (size, -1):
        op = good(ask(driver, GET, "k", length=length))
        assert (op.transferred, op.items, op.pages) == (size, 0, 0)
        assert (op.first_byte_ns > 0) == (size > 0) or length == 0


@pytest.mark.parametrize("mode", ["auto", "normal", "sequential", "random", "dontneed"])
def test_every_page_cache_mode_reads_the_same(opened: Open, tmp_path: Path, mode: str) -> None:
    (tmp_path / "k").write_bytes(os.urandom(700_000))
    driver = opened(page_cache_mode=mode)
    for _ in range(2):
        assert good(ask(driver, GET, "k", length=700_000)).transferred == 700_000
        assert good(ask(driver, GET, "k", offset=300_000, length=50_000)).transferred == 50_000


@pytest.mark.parametrize(
    ("offset", "length"),
    [(0, 4096), (4096, 8192), (1, 1), (4095, 2), (5000, 100_000), (0, 2_000_000), (1_999_999, 1), (123, 1_500_000)],
)
def test_ranges_bring_the_bytes_that_were_asked_for(opened: Open, tmp_path: Path, offset: int, length: int) -> None:
    (tmp_path / "k").write_bytes(os.urandom(2_000_000))
    assert good(ask(opened(), GET, "k", offset=offset, length=length)).transferred == length


def test_a_range_past_the_end_is_short(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(bytes(10_000))
    driver = opened()
    op = ask(driver, GET, "k", offset=9_000, length=4_096)
    assert (op.outcome, op.transferred) == (INTEGRITY, 1_000)
    assert "1000 bytes where 4096" in op.detail
    assert ask(driver, GET, "k", offset=50_000, length=10).outcome == INTEGRITY
    assert good(ask(driver, GET, "k", offset=9_000, length=-1)).transferred == 1_000


@pytest.mark.parametrize(
    ("is_there", "asked"), [(100, 4096), (0, 1), (8192, 4096), (1_000_000, 2_000_000), (3_000_000, 1_048_576), (1, 0)]
)
def test_a_file_of_another_size_is_no_success(opened: Open, tmp_path: Path, is_there: int, asked: int) -> None:
    (tmp_path / "k").write_bytes(bytes(is_there))
    assert ask(opened(), GET, "k", length=asked).outcome == INTEGRITY


@pytest.mark.parametrize(
    "key", ["a b", "ünï/çødé ✓", "100%25", "new\nline", "a..b", "deep/er/est/k", ".hidden", "+&=?#;'\"\\", "x" * 255]
)
def test_odd_names_go_and_come_back(opened: Open, tmp_path: Path, key: str) -> None:
    driver = opened()
    good(ask(driver, PUT, key, length=5000))
    assert (tmp_path / key).read_bytes() == content(key, 0, 0, 5000)
    good(ask(driver, GET, key, length=5000))
    good(ask(driver, STAT, key))
    assert good(ask(driver, LIST, key)).items == 1
    good(ask(driver, DELETE, key))
    assert not (tmp_path / key).exists()


def test_ranges_of_more_files_than_stay_open(opened: Open, tmp_path: Path) -> None:
    driver = opened()
    for i in range(300):
        (tmp_path / f"k{i}").write_bytes(bytes(8192))
    for i in (*range(300), *range(300)):
        assert good(ask(driver, GET, f"k{i}", offset=4096, length=4096)).transferred == 4096
    assert len(os.listdir("/proc/self/fd")) < 300


def test_list_goes_by_the_start_of_the_key(opened: Open, tmp_path: Path) -> None:
    driver = opened()
    for key in ("data/a1", "data/a2", "data/sub/a3", "database", "other", "data/b"):
        (tmp_path / key).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / key).write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path)
    for prefix, items in {
        "": 7,
        "data": 5,
        "data/": 4,
        "data/a": 2,
        "data/sub": 1,
        "data/sub/a3": 1,
        "no": 0,
        "no/such/": 0,
    }.items():
        op = good(ask(driver, LIST, prefix))
        assert (prefix, op.items) == (prefix, items)
    assert good(ask(driver, LIST, "data/")).pages == 2
    assert ask(driver, LIST, "../").outcome == CLIENT


@pytest.mark.parametrize("write", ["in_place", "rename"])
def test_many_slots_of_all_kinds_at_once(opened: Open, tmp_path: Path, write: str) -> None:
    driver = opened(write=write)
    for i in range(16):
        (tmp_path / f"k{i}").write_bytes(bytes(300_000))
    ops = [Operation(slot) for slot in range(48)]
    for op in ops:
        op.kind = (GET, PUT, STAT, GET, LIST, GET)[op.slot % 6]
        op.key = f"{'put' if op.kind == PUT else 'k'}{op.slot % 16}"
        op.length, op.offset = 300_000, -1
        if op.slot % 6 == 5:
            op.offset, op.length = 4096 * op.slot, 4096
    for _ in range(3):
        for op in ops:
            driver.submit(op)
        seen: list[int] = []
        deadline = time.monotonic() + 30
        while len(seen) < len(ops) and time.monotonic() < deadline:
            seen += [op.slot for op in driver.wait(1_000_000_000)]
        assert sorted(seen) == list(range(48))
        assert {name_of(op.outcome) for op in ops} == {"ok"}
    assert list(driver.wait(0)) == []
    for i in range(1, 48, 6):
        assert (tmp_path / f"put{i % 16}").read_bytes() == content(f"put{i % 16}", 0, 0, 300_000)


def test_wait_ends_in_time_with_nothing_to_do(opened: Open) -> None:
    driver = opened()
    since = time.monotonic_ns()
    assert list(driver.wait(3_000_000)) == []
    assert time.monotonic_ns() - since >= 3_000_000


def test_counters_say_which_way_it_went(opened: Open, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "k").write_bytes(bytes(4096))
    driver = opened()
    good(ask(driver, GET, "k", length=4096))
    counters = driver.counters()
    name = request.node.callspec.id
    assert ("io_uring" in counters) == ("uring" in name)
    assert ("io_threads" in counters) == ("uring" not in name)
    assert counters["cached_reads"] + counters["handed_over"] == 1
    if name.startswith("direct") or "remote" in name:
        assert counters["cached_reads"] == 0


def test_time_to_make_content_is_not_the_stores(opened: Open) -> None:
    class Slow(Payload):
        def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
            time.sleep(0.2)
            super().fill(out, key, version, offset)

    driver = opened(payload=Slow())
    since = time.monotonic_ns()
    op = good(ask(driver, PUT, "k", length=3_000_000))
    assert op.done_ns - op.dispatch_ns <= time.monotonic_ns() - since - 600_000_000


@pytest.mark.parametrize(("offset", "length"), [(0, 4096), (1, 1), (4095, 2), (5000, 100_000), (99_999, 4097)])
def test_the_memory_holds_what_the_file_holds_there(opened: Open, tmp_path: Path, offset: int, length: int) -> None:
    body = os.urandom(200_000)
    (tmp_path / "k").write_bytes(body)
    driver: Any = opened()
    driver._cached.view[:] = bytes(len(driver._cached.view))
    good(ask(driver, GET, "k", offset=offset, length=length, slot=3))
    memory = driver._buffers.get(3, driver._cached)
    assert body[offset : offset + length] in bytes(memory.view)


def test_cold_reads_come_from_the_disk(opened: Open, tmp_path: Path) -> None:
    body = os.urandom(600_000)
    driver = opened()
    for slot, fields in enumerate(({"length": 600_000}, {"length": -1}, {"offset": 300_000, "length": 5000})):
        with open(tmp_path / "k", "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        op = good(ask(driver, GET, "k", slot=slot, **fields))
        assert op.transferred == (600_000 if op.offset < 0 else 5000)


class TestCopy:
    @pytest.mark.parametrize("options", [{}, {"write": "rename", "fsync": True}])
    @pytest.mark.parametrize("size", [0, 5, 3_000_001])
    def test_the_copy_is_the_source(self, tmp_path: Path, size: int, options: dict[str, Any]) -> None:
        driver = open_driver(DriverConfig("file", str(tmp_path), options), Payload())
        good(ask(driver, PUT, "from", length=size))
        for _ in range(2):  # the second one over the first, and over a longer file
            op = good(ask(driver, COPY, "new/folder/to", source="from", length=size))
            assert op.transferred == 0
            assert (tmp_path / "new/folder/to").read_bytes() == content("from", 0, 0, size)
            (tmp_path / "new/folder/to").write_bytes(bytes(size + 5))
        driver.close()
        assert sorted(path.name for path in tmp_path.rglob("*")) == ["folder", "from", "new", "to"]

    def test_what_cannot_be_copied_leaves_nothing(self, tmp_path: Path) -> None:
        driver = open_driver(DriverConfig("file", str(tmp_path)), Payload())
        assert name_of(ask(driver, COPY, "to", source="nothing").outcome) == "os_ENOENT"
        assert ask(driver, COPY, "to", source="../etc").outcome == CLIENT
        driver.close()
        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("refusal", [errno.EXDEV, errno.EOPNOTSUPP])
    def test_where_the_kernel_does_not_copy_it_sends(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
    ) -> None:
        def refuse(*_: Any) -> int:
            raise OSError(refusal, os.strerror(refusal))

        monkeypatch.setattr(os, "copy_file_range", refuse)
        driver = open_driver(DriverConfig("file", str(tmp_path)), Payload())
        good(ask(driver, PUT, "from", length=70_000))
        good(ask(driver, COPY, "to", source="from", length=70_000))
        driver.close()
        assert (tmp_path / "to").read_bytes() == content("from", 0, 0, 70_000)

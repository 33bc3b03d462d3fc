"""The control plane of file:// and direct://, the mount table, and the ring's own edges."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.base import ObjectInfo, Operation, Store
from s3bench_tui.stores.files.direct import alignment_of
from s3bench_tui.stores.files.mount import Mount, mount_of
from s3bench_tui.stores.files.transfer import Buffer, Task
from s3bench_tui.stores.files.uring import Ring
from s3bench_tui.stores.registry import open_store


@pytest.fixture(params=["file", "direct"])
def scheme(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "direct" and mount_of(str(tmp_path)).kind in ("tmpfs", "overlay", "unknown"):
        pytest.skip("the temporary directory is on no disk of its own")
    return str(request.param)


def store_of(scheme: str, root: Path) -> Store:
    return open_store(Target(uri=f"{scheme}://{root}/"), 1, 2)


def test_probe_says_where_it_is_and_leaves_nothing(scheme: str, tmp_path: Path) -> None:
    for writes in (False, True):
        result = store_of(scheme, tmp_path).probe(writes)
        assert result.facts["file_system"] == mount_of(str(tmp_path)).kind
        assert result.facts["exists"] is True
        assert str(tmp_path) in result.summary
    assert ("alignment_bytes" in result.facts) == (scheme == "direct")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_root_is_made_only_when_allowed(scheme: str, tmp_path: Path) -> None:
    root = tmp_path / "a" / "b"
    store = store_of(scheme, root)
    assert list(store.list("")) == []
    with pytest.raises(TargetError, match="does not exist"):
        store.probe(writes=False)
    assert store.probe(writes=True).facts["exists"] is False
    with pytest.raises(TargetError, match="does not exist; create it"):
        store.make_ready(["x/"], create=False)
    assert not (tmp_path / "a").exists()
    store.make_ready(["x/y/", "z/", "", "x/y/pre"], create=True)
    assert sorted(path.name for path in root.rglob("*")) == ["x", "y", "z"]


def test_list_and_delete_know_no_other_keys(scheme: str, tmp_path: Path) -> None:
    for key in ("keep", "data/1", "data/2", "database"):
        (tmp_path / key).parent.mkdir(exist_ok=True)
        (tmp_path / key).write_bytes(b"x" * len(key))
    store = store_of(scheme, tmp_path)
    assert sorted(store.list("data"), key=lambda info: info.key) == [
        ObjectInfo("data/1", 6),
        ObjectInfo("data/2", 6),
        ObjectInfo("database", 8),
    ]
    assert store.delete(["data/1", "never/was", "data/2"]) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "database", "keep"]
    for key in ("../x", "/etc/hostname", ""):
        with pytest.raises(TargetError, match="leaves the target's directory"):
            store.delete([key])


def test_directories_that_it_made_go_when_they_are_empty(scheme: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    store = store_of(scheme, root)
    store.make_ready(["made/deep/"], create=True)
    (root / "made" / "deep" / "k").write_bytes(b"")
    (root / "foreign").mkdir()
    store.delete(["none"])
    assert (root / "made" / "deep").is_dir()
    store.delete(["made/deep/k"])
    assert [path.name for path in root.iterdir()] == ["foreign"]


def test_a_file_as_root_is_refused(scheme: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(TargetError, match="is not a directory"):
        store_of(scheme, tmp_path / "f").probe(writes=True)


def test_driver_configuration_is_plain_data(scheme: str, tmp_path: Path) -> None:
    target = Target(uri=f"{scheme}://{tmp_path}", write="rename", fsync=True, page_cache_mode="dontneed")
    config = open_store(target, 1, 2).driver_config()
    assert (config.scheme, config.root) == (scheme, str(tmp_path))
    assert config.options == {
        "inline": config.options["inline"],
        "write": "rename",
        "fsync": True,
        "page_cache_mode": "dontneed",
    }


def test_memory_is_no_disk_for_direct(tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "none", tmp_path], capture_output=True, check=False).returncode:
        pytest.skip("this user cannot mount a tmpfs")
    try:
        with pytest.raises(
            TargetError, match=r"is on tmpfs, which has no O_DIRECT; use file://.* page_cache_mode: dontneed"
        ):
            store_of("direct", tmp_path).probe(writes=True)
        assert store_of("file", tmp_path).probe(writes=True).facts["file_system"] == "tmpfs"
    finally:
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_the_deepest_and_last_mount_counts(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
        "2 1 0:5 / /mnt rw - xfs /dev/sdb rw\n"
        "3 2 0:6 / /mnt/my\\040disk rw shared:1 - nfs4 server:/x rw\n"
        "4 2 0:7 / /mnt/my\\040disk rw - tmpfs none rw\n"
        "broken line\n"
    )
    assert mount_of("/mnt/my disk/a", str(table)) == Mount("tmpfs", "/mnt/my disk")
    assert mount_of("/mnt/my disks", str(table)).kind == "xfs"
    assert mount_of("/mnts", str(table)).kind == "ext4"
    assert mount_of("/", str(table / "none")).kind == "unknown"


def test_alignment_is_a_power_of_two(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"x")
    fd = os.open(tmp_path / "k", os.O_RDONLY)
    try:
        unit = alignment_of(fd)
    finally:
        os.close(fd)
    assert unit == 0 or (unit >= 512 and unit & (unit - 1) == 0)


@pytest.fixture
def ring() -> Ring:
    try:
        return Ring(entries=4)
    except OSError as error:
        pytest.skip(f"no io_uring here: {error}")


def test_more_reads_than_the_ring_has_entries(ring: Ring, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(bytes(range(256)) * 256)
    fd = os.open(tmp_path / "k", os.O_RDONLY)
    results: dict[int, bytes] = {}

    def task(slot: int) -> Task:
        buffer = Buffer(4096)
        got = yield fd, buffer, 10, slot
        got += yield fd, buffer, 5, slot
        results[slot] = bytes(buffer.view[:10]) if got == 15 else b""

    for slot in range(100):
        assert ring.start(Operation(slot), task(slot)) is False
    ended = 0
    while ended < 100:
        seen = ring.reap(5_000_000_000)
        assert seen
        ended += len(seen)
    assert ring.busy == 0
    assert results == {slot: bytes(range(slot, slot + 10)) for slot in range(100)}
    ring.close()
    os.close(fd)


def test_the_rings_wait_ends_in_time_and_its_close_lets_go(ring: Ring) -> None:
    reader, writer = os.pipe()

    def task() -> Task:
        yield reader, Buffer(4096), 10, 2**64 - 1

    ring.start(Operation(0), task())
    since = time.monotonic_ns()
    assert ring.reap(5_000_000) == []
    assert 5_000_000 <= time.monotonic_ns() - since < 2_000_000_000
    assert ring.reap(0) == []
    os.write(writer, b"x")
    assert len(ring.reap(5_000_000_000)) == 1
    ring.close()
    os.close(reader)
    os.close(writer)


def test_what_the_kernel_refuses_is_the_tasks_to_know(ring: Ring) -> None:
    results = []

    def task() -> Task:
        results.append((yield 12345, Buffer(4096), 10, 0))

    ring.start(Operation(0), task())
    assert len(ring.reap(5_000_000_000)) == 1
    assert results == [-9]
    ring.close()

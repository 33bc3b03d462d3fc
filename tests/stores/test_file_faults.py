"""What file:// and direct:// refuse, what is not there or vanishes, and what the system has no room or no leave for."""

import errno
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import DELETE, GET, PUT, STAT, DriverConfig, Operation
from s3bench_tui.stores.options import LineOptions
from s3bench_tui.stores.outcome import CLIENT, INTEGRITY, OK, PARTIAL, name_of, of_errno
from s3bench_tui.stores.registry import open_driver
from tests.stores.file_rig import WAYS, Open, Payload, ask, content, good, has_direct, opening, way_id


@pytest.fixture(params=WAYS, ids=way_id)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens drivers below tmp_path in one of the ways, and closes them."""
    yield from opening(request.param, tmp_path)


@pytest.mark.parametrize("kind", [GET, PUT, STAT, DELETE])
@pytest.mark.parametrize("key", ["../out", "a/../../out", "/etc/hostname", "", "..", "nul\0byte"])
def test_keys_that_leave_the_root_are_refused(opened: Open, tmp_path: Path, kind: int, key: str) -> None:
    inner = tmp_path / "root"
    inner.mkdir()
    (tmp_path / "out").write_bytes(b"12345")
    op = ask(opened(root=inner), kind, key, length=5)
    assert op.outcome == CLIENT
    assert op.detail
    assert (tmp_path / "out").read_bytes() == b"12345"
    assert list(inner.iterdir()) == []


@pytest.mark.parametrize("kind", [GET, STAT, DELETE])
def test_missing_is_enoent(opened: Open, kind: int) -> None:
    op = ask(opened(), kind, "none/such", length=4096)
    assert op.outcome == of_errno(errno.ENOENT)
    assert "No such file or directory" in op.detail
    assert "none/such" in op.detail
    assert op.transferred == op.items == 0


def test_missing_range_is_enoent(opened: Open) -> None:
    assert ask(opened(), GET, "none", offset=0, length=1).outcome == of_errno(errno.ENOENT)


def test_a_directory_is_no_object(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    driver = opened()
    assert ask(driver, GET, "d", length=0).outcome != OK
    assert ask(driver, GET, "d", length=4096).outcome != OK
    assert ask(driver, PUT, "d", length=4096).outcome == of_errno(errno.EISDIR)
    assert ask(driver, DELETE, "d").outcome == of_errno(errno.EISDIR)


def test_vanished_and_replaced_files_are_seen_by_ranges(opened: Open, tmp_path: Path) -> None:
    driver = opened(write="rename")
    good(ask(driver, PUT, "k", length=10_000))
    good(ask(driver, GET, "k", offset=0, length=100))
    good(ask(driver, PUT, "k", length=50))
    assert ask(driver, GET, "k", offset=0, length=100).outcome == INTEGRITY
    good(ask(driver, DELETE, "k"))
    assert ask(driver, GET, "k", offset=0, length=10).outcome == of_errno(errno.ENOENT)


def test_a_range_is_never_of_a_file_that_is_gone(opened: Open, tmp_path: Path) -> None:
    driver = opened(write="rename")
    (tmp_path / "k").write_bytes(bytes(8192))
    for _ in range(3):
        assert good(ask(driver, GET, "k", offset=4096, length=4096)).transferred == 4096
    assert good(ask(driver, PUT, "k", length=4096)).transferred == 4096
    assert name_of(ask(driver, GET, "k", offset=4096, length=4096).outcome) == "integrity"  # the new one is shorter
    good(ask(driver, DELETE, "k"))
    assert name_of(ask(driver, GET, "k", offset=0, length=4096).outcome) == "os_ENOENT"


def test_parents_are_made_once_and_again_when_they_vanish(opened: Open, tmp_path: Path) -> None:
    driver = opened()
    good(ask(driver, PUT, "a/b/one", length=10))
    good(ask(driver, PUT, "a/b/two", length=10))
    assert driver.counters()["parents_made"] == 1
    for path in ("a/b/one", "a/b/two"):
        (tmp_path / path).unlink()
    (tmp_path / "a/b").rmdir()
    assert ask(driver, PUT, "a/b/three", length=10).outcome == of_errno(errno.ENOENT)
    good(ask(driver, PUT, "a/b/three", length=10))


def test_batched_delete_takes_each_key_and_says_which_failed(opened: Open, tmp_path: Path) -> None:
    driver = opened()
    for i in range(5):
        (tmp_path / f"k{i}").write_bytes(b"x")
    assert good(ask(driver, DELETE, keys=("k0", "k1"))).items == 2
    op = ask(driver, DELETE, keys=("k2", "gone", "k3"))
    assert (op.outcome, op.items) == (PARTIAL, 2)
    assert "1 of 3" in op.detail
    assert ask(driver, DELETE, keys=("k4", "../k")).outcome == CLIENT
    assert os.listdir(tmp_path) == ["k4"]


def test_close_with_reads_in_flight(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(bytes(5_000_000))
    driver = opened(page_cache_mode="dontneed")
    ops = [Operation(slot) for slot in range(8)]
    for op in ops:
        op.kind, op.key, op.length = GET, "k", 5_000_000
        driver.submit(op)


@pytest.mark.parametrize("write", ["rename", "in_place"])
def test_a_full_disk_is_enospc(opened: Open, tmp_path: Path, write: str) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], capture_output=True, check=False
    ).returncode:
        pytest.skip("this user cannot mount a small tmpfs")
    driver = None
    try:
        if not has_direct(small):
            pytest.skip("this kernel's tmpfs has no O_DIRECT")
        driver = opened(root=small, write=write)
        op = ask(driver, PUT, "k", length=2_500_000)
        assert op.outcome == of_errno(errno.ENOSPC)
        assert "No space left on device" in op.detail
        assert os.listdir(small) == []
        good(ask(driver, PUT, "k", length=1000))
    finally:
        subprocess.run(["umount", "--lazy", small], check=True)


def test_a_root_that_is_not_there_is_said_in_a_sentence(opened: Open, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"cannot open the directory .*/none: No such file or directory"):
        opened(root=tmp_path / "none")


DENIED = """
import os, sys
from s3bench_tui.stores.base import DriverConfig, Operation, GET, PUT, DELETE
from s3bench_tui.stores.outcome import name_of
from s3bench_tui.stores.registry import open_driver
class Payload:
    def fill(self, *rest): pass
driver = open_driver(DriverConfig("file", sys.argv[1], {"io": sys.argv[2]}), Payload())
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
for kind, key in ((GET, "secret"), (PUT, "new"), (PUT, "sub/new"), (DELETE, "secret")):
    op = Operation(0)
    op.kind, op.key, op.length = kind, key, 10
    driver.submit(op)
    while not driver.wait(10**9): pass
    print(name_of(op.outcome))
"""


@pytest.mark.parametrize("io", ["auto", "threads"])
def test_denied_is_eacces(io: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(10))
    (tmp_path / "secret").chmod(0)
    tmp_path.chmod(0o555)
    out = subprocess.run(
        [sys.executable, "-c", DENIED, tmp_path, io], capture_output=True, text=True, check=False, timeout=30
    )
    tmp_path.chmod(0o755)
    assert out.stdout.split() == ["os_EACCES"] * 4, out.stderr


@pytest.mark.parametrize("write", ["in_place", "rename"])
def test_only_new_files_are_made(tmp_path: Path, write: str) -> None:
    lines = (LineOptions(if_none_match="*"),)
    driver = open_driver(DriverConfig("file", str(tmp_path), {"write": write}, lines=lines), Payload())
    good(ask(driver, PUT, "k", length=10))
    assert name_of(ask(driver, PUT, "k", length=20).outcome) == "os_EEXIST"
    driver.close()
    assert [path.name for path in tmp_path.iterdir()] == ["k"]
    assert (tmp_path / "k").read_bytes() == content("k", 0, 0, 10)


UNWRITABLE = """
import os, sys
from s3bench_tui.errors import TargetError
from s3bench_tui.spec.model.target import Target
from s3bench_tui.stores.registry import open_store
root = sys.argv[1]
store = open_store(Target(uri=f"file://{root}/"), 1, 2)
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
store.make_ready(["open/a", "open/deep/b"], create=True)
for prefix in ("closed/a", "closed/deep/a"):
    try:
        store.make_ready(["new/", prefix], create=True)
    except TargetError as error:
        print(error)
"""


def test_a_folder_below_the_root_that_cannot_be_written_is_told_before_the_load() -> None:
    with tempfile.TemporaryDirectory() as made:  # pytest's own folders are closed to the user that root becomes here
        root = Path(made)
        for folder, mode in (("", 0o777), ("open", 0o777), ("closed", 0o555)):
            (root / folder).mkdir(exist_ok=True)
            (root / folder).chmod(mode)
        out = subprocess.run(
            [sys.executable, "-c", UNWRITABLE, root], capture_output=True, text=True, check=False, timeout=30
        )
        (root / "closed").chmod(0o755)
        advice = "Permission denied (EACCES); give this user the permission, or write another directory"
        assert out.stdout.splitlines() == [f"{root}/closed: {advice}", f"{root}/closed/deep: {advice}"], out.stderr
        assert not (root / "new").exists(), "what was made for nothing goes again"

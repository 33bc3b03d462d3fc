"""Control plane of file:// and direct://: probe, list, make directories, delete. Never timed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import DriverConfig, ObjectInfo, ProbeResult
from s3bench_tui.stores.files.mount import LOCAL, mount_of
from s3bench_tui.stores.files.tree import infos_below, is_safe
from s3bench_tui.stores.uri import Uri
from s3bench_tui.units import format_size

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target


_ADVICE = {
    errno.ENOSPC: "make room there, or write another directory",
    errno.EDQUOT: "make room there, or write another directory",
    errno.EROFS: "mount it for writing, or write another directory",
    errno.EACCES: "give this user the permission, or write another directory",
    errno.EPERM: "give this user the permission, or write another directory",
    errno.ENOTDIR: "a part of the path is a file; write a directory",
    errno.ENAMETOOLONG: "write a shorter path",
    errno.EIO: "look into the kernel's log",
}


class DirectoryStore:
    """A root directory and what is below it. Removes the keys it is given, and directories that it made itself."""

    lacks_objects = True
    renewal_error = ""

    def __init__(self, target: Target, uri: Uri, operation_timeout_ns: int) -> None:
        self._root = uri.root
        self._made: list[str] = []
        self._mount = mount_of(uri.root)
        options = {
            "inline": self._mount.kind in LOCAL,
            "write": target.write,
            "fsync": target.fsync,
            "page_cache_mode": target.page_cache_mode,
        }
        self._config = DriverConfig(uri.scheme, uri.root, options, {}, 0, operation_timeout_ns)

    def probe(self, writes: bool) -> ProbeResult:
        """A root that is missing is fine where its parent can be written to: `make_ready` makes it."""
        with self._for_nothing():
            return self._probe(writes)

    def _probe(self, writes: bool) -> ProbeResult:
        exists = os.path.isdir(self._root)
        place = self._root
        while not exists and writes and not os.path.lexists(place):
            place = os.path.dirname(place)
        _check_access(place, writes)
        if writes and exists:
            with self._scratch() as fd, _words(self._root):
                os.write(fd, b"probe")
        space = os.statvfs(place)
        free = space.f_bavail * space.f_frsize
        facts = {
            "file_system": self._mount.kind,
            "mount_point": self._mount.point,
            "free_bytes": free,
            "exists": exists,
        }
        return ProbeResult(
            f"{self._root}: {self._mount.kind}, {format_size(free)} free{'' if exists else ', to be created'}", facts
        )

    @contextmanager
    def _scratch(self) -> Iterator[int]:
        """A new file in the root, open for writing, that is gone afterwards."""
        path = f"{self._root}/.s3bench-probe-{os.urandom(4).hex()}"
        with _words(path):
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            yield fd
        finally:
            os.close(fd)
            os.unlink(path)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        if not os.path.lexists(self._root):
            return
        with _words(self._root):
            root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
            try:
                yield from infos_below(root, prefix)
            finally:
                os.close(root)

    def read(self, key: str) -> bytes | None:
        with _words(f"{self._root}/{key}"):
            try:
                return Path(self._root, key).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, key: str, body: bytes) -> None:
        path = Path(self._root, key)
        part = path.with_name(f"{path.name}.{os.urandom(4).hex()}.part")
        with _words(str(path)):
            self._make(str(path.parent))
            try:
                part.write_bytes(body)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        if not create and not os.path.isdir(self._root):
            raise TargetError(f"{self._root} does not exist; create it, or let a data set create it")
        with self._for_nothing():
            for prefix in ("", *prefixes):
                folder = prefix.rpartition("/")[0]
                if folder and not is_safe(folder):
                    raise TargetError(f"the prefix {prefix!r} leaves the target's directory")
                place = f"{self._root}/{folder}" if folder else self._root
                self._make(place)
                _check_access(place, writes=True)

    def _make(self, path: str) -> None:
        missing = []
        while not os.path.isdir(path):
            missing.append(path)
            path = os.path.dirname(path)
        for folder in reversed(missing):
            with _words(folder):
                try:
                    os.mkdir(folder)
                except FileExistsError:
                    continue  # another worker, or another run, was first: it is not ours to remove
            self._made.append(folder)

    def delete(self, keys: Sequence[str]) -> int:
        gone = 0
        for key in keys:
            if not is_safe(key):
                raise TargetError(f"the key {key!r} leaves the target's directory; nothing is deleted there")
            with _words(f"{self._root}/{key}"):
                with suppress(FileNotFoundError):
                    os.unlink(f"{self._root}/{key}")
                gone += 1
        if gone:
            self._remove_made()
        return gone

    @contextmanager
    def _for_nothing(self) -> Iterator[None]:
        """Where this fails, there will be no load, and directories that were made for it go again."""
        try:
            yield
        except TargetError:
            self._remove_made()
            raise

    def _remove_made(self) -> None:
        """Take back the directories that `make_ready` made, where they are empty again."""
        kept = []
        for folder in reversed(self._made):
            try:
                os.rmdir(folder)
            except OSError:
                kept.append(folder)
        self._made = kept[::-1]

    def driver_config(self) -> DriverConfig:
        return self._config

    def renewed_credentials(self) -> Mapping[str, str] | None:
        return None

    def close(self) -> None:
        """Nothing is open."""


def _check_access(folder: str, writes: bool) -> None:
    if not os.path.isdir(folder):
        what = "is not a directory" if os.path.lexists(folder) else "does not exist"
        raise TargetError(f"{folder} {what}; write a directory that exists, or let a data set create it")
    if not os.access(folder, os.R_OK | os.X_OK | (os.W_OK if writes else 0)):
        read_only = writes and os.statvfs(folder).f_flag & os.ST_RDONLY
        raise _sentence(folder, errno.EROFS if read_only else errno.EACCES)


@contextmanager
def _words(path: str) -> Iterator[None]:
    """What the system refuses, as a sentence about this path."""
    try:
        yield
    except OSError as error:
        raise _sentence(error.filename or path, error.errno or 0) from None


def _sentence(path: str, number: int) -> TargetError:
    advice = _ADVICE.get(number, "check the path, or write another directory")
    return TargetError(f"{path}: {os.strerror(number)} ({errno.errorcode.get(number, number)}); {advice}")

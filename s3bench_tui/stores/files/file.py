"""file://: files below a directory, through the page cache. Keys are paths relative to the root.

What the page cache holds is read at once, in `submit`; reads that wait for the disk go to io_uring, from the same
thread, or to threads where the kernel forbids it. Writing, deleting and listing may wait in any system call, and run
in threads. On file systems that ask a server even to open a file, every operation runs in a thread. An operation is
timed from open to close; of ranged reads files stay open (the last 128), and only the read is timed. Files cannot be
taken back from the kernel: the operation's time-out does not end them.

Options: `io` (auto, uring, threads), `inline` (metadata and cached reads at once), `write` (in_place, rename),
`fsync`, `page_cache_mode`. Counters say which way the operations took.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING

from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import COPY, DELETE, GET, LIST, PUT, STAT, DriverConfig, Operation, PayloadSource
from s3bench_tui.stores.files.descriptors import Descriptors
from s3bench_tui.stores.files.parents import DIRECTORY_WAYS, Parents
from s3bench_tui.stores.files.runner import Runner
from s3bench_tui.stores.files.threads import run
from s3bench_tui.stores.files.transfer import Buffer, Read, Task, check
from s3bench_tui.stores.files.tree import files_below, is_safe, unlink_all
from s3bench_tui.stores.files.writer import Writer
from s3bench_tui.stores.outcome import CLIENT, INTEGRITY, OK, PARTIAL, of_errno
from s3bench_tui.stores.walk import Walks

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target
    from s3bench_tui.stores.base import Inspector
    from s3bench_tui.stores.files.directory import DirectoryStore
    from s3bench_tui.stores.uri import Uri

CHUNK_BYTES = 1024 * 1024
"""Longest single transfer."""
_INLINE_BYTES = 256 * 1024
_LEAST_BUFFER_BYTES = 64 * 1024
_OPEN_FILES = 128
_RWF_NOWAIT = getattr(os, "RWF_NOWAIT", 0)
_ADVICE = {"sequential": "POSIX_FADV_SEQUENTIAL", "random": "POSIX_FADV_RANDOM"}


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> DirectoryStore:
    """The control plane."""
    from s3bench_tui.stores.files.directory import DirectoryStore

    return DirectoryStore(target, uri, operation_timeout_ns)


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> FileDriver:
    """The data plane; TargetError where the root is not there."""
    if inspector is not None:
        from s3bench_tui.stores.files.verifying import VerifyingFileDriver

        return VerifyingFileDriver(config, payload, inspector)
    return FileDriver(config, payload)


class FileDriver:
    """Data plane of file://, and with other ways to read and write of direct://."""

    writer: type[Writer] = Writer
    polled = False
    woke_ns = 0
    begin: Callable[[], Sequence[Operation]] | None = None

    def __init__(self, config: DriverConfig, payload: PayloadSource) -> None:
        options = config.options
        self._inline = bool(options.get("inline", True))
        self._mode = str(options.get("page_cache_mode", "auto"))
        self._read_flags = os.O_RDONLY
        self._advice = getattr(os, _ADVICE.get(self._mode, ""), None)
        try:
            self._root = os.open(config.root, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise TargetError(f"cannot open the directory {config.root}: {error.strerror}") from None
        self._place = config.root
        self._io = Runner(str(options.get("io", "auto") if self._inline else "threads"))
        self._open = Descriptors(self._open_range, _OPEN_FILES)
        self._at_once = self._inline and bool(_RWF_NOWAIT) and self._mode != "dontneed"
        self._cached = Buffer(_INLINE_BYTES)
        self._vector = [self._cached.memory]
        self._buffers: dict[int, Buffer] = {}
        self._parents = Parents(config.root, self._root)
        self._writer = self.writer(config, payload, self._root, self._parents)
        self._walks = Walks(self._root, config.lines)
        self._done: list[Operation] = []
        self._seen: list[Operation] = []
        self._cached_reads = self._handed_over = self._nowait_refused = 0
        self._outstanding = 0
        """Operations that were handed over and have not been reaped."""

    # --- what the engine calls --------------------------------------------------------------------------------------

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Nothing is connected; buffers are made when it is known how large they must be."""

    def submit(self, op: Operation) -> None:
        key = op.key
        if op.kind != GET or ".." in key or key[:1] in "/":  # as "" is, too
            self._begin(op)
            return
        if op.offset >= 0:
            if not (self._at_once and self._range_at_once(op)):
                self._hand_over(op, self._get_range(op))
            return
        if not self._at_once:
            self._begin(op)
            return
        op.items = op.pages = 0
        op.dispatch_ns = time.monotonic_ns()
        try:
            fd = os.open(key, os.O_RDONLY, dir_fd=self._root)
        except (OSError, ValueError) as error:
            self._fail(op, error)
            self._done.append(op)
            return
        try:
            if self._advice is not None:
                os.posix_fadvise(fd, 0, 0, self._advice)
            got = os.preadv(fd, self._vector, 0, _RWF_NOWAIT)
        except OSError as error:
            self._missed(error)
            self._hand_over(op, self._read_on(op, fd, 0))
            return
        if got == op.length:
            op.first_byte_ns = time.monotonic_ns()
            os.close(fd)
            op.done_ns = time.monotonic_ns()
            op.transferred = got
            op.outcome = OK
            op.detail = ""
            self._cached_reads += 1
            self._done.append(op)
            return
        self._hand_over(op, self._read_on(op, fd, got))

    def _range_at_once(self, op: Operation) -> bool:
        """Whether the page cache had the whole range; where it had not, the read that waits is timed, and not this look."""
        if not 0 <= op.length <= _INLINE_BYTES:
            return False
        try:
            fd = self._open.take(op.key)
        except (OSError, ValueError):
            return False  # `_get_range` will say so
        op.dispatch_ns = time.monotonic_ns()
        try:
            got = os.preadv(fd, [self._cached.view[: op.length]], op.offset, _RWF_NOWAIT)
        except OSError as error:
            self._missed(error)
            got = -1
        op.first_byte_ns = op.done_ns = time.monotonic_ns()
        self._open.give(op.key, fd)
        if got != op.length:
            return False
        op.transferred = got
        op.items = op.pages = 0
        op.outcome = OK
        op.detail = ""
        self._cached_reads += 1
        self._done.append(op)
        return True

    def _missed(self, error: OSError) -> None:
        """Not in the page cache; or this file system cannot say so, and is not asked again."""
        if error.errno == errno.EOPNOTSUPP:
            self._at_once = False
            self._nowait_refused = 1

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        done = self._done
        self._done = self._seen
        self._seen = done
        self._done.clear()
        if self._outstanding:
            ended = self._io.reap(0 if done else timeout_ns)
            self._outstanding -= len(ended)
            done.extend(ended)
        elif not done and timeout_ns > 0:
            time.sleep(timeout_ns / 1e9)
        return done

    def renew(self, credentials: Mapping[str, str]) -> None:
        """There are none."""

    def counters(self) -> Mapping[str, int]:
        """`io_uring` or `io_threads` is 1, by what is used; `cached_reads` were done at once, `handed_over` were not."""
        return {
            "io_uring" if self._io.ring else "io_threads": 1,
            "cached_reads": self._cached_reads,
            "handed_over": self._handed_over,
            "parents_made": self._parents.made,
            "nowait_refused": self._nowait_refused,
        }

    def close(self) -> None:
        self._io.close()
        self._open.close()
        self._walks.close()
        os.close(self._root)

    # --- from an operation to a task --------------------------------------------------------------------------------

    def _begin(self, op: Operation) -> None:
        op.items = op.pages = op.transferred = op.first_byte_ns = 0
        op.outcome = OK
        op.detail = ""
        keys = op.keys if op.kind == DELETE and op.keys else (op.key, op.source) if op.kind == COPY else (op.key,)
        if op.kind != LIST and not all(map(is_safe, keys)):
            op.dispatch_ns = op.done_ns = time.monotonic_ns()
            op.outcome = CLIENT
            op.detail = "a key is a path below the root: not empty, not absolute, without `..`"
            self._done.append(op)
        elif op.kind == GET:
            self._hand_over(op, self._guarded(op))
        elif op.kind == STAT and self._inline:
            run(self._guarded(op))
            self._done.append(op)
        else:
            self._handed_over += 1
            self._outstanding += 1
            self._io.start(op, self._guarded(op))

    def _hand_over(self, op: Operation, task: Task) -> None:
        self._handed_over += 1
        if self._io.start_read(op, task):
            self._done.append(op)
        else:
            self._outstanding += 1

    def _guarded(self, op: Operation) -> Task:
        """The operation's task; whatever the system refuses is its outcome, also before it is timed."""
        op.dispatch_ns = time.monotonic_ns()
        try:
            if op.kind == GET:
                yield from self._get(op) if op.offset < 0 else self._get_range(op)
            elif op.kind in DIRECTORY_WAYS:
                DIRECTORY_WAYS[op.kind](self._parents, op)
            else:
                _WAYS[op.kind](self, op)
        except (OSError, ValueError) as error:
            self._parents.forget(op.key)
            self._fail(op, error)

    def _fail(self, op: Operation, error: OSError | ValueError) -> None:
        op.done_ns = time.monotonic_ns()
        op.first_byte_ns = 0
        op.transferred = op.items = op.pages = 0
        if isinstance(error, OSError):
            op.outcome = of_errno(error.errno or 0)
            op.detail = f"{error.strerror}: {self._place}/{op.key}"
        else:
            op.outcome = CLIENT
            op.detail = f"the key cannot be a file name: {error}"

    def _mismatch(self, op: Operation, got: int) -> None:
        op.outcome = INTEGRITY
        op.detail = f"{got} bytes where {op.length} were asked for: {self._place}/{op.key}"

    # --- GET --------------------------------------------------------------------------------------------------------

    def _get(self, op: Operation) -> Task:
        op.dispatch_ns = time.monotonic_ns()
        fd = os.open(op.key, self._read_flags, dir_fd=self._root)
        if self._advice is not None:
            os.posix_fadvise(fd, 0, 0, self._advice)
        yield from self._read_on(op, fd, 0)

    def _read_on(self, op: Operation, fd: int, got: int) -> Task:
        """The rest of a whole file, of which `got` bytes are read; closes it."""
        op.first_byte_ns = time.monotonic_ns() if got else 0
        op.outcome = OK
        op.detail = ""
        try:
            try:
                got = yield from self._read(op, fd, 0, op.length, got)
                if got == op.length:
                    got = os.fstat(fd).st_size  # it may have more than was asked for
            finally:
                if self._mode == "dontneed":
                    op.done_ns = time.monotonic_ns()
                    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(fd)
            if self._mode != "dontneed":
                op.done_ns = time.monotonic_ns()
        except OSError as error:
            self._fail(op, error)
            return
        op.transferred = min(got, op.length) if op.length >= 0 else got
        if op.length >= 0 and got != op.length:
            self._mismatch(op, got)

    def _get_range(self, op: Operation) -> Task:
        op.items = op.pages = op.transferred = op.first_byte_ns = 0
        op.outcome, op.detail = OK, ""
        op.dispatch_ns = time.monotonic_ns()
        try:
            fd = self._open.take(op.key)
            try:
                op.dispatch_ns = time.monotonic_ns()
                got = yield from self._read(op, fd, op.offset, op.length, 0)
                op.done_ns = time.monotonic_ns()
                if self._mode == "dontneed":
                    os.posix_fadvise(fd, op.offset, got, os.POSIX_FADV_DONTNEED)
            finally:
                self._open.give(op.key, fd)
        except (OSError, ValueError) as error:
            self._fail(op, error)
            return
        op.transferred = got
        if got != op.length and op.length >= 0:
            self._mismatch(op, got)

    def _open_range(self, key: str) -> int:
        fd = os.open(key, os.O_RDONLY, dir_fd=self._root)
        # Without advice the kernel reads ahead what nobody has asked for.
        advice = os.POSIX_FADV_RANDOM if self._mode == "auto" else self._advice
        if advice is not None:
            os.posix_fadvise(fd, 0, 0, advice)
        return fd

    def _read(self, op: Operation, fd: int, offset: int, length: int, got: int) -> Generator[Read, int, int]:
        """Bytes read of `length` (-1: to the end) from `offset` on, `got` of them already; sets `first_byte_ns`."""
        buffer = self._buffer(op.slot, length - got if length >= 0 else CHUNK_BYTES)
        while got < length or length < 0:
            wanted = min(buffer.size, length - got) if length >= 0 else buffer.size
            moved = yield fd, buffer, wanted, offset + got
            if moved <= 0:
                if check(moved):
                    break
                continue
            op.first_byte_ns = op.first_byte_ns or time.monotonic_ns()
            got += moved
        return got

    def _buffer(self, slot: int, size_bytes: int) -> Buffer:
        """This slot's own memory, grown to what the operation needs but no longer than a chunk; a power of two, so that
        it is a multiple of every alignment. Pages that are never touched take no memory."""
        buffer = self._buffers.get(slot)
        if buffer is None or buffer.size < min(size_bytes, CHUNK_BYTES):
            wanted = min(CHUNK_BYTES, max(_LEAST_BUFFER_BYTES, 1 << (size_bytes - 1).bit_length()))
            buffer = self._buffers[slot] = Buffer(wanted)
        return buffer

    # --- PUT, STAT, LIST, DELETE ------------------------------------------------------------------------------------

    def _stat(self, op: Operation) -> None:
        op.dispatch_ns = time.monotonic_ns()
        op.length = os.stat(op.key, dir_fd=self._root).st_size
        op.done_ns = time.monotonic_ns()

    def _list(self, op: Operation) -> None:
        op.dispatch_ns = time.monotonic_ns()
        if self._walks.takes(op):
            op.items, op.pages = self._walks.page(op), 1
            op.done_ns = time.monotonic_ns()
            return
        for files in files_below(self._root, op.key):
            op.items += len(files)
            op.pages += 1
            if not op.first_byte_ns:
                op.first_byte_ns = time.monotonic_ns()
        op.done_ns = time.monotonic_ns()

    def _put(self, op: Operation) -> None:
        self._writer.put(op, self._buffer(op.slot, max(op.length, 0)))
        self._open.forget(op.key)

    def _copy(self, op: Operation) -> None:
        self._writer.copy(op)
        self._open.forget(op.key)

    def _delete(self, op: Operation) -> None:
        op.dispatch_ns = time.monotonic_ns()
        keys = op.keys or (op.key,)
        op.items, failed = unlink_all(self._root, keys)
        op.done_ns = time.monotonic_ns()
        for key in keys:
            self._open.forget(key)
        if failed is None:
            return
        if not op.items:
            raise failed
        op.outcome = PARTIAL
        op.detail = f"{len(keys) - op.items} of {len(keys)} keys: {failed.strerror}: {failed.filename}"


_WAYS = {
    PUT: FileDriver._put,
    STAT: FileDriver._stat,
    LIST: FileDriver._list,
    DELETE: FileDriver._delete,
    COPY: FileDriver._copy,
}
"""Of what may wait in any system call."""

"""Runs tasks on io_uring: many reads in flight from one thread, without libraries, through three system calls.

The rings are memory shared with the kernel (see io_uring_setup(2)). No thread is woken, and no lock is passed on.
Completions are posted by the kernel in this thread's own calls, so that plain loads and stores are ordered enough.

A task's read is handed over at once, so that the disk has it while the caller goes on. An operation that is one read
and nothing else needs no task: `read` takes it, and what was taken begins together at `begin`, in one system call.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import struct
import time
from collections.abc import Callable, Sequence

from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.files.transfer import Read, Task

_SETUP, _ENTER = 425, 426  # the same on every architecture
_SETUP_COOP_TASKRUN, _SETUP_SINGLE_ISSUER, _SETUP_DEFER_TASKRUN = 1 << 8, 1 << 12, 1 << 13
_FEATURE_SINGLE_MMAP, _FEATURE_NODROP, _FEATURE_EXT_ARG = 1, 2, 1 << 8
_NEEDED = _FEATURE_SINGLE_MMAP | _FEATURE_NODROP | _FEATURE_EXT_ARG
_ENTER_GETEVENTS, _ENTER_EXT_ARG = 1, 1 << 3
_OFFSET_SQES = 0x10000000
_OP_READ = 22
_PARAMS = struct.Struct("=10I20I")  # sq_entries, cq_entries, flags, .., features at 5; sq_off from 10, cq_off from 20
_SQE = struct.Struct("=BBHiQQIIQ24x")  # opcode, flags, ioprio, fd, offset, address, length, rw_flags, user_data
_SQE_SHIFT = 6  # its size is 1 << 6
_CQE = struct.Struct("=QiI")  # user_data, result, flags
_GETEVENTS_ARG = struct.Struct("=QIIQ")  # sigmask, its size, padding, address of the timespec
_TIMESPEC = struct.Struct("=qq")

_NS_PER_S = 1_000_000_000
_DRAIN_NS = 2 * _NS_PER_S
_TOGETHER = 2
"""Reads that begin in one system call: more of them would cost less, and keep the disk waiting."""
_SINGLE = 1 << 61
"""Marks, in a read's user data beside the slot, one that is an operation of its own."""


class Ring:
    """Tasks over one io_uring; OSError where the kernel has none or forbids it. One thread only."""

    def __init__(self, entries: int = 256) -> None:
        self.busy = 0
        """Tasks and single reads that have not ended."""
        self.on_odd_read: Callable[[Operation, int], bool] = lambda op, result: True
        """Told of each single read that brought another number of bytes than its operation's `length`, or a negative
        errno; answers whether the operation has ended."""
        libc = ctypes.CDLL(None, use_errno=True)
        self._syscall = libc.syscall  # takes ready c_longs: to convert numbers at each call costs more than the call
        self._syscall.restype = ctypes.c_long
        self._fd, params = self._setup(entries)
        if params[5] & _NEEDED != _NEEDED:
            os.close(self._fd)
            raise OSError(errno.ENOSYS, "this kernel's io_uring is too old")
        self._entries, cq_entries = params[0], params[1]
        self._last_entry = self._entries - 1
        sq_head, sq_tail, _, _, _, _, sq_array = params[10:17]
        cq_head, cq_tail, _, _, _, cqes = params[20:26]
        size = max(sq_array + 4 * self._entries, cqes + _CQE.size * cq_entries)
        flags = mmap.MAP_SHARED | mmap.MAP_POPULATE
        self._memory = mmap.mmap(self._fd, size, flags)
        self._sqes = mmap.mmap(self._fd, self._entries * _SQE.size, flags, offset=_OFFSET_SQES)
        self._words = memoryview(self._memory).cast("I")
        for index in range(self._entries):
            self._words[sq_array // 4 + index] = index
        self._sq_tail, self._cq_head, self._cq_tail = sq_tail // 4, cq_head // 4, cq_tail // 4
        self._cqes, self._cq_mask = cqes, cq_entries - 1
        self._tail = self._words[sq_head // 4]
        self._unsubmitted = 0
        self._tasks: dict[int, tuple[Operation, Task]] = {}
        self._singles: dict[int, Operation] = {}
        self._taken: list[Operation] = []
        self._timespec = ctypes.create_string_buffer(_TIMESPEC.size)
        self._arg = ctypes.create_string_buffer(
            _GETEVENTS_ARG.pack(0, 0, 0, ctypes.addressof(self._timespec)), _GETEVENTS_ARG.size
        )
        self._numbers = [ctypes.c_long(number) for number in range(self._entries + 1)]
        self._enter_ring = ctypes.c_long(_ENTER), ctypes.c_long(self._fd)
        self._and_wait = (
            ctypes.c_long(_ENTER_GETEVENTS | _ENTER_EXT_ARG),
            ctypes.byref(self._arg),
            ctypes.c_long(_GETEVENTS_ARG.size),
        )
        self._and_look = ctypes.c_long(_ENTER_GETEVENTS), ctypes.c_long(0), ctypes.c_long(0)

    def _setup(self, entries: int) -> tuple[int, tuple[int, ...]]:
        """The best mode that this kernel has: work is finished in our own calls (6.1), or whenever (5.11)."""
        for flags in (_SETUP_SINGLE_ISSUER | _SETUP_DEFER_TASKRUN | _SETUP_COOP_TASKRUN, 0):
            params = ctypes.create_string_buffer(_PARAMS.pack(0, 0, flags, *[0] * 27), _PARAMS.size)
            fd = self._syscall(ctypes.c_long(_SETUP), ctypes.c_long(entries), ctypes.byref(params))
            if fd >= 0:
                return fd, _PARAMS.unpack(params.raw)
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

    def start(self, op: Operation, task: Task) -> bool:
        """Run the task to its first read; True where it ended without one."""
        try:
            read = next(task)
        except StopIteration:
            return True
        self.busy += 1
        self._tasks[op.slot] = (op, task)
        self._push(op.slot, read)
        self._submit()
        return False

    def read(self, op: Operation, fd: int, address: int) -> None:
        """Take an operation that is one read of `op.length` bytes from `op.offset` on, to this place in memory.

        It begins with the next `begin` or `reap`, and has that time as its `dispatch_ns`."""
        if self._unsubmitted == self._entries:
            self._begin()
        slot = op.slot
        place = (self._tail & self._last_entry) << _SQE_SHIFT
        _SQE.pack_into(self._sqes, place, _OP_READ, 0, 0, fd, op.offset, address, op.length, 0, slot | _SINGLE)
        self._tail = (self._tail + 1) & 0xFFFFFFFF
        self._unsubmitted += 1
        self.busy += 1
        self._singles[slot] = op
        self._taken.append(op)
        if self._unsubmitted >= _TOGETHER:
            self._begin()

    def begin(self) -> Sequence[Operation]:
        """Hand over what was taken; returns what is seen to have ended meanwhile."""
        if self._unsubmitted:
            self._begin()
        ended: list[Operation] = []
        if self._words[self._cq_head] != self._words[self._cq_tail]:
            self._advance(ended)
        return ended

    def _begin(self) -> None:
        self._stamp()
        self._account(
            self._syscall(*self._enter_ring, self._numbers[self._unsubmitted], self._numbers[0], *self._and_look)
        )

    def _stamp(self) -> None:
        """Show the kernel all entries; what was taken begins now."""
        self._words[self._sq_tail] = self._tail
        if self._taken:
            now = time.monotonic_ns()
            for op in self._taken:
                op.dispatch_ns = now
            self._taken.clear()

    def _push(self, slot: int, read: Read) -> None:
        if self._unsubmitted == self._entries:
            self._submit()  # several tasks may go on between two calls
        fd, buffer, length, offset = read
        place = (self._tail & self._last_entry) << _SQE_SHIFT
        _SQE.pack_into(self._sqes, place, _OP_READ, 0, 0, fd, offset, buffer.address, length, 0, slot)
        self._tail = (self._tail + 1) & 0xFFFFFFFF
        self._unsubmitted += 1

    def reap(self, timeout_ns: int) -> Sequence[Operation]:
        """Operations whose tasks have ended, at least one where any ends within the time-out (0: only look)."""
        ended: list[Operation] = []
        if self._unsubmitted == 0 and self._words[self._cq_head] != self._words[self._cq_tail]:
            self._advance(ended)
            if ended:
                return ended
        deadline_ns = time.monotonic_ns() + timeout_ns if timeout_ns > 0 else 0
        while self.busy:
            self._enter(1 if timeout_ns > 0 else 0, timeout_ns)
            self._advance(ended)
            if ended or timeout_ns <= 0:
                break
            timeout_ns = deadline_ns - time.monotonic_ns()
        if self._unsubmitted:
            self._submit()  # next reads of tasks that go on; the disk may have them while the caller works
        return ended

    def _advance(self, ended: list[Operation]) -> None:
        words, tasks, singles = self._words, self._tasks, self._singles
        now = time.monotonic_ns()
        head = words[self._cq_head]
        while head != words[self._cq_tail]:
            slot, result, _ = _CQE.unpack_from(self._memory, self._cqes + (head & self._cq_mask) * _CQE.size)
            head = (head + 1) & 0xFFFFFFFF
            words[self._cq_head] = head
            if slot & _SINGLE:
                op = singles.pop(slot ^ _SINGLE)
                self.busy -= 1
                op.done_ns = op.first_byte_ns = now
                op.transferred = result
                if result == op.length or self.on_odd_read(op, result):
                    ended.append(op)
                continue
            op, task = tasks[slot]
            try:
                read = task.send(result)
            except StopIteration:
                del tasks[slot]
                self.busy -= 1
                ended.append(op)
            else:
                self._push(slot, read)

    def _submit(self) -> None:
        """Hand over what is unsubmitted."""
        self._stamp()
        self._account(
            self._syscall(*self._enter_ring, self._numbers[self._unsubmitted], self._numbers[0], self._numbers[0])
        )

    def _enter(self, wanted: int, timeout_ns: int) -> None:
        """The same, and wait for `wanted` (0 or 1) completions, at most `timeout_ns`."""
        self._stamp()
        if wanted:
            _TIMESPEC.pack_into(self._timespec, 0, *divmod(timeout_ns, _NS_PER_S))
        self._account(
            self._syscall(*self._enter_ring, self._numbers[self._unsubmitted], self._numbers[wanted], *self._and_wait)
        )

    def _account(self, submitted: int) -> None:
        if submitted >= 0:
            self._unsubmitted -= submitted
            return
        number = ctypes.get_errno()
        if number not in (errno.ETIME, errno.EINTR, errno.EAGAIN, errno.EBUSY):
            raise OSError(number, f"io_uring_enter: {os.strerror(number)}")

    def close(self) -> None:
        """Wait, but not for ever, until the kernel has let go of the buffers; then end the tasks and the ring."""
        deadline_ns = time.monotonic_ns() + _DRAIN_NS
        for _, task in self._tasks.values():
            task.close()  # whatever it is sent from now on, it has ended
        self.on_odd_read = lambda op, result: True
        while self.busy and time.monotonic_ns() < deadline_ns:
            self.reap(_DRAIN_NS)
        self._words.release()
        self._memory.close()
        self._sqes.close()
        os.close(self._fd)

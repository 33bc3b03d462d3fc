"""The file drivers with an eye on what they read: verified GETs are looked at, a buffer at a time.

The last buffer of a file, and so all of a small one, is looked at once its operation's time is taken; the others
before the next read overwrites them. Operations that are not verified go their usual way.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence

from s3bench_tui.stores.base import GET, DriverConfig, Inspection, Inspector, Operation, PayloadSource
from s3bench_tui.stores.files.descriptors import FreshDescriptors
from s3bench_tui.stores.files.direct import DirectDriver
from s3bench_tui.stores.files.file import FileDriver
from s3bench_tui.stores.files.transfer import Read, Task


class VerifyingFileDriver(FileDriver):
    """file://, and under DirectDriver direct://."""

    def __init__(self, config: DriverConfig, payload: PayloadSource, inspector: Inspector) -> None:
        super().__init__(config, payload)
        self._open = FreshDescriptors(self._open_range, 0)  # a kept one would go on reading a file that was replaced
        self._inspector = inspector
        self._inspections: dict[int, Inspection] = {}
        self._verifying: dict[int, Inspection] = {}
        """By slot, of operations that are not over."""
        self._last: dict[int, memoryview] = {}
        """By slot: what was read and not looked at."""

    def submit(self, op: Operation) -> None:
        if op.kind != GET or op.oldest < 0:
            super().submit(op)
            return
        inspection = self._inspections.get(op.slot)
        if inspection is None:
            inspection = self._inspections[op.slot] = self._inspector.open()
        inspection.begin(op)
        self._verifying[op.slot] = inspection
        cached_reads = self._cached_reads
        super().submit(op)
        if self._cached_reads != cached_reads:  # read at once, to a buffer that the next operation uses too
            inspection.look(self._cached.view[: op.transferred])

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        done = super().wait(timeout_ns)
        if self._verifying:
            for op in done:
                inspection = self._verifying.pop(op.slot, None)
                if inspection is not None:
                    last = self._last.pop(op.slot, None)
                    if last is not None:
                        inspection.look(last)
                    inspection.end(op)
        return done

    def counters(self) -> Mapping[str, int]:
        """Also how many reads and bytes were verified, and how long that took."""
        return {**super().counters(), **self._inspector.counters}

    def _read_on(self, op: Operation, fd: int, got: int) -> Task:
        # What the page cache gave at once stands in a buffer that others use too: it is read again.
        return super()._read_on(op, fd, 0 if op.oldest >= 0 else got)

    def _read(self, op: Operation, fd: int, offset: int, length: int, got: int) -> Generator[Read, int, int]:
        steps = super()._read(op, fd, offset, length, got)
        if op.oldest < 0:
            return (yield from steps)
        inspection = self._verifying[op.slot]
        try:
            read = next(steps)
            while True:
                moved = yield read
                self._last[op.slot] = _wanted(read, moved, offset, length)
                read = steps.send(moved)
                inspection.look(self._last.pop(op.slot))
        except StopIteration as ended:
            return int(ended.value)


class VerifyingDirectDriver(VerifyingFileDriver, DirectDriver):
    """direct://. Every operation goes the long way, and none begins before the last one of its slot was looked at."""

    def __init__(self, config: DriverConfig, payload: PayloadSource, inspector: Inspector) -> None:
        super().__init__(config, payload, inspector)
        self._ring = None
        self.begin = None


def _wanted(read: Read, moved: int, offset: int, length: int) -> memoryview:
    """What of `moved` bytes in the read's buffer was asked for: O_DIRECT reads whole blocks."""
    _, buffer, _, at = read
    start = max(at, offset)
    end = at + max(moved, 0)
    if length >= 0:
        end = min(end, offset + length)
    return buffer.view[start - at : max(start, end) - at]

"""Writes completed operations into a worker's statistics block: the hot half of the measurement.

Knows nothing of how operations are chosen or carried out.
"""

from __future__ import annotations

from bisect import bisect_left

from s3bench_tui.engine import shared
from s3bench_tui.engine.shared import BYTES, FAILED, ITEMS, LOOP_AT, OPS, PAGES, TOP_OCTAVE, Block
from s3bench_tui.stats.histogram import MAX_VALUE_NS
from s3bench_tui.stats.tally import SIZE_CLASS_LIMITS, SIZE_CLASSES
from s3bench_tui.stores.base import Operation
from s3bench_tui.stores.multipart import rows

_CLASSES = len(SIZE_CLASSES)


class _Row:
    """Where one row's words are, and which octaves its histograms have used so far."""

    __slots__ = ("at", "high", "lag", "low", "response", "service", "ttfb")

    def __init__(self, at: int) -> None:
        self.at = at
        self.service = Block.counts_at(at, shared.SERVICE)
        self.ttfb = Block.counts_at(at, shared.TTFB)
        self.response = Block.counts_at(at, shared.RESPONSE)
        self.lag = Block.counts_at(at, shared.LAG)
        self.low = TOP_OCTAVE + 1
        self.high = -1


class Recorder:
    """The only writer of one `Block`, or of the rows of one end point in it."""

    def __init__(self, block: Block, entries: int, open_loop: bool, in_parts: bool = False, endpoint: int = 0) -> None:
        self._block = block
        self._endpoint = endpoint
        self._own = entries * _CLASSES
        """So many rows are of operations; those behind them are of the requests of operations."""
        self._words = block.words
        self._open_loop = open_loop
        self._rows: list[_Row | None] = [None] * (rows(entries, in_parts) * _CLASSES)
        self._loop_low = TOP_OCTAVE + 1
        self._loop_high = -1

    def record(self, op: Operation) -> None:
        """Count one completed operation, by its own figures alone."""
        if op.outcome:
            self._record_failure(op)
            return
        words = self._words
        index = op.entry * _CLASSES + bisect_left(SIZE_CLASS_LIMITS, op.transferred)
        row = self._rows[index] or self._new_row(index)
        at = row.at
        words[at + OPS] += 1
        if op.transferred:
            words[at + BYTES] += op.transferred
        elif op.items:
            words[at + ITEMS] += op.items
            words[at + PAGES] += op.pages
        value = op.done_ns - op.dispatch_ns
        octave = (value | 2047).bit_length() - 11
        if not row.low <= octave <= row.high:
            value, octave = self._widen(row, value, octave)
        words[row.service + (octave << 10) + (value >> octave)] += 1
        if op.first_byte_ns:
            value = op.first_byte_ns - op.dispatch_ns
            octave = (value | 2047).bit_length() - 11
            if not row.low <= octave <= row.high:
                value, octave = self._widen(row, value, octave)
            words[row.ttfb + (octave << 10) + (value >> octave)] += 1
        if self._open_loop and op.intended_ns:
            for base, value in (
                (row.response, op.done_ns - op.intended_ns),
                (row.lag, max(0, op.dispatch_ns - op.intended_ns)),
            ):
                octave = (value | 2047).bit_length() - 11
                if not row.low <= octave <= row.high:
                    value, octave = self._widen(row, value, octave)
                words[base + (octave << 10) + (value >> octave)] += 1

    def record_loop(self, value_ns: int) -> None:
        """Count the time from one waking of the loop to having handled all that was ready."""
        octave = (value_ns | 2047).bit_length() - 11
        if not self._loop_low <= octave <= self._loop_high:
            value_ns, octave = self._widen_loop(value_ns, octave)
        self._words[LOOP_AT + (octave << 10) + (value_ns >> octave)] += 1

    def record_arrivals(self, offered: int, dispatched: int, dropped: int) -> None:
        """Add to the counts of open-loop arrivals."""
        words = self._words
        words[shared.OFFERED] += offered
        words[shared.DISPATCHED] += dispatched
        words[shared.DROPPED] += dropped

    def successes(self) -> tuple[int, int]:
        """Operations that succeeded so far, and their bytes."""
        words, own = self._words, [row.at for row in self._rows[: self._own] if row is not None]
        return sum(words[at + OPS] for at in own), sum(words[at + BYTES] for at in own)

    def close(self) -> None:
        """Let go of the block; its counts stay for the coordinator."""
        self._block.close()

    def _record_failure(self, op: Operation) -> None:
        index = op.entry * _CLASSES + bisect_left(SIZE_CLASS_LIMITS, max(0, op.length))
        row = self._rows[index] or self._new_row(index)
        self._words[row.at + FAILED] += 1
        self._words[Block.errors_at(row.at) + op.outcome] += 1

    def _new_row(self, index: int) -> _Row:
        row = self._rows[index] = _Row(self._block.row_at(*divmod(index, _CLASSES), self._endpoint))
        return row

    def _widen(self, row: _Row, value: int, octave: int) -> tuple[int, int]:
        """Take another octave into the row's range; a value beyond the top is recorded there, and counted."""
        if value < 0:  # the clock is monotonic; only an intended start in the future could bring this
            value, octave = 0, 0
        elif octave > TOP_OCTAVE:
            self._words[row.at + shared.OUT_OF_RANGE] += 1
            value, octave = MAX_VALUE_NS, TOP_OCTAVE
        row.low, row.high = min(row.low, octave), max(row.high, octave)
        self._words[row.at + shared.LOW_OCTAVE] = row.low
        self._words[row.at + shared.HIGH_OCTAVE] = row.high
        return value, octave

    def _widen_loop(self, value: int, octave: int) -> tuple[int, int]:
        if octave > TOP_OCTAVE:
            value, octave = MAX_VALUE_NS, TOP_OCTAVE
        self._loop_low, self._loop_high = min(self._loop_low, octave), max(self._loop_high, octave)
        self._words[shared.LOOP_LOW_OCTAVE] = self._loop_low
        self._words[shared.LOOP_HIGH_OCTAVE] = self._loop_high
        return value, octave

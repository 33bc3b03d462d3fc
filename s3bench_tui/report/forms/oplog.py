"""The op-log: a line for every single operation of a run, in the 13 columns of s3-bench; .zst is compressed.

Made after the run of what the workers have noted, in the order in which operations ended. Prepare, warm-up and drain
are in it too. Times are the wall clock's at the start of each worker, carried on by the monotonic clock.
"""

from __future__ import annotations

import heapq
import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from s3bench_tui.engine.messages import RunStarted
from s3bench_tui.engine.worker import journal
from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.report.files import packing, refuse_foreign, replacing, to_be_compressed
from s3bench_tui.stores.base import KINDS
from s3bench_tui.stores.multipart import request_of
from s3bench_tui.stores.outcome import name_of

COLUMNS = (
    "idx", "thread", "op", "client_id", "n_objects", "bytes", "endpoint", "file", "error", "start", "first_byte", "end",
    "duration_ns",
)  # fmt: skip

_HEADER = "\t".join(COLUMNS) + "\n"
_NAMES = {"stat": "HEAD"}
_NS_PER_S = 1_000_000_000
_TOGETHER = 1000


def check(path: Path) -> None:
    """ConfigError where an op-log could not be written here; call it before the run."""
    refuse_foreign(path, _HEADER, "an op-log", compressed=to_be_compressed(path))


class OpLog:
    """Where the journals of a run lie until its op-log is made of them: a directory beside it, removed by `close`."""

    def __init__(self, path: Path) -> None:
        """ConfigError where no directory can be made there."""
        self.path = path
        try:
            self.journals = tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.resolve().parent)
        except OSError as error:
            raise ConfigError(
                [Problem(f"cannot write here: {error.strerror}", "Give another place", file=str(path))]
            ) from None

    def write(self, started: RunStarted) -> int:
        """Make the op-log; returns its number of operations. OSError where it cannot be written: the journals stay, and
        the error says where."""
        try:
            return _write(self.path, lines(Path(self.journals), started))
        except OSError as error:
            kept, self.journals = self.journals, ""
            raise OSError(f"{self.path}: {error.strerror or error}; what it would be made of is in {kept}") from None

    def close(self) -> None:
        """Remove the journals."""
        if self.journals:
            shutil.rmtree(self.journals, ignore_errors=True)


def lines(directory: Path, started: RunStarted) -> Iterator[str]:
    """The op-log of these journals, line by line, without the header."""
    found = sorted(directory.iterdir(), key=lambda path: [int(part) for part in path.name.split("-")])
    opened = [(path.name, *journal.read(path)) for path in found]
    threads: dict[tuple[str, int], int] = {}
    merged = heapq.merge(*(_placed(*each) for each in opened), key=lambda each: each[0])
    client = os.environ.get("SAI3_CLIENT_ID") or started.run_id
    endpoints = [target.get("endpoints") or [str(target.get("uri", ""))] for target in started.targets]
    count, wall = len(started.entries), _Wall()
    for index, (done_ns, name, shift_ns, entry) in enumerate(merged):
        thread = threads.setdefault((name, entry.slot), len(threads))
        start_ns = entry.dispatch_ns + shift_ns
        first = wall.text(entry.first_byte_ns + shift_ns) if entry.first_byte_ns else ""
        yield (
            f"{index}\t{thread}\t{_operation(entry, count)}\t{client}\t{entry.keys or entry.items or 1}\t{entry.transferred}\t"
            f"{endpoints[int(name.split('-')[0])][entry.endpoint]}\t{_plain(entry.key)}\t{_error(entry)}\t{wall.text(start_ns)}\t{first}\t"
            f"{wall.text(done_ns)}\t{done_ns - start_ns}\n"
        )


def _placed(
    name: str, shift_ns: int, entries: Iterator[journal.Entry]
) -> Iterator[tuple[int, str, int, journal.Entry]]:
    for entry in entries:
        yield entry.done_ns + shift_ns, name, shift_ns, entry


def _operation(entry: journal.Entry, count: int) -> str:
    """`count` is that of the run's lines; what lies beyond is a request of one that writes in parts."""
    kind = KINDS[entry.kind]
    if entry.line >= count:
        return f"{kind}_{request_of(count, entry.line)[1]}".upper()
    if kind == "get" and entry.offset >= 0:
        return "GET_RANGE"
    if kind == "delete" and entry.keys:
        return "DELETE_BATCH"
    return _NAMES.get(kind, kind.upper())


def _error(entry: journal.Entry) -> str:
    if not entry.outcome:
        return ""
    return _plain(f"{name_of(entry.outcome)}: {entry.detail}" if entry.detail else name_of(entry.outcome))


def _plain(text: str) -> str:
    """On one line, and in one column."""
    return " ".join(text.split()) if not text.isprintable() else text


class _Wall:
    """Ns since 1970 as RFC 3339 with all nine digits; the same second is spelt out once."""

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def text(self, since_1970_ns: int) -> str:
        second, rest = divmod(since_1970_ns, _NS_PER_S)
        if second != self._second:
            self._second = second
            self._text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._text}.{rest:09d}Z"


# --- the file -----------------------------------------------------------------------------------------------------


def _write(path: Path, entries: Iterator[str]) -> int:
    with replacing(path) as file:
        if not to_be_compressed(path):
            return _pour(file, entries)
        with packing(file) as packed:
            return _pour(packed, entries)


def _pour(out: BinaryIO | zstandard.ZstdCompressionWriter, entries: Iterator[str]) -> int:
    waiting, count = io.StringIO(), 0
    waiting.write(_HEADER)
    for line in entries:
        waiting.write(line)
        count += 1
        if not count % _TOGETHER:
            out.write(waiting.getvalue().encode())
            waiting.seek(0)
            waiting.truncate()
    out.write(waiting.getvalue().encode())
    return count

"""Where results go: written whole or not at all, and never over somebody else's file.

A file that is there already is replaced only if it begins as the one to be written begins: an earlier result of
the same kind. What is no regular file (a pipe, /dev/stdout) is written to as it is. Tables that may grow long are
compressed where their name ends in .zst.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import zstandard

from s3bench_tui.errors import ConfigError, Problem

_LEVEL = 3


def refuse_foreign(path: Path, beginning: str, what: str, *, compressed: bool = False) -> None:
    """ConfigError where a result cannot go to `path`: no such directory, or a file that does not start with
    `beginning`. To be called before the run, so that nobody learns of it afterwards. `what` as in "a report"."""
    if path.is_dir():
        raise _problem(path, f"cannot write {what} here: this is a directory", "Give the name of a file")
    if not path.parent.is_dir():
        raise _problem(path, f"cannot write {what} here: the directory {path.parent} does not exist", "Create it first")
    if not path.is_file():
        return
    try:
        foreign = _begins_otherwise(path, beginning.encode(), compressed)
    except OSError as error:
        raise _problem(path, f"cannot replace this file: {error.strerror}", "Give another name") from None
    if foreign:
        raise _problem(
            path,
            f"this file is there already, and is not {what} that could be replaced",
            "Give another name, or remove it",
        )


def _begins_otherwise(path: Path, beginning: bytes, compressed: bool) -> bool:
    with path.open("rb") as file:
        if not compressed:
            return file.read(len(beginning)) not in (b"", beginning)
        try:
            with zstandard.ZstdDecompressor().stream_reader(file) as unpacked:
                return unpacked.read(len(beginning)) not in (b"", beginning)
        except zstandard.ZstdError:
            return True


def to_be_compressed(path: Path) -> bool:
    """Whether the name asks for it."""
    return path.suffix == ".zst"


def packing(file: BinaryIO) -> zstandard.ZstdCompressionWriter:
    """What is written to it goes compressed to `file`, which stays open when it is closed."""
    return zstandard.ZstdCompressor(_LEVEL).stream_writer(file, closefd=False)


class Lines:
    """A file that grows by lines, each handed to the system at once, so that a killed run keeps what it had.

    Opening raises as `refuse_foreign` does. A write that fails must not end a run: it ends the file, and `failure`
    says why.
    """

    def __init__(self, path: Path, beginning: str, what: str, *, compressed: bool = False) -> None:
        refuse_foreign(path, beginning, what, compressed=compressed)
        self.failure = ""
        self._what = what
        try:
            self._file = path.open("wb")
        except OSError as error:
            raise _problem(path, f"cannot write {what}: {error.strerror}", "Give another name") from None
        self._packed = packing(self._file) if compressed else None

    def write(self, text: str) -> None:
        """Add whole lines."""
        if self.failure:
            return
        try:
            if self._packed is not None:
                self._packed.write(text.encode())
                self._packed.flush()
            else:
                self._file.write(text.encode())
            self._file.flush()
        except OSError as error:
            self._fail(error)

    def close(self) -> None:
        """End the file; once more is well, as with any file: a run ends its sinks, and a `with` around it, too."""
        if self._file.closed:
            return
        try:
            with self._file:
                if self._packed is not None and not self.failure:
                    self._packed.flush(zstandard.FLUSH_FRAME)
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> None:
        self.failure = (
            self.failure or f"{self._file.name}: {self._what} could not be written to its end: {error.strerror}"
        )


def replace(path: Path, text: str, beginning: str, what: str) -> None:
    """Write the text to a temporary file beside `path` and rename it; same errors as `refuse_foreign`."""
    refuse_foreign(path, beginning, what)
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return
        with replacing(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise _problem(path, f"cannot write {what}: {error.strerror}", "Give another name") from None


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A temporary file beside `path` that takes its name in the end, or is removed where anything was raised."""
    destination = path.resolve()
    descriptor, temporary = tempfile.mkstemp(dir=destination.parent, prefix=f".{destination.name}.")
    try:
        with open(descriptor, "wb") as file:
            yield file
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, destination)
    except BaseException:
        os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _problem(path: Path, message: str, hint: str) -> ConfigError:
    return ConfigError([Problem(message, hint, file=str(path))])

"""What one-shots print: one object a line on stdout, remarks on stderr. Knows no stores."""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO

from s3bench_tui.errors import S3BenchError


class Lines:
    """Lines on stdout for pipes. Where the reader leaves, as `head` does, `listens` becomes false, and that is no error."""

    def __init__(self, stream: TextIO) -> None:
        self.listens = True
        self._stream = stream

    def put(self, text: str) -> None:
        """One line. S3BenchError where it cannot be written although somebody reads."""
        self._guarded(f"{text}\n")

    def end(self) -> None:
        """Bring out what is still buffered."""
        self._guarded("")

    def _guarded(self, text: str) -> None:
        if not self.listens:
            return
        try:
            if text:
                self._stream.write(text)
            else:
                self._stream.flush()
        except OSError as error:
            self.listens = False
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            if not isinstance(error, BrokenPipeError):
                raise S3BenchError(f"cannot write to stdout: {error.strerror or error}") from None


def remark(text: str) -> None:
    """One line on stderr; nothing where nobody listens."""
    try:
        print(printable(text), file=sys.stderr)
    except OSError:
        return


def object_line(uri: str, key: str, size_bytes: int, as_json: bool) -> str:
    """`SIZE<tab>URI`, in which characters that would break a line are escaped, or a line of JSON, which is exact."""
    if as_json:
        return json.dumps({"uri": uri, "key": key, "size_bytes": size_bytes})
    return f"{size_bytes}\t{printable(uri)}"


def printable(text: str) -> str:
    """Without anything that could steer a terminal or break a line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counted(count: int) -> str:
    """`1 object`, `2,000 objects`."""
    return f"{count:,} object{'' if count == 1 else 's'}"

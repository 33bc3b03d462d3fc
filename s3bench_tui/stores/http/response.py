"""One HTTP/1.1 response at a time out of the bytes of one connection; a state machine without I/O (RFC 9112).

It is strict: what is not certainly a good response is broken, and stays so. Knows nothing of sockets, requests,
S3 or time: its owner reads into a buffer, feeds it, and looks.

Nearly every response is a success with a Content-Length and no surprises, whose head comes in one piece: one
regular expression proves that and finds the numbers. All others take the long way, which ends in the same
states. h11 is the measure; this is stricter in that it refuses bare LF, control characters other than TAB, versions
other than 1.0 and 1.1, statuses above 599, lengths above 18 digits, chunk sizes above 15, Transfer-Encoding beside
Content-Length or in HTTP/1.0, framing fields in trailers, and bytes that follow a response.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from s3bench_tui.stores.outcome import OK, PROTOCOL, RESET

HEAD_LIMIT = 64 << 10
"""Longest head, trailer section or chunk line, in bytes."""
ERROR_BODY_LIMIT = 1 << 20
"""What is kept of the body of an error; the rest is only counted."""
KEPT_BODY_LIMIT = 64 << 20
"""Longest body that is kept on request; a longer one is broken."""
INTERIM_LIMIT = 64
"""Most 1xx responses before the real one."""

# Characters are repeated possessively, groups are not: before Python 3.11.5 possessive groups matched wrongly
# (gh-106052). The alternatives exclude each other, so that a match that fails still fails in linear time.
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_TOKEN_NOT_CT = rb"[!#$%&'*+\-.^_`|~0-9ABD-SU-Zabd-su-z]"
_TEXT = rb"[\t\x20-\x7e\x80-\xff]*+"
_HARMLESS = (
    rb"(?:(?:" + _TOKEN_NOT_CT + _TOKEN + rb"*+:" + _TEXT
    + rb"|[Cc]onnection: ?[Kk]eep-[Aa]live"
    + rb"|[CcTt](?!(?i:onnection|ontent-length|ransfer-encoding):)" + _TOKEN + rb"*+:" + _TEXT + rb")\r\n)*"
)  # fmt: skip
_plain_head = re.compile(
    rb"HTTP/1\.1 (2[0-9][0-9])(?: " + _TEXT + rb")?\r\n" + _HARMLESS
    + rb"(?:(?i:content-length):[ \t]*+([0-9]{1,18}+)[ \t]*+\r\n" + _HARMLESS + rb")?\r\n"
).match  # fmt: skip
"""A 2xx head with at most one Content-Length, without Transfer-Encoding, on a connection that persists."""

_status_line = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9][0-9])(?: " + _TEXT + rb")?\r\n").match
_well_formed = re.compile(rb"(?:" + _TOKEN + rb"++:" + _TEXT + rb"\r\n)*").fullmatch
_fold = re.compile(rb"\r\n[ \t]+").sub
_framing_fields = re.compile(
    rb"^(content-length|transfer-encoding|connection):([^\r]*)", re.IGNORECASE | re.MULTILINE
).findall
_forbidden = re.compile(rb"(?<!\r)\n|\r(?!\n|\Z)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]").search
_chunk_line = re.compile(rb"([0-9A-Fa-f]{1,15})(?:[ \t]*|;" + _TEXT + rb")\r\n").fullmatch
_length = re.compile(rb"[0-9]{1,18}").fullmatch

_FRESH, _HEAD, _FIXED, _KEPT, _CLOSE, _CHUNK_LINE, _CHUNK_DATA, _CHUNK_CR, _CHUNK_LF, _TRAILER, _DONE, _BROKEN = range(
    12
)


class Response:
    """The response that a connection is receiving; one object per connection, used again by `start`.

    `status` is 0 until the head is known, `length` the announced Content-Length (-1: none). `body_bytes` counts
    what came of the body, without chunk framing. `needed` is how much of a fixed-length body that nobody wants is
    still to come: so much may be thrown away unseen, and told by `skip`; 0 in every other state.
    `done` says that the response is over, good or broken; a broken one has its reason in `broken` and its class in
    `outcome`. `keep_alive` is true once a good response is done after which the connection can be used again.
    With a `sink` a body below status 300 that is to be kept goes there instead, piece by piece, however long it is.
    """

    __slots__ = (
        "_carry", "_head", "_head_only", "_interims", "_keep_body", "_left", "_persistent", "_state", "body",
        "body_bytes", "broken", "done", "keep_alive", "length", "needed", "outcome", "sink", "status",
    )  # fmt: skip

    def __init__(self) -> None:
        self.body = bytearray()
        self._carry = bytearray()
        self.sink: Callable[[memoryview], None] | None = None
        self.start()

    def start(self, head_only: bool = False, keep_body: bool = False) -> None:
        """Expect the response to a new request; `head_only` to a HEAD. Bodies of 300 and above are always kept."""
        self.status = self.body_bytes = self.needed = self._left = self._interims = 0
        self.outcome = OK
        self.length = -1
        self.done = self.keep_alive = False
        self.broken = ""
        self._head_only = head_only
        self._keep_body = keep_body
        self._state = _HEAD if keep_body else _FRESH
        self._head: bytes | bytearray = b""
        if self.body or self._carry:
            self.body = bytearray()
            self._carry = bytearray()

    @property
    def first_body(self) -> bool:
        """Whether a byte of the body has come."""
        return self.body_bytes > 0

    @property
    def silent(self) -> bool:
        """Whether not one byte has come: on a connection that was used before, it may just have been closed."""
        return self._state <= _HEAD and not self._carry and not self._interims and not self.done

    def feed(self, buffer: bytearray, n: int) -> bool:
        """Take the first `n` (> 0) bytes of `buffer`, which is not kept; the answer is `done`."""
        state = self._state
        if state == _FRESH:
            found = _plain_head(buffer, 0, n)
            if found is None:
                return self._feed(buffer, n)
            digits, length = found.groups()
            end = found.end()
            status = int(digits)
            if length is not None:
                size = self.length = int(length)
                if self._head_only or status == 204:
                    size = 0
            elif status == 204:
                size = 0
            else:
                return self._feed(buffer, n)
            self.status = status
            self._head = buffer[:end]
            self.body_bytes = got = n - end
            if end > HEAD_LIMIT:
                return self._break_long_head()
            if got == size:
                self._state = _DONE
                self.keep_alive = self.done = True
                return True
            if got > size:
                return self._surplus()
            self._state = _FIXED
            self._persistent = True
            self.needed = size - got
            return False
        if state == _FIXED:
            return self.skip(n)
        return self._feed(buffer, n)

    def skip(self, n: int) -> bool:
        """Count `n` bytes of an unwanted body that were thrown away, at most `needed`; the answer is `done`."""
        left = self.needed - n
        if left > 0:
            self.needed = left
            self.body_bytes += n
            return False
        self.body_bytes += self.needed
        self.needed = 0
        if left < 0:
            return self._surplus()
        return self._finish()

    def eof(self) -> bool:
        """The server closed the connection: the end of a body without length, and of any other response too early."""
        state = self._state
        if state == _CLOSE:
            return self._finish()
        if state < _DONE:
            if self.silent:
                reason = "the connection was closed before the response began"
            elif state <= _HEAD:
                reason = "the connection was closed in the middle of the head of the response"
            elif self.length >= 0:
                reason = f"the connection was closed after {self.body_bytes} of {self.length} bytes of the body"
            else:
                reason = f"the connection was closed within a chunked body, after {self.body_bytes} bytes"
            self._break(reason, RESET)
        return True

    def header(self, name: bytes) -> bytes | None:
        """The value of the first field with this lower-case name in the head, stripped; None where there is none."""
        for line in bytes(self._head).split(b"\r\n")[1:]:
            field, colon, value = line.partition(b":")
            if colon and field.lower() == name:
                return value.strip(b" \t")
        return None

    def _finish(self) -> bool:
        self._state = _DONE
        self.keep_alive = self._persistent
        self.done = True
        return True

    def _break(self, reason: str, outcome: int = PROTOCOL) -> bool:
        self._state = _BROKEN
        self.broken = reason
        self.outcome = outcome
        self.keep_alive = False
        self.needed = 0
        self.done = True
        return True

    def _break_long_head(self) -> bool:
        return self._break(f"a head, trailer or chunk line is longer than {HEAD_LIMIT} bytes")

    def _break_long_body(self) -> bool:
        return self._break(f"the body is longer than {KEPT_BODY_LIMIT} bytes")

    def _surplus(self) -> bool:
        return self._break("more bytes came than the response has")

    def _feed(self, buffer: bytearray, n: int) -> bool:
        """The long way: every state, any number of them in one buffer."""
        at = 0
        while at < n:
            state = self._state
            if state <= _HEAD:
                at = self._take_head(buffer, at, n)
            elif state <= _CLOSE:
                at = self._take_plain(buffer, at, n)
            elif state <= _CHUNK_LF:
                at = self._take_chunk(buffer, at, n)
            elif state == _TRAILER:
                at = self._take_trailer(buffer, at, n)
            elif state == _DONE:
                return self._surplus()
            else:
                return True
        return self.done

    def _take_head(self, buffer: bytearray, at: int, n: int) -> int:
        self._state = _HEAD
        block, at = self._block(b"\r\n\r\n", buffer, at, n)
        if block is not None:
            self._open(block)
        elif self._state == _HEAD and not b"HTTP/1.".startswith(self._carry[:7]):
            self._break("this is no HTTP/1 response")
        return at

    def _take_plain(self, buffer: bytearray, at: int, n: int) -> int:
        size = n - at
        if self._state != _CLOSE:
            size = min(size, self._left)
            self._left -= size
        if self._state == _FIXED:
            self.body_bytes += size
            self.needed = self._left
        elif not self._keep(buffer, at, at + size):
            return n
        if self._state != _CLOSE and not self._left:
            self._finish()
        return at + size

    def _take_chunk(self, buffer: bytearray, at: int, n: int) -> int:
        state = self._state
        if state == _CHUNK_LINE:
            block, at = self._block(b"\r\n", buffer, at, n)
            if block is None:
                return at
            found = _chunk_line(block)
            if found is None:
                self._break("the size of a chunk is not a number")
                return n
            self._left = int(found[1], 16)
            self._state = _CHUNK_DATA if self._left else _TRAILER
            if not self._left:
                self._carry += b"\r\n"  # so that an empty line ends the section, whether fields come first or not
            return at
        if state == _CHUNK_DATA:
            size = min(n - at, self._left)
            self._left -= size
            if not self._keep(buffer, at, at + size):
                return n
            if not self._left:
                self._state = _CHUNK_CR
            return at + size
        if buffer[at] != (13 if state == _CHUNK_CR else 10):
            self._break("a chunk is longer than its size says")
            return n
        self._state = _CHUNK_LF if state == _CHUNK_CR else _CHUNK_LINE
        return at + 1

    def _take_trailer(self, buffer: bytearray, at: int, n: int) -> int:
        block, at = self._block(b"\r\n\r\n", buffer, at, n)
        if block is not None:
            fields = _unfolded(block[2:-2])
            if fields is None:
                self._break("the trailer of the response is malformed")
            elif {name for name, _ in _framing(fields)} - {b"connection"}:
                self._break("the trailer of the response contradicts its head")
            else:
                self._finish()
        return at

    def _block(self, mark: bytes, buffer: bytearray, at: int, n: int) -> tuple[bytearray | None, int]:
        """All up to and with `mark`, and the position after it; None where it is not there yet, or never will be."""
        carry = self._carry
        before = len(carry)
        if not before and (stop := buffer.find(mark, at, n)) >= 0:
            block: bytearray | None = buffer[at : min(stop + len(mark), at + HEAD_LIMIT + 1)]
            at = stop + len(mark)
        else:
            carry += buffer[at : min(n, at + HEAD_LIMIT + 1 - before)]
            stop = carry.find(mark, max(0, before + 1 - len(mark)))
            if stop < 0:
                block, at = None, n
            else:
                block = carry[: stop + len(mark)]
                at += len(block) - before
                self._carry = bytearray()
        if len(carry if block is None else block) > HEAD_LIMIT:
            self._break_long_head()
            return None, n
        if block is None and _forbidden(carry, max(0, before - 1)):
            self._break("there is a control character, or a line end that is not CRLF, in a head or a chunk line")
        return block, at

    def _open(self, block: bytearray) -> None:
        """Read a whole head, without the fast path's assumptions, and enter the state of its body."""
        line = _status_line(block)
        if line is None:
            self._break("the status line is malformed")
            return
        status = int(line[2])
        fields = _unfolded(block[line.end() : -2])
        if fields is None:
            self._break("a field in the head of the response is malformed")
            return
        lengths: set[bytes] = set()
        codings: list[bytes] = []
        options: set[bytes] = set()
        for name, value in _framing(fields):
            if name == b"transfer-encoding":
                codings.append(value)
            else:
                parts = lengths if name == b"content-length" else options
                parts.update(part.strip(b" \t") for part in value.split(b","))
        if len(lengths) > 1 or not all(map(_length, lengths)):
            self._break("the Content-Length is malformed, or given twice and differently")
            return
        if codings and (codings != [b"chunked"] or lengths or line[1] == b"0"):
            self._break("the Transfer-Encoding is not only `chunked`, or stands beside Content-Length or in HTTP/1.0")
            return
        if status < 200:
            self._interims += 1
            if status == 101 or self._interims > INTERIM_LIMIT:
                self._break("the server changed the protocol, or sends interim responses without end")
            return
        self._persistent = b"close" not in options and (line[1] == b"1" or b"keep-alive" in options)
        self._head = block
        self.status = status
        self.length = int(lengths.pop()) if lengths else -1
        self._enter_body(bool(codings))

    def _enter_body(self, chunked: bool) -> None:
        if self._head_only or self.status in (204, 304) or (self.length == 0 and not chunked):
            self._finish()
        elif chunked:
            self._state = _CHUNK_LINE
        elif self.length < 0:
            self._persistent = False
            self._state = _CLOSE
        elif self._keep_body and self.status < 300 and self.length > KEPT_BODY_LIMIT and self.sink is None:
            self._break_long_body()
        elif self._keep_body or self.status >= 300:
            self._left = self.length
            self._state = _KEPT
        else:
            self._left = self.needed = self.length
            self._state = _FIXED

    def _keep(self, buffer: bytearray, at: int, end: int) -> bool:
        """Count these bytes of the body, and keep them where they are wanted; False where they are too many."""
        self.body_bytes += end - at
        if self.status >= 300:
            self.body += buffer[at : min(end, at + ERROR_BODY_LIMIT - len(self.body))]
        elif self.sink is not None:
            self.sink(memoryview(buffer)[at:end])
        elif self._keep_body:
            if self.body_bytes > KEPT_BODY_LIMIT:
                return not self._break_long_body()
            self.body += buffer[at:end]
        return True


def _unfolded(fields: bytearray) -> bytes | None:
    """Fields with obsolete line folding undone; None where a line is malformed, or the first continues nothing."""
    whole = _fold(b" ", fields)
    return whole if _well_formed(whole) and not fields.startswith((b" ", b"\t")) else None


def _framing(fields: bytes) -> list[tuple[bytes, bytes]]:
    """Lower-case name and value of the fields that say where a message ends and whether another follows."""
    return [(name.lower(), value.strip(b" \t").lower()) for name, value in _framing_fields(fields)]

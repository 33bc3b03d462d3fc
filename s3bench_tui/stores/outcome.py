"""How an operation ended, as one small number that fits shared memory, and its name for people.

0 is success; 1-99 are named classes; 100-599 are HTTP status codes; 600 + e is the system's errno e.
"""

from __future__ import annotations

import errno

OK = 0
TIMEOUT = 1
"""No answer within the operation's time-out."""
CONNECT = 2
"""No connection: refused, unreachable, name not resolved, or not within the connect time-out."""
RESET = 3
"""The connection ended before the response did."""
TLS = 4
PROTOCOL = 5
"""What came back is not a valid HTTP response, or not one to this request."""
INTEGRITY = 6
"""Valid, but not the bytes that were asked for: too short, too long, or other content."""
PARTIAL = 7
"""A batched operation of which some keys failed."""
CLIENT = 8
"""This program could not do it; the detail says why."""
INJECTED = 9
"""An error that null:// was told to make."""
UNEXPECTED = 10
"""It succeeded, on a line that is there to be refused."""

_NAMES = {
    TIMEOUT: "timeout",
    CONNECT: "connect",
    RESET: "reset",
    TLS: "tls",
    PROTOCOL: "protocol",
    INTEGRITY: "integrity",
    PARTIAL: "partial",
    CLIENT: "client",
    INJECTED: "injected",
    UNEXPECTED: "unexpected",
}
_NUMBERS = {name: number for number, name in _NAMES.items()}

ERRNO_BASE = 600
OUTCOMES = 800
"""All outcomes are below this."""


def name_of(outcome: int) -> str:
    """`ok`, `timeout`, `http_503`, `os_ENOSPC`, ..."""
    if outcome == OK:
        return "ok"
    if outcome < 100:
        return _NAMES[outcome]
    if outcome < ERRNO_BASE:
        return f"http_{outcome}"
    return f"os_{errno.errorcode.get(outcome - ERRNO_BASE, outcome - ERRNO_BASE)}"


def number_of(name: str) -> int:
    """The number of a name; ValueError where there is none."""
    if name in _NUMBERS:
        return _NUMBERS[name]
    if name.startswith("http_") and name[5:].isdigit() and 100 <= int(name[5:]) < ERRNO_BASE:
        return int(name[5:])
    if name.startswith("os_"):
        number = getattr(errno, name[3:], None) if name[3:].isalnum() else None
        if isinstance(number, int):
            return ERRNO_BASE + number
    raise ValueError(f"no outcome is called {name!r}")


def of_errno(number: int) -> int:
    """The outcome of a failed system call."""
    return ERRNO_BASE + number if 0 < number < OUTCOMES - ERRNO_BASE else CLIENT

"""Several hosts in one text, as minio's tools write them: `host{1...8}:9000`, and lists with commas. Asks no network."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, product
from math import prod
from typing import NamedTuple

from s3bench_tui.units import shown

MAX_HOSTS = 1024

_RANGE = re.compile(r"\{([0-9a-f]{1,7})\.\.\.([0-9a-f]{1,7})\}")
_VARIABLE = re.compile(r"\$\{[^}]*\}")


def expand_hosts(text: str) -> tuple[str, ...]:
    """The hosts of a list with commas in which `host{1...8}:9000` stands for eight; `{01...16}` keeps its zeros, and
    `{a...f}` counts in hexadecimal. ValueError where a range is none, or where they are too many."""
    parts = [part.strip() for part in text.split(",")] if "," in text else [text]
    found = tuple(host for part in parts for host in _hosts(part))
    if len(found) > MAX_HOSTS:
        raise _too_many(text)
    return found


def _hosts(text: str) -> tuple[str, ...]:
    spans = [_Span.of(*found.groups()) for found in _RANGE.finditer(text)]
    between = _RANGE.split(text)[:: _RANGE.groups + 1]
    if any(brace in _VARIABLE.sub("", part) for part in between for brace in "{}"):
        raise ValueError(f"{shown(text)} holds a brace that is no range; write for example host{{1...8}}")
    if any(span.first > span.last for span in spans):
        raise ValueError(f"{shown(text)} counts down; write the smaller number first, such as host{{1...8}}")
    if prod(span.last - span.first + 1 for span in spans) > MAX_HOSTS:
        raise _too_many(text)
    numbers = product(*(span.texts() for span in spans))
    return tuple("".join(chain(*zip(between, (*each, ""), strict=True))) for each in numbers)


def _too_many(text: str) -> ValueError:
    return ValueError(f"{shown(text)} stands for more than {MAX_HOSTS:,} hosts; write a smaller range")


class _Span(NamedTuple):
    """`{first...last}`: decimal, or hexadecimal where a letter stands in it."""

    first: int
    last: int
    form: str

    @classmethod
    def of(cls, first: str, last: str) -> _Span:
        base, kind = (10, "d") if (first + last).isdigit() else (16, "x")
        return cls(int(first, base), int(last, base), f"0{len(first)}{kind}" if first.startswith("0") else kind)

    def texts(self) -> Iterator[str]:
        return (format(number, self.form) for number in range(self.first, self.last + 1))

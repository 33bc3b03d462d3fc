"""Sizes, durations, counts, rates and shares: from what people write, and to what people read.

Durations are whole nanoseconds, sizes whole bytes. Every parser raises ValueError with a sentence that says
what would be right.
"""

from __future__ import annotations

import re

_WHOLE = r"[0-9]{1,3}(?:[_, ][0-9]{3})+|[0-9]+"
_NUMBER = re.compile(rf"\s*((?:{_WHOLE})(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z%/µ]*)\s*", re.ASCII)
_LARGEST = 1 << 63

_SIZES = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgtp", start=1):
    _SIZES |= {
        _letter: 1000**_power,
        f"{_letter}b": 1000**_power,
        f"{_letter}i": 1024**_power,
        f"{_letter}ib": 1024**_power,
    }

_DURATIONS_NS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "min": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}  # fmt: skip
_DURATION_PARTS = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ns|us|µs|ms|s|min|m|h|d)\s*")

_CLOCK = re.compile(r"[0-9]+(:[0-9]+)+")

NS_PER_S = 1_000_000_000


def shown(value: object) -> str:
    """A value as a message repeats it: as YAML has it, on one line, and not longer than some 60 characters."""
    words = {None: "null", True: "true", False: "false"}
    text = words[value] if value is None or isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:40]}...{text[-15:]}"


def _split(text: object, what: str, example: str) -> tuple[float | int, str]:
    if isinstance(text, bool) or not isinstance(text, (int, float, str)):
        raise ValueError(f"{shown(text)} is not {what}; write for example {example}")
    if isinstance(text, (int, float)):
        if not 0 <= text < _LARGEST:
            raise ValueError(f"{shown(text)} is not {what}; write for example {example}")
        return text, ""
    match = _NUMBER.fullmatch(text)
    if not match or len(match[1]) > 40:
        raise ValueError(f"{shown(text)} is not {what}; write for example {example}")
    digits = re.sub(r"[_, ]", "", match[1])
    return (float(digits) if "." in digits else int(digits)), match[2]


def _bounded(text: object, value: float, largest: str) -> float:
    if value >= _LARGEST:
        raise ValueError(f"{shown(text)} is too large; the limit is {largest}")
    return value


def parse_size(text: object) -> int:
    """Bytes from `4096`, `4KiB` (1024), `4KB` or `4K` (1000), `1.5GiB`."""
    number, unit = _split(text, "a size", "64KiB, 4MB or 4096")
    factor = _SIZES.get(unit.lower())
    if factor is None:
        raise ValueError(
            f"{shown(text)} has the unknown unit {shown(unit)}; sizes end in B, KB, MB, GB, TB (1000) or KiB, MiB, GiB, TiB (1024)"
        )
    value = _bounded(text, number * factor, "8 EiB")
    if value != int(value):
        raise ValueError(f"{shown(text)} is not a whole number of bytes; write for example 64KiB, 4MB or 4096")
    return int(value)


def parse_duration(text: object) -> int:
    """Nanoseconds from `500ms`, `30s`, `1m30s`, or a plain number of seconds."""
    if isinstance(text, str) and len(text) <= 100:
        stripped = text.strip()
        parts = _DURATION_PARTS.findall(stripped)
        if parts and _DURATION_PARTS.sub("", stripped) == "":
            total_ns = sum(float(number) * _DURATIONS_NS[unit] for number, unit in parts)
            return round(_bounded(text, total_ns, "292 years"))
        if _CLOCK.fullmatch(stripped):
            raise ValueError(f"{shown(text)} is not a duration; write 1m30s for a minute and a half")
    number, unit = _split(text, "a duration", "500ms, 30s, 2m or 1h30m")
    if unit:
        raise ValueError(f"{shown(text)} has the unknown unit {shown(unit)}; durations end in ms, s, m or h")
    return round(_bounded(text, number * NS_PER_S, "292 years"))


def parse_count(text: object) -> int:
    """A whole number, with `,`, `_` or a space before each three digits, or with k, M, G for thousands."""
    number, unit = _split(text, "a count", "10000, 10,000 or 10_000")
    factor = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9}.get(unit)
    if factor is None or number * factor != int(number * factor):
        raise ValueError(f"{shown(text)} is not a count; write for example 10000, 10,000 or 10_000")
    return int(_bounded(text, number * factor, "9.2e18"))


def parse_rate(text: object) -> float:
    """Operations per second from `5000/s`, `5000`, `300/m`."""
    number, unit = _split(text, "a rate", "5000/s")
    factor = {
        "": 1.0,
        "/s": 1.0,
        "k": 1e3,
        "K": 1e3,
        "M": 1e6,
        "k/s": 1e3,
        "K/s": 1e3,
        "M/s": 1e6,
        "/m": 1 / 60,
        "/min": 1 / 60,
        "/h": 1 / 3600,
    }.get(unit)
    if factor is None or number <= 0:
        raise ValueError(f"{shown(text)} is not a rate; write for example 5000/s")
    return number * factor


def parse_share(text: object) -> float:
    """A share between 0 and 1 from `5%` or `0.05`."""
    number, unit = _split(text, "a share", "5% or 0.05")
    if unit not in ("", "%"):
        raise ValueError(f"{shown(text)} is not a share; write for example 5% or 0.05")
    value = number / 100 if unit == "%" else float(number)
    if value > 1:
        raise ValueError(f"{shown(text)} is more than the whole; write for example 5% or 0.05")
    return value


def format_size(size_bytes: float) -> str:
    """`4.0 KiB`, `1.5 GiB`; whole bytes below 1 KiB."""
    if size_bytes < 1024:
        return f"{size_bytes:.0f} B"
    for unit in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        size_bytes /= 1024
        if size_bytes < 1023.95 or unit == "PiB":
            break
    return f"{size_bytes:.{2 if size_bytes < 10 else 1 if size_bytes < 100 else 0}f} {unit}"


def format_duration(duration_ns: float) -> str:
    """`870 ns`, `45.2 us`, `3.10 ms`, `12.5 s`, `2m05s`: three digits, for tables."""
    if duration_ns < 1000:
        return f"{duration_ns:.0f} ns"
    for factor, unit in ((1e3, "us"), (1e6, "ms"), (1e9, "s")):
        value = duration_ns / factor
        if value < (999.5 if unit != "s" else 100):
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    seconds = round(duration_ns / 1e9)
    if seconds < 3600:
        return f"{seconds // 60}m{seconds % 60:02d}s"
    return f"{seconds // 3600}h{seconds % 3600 // 60:02d}m"


def format_count(count: float) -> str:
    """`950`, `12.3k`, `4.56M`: three digits, for tables."""
    if count < 1000:
        return f"{count:.0f}" if count == int(count) or count >= 100 else f"{count:.1f}"
    for unit in ("k", "M", "G", "T"):
        count /= 1000
        if count < 999.5 or unit == "T":
            break
    return f"{count:.{2 if count < 9.995 else 1 if count < 99.95 else 0}f}{unit}"

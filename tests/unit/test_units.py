"""Sizes, durations, counts, rates and shares: read, refused, written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.units import (
    format_count,
    format_duration,
    format_size,
    parse_count,
    parse_duration,
    parse_rate,
    parse_share,
    parse_size,
    shown,
)

PARSERS: tuple[Callable[[object], float], ...] = (parse_size, parse_duration, parse_count, parse_rate, parse_share)


@pytest.mark.parametrize(
    "text, size_bytes",
    [
        (4096, 4096), ("4096", 4096), ("4096B", 4096), ("4k", 4000), ("4KB", 4000), ("4Ki", 4096), ("4KiB", 4096),
        (" 4 kib ", 4096), ("1.5GiB", 3 << 29), (".5MB", 500_000), ("1,048,576", 1 << 20), ("1_000 KB", 10**6),
        ("2TiB", 2 << 40), ("1PB", 10**15), (0, 0), (1.0, 1), ("0", 0),
    ],
)  # fmt: skip
def test_sizes(text: object, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text, duration_ns",
    [
        ("500ms", 5 * 10**8), ("30s", 30 * 10**9), ("1m30s", 90 * 10**9), ("1h 30m", 5400 * 10**9), ("2d", 172_800 * 10**9),
        (1.5, 15 * 10**8), ("1.5", 15 * 10**8), ("250us", 250_000), ("250µs", 250_000), ("7ns", 7), (0, 0), ("5min", 300 * 10**9),
    ],
)  # fmt: skip
def test_durations(text: object, duration_ns: int) -> None:
    assert parse_duration(text) == duration_ns


@pytest.mark.parametrize("text, count", [("10,000", 10_000), ("10_000", 10_000), ("10 000", 10_000), ("5k", 5000), ("1.5M", 1_500_000), (7.0, 7)])  # fmt: skip
def test_counts(text: object, count: int) -> None:
    assert parse_count(text) == count


@pytest.mark.parametrize("text, per_s", [("5000/s", 5000), ("300/m", 5), ("3600/h", 1), (0.5, 0.5), ("2k/s", 2000), ("2k", 2000), ("60/min", 1)])  # fmt: skip
def test_rates(text: object, per_s: float) -> None:
    assert parse_rate(text) == pytest.approx(per_s)


@pytest.mark.parametrize("text, share", [("5%", 0.05), (0.05, 0.05), ("100%", 1), (1, 1), ("0", 0), ("0.1 %", 0.001)])
def test_shares(text: object, share: float) -> None:
    assert parse_share(text) == pytest.approx(share)


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@pytest.mark.parametrize("text", [None, True, [], {}, "", "x", "-1", -1, "1,5", "1,00", "\u0661", float("nan"), float("inf"), 1e300, 10**40, "9" * 50, "1e3", "5 6", "1.2.3"])  # fmt: skip
def test_what_is_refused(parse: Callable[[object], float], text: object) -> None:
    with pytest.raises(ValueError, match=r"; (write|the limit|sizes end|durations end)"):
        parse(text)


@pytest.mark.parametrize("parse", PARSERS, ids=lambda parse: parse.__name__)
@given(text=st.one_of(st.text(), st.floats(), st.integers(), st.from_regex(r"[0-9][0-9,_. ]{0,30}[a-zA-Zµ%/]{0,4}")))
def test_nothing_else_is_ever_raised(parse: Callable[[object], float], text: object) -> None:
    try:
        value = parse(text)
    except ValueError as error:
        assert len(str(error)) < 300
    else:
        assert 0 <= value < 1 << 63


@given(st.integers(0, (1 << 63) - 1))
def test_whole_numbers_are_exact(number: int) -> None:
    assert (
        parse_size(number)
        == parse_size(str(number))
        == parse_size(f"{number:,}")
        == parse_size(f"{number:_}B")
        == number
    )
    assert parse_count(number) == parse_count(f"{number:,}") == number


@given(st.integers(0, 10**9), st.sampled_from(["ms", "s", "m", "h"]))
def test_durations_with_a_unit_are_exact(number: int, unit: str) -> None:
    factor = {"ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}[unit]
    if number * factor < 1 << 53:
        assert parse_duration(f"{number}{unit}") == number * factor


@given(st.integers(0, 1 << 53))
def test_durations_in_seconds_come_back(duration_ns: int) -> None:
    assert abs(parse_duration(duration_ns / 1e9) - duration_ns) <= 1


@given(st.integers(1, 1 << 60))
def test_formatted_sizes_are_near(size_bytes: int) -> None:
    assert parse_size_of(format_size(size_bytes)) == pytest.approx(size_bytes, rel=0.01)


def parse_size_of(text: str) -> float:
    number, unit = text.split()
    return (
        float(number) * {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50}[unit]
    )


@pytest.mark.parametrize(
    "duration_ns, text",
    [
        (870, "870 ns"), (45_200, "45.2 us"), (3_100_000, "3.10 ms"), (12_500_000_000, "12.5 s"), (125 * 10**9, "2m05s"),
        (999_499, "999 us"), (999_600, "1.00 ms"), (99_960_000, "100 ms"), (5400 * 10**9, "1h30m"), (0, "0 ns"),
    ],
)  # fmt: skip
def test_formatted_durations(duration_ns: int, text: str) -> None:
    assert format_duration(duration_ns) == text


@pytest.mark.parametrize(
    "count, text", [(0, "0"), (950, "950"), (12_300, "12.3k"), (4_560_000, "4.56M"), (0.5, "0.5"), (999_600, "1.00M")]
)
def test_formatted_counts(count: float, text: str) -> None:
    assert format_count(count) == text


def test_values_are_shown_as_in_a_file_and_not_at_any_length() -> None:
    assert [shown(value) for value in (None, True, False, 1, "a")] == ["null", "true", "false", "1", "'a'"]
    assert len(shown("x" * 10_000)) == 58

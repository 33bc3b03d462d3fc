"""Sets of indices as intervals, against sets as Python has them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.engine.objects.intervals import holds, indices, total, union, where_zero, without

PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: (min(pair), max(pair))), max_size=6)


def as_set(pairs: object) -> set[int]:
    return set(indices(pairs))  # type: ignore[arg-type]  # lists of pairs, as hypothesis makes them


@given(PAIRS, PAIRS)
def test_they_are_sets(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    both = union(one, other)
    assert as_set(both) == as_set(one) | as_set(other)
    assert total(both) == len(as_set(both))
    left = without(one, other)
    assert as_set(left) == as_set(one) - as_set(other)
    for found in (both, left):
        assert list(found) == sorted(found) and all(start < stop for start, stop in found)
        assert [index for index in range(-1, 42) if holds(found, index)] == sorted(as_set(found))


@given(st.binary(max_size=50))
def test_zeros_are_found(flags: bytes) -> None:
    assert list(indices(where_zero(flags))) == [index for index, flag in enumerate(flags) if not flag]

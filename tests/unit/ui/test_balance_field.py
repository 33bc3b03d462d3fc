"""Which end point is next is only asked where there are several."""

from __future__ import annotations

from typing import Any

import pytest

from s3bench_tui.ui.setup.fields import TARGET


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        ("s3://b/", False),
        ({"uri": "s3://b/", "endpoint": "http://h:1"}, False),
        ({"uri": "s3://b/", "endpoint": ["http://h:1"]}, False),
        ({"uri": "s3://b/", "endpoint": ["http://h:1", "http://i:1"]}, True),
        ({"uri": "s3://b/", "endpoint": "http://h{1...4}:1"}, True),
    ],
)
def test_it_is_asked_where_it_means_something(target: Any, asked: bool) -> None:
    [field] = [field for field in TARGET if field.key == ("balance",)]
    assert field.choices == ("round_robin", "least_in_flight")
    assert field.only is not None
    assert field.only(target) == asked

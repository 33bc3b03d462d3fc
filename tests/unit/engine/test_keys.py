from __future__ import annotations

import re
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.objects.keys import Keys, KeySpace, ListedKeys

TEMPLATES = [
    "prepared-{index:08d}.dat",
    "{index}",
    "{index:d}",
    "d/{index:04x}/o",
    "{index:X}",
    "%d{{{index:3o}}}%s",
    "0{index:2}0",
]


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("prefix", ["", "a/b/", "100%/{x}/"])
@pytest.mark.parametrize("index", [0, 7, 8, 99, 12345, 10**9 - 1])
def test_keys_are_what_the_template_formats_and_lead_back_to_the_index(template: str, prefix: str, index: int) -> None:
    keys = KeySpace(prefix, template, 10**9)
    key = keys.key(index)
    assert key == prefix + template.format(index=index)
    assert keys.index_of(key) == index


@settings(deadline=None)
@given(st.one_of(st.text(), st.from_regex(r"p/o-[0-9+\-_ \u0663]{0,9}\.dat", fullmatch=True)))
def test_only_keys_of_the_space_have_an_index(key: str) -> None:
    keys = KeySpace("p/", "o-{index:04d}.dat", 20_000)
    index = keys.index_of(key)
    wanted = re.fullmatch(r"p/o-([0-9]{4}|1[0-9]{4})\.dat", key, re.ASCII)
    assert (index is None) == (wanted is None)
    assert index is None or keys.key(index) == key


@pytest.mark.parametrize(
    "key",
    ["p/o-7.dat", "p/o-+007.dat", "p/o-0_07.dat", "p/o-00007.dat", "p/o-\u0660\u0660\u0660\u0667.dat", "p/o-.dat", "p/o.dat", "p/o-20000.dat", "p/o--001.dat", "p/o-0007.da", "p/o-0007.dat ", "p/o-" + "9" * 5000 + ".dat"],
)  # fmt: skip
def test_look_alikes_have_no_index(key: str) -> None:
    assert KeySpace("p/", "o-{index:04d}.dat", 20_000).index_of(key) is None


def test_head_and_tail_may_not_overlap() -> None:
    assert KeySpace("", "aa{index}aa", 10).index_of("aaa") is None


@pytest.mark.parametrize("template", ["", "obj", "{index}{index}", "{}", "{i}", "{index!r}", "{index:.2f}", "{index:>8}", "{index:{index}}", "{index", "{0}", "{index.real}"])  # fmt: skip
def test_templates_without_one_plain_index_are_refused_with_advice(template: str) -> None:
    with pytest.raises(ValueError, match=re.escape("obj-{index:08d}")):
        KeySpace("", template, 10)


def test_sizes_come_from_where_they_were_promised() -> None:
    assert KeySpace("", "{index}", 10).size(3) == -1
    assert KeySpace("", "{index}", 10, lambda index: index * 2).size(3) == 6


def test_listed_keys_are_a_key_space_too() -> None:
    keys: Keys = ListedKeys(["b", "a/ü", "c"], [5, 0, 7])
    assert [keys.key(index) for index in range(keys.count)] == ["b", "a/ü", "c"]
    assert [keys.size(index) for index in range(keys.count)] == [5, 0, 7]
    assert [keys.index_of(key) for key in ("c", "b", "d")] == [2, 0, None]
    with pytest.raises(ValueError, match="2 keys"):
        ListedKeys(["a", "b"], [1])


def test_keys_sort_as_their_indices_where_the_width_suffices() -> None:
    keys = KeySpace("", "o-{index:05d}", 10**5)
    drawn = sorted(Random(1).sample(range(10**5), 100))
    assert all(first < second for first, second in pairwise(map(keys.key, drawn)))

"""Keys in folders: what the names are, and that each key leads back to its index."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3bench_tui.engine.objects.keys import KeySpace
from s3bench_tui.engine.objects.tree import Folders, PlacedKeys, Tree, shard_of

MASK = "sai3bench.d%d_w%d.dir"


def sharded(shards: int, count: int, name: str = "o-{index:04d}") -> PlacedKeys:
    return PlacedKeys("p/", shard_of(shards), KeySpace("", name, count))


def in_tree(tree: Tree) -> PlacedKeys:
    return PlacedKeys("t/", tree.folder_of, KeySpace("", "file_{index:08d}.dat", tree.files))


def test_shards_go_round_in_hexadecimal() -> None:
    keys = sharded(17, 40)
    assert [keys.key(index) for index in (0, 1, 15, 16, 17, 39)] == [
        "p/00/o-0000", "p/01/o-0001", "p/0f/o-0015", "p/10/o-0016", "p/00/o-0017", "p/05/o-0039",
    ]  # fmt: skip


def test_directories_go_level_by_level_and_files_stand_at_the_bottom() -> None:
    tree = Tree(2, 2, 3, False, MASK)
    one, two = "sai3bench.d1_w1.dir/", "sai3bench.d1_w2.dir/"
    below = [f"{parent}sai3bench.d2_w{child}.dir/" for parent in (one, two) for child in (1, 2)]
    assert [tree.folder(number) for number in range(tree.count)] == [one, two, *below]
    assert tree.files == 12
    assert [tree.folder_of(index) for index in range(12)] == [folder for folder in below for _ in range(3)]
    assert in_tree(tree).key(4) == f"t/{below[1]}file_00000004.dat"


def test_files_may_stand_in_every_directory() -> None:
    tree = Tree(3, 2, 2, True, MASK)
    assert (tree.count, tree.files) == (12, 24)
    assert [tree.folder_of(index) for index in range(0, 24, 2)] == [tree.folder(number) for number in range(12)]


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 4), st.booleans(), st.data())
def test_every_key_leads_back(width: int, depth: int, files: int, everywhere: bool, data: st.DataObject) -> None:
    tree = Tree(width, depth, files, everywhere, MASK)
    assert len({tree.folder(number) for number in range(tree.count)}) == tree.count
    keys = in_tree(tree)
    index = data.draw(st.integers(0, keys.count - 1))
    assert keys.index_of(keys.key(index)) == index


@given(st.integers(1, 300), st.integers(1, 1000), st.sampled_from(["o-{index}", "a/b/o-{index:06d}"]), st.data())
def test_every_key_of_a_shard_leads_back(shards: int, count: int, name: str, data: st.DataObject) -> None:
    keys = sharded(shards, count, name)
    index = data.draw(st.integers(0, count - 1))
    assert keys.index_of(keys.key(index)) == index


@pytest.mark.parametrize(
    "key", ["p/01/o-0000", "p/o-0000", "00/o-0000", "p/00/o-0040", "p/00/00/o-0000", "p/0/o-0000", "p/", ""]
)
def test_what_is_none_of_these_objects_has_no_index(key: str) -> None:
    assert sharded(17, 40).index_of(key) is None


def test_folders_are_those_of_the_prefix_and_what_lies_in_it() -> None:
    folders = Folders("a/b/names-", shard_of(2), 2)
    assert [folders.folder(number) for number in range(folders.count)] == [
        "a/",
        "a/b/",
        "a/b/names-00/",
        "a/b/names-01/",
    ]
    assert Folders("").count == 0

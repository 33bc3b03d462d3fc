"""The objects of a data set as its plan describes them: their keys, and the folders that they lie in. Asks no store."""

from __future__ import annotations

from s3bench_tui.engine.objects.keys import Keys, KeySpace
from s3bench_tui.engine.objects.sizes import size_source
from s3bench_tui.engine.objects.tree import Folders, PlacedKeys, Tree, shard_of
from s3bench_tui.engine.plan import DatasetPlan, TreePlan


def key_space(dataset: DatasetPlan, seed: int) -> Keys:
    """The objects of a data set, by index."""
    sizes = size_source(dataset.sizes, seed)
    if not dataset.shards and dataset.tree is None:
        return KeySpace(dataset.prefix, dataset.template, dataset.count, sizes.size_of)
    folder = shard_of(dataset.shards) if dataset.tree is None else tree_of(dataset.tree).folder_of
    return PlacedKeys(dataset.prefix, folder, KeySpace("", dataset.template, dataset.count, sizes.size_of))


def folders_of(dataset: DatasetPlan) -> Folders:
    """The folders that the objects of a data set lie in."""
    if dataset.tree is not None:
        tree = tree_of(dataset.tree)
        return Folders(dataset.prefix, tree.folder, tree.count)
    return Folders(dataset.prefix, shard_of(dataset.shards), min(dataset.shards, dataset.count))


def tree_of(plan: TreePlan) -> Tree:
    """The tree of a plan."""
    return Tree(plan.width, plan.depth, plan.files_per_dir, plan.everywhere, plan.mask)

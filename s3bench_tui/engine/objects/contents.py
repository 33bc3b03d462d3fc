"""Which content each object has: where data sets and paths differ in it, the key tells. Knows no drivers."""

from __future__ import annotations

from collections.abc import Iterable

from s3bench_tui.engine.objects.keys import Keys
from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.engine.objects.written import shard_folders, stem
from s3bench_tui.engine.plan import PayloadPlan, WorkerPlan
from s3bench_tui.stores.base import PUT


class Contents:
    """Content by key: that of the data set which holds the key, else of the path that it was written below, else the
    run's. What an object holds follows from its key alone, so that it can be made again by whoever reads it."""

    def __init__(
        self, common: Payload, datasets: Iterable[tuple[Keys, Payload]], paths: Iterable[tuple[str, int, Payload]]
    ) -> None:
        self._common = common
        self._datasets = list(datasets)
        self._stems = [
            (tuple(stem(folder) for folder in shard_folders(path, shards)), payload) for path, shards, payload in paths
        ]

    def of(self, key: str) -> Payload:
        """The content of this object."""
        for begins, payload in self._stems:
            if key.startswith(begins):
                return payload
        return next((payload for keys, payload in self._datasets if keys.index_of(key) is not None), self._common)

    def fill(self, out: memoryview, key: str, version: int, offset: int) -> None:
        """As `Payload.fill`."""
        self.of(key).fill(out, key, version, offset)

    def matches(self, data: bytes | bytearray | memoryview, key: str, version: int, offset: int) -> int:
        """As `Payload.matches`."""
        return self.of(key).matches(data, key, version, offset)


def open_contents(plan: WorkerPlan, keys: dict[str, Keys]) -> Payload | Contents:
    """What a worker writes, and recognises; `keys` are those of the data sets, by id. One `Payload` where all content is of one kind."""
    # The cipher costs 8 MiB, which a reader need not pay.
    needed = any(entry.kind == PUT or entry.verify for entry in plan.entries)
    common = _payload(plan.payload) if needed else Payload(plan.payload.seed, "zero")
    datasets = [(keys[dataset.id], dataset.payload) for dataset in plan.datasets]
    paths = [(entry.keys, entry.payload) for entry in plan.entries if entry.keys.source == "written"]
    owners = [own for _, own in (*datasets, *paths)]
    if not needed or all(own in (None, plan.payload) for own in owners):
        return common
    made = {plan.payload: common}
    for own in owners:
        if own is not None and own not in made:
            made[own] = _payload(own)
    return Contents(
        common,
        [(space, made[own or plan.payload]) for space, own in datasets],
        [(written.path, written.shards, made[own or plan.payload]) for written, own in paths],
    )


def _payload(plan: PayloadPlan) -> Payload:
    return Payload(plan.seed, plan.fill, plan.dedup_factor, plan.compress_factor)

"""What this program has made of a data set, as it noted it at the target itself: so that a later run may delete that.

Each run that makes objects writes one note, before it makes them, into the target's `.s3bench/`, outside of every data
set: so that runs at the same time do not disturb each other. Notes go by the keys of the data set and not by its id,
which may change. Knows no operations; changes nothing but notes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from s3bench_tui.engine.objects.intervals import Intervals, holds, union, without
from s3bench_tui.engine.objects.sizes import SizeSource, size_source
from s3bench_tui.engine.plan import DatasetPlan
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.base import OWN, Store

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """What one run made: objects by index, whose sizes follow from `sizes` and `seed`, and directories by number."""

    run_id: str
    made_at: str
    """UTC, as ISO 8601 has it."""
    seed: int
    sizes: Mapping[str, Any]
    objects: Intervals
    folders: Intervals
    """See tree.Folders."""

    def size_source(self) -> SizeSource:
        """Tells how large its objects were made."""
        return size_source(self.sizes, self.seed)


def objects_of(claims: Iterable[Claim]) -> Intervals:
    """All that was made."""
    return union(*(claim.objects for claim in claims))


def folders_of_claims(claims: Iterable[Claim]) -> Intervals:
    """All directories that were made."""
    return union(*(claim.folders for claim in claims))


class Makers:
    """Says of an object whether this program made it; the run that made it last tells how large it is."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._claims = [(claim.objects, claim.size_source()) for claim in reversed(claims)]

    def made(self, index: int, size_bytes: int) -> bool | None:
        """Whether an object of this index has the size with which it was noted; None where it was not noted."""
        for objects, sizes in self._claims:
            if holds(objects, index):
                return sizes.size_of(index) == size_bytes
        return None


def notes_folder(base: str, plan: DatasetPlan) -> str:
    """Where the notes of a data set lie; `base` is the target's own prefix."""
    digest = hashlib.sha256(json.dumps(_keys_of(plan), sort_keys=True).encode()).hexdigest()
    return f"{base}{OWN}dataset-{digest[:16]}/"


def _keys_of(plan: DatasetPlan) -> dict[str, Any]:
    """What the keys of a data set follow from, but for their number."""
    tree = None if plan.tree is None else asdict(plan.tree)
    return {"prefix": plan.prefix, "name": plan.template, "shards": plan.shards, "tree": tree}


def read_claims(store: Store, base: str, plan: DatasetPlan) -> tuple[Claim, ...]:
    """What is noted of a data set, the oldest first. TargetError where a note cannot be read, or none can be looked for."""
    found = []
    for note in store.list(notes_folder(base, plan)):
        body = store.read(note.key)
        if body is not None:
            found.append(_claim(note.key, body, _keys_of(plan)))
    return tuple(sorted(found, key=lambda claim: claim.made_at))


def _claim(key: str, body: bytes, keys: Mapping[str, Any]) -> Claim:
    try:
        data = json.loads(body)
        if data.pop("format") != _FORMAT or data.pop("keys") != keys:
            raise ValueError
        del data["note"], data["id"], data["count"]
        claim = Claim(**data)
        claim.size_source()
        return replace(claim, objects=_intervals(claim.objects), folders=_intervals(claim.folders))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TargetError(
            f"{key} is not a note of what this version of the program made; if the data set is yours, delete it with the "
            "store's own tools, and this note with it"
        ) from None


def _intervals(pairs: Any) -> Intervals:
    return union((int(start), int(stop)) for start, stop in pairs if int(start) >= 0)


def write_claim(store: Store, base: str, plan: DatasetPlan, claim: Claim) -> None:
    """Make the note of one run."""
    note = {
        "note": "Which objects s3bench-tui made here, so that it may delete them again. Remove it, and they are not its own.",
        "format": _FORMAT,
        "id": plan.id,
        "count": plan.count,
        "keys": _keys_of(plan),
        **asdict(claim),
    }
    store.write(_note_key(base, plan, claim), json.dumps(note, indent=1).encode())


def _note_key(base: str, plan: DatasetPlan, claim: Claim) -> str:
    return f"{notes_folder(base, plan)}{claim.run_id}.json"


def strike(store: Store, base: str, plan: DatasetPlan, claims: Iterable[Claim], gone: Intervals) -> None:
    """Delete the notes that stand for nothing any more, once these objects are gone or are another run's."""
    empty = [_note_key(base, plan, claim) for claim in claims if not without(claim.objects, gone)]
    if empty:
        store.delete(empty)

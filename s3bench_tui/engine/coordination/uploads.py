"""Sees to it that no upload in parts is left half done at a store: aborts what the workers of a run could not.

Takes only what is certainly this run's: uploads that its workers name, and those of keys that carry its own number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3bench_tui.engine.coordination.crew import Member
from s3bench_tui.engine.groundwork.preparation import OpenTarget
from s3bench_tui.engine.objects.written import heads_of_run
from s3bench_tui.errors import TargetError
from s3bench_tui.stores.multipart import AbortsUploads, Upload


def abort_left(
    run_id: str, targets: Sequence[OpenTarget], members: Sequence[Member], tell: Callable[[str], None]
) -> None:
    """Look at every target that this run wrote to in parts; `tell` hears what was found there, or why nobody could look."""
    for target in targets:
        lines = [number for number, options in enumerate(target.driver.lines) if options.multipart is not None]
        entries = [target.entries[number] for number in lines if not target.entries[number].elsewhere]
        if not entries or not isinstance(target.store, AbortsUploads):
            continue
        own = [member for member in members if member.plan.target == target.index]
        known: list[Upload] = [upload for member in own if member.ended for upload in member.last_word[2]]
        prefixes = [
            head
            for entry in entries
            if entry.keys.source == "written"
            for head in heads_of_run(entry.keys.path, run_id, entry.keys.shards)
        ]
        lost = any(member.lost for member in own)
        if lost and not target.store.finds_uploads:
            tell(
                f"{target.name}: a lost worker may have left uploads half done; the store lists none of them, "
                "and forgets them by itself"
            )
        elif lost and any(entry.keys.source == "dataset" for entry in entries):
            tell(
                f"{target.name}: a lost worker may have left uploads of data set objects half done; "
                "they are not told from those of others, so look for them with the store's own tools"
            )
        try:
            aborted = target.store.abort_uploads(known, list(dict.fromkeys(prefixes)))
        except TargetError as error:
            tell(f"{target.name}: whether uploads were left half done could not be seen to: {error}")
            continue
        if aborted:
            uploads = "1 upload" if aborted == 1 else f"{aborted} uploads"
            tell(f"{target.name}: {uploads} left half done, and aborted now")

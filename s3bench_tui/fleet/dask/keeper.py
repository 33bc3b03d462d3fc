"""What the workers of a cluster keep, as their controller asks for it: tasks of Dask that read in their directories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from distributed import Client, Security

from s3bench_tui.errors import TargetError
from s3bench_tui.fleet.dask.cluster import joined
from s3bench_tui.fleet.dask.link import reason
from s3bench_tui.fleet.dask.member import keeping
from s3bench_tui.fleet.kept import PIECE_BYTES, kept, stem
from s3bench_tui.fleet.retrieval import Listed, UnaskedError

ANSWER_S = 30.0
"""For a worker to begin with what it is asked, and to end."""
R = TypeVar("R")


class WorkerKeeper:
    """One worker. Those of a host have one directory as a rule: what lies there is said by each."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address

    @property
    def address(self) -> str:
        """Its own, `tcp://10.0.0.7:34567`."""
        return self._address

    def listed(self) -> Sequence[Listed]:
        """What it keeps, the newest first."""
        return self._asked(listed_here)

    def pieces(self, run_id: str, part: int) -> Iterator[bytes]:
        """One of them, from its beginning."""
        offset = 0
        while piece := self._asked(piece_here, run_id, part, offset):
            offset += len(piece)
            yield piece

    def _asked(self, ask: Callable[..., R], *words: Any) -> R:
        try:
            answer = self._client.submit(
                ask, *words, workers=[self._address], allow_other_workers=False, pure=False, retries=0
            )
            found: R = answer.result(timeout=ANSWER_S)
        except Exception as error:  # noqa: BLE001 - whatever Dask raises, the worker did not answer
            raise UnaskedError(reason(error, ANSWER_S)) from None
        return found


@contextmanager
def keepers(written: str, security: Security | None) -> Iterator[list[WorkerKeeper]]:
    """All workers of the cluster that is written. TargetError where there is none, ConfigError where it cannot be meant."""
    client, own = joined(written, security)
    try:
        if not (workers := sorted(client.nthreads())):
            raise TargetError(f"the Dask scheduler at {written} has no workers; start some, or wait for them")
        yield [WorkerKeeper(client, worker) for worker in workers]
    finally:
        client.close(timeout=ANSWER_S)
        if own is not None:
            own.close(timeout=ANSWER_S)


# --- on a worker --------------------------------------------------------------------------------------------------


def listed_here() -> list[Listed]:
    """What this worker keeps."""
    return [
        Listed(each.run_id, each.part, each.size_bytes, each.written_ns, each.ended)
        for each in kept(keeping().directory)
    ]


def piece_here(run_id: str, part: int, offset: int) -> bytes:
    """The next piece of one of them; empty at its end."""
    with (keeping().directory / f"{stem(run_id, part)}.jsonl").open("rb") as file:
        file.seek(offset)
        return file.read(PIECE_BYTES)

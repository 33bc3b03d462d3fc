"""A Dask cluster as the transport of a fleet: one worker of each host is a member. Knows nothing of what is said to it.

Their words come as events of a topic that is this client's alone, which the scheduler forgets some time after it; the
scheduler also tells of a worker that it has lost.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from distributed import Client, LocalCluster, Security, wait
from distributed.comm.addressing import get_address_host

from s3bench_tui import __version__
from s3bench_tui.errors import S3BenchError, TargetError
from s3bench_tui.fleet.dask.cluster import joined
from s3bench_tui.fleet.dask.link import ALONE_S, CALL_S, LEFT, DaskLink, reason
from s3bench_tui.fleet.dask.member import Resident
from s3bench_tui.fleet.transport import Deliver

READY_S = 30.0
"""For a worker to load what an agent is."""
_ALL = "all"
"""The topic in which a scheduler says who comes and goes."""


class DaskTransport:
    """The cluster that is written `tcp://host:port`, `tls://host:port`, `scheduler.json` or `LocalCluster(n)`."""

    name = "dask"

    def __init__(self, written: str, security: Security | None = None, alone_s: float = ALONE_S) -> None:
        self._written = written
        self._security = security
        self._alone_s = alone_s
        self._client: Client | None = None
        self._own: LocalCluster | None = None
        self._workers: list[str] = []
        self._links: dict[int, DaskLink] = {}
        self._topics: dict[str, Callable[[tuple[float, Any]], None]] = {}

    def members(self) -> Sequence[str]:
        """The addresses of one worker on each host, that has this very program; of workers made here, all."""
        self._client, self._own = joined(self._written, self._security)
        try:
            with self._client.as_current():
                self._workers = self._chosen(self._client)
        except S3BenchError:
            self.close()
            raise
        except Exception as error:  # noqa: BLE001 - whatever Dask raises, the cluster is of no use
            self.close()
            raise TargetError(f"the Dask cluster {self._written} does not answer: {reason(error)}") from None
        self._topics = {self._client.id: self._heard, _ALL: self._noticed}
        for topic, handler in self._topics.items():
            self._client.subscribe_topic(topic, handler)
        return self._workers

    def _chosen(self, client: Client) -> list[str]:
        found = sorted(client.nthreads())
        workers = found if self._own is not None else one_per_host(found)
        if not workers:
            raise TargetError(f"the Dask scheduler at {self._written} has no workers; start some, or wait for them")
        _compare_versions(client, workers)
        return workers

    def link(self, member: int, deliver: Deliver) -> DaskLink:
        """Bring the agent to one of them."""
        assert self._client is not None
        self._links[member] = DaskLink(self._client, member, self._workers[member], deliver, self._alone_s)
        return self._links[member]

    def close(self) -> None:
        """Leave the cluster; one that was made here ends."""
        client, self._client = self._client, None
        own, self._own = self._own, None
        if client is not None:
            for topic in self._topics:  # or the scheduler complains that nobody takes its farewell
                client.unsubscribe_topic(topic)
            client.close(timeout=CALL_S)
        if own is not None:
            own.close(timeout=CALL_S)

    # --- events, in the thread of the client ----------------------------------------------------------------------

    def _heard(self, event: tuple[float, Any]) -> None:
        _, said = event
        if isinstance(said, dict) and "word" in said and (link := self._links.get(said["member"])) is not None:
            link.take(said["word"])

    def _noticed(self, event: tuple[float, Any]) -> None:
        _, said = event
        if isinstance(said, dict) and said.get("action") == "remove-worker":
            for member, link in list(self._links.items()):
                if self._workers[member] == said.get("worker"):
                    link.lose(LEFT)


def one_per_host(workers: Iterable[str]) -> list[str]:
    """The first of each host, in their order."""
    first: dict[str, str] = {}
    for worker in workers:
        first.setdefault(get_address_host(worker), worker)
    return list(first.values())


def _compare_versions(client: Client, workers: Sequence[str]) -> None:
    """TargetError where one of them could not be an agent; all have loaded what an agent is when this is done."""
    for worker, version in _resolved(client, workers, "s3bench_tui:__version__"):
        if version != __version__:
            raise TargetError(
                f"Dask worker {worker} has s3bench-tui {version}, and this is {__version__}; "
                "install the same version there"
            )
    for _ in _resolved(client, workers, f"{Resident.__module__}:EXTENSION"):
        pass


def _resolved(client: Client, workers: Sequence[str], name: str) -> Iterator[tuple[str, Any]]:
    """What a name of Python is on each worker. TargetError where it is nothing."""
    asked = {
        worker: client.submit(
            pkgutil.resolve_name, name, workers=[worker], allow_other_workers=False, pure=False, retries=0
        )
        for worker in workers
    }
    try:
        wait(list(asked.values()), timeout=READY_S)
    except TimeoutError as error:
        late = next(worker for worker, answer in asked.items() if not answer.done())
        raise TargetError(f"Dask worker {late}: {reason(error, READY_S)}") from None
    for worker, answer in asked.items():
        if (failed := answer.exception()) is not None:
            raise TargetError(f"Dask worker {worker}: {reason(failed)}")
        yield worker, answer.result()

"""The data plane through a vendor's SDK: what an application sees that uses it, with the SDK's own retries.

What all vendors' drivers have in common, loaded only where a target asks for one (`client: sdk`); the SDK itself with the
first client, in a worker. Knows no mixes, pacing or statistics, and nothing of the lean driver that it stands beside.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from s3bench_tui.stores.base import (
    COPY,
    DELETE,
    GET,
    GET_TAGS,
    LIST,
    PUT,
    STAT,
    TAG,
    DriverConfig,
    Operation,
    PayloadSource,
)
from s3bench_tui.stores.files.threads import Threads
from s3bench_tui.stores.files.transfer import Task
from s3bench_tui.stores.outcome import INTEGRITY, PARTIAL
from s3bench_tui.stores.pages import Pages

LEAST_POOL = 10
"""Connections that SDKs keep by default."""

POOL = f"as many as slots, {LEAST_POOL} or more in each worker"
"""The same for people."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """What a control plane tells of the SDK that its load goes through."""

    library: str
    settings: Mapping[str, Any]
    """Of `DriverConfig.options`, besides those that the lean client has, too."""
    facts: Mapping[str, Any]
    """For the report: what the SDK does by itself; `retry_mode` and `max_attempts` are among them."""


class SdkDriver(ABC):
    """A thread for each operation in flight, and one client of the SDK (one for each end point) for all of them."""

    polled = False
    woke_ns = 0
    begin = None

    def __init__(self, config: DriverConfig, payload: PayloadSource) -> None:
        self._config = config
        self._credentials = config.credentials
        self._payload = payload
        self._pages = Pages(config.lines)
        self._threads = Threads()
        self._pool = 0
        self._clients: list[Any] = []
        self._retries: list[int] = []  # by slot, which one thread at a time adds to
        self._own = (
            threading.local()
        )  # of each thread: how often its operation was retried, and the body that it writes
        self._calls = {
            GET: self._get,
            PUT: self._put,
            STAT: self._stat,
            LIST: self._list,
            DELETE: self._delete,
            COPY: self._copy,
            TAG: self._tag,
            GET_TAGS: self._get_tags,
        }

    # --- the face of a driver -------------------------------------------------------------------------------------

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Load the SDK and open its clients. Connections it opens itself, with the first operations."""
        self._make_room(slots)

    def submit(self, op: Operation) -> None:
        """Hand the operation to a thread; the SDK's call begins there, and so does its service time."""
        op.outcome = op.transferred = op.first_byte_ns = op.items = op.pages = 0
        op.detail = ""
        if self._threads.busy >= self._pool:  # not the slot's number: in open loop slots that wait are numbered too
            self._make_room(self._threads.busy + 1)
        if op.slot >= len(self._retries):
            self._retries += [0] * (op.slot + 1 - len(self._retries))
        op.endpoint = op.slot % len(self._clients)
        op.dispatch_ns = monotonic_ns()
        self._threads.start(op, self._whole(op, self._clients[op.endpoint]))

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        return self._threads.reap(timeout_ns)

    def renew(self, credentials: Mapping[str, str]) -> None:
        """Replace the clients; what is in flight ends with the old ones."""
        self._credentials = credentials
        if self._clients:
            self._clients = self._opened()

    def counters(self) -> Mapping[str, int]:
        """retries (attempts after the first, by the SDK itself), pool_connections (the most it keeps), clients."""
        return {"retries": sum(self._retries), "pool_connections": self._pool, "clients": len(self._clients)}

    def close(self) -> None:
        self._threads.close()
        for client in self._clients:
            client.close()

    def _make_room(self, slots: int) -> None:
        """Clients that keep a connection for each of so many in flight; where later there are more, half as many again."""
        self._pool = max(slots, self._pool * 3 // 2, LEAST_POOL)
        self._clients = self._opened()

    # --- one operation, in its thread -----------------------------------------------------------------------------

    def _whole(self, op: Operation, client: Any) -> Task:
        """The operation from beginning to end; asks whoever runs it for no reads."""
        self._own.retries = 0
        try:
            if op.kind == PUT:
                self._make_body(op)
            op.dispatch_ns = monotonic_ns()
            self._perform(op, client)
            op.done_ns = monotonic_ns()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is this operation's outcome
            op.done_ns = monotonic_ns()
            op.outcome, op.detail = self._explain(error)
        if op.outcome:
            op.transferred = 0
            op.items = op.items if op.outcome == PARTIAL else 0
        self._retries[op.slot] += self._own.retries
        yield from ()

    def _make_body(self, op: Operation) -> None:
        body: bytearray | None = getattr(self._own, "body", None)
        if body is None or len(body) != op.length:
            body = self._own.body = bytearray(op.length)
        if body:
            with memoryview(body) as view:
                self._payload.fill(view, op.key, op.version, 0)

    def _perform(self, op: Operation, client: Any) -> None:
        self._calls[op.kind](op, client)

    def _came(self, op: Operation, got: int) -> None:
        """So many bytes of the object have come."""
        if got != op.length >= 0:
            op.outcome, op.detail = INTEGRITY, f"{got} bytes came where {op.length} were expected"
        op.transferred = got

    # --- by the vendor's SDK --------------------------------------------------------------------------------------

    @abstractmethod
    def _opened(self) -> list[Any]:
        """A client for each end point, with `_credentials` and room for `_pool` connections; each has `close`."""

    @abstractmethod
    def _explain(self, error: Exception) -> tuple[int, str]:
        """The outcome, and a line of detail, of what the SDK raised."""

    # Each raises what the SDK does, and adds retries that it sees to `_own.retries`.

    @abstractmethod
    def _get(self, op: Operation, client: Any) -> None: ...

    @abstractmethod
    def _put(self, op: Operation, client: Any) -> None:
        """Write `_own.body`."""

    @abstractmethod
    def _stat(self, op: Operation, client: Any) -> None: ...

    @abstractmethod
    def _list(self, op: Operation, client: Any) -> None: ...

    @abstractmethod
    def _delete(self, op: Operation, client: Any) -> None: ...

    @abstractmethod
    def _copy(self, op: Operation, client: Any) -> None: ...

    @abstractmethod
    def _tag(self, op: Operation, client: Any) -> None:
        """Give the object the tags of the operation's line."""

    @abstractmethod
    def _get_tags(self, op: Operation, client: Any) -> None: ...

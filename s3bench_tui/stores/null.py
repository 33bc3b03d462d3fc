"""null://: a store without I/O, that answers as it was told to: latency, errors, throttling.

For tests, for a first look, and as the ceiling of the client itself. An operation is done at the exact instant at
which the simulated store answers, however late `wait` notices. Nothing is kept, and a PUT's content is not even made.

Options: `latency` (type, mean, std_dev, min, max; ns), `error_rate` (0-1), `ops_per_s` and `bytes_per_s` (of this
driver; None: unlimited), `object_size` (bytes, of a GET of unknown length), `seed`.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from s3bench_tui.stores.base import (
    DELETE,
    GET,
    LIST,
    PUT,
    DriverConfig,
    Inspector,
    ObjectInfo,
    Operation,
    PayloadSource,
    ProbeResult,
)
from s3bench_tui.stores.outcome import INJECTED, OK, TIMEOUT
from s3bench_tui.stores.timer import wake_on_time
from s3bench_tui.stores.uri import Uri

if TYPE_CHECKING:
    from s3bench_tui.spec.model.target import Target

_NS_PER_S = 1_000_000_000


def open_store(target: Target, uri: Uri, connect_timeout_ns: int, operation_timeout_ns: int) -> NullStore:
    """The control plane; `null` of the target says how the store behaves."""
    options = target.null.model_dump()
    return NullStore(DriverConfig("null", uri.root, options, {}, connect_timeout_ns, operation_timeout_ns))


def open_driver(config: DriverConfig, payload: PayloadSource, inspector: Inspector | None = None) -> NullDriver:
    """The data plane; there is no content that `payload` could make or `inspector` look at."""
    return NullDriver(config)


class NullStore:
    """Is always there, and every object with it, although it lists none."""

    lacks_objects = False
    renewal_error = ""

    def __init__(self, config: DriverConfig) -> None:
        self._config = config

    def probe(self, writes: bool) -> ProbeResult:
        return ProbeResult(
            "nothing is read or written, every object exists", {"simulated": True, **self._config.options}
        )

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        return iter(())

    def make_ready(self, prefixes: Iterable[str], create: bool) -> None:
        """Nothing to do."""

    def read(self, key: str) -> bytes | None:
        return None

    def write(self, key: str, body: bytes) -> None:
        """Nothing is kept."""

    def delete(self, keys: Sequence[str]) -> int:
        return len(keys)

    def driver_config(self) -> DriverConfig:
        return self._config

    def renewed_credentials(self) -> Mapping[str, str] | None:
        return None

    def close(self) -> None:
        """Nothing to do."""


class NullDriver:
    """Completes each operation at dispatch + queueing + latency; the queue is one server that serves in order."""

    polled = False
    woke_ns = 0
    begin = None

    def __init__(self, config: DriverConfig, clock: Callable[[], int] = time.monotonic_ns) -> None:
        options = config.options
        self._clock = clock
        self._random = random.Random(options.get("seed", 0))
        self._latency = latency_source(options.get("latency", {}), self._random)
        self._error_rate = float(options.get("error_rate", 0.0))
        self._op_cost_ns = _NS_PER_S / options["ops_per_s"] if options.get("ops_per_s") else 0.0
        self._byte_cost_ns = _NS_PER_S / options["bytes_per_s"] if options.get("bytes_per_s") else 0.0
        self._object_size = int(options.get("object_size", 4096))
        self._timeout_ns = config.operation_timeout_ns
        self._throttled = bool(self._op_cost_ns or self._byte_cost_ns)
        self._start_ns = clock()
        self._ops_free_ns = self._bytes_free_ns = 0.0  # since the start: a float keeps fractions of a ns there
        self._instant = self._latency is None and not self._throttled
        self._pending: list[tuple[int, int, Operation]] = []
        self._submitted = 0
        self._done: list[Operation] = []
        self._seen: list[Operation] = []
        wake_on_time()

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Nothing to do."""

    def submit(self, op: Operation) -> None:
        op.dispatch_ns = now = self._clock()
        kind = op.kind
        if kind == GET:
            size = op.length if op.length >= 0 else self._object_size
            op.items = op.pages = 0
        else:
            size = op.length if kind == PUT else 0
            op.items = (len(op.keys) or 1) if kind == DELETE else 0
            op.pages = 1 if kind == LIST else 0
        op.transferred = size
        op.outcome = OK
        op.detail = ""
        if self._error_rate and self._random.random() < self._error_rate:
            op.outcome = INJECTED
            op.detail = "injected by null://"
            op.transferred = op.items = op.pages = 0
        if self._instant:
            op.done_ns = done_ns = self._clock()
            op.first_byte_ns = done_ns if kind == GET and op.outcome == OK else 0
            self._done.append(op)
            return
        done_ns = self._served_ns(now, size)
        if self._latency is not None:
            done_ns += round(self._latency())
        if done_ns - now > self._timeout_ns:
            done_ns = now + self._timeout_ns
            op.outcome = TIMEOUT
            op.detail = "no answer within the operation's time-out"
            op.transferred = op.items = op.pages = 0
        op.done_ns = op.first_byte_ns = 0  # known already, and yet not done: nobody may take it for completed
        self._submitted += 1
        heappush(self._pending, (done_ns, self._submitted, op))

    def _served_ns(self, now: int, size: int) -> int:
        """When the queue has let this operation through. Both limits hold, each as a server of its own."""
        if not self._throttled:
            return now
        elapsed = now - self._start_ns
        self._ops_free_ns = max(self._ops_free_ns, elapsed) + self._op_cost_ns
        self._bytes_free_ns = max(self._bytes_free_ns, elapsed) + self._byte_cost_ns * size
        return self._start_ns + round(max(self._ops_free_ns, self._bytes_free_ns))

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        done = self._done
        self._done = self._seen
        self._seen = done
        self._done.clear()
        pending = self._pending
        if not pending:
            if not done and timeout_ns > 0:
                time.sleep(timeout_ns / _NS_PER_S)
            return done
        now = self._clock()
        deadline_ns = now + timeout_ns
        while not done:
            while pending and pending[0][0] <= now:
                done_ns, _, op = heappop(pending)
                op.done_ns = done_ns
                op.first_byte_ns = done_ns if op.kind == GET and op.outcome == OK else 0
                done.append(op)
            if done or now >= deadline_ns:
                break
            time.sleep((min(pending[0][0], deadline_ns) - now) / _NS_PER_S)
            now = self._clock()
        return done

    def renew(self, credentials: Mapping[str, str]) -> None:
        """There are none."""

    def counters(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None:
        self._pending.clear()
        self._done.clear()


def latency_source(spec: Mapping[str, Any], source: random.Random) -> Callable[[], float] | None:
    """Draws latencies in ns; None where all are zero. `mean` and `std_dev` are those of the latencies themselves."""
    kind = spec.get("type", "fixed")
    mean, std_dev = float(spec.get("mean", 0)), float(spec.get("std_dev", 0))
    low, high = float(spec.get("min", 0)), float(spec.get("max", 0))
    if kind == "uniform":
        return (lambda: source.uniform(low, high)) if high > 0 else None
    if mean <= 0:
        return None
    if kind == "exponential":
        return lambda: source.expovariate(1 / mean)
    if kind == "lognormal" and std_dev > 0:
        variance = math.log1p((std_dev / mean) ** 2)
        mu, sigma = math.log(mean) - variance / 2, math.sqrt(variance)
        return lambda: source.lognormvariate(mu, sigma)
    return lambda: mean

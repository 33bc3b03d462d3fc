"""Several end points behind one driver: each has an HTTP driver of its own, and every operation goes to one of them.

Within its end point an operation has a lane, which stands for its slot until it is over; so connections are as many
as were ever needed at once there, and what one driver can do (parts, verification) all can. An end point that gives no
connection is left out for a while, and tried again with one operation; where none gives any, they take turns at
being tried. Knows nothing of requests.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from time import monotonic_ns

from s3bench_tui.stores.balance import News
from s3bench_tui.stores.base import DriverConfig, Inspector, Operation
from s3bench_tui.stores.http.driver import PRECISE_BELOW_NS, HttpDriver
from s3bench_tui.stores.http.multipart import MultipartDriver
from s3bench_tui.stores.multipart import Upload
from s3bench_tui.stores.outcome import CLIENT, CONNECT
from s3bench_tui.stores.timer import Timer

FIRST_PAUSE_NS = 1_000_000_000
LONGEST_PAUSE_NS = 30_000_000_000
"""How long an end point without connections is left out at first, and at most: each trial in vain doubles it."""

_LOOK_NS = 50_000_000
"""How often every driver has its turn, ready or not: each looks for its own time-outs."""

_ended = attrgetter("done_ns")


class _Endpoint:
    """One end point, as this worker sees it."""

    __slots__ = ("driver", "free", "in_flight", "index", "lanes", "pause_ns", "retry_ns", "trials", "turn")

    def __init__(self, index: int, driver: HttpDriver) -> None:
        self.index = index
        self.driver = driver
        self.free: list[int] = []
        """Lanes that no operation has; the last is taken next."""
        self.lanes = 0
        self.in_flight = 0
        self.turn = 0
        """When it was chosen last, where that decides."""
        self.pause_ns = 0
        """How long it is left out; 0 while it is alive."""
        self.retry_ns = 0
        self.trials: set[int] = set()
        """Lanes of operations that were sent there although it is left out."""


class BalancedDriver:
    """Chooses for each operation among several drivers, all with one dialect."""

    polled = True
    begin = None

    def __init__(
        self,
        config: DriverConfig,
        drivers: Sequence[HttpDriver],
        inspector: Inspector | None,
        clock: Callable[[], int] = monotonic_ns,
    ) -> None:
        self._clock = clock
        self._inspector = inspector
        self._ends = [_Endpoint(index, driver) for index, driver in enumerate(drivers)]
        self._alive = list(self._ends)
        seed = config.options.get("seed", 0)  # workers do not all begin with the same one
        self._turn: int = seed % len(drivers)
        for end in self._ends:
            end.turn = (end.index - self._turn) % len(drivers) - len(drivers)
        self._pick = {"round_robin": self._next, "least_in_flight": self._least}[config.options["balance"]]
        self._lines = len(config.lines) or 1 << 62
        self._slots: dict[int, int] = {}
        """The slot of the operation in each lane; lanes have numbers of their own over all end points."""
        self._epoll = select.epoll()
        self._by_fd = {driver.fileno(): end for end, driver in zip(self._ends, drivers, strict=True)}
        for fd in self._by_fd:
            self._epoll.register(fd, select.EPOLLIN)
        self._timer = Timer()
        self._epoll.register(self._timer.fileno(), select.EPOLLIN | select.EPOLLET)
        self._done: list[Operation] = []
        self._news: list[News] = []
        self._next_look_ns = 0
        self.woke_ns = 0

    # --- the face of a driver -------------------------------------------------------------------------------------

    def prewarm(self, slots: int, deadline_ns: int) -> None:
        """Open at each end point its part of the connections of so many slots."""
        for end, until_ns in self._until(deadline_ns):
            end.free = [self._new_lane(end) for _ in range(-(-slots // len(self._ends)))]
            end.driver.open_slots(end.free, until_ns)

    def submit(self, op: Operation) -> None:
        """Choose an end point, and let its driver have the operation."""
        end = self._pick() if len(self._alive) == len(self._ends) else self._pick_around()
        lane = end.free.pop() if end.free else self._new_lane(end)
        self._slots[lane] = op.slot
        op.slot = lane
        end.in_flight += 1
        if end.pause_ns:
            end.trials.add(lane)
        end.driver.submit(op)

    def wait(self, timeout_ns: int) -> Sequence[Operation]:
        """Completed operations of all end points, in the order in which they were."""
        ends = self._ends
        if timeout_ns <= 0 or any(end.driver.has_completed for end in ends):
            timeout_s = 0.0
        elif timeout_ns < PRECISE_BELOW_NS:
            self._timer.arm(timeout_ns)
            timeout_s = 1.0
        else:
            timeout_s = timeout_ns / 1e9
        events = self._epoll.poll(timeout_s)
        self.woke_ns = now = self._clock()
        if now >= self._next_look_ns:
            self._next_look_ns = now + _LOOK_NS
        else:
            ready = {fd for fd, _ in events}
            ends = [end for end in ends if end.driver.has_completed or end.driver.fileno() in ready]
        done = self._done
        done.clear()
        for end in ends:
            done += self._taken_back(end, end.driver.wait(0))
        if len(ends) > 1:
            done.sort(key=_ended)  # what ended first is counted first, also where a phase ends in between
        return done

    def renew(self, credentials: Mapping[str, str]) -> None:
        for end in self._ends:
            end.driver.renew(credentials)

    def counters(self) -> Mapping[str, int]:
        """Those of all end points together."""
        sums: dict[str, int] = {}
        for end in self._ends:
            for name, value in end.driver.counters().items():
                sums[name] = sums.get(name, 0) + value
        # There is one inspector for all, and each driver counts all of what it did.
        return sums if self._inspector is None else {**sums, **self._inspector.counters}

    def news(self) -> Sequence[News]:
        """See stores.balance.Balances."""
        told, self._news = self._news, []
        return told

    def close(self) -> None:
        for end in self._ends:
            end.driver.close()
        self._epoll.close()
        self._timer.close()

    # --- choosing -------------------------------------------------------------------------------------------------

    def _next(self) -> _Endpoint:
        end = self._alive[self._turn % len(self._alive)]
        self._turn += 1
        return end

    def _least(self) -> _Endpoint:
        """The one with the fewest operations in flight; among several the one that was not chosen for the longest."""
        found = self._alive[0]
        for end in self._alive:
            if end.in_flight < found.in_flight or (end.in_flight == found.in_flight and end.turn < found.turn):
                found = end
        return self._chosen(found)

    def _chosen(self, end: _Endpoint) -> _Endpoint:
        self._turn += 1
        end.turn = self._turn
        return end

    def _pick_around(self) -> _Endpoint:
        """One that is alive, unless it is time to try one that is not, or none is."""
        now = self._clock()
        left_out = [end for end in self._ends if end.pause_ns]
        if self._alive:
            due = (end for end in left_out if now >= end.retry_ns and not end.trials)
            return next(due, None) or self._pick()
        return self._chosen(min(left_out, key=lambda end: end.turn))

    def _new_lane(self, end: _Endpoint) -> int:
        end.lanes += 1
        return (end.lanes - 1) * len(self._ends) + end.index

    # --- what came of it ------------------------------------------------------------------------------------------

    def _taken_back(self, end: _Endpoint, completed: Sequence[Operation]) -> Sequence[Operation]:
        """These, each with its slot again, and its lane free for another; requests of uploads have no lane."""
        for op in completed:
            op.endpoint = end.index
            if op.entry >= self._lines:
                continue
            lane = op.slot
            op.slot = self._slots[lane]
            end.free.append(lane)
            end.in_flight -= 1
            if op.outcome == CONNECT or end.pause_ns:
                self._judge(end, lane, op)
        return completed

    def _judge(self, end: _Endpoint, lane: int, op: Operation) -> None:
        """Leave an end point out that gave no connection; take one back that did when it was tried."""
        tried = lane in end.trials
        end.trials.discard(lane)
        now = self._clock()
        if op.outcome == CONNECT:
            if not end.pause_ns:
                self._alive.remove(end)
                self._news.append(News(end.index, False, op.detail))
                end.pause_ns = FIRST_PAUSE_NS
                end.retry_ns = now + end.pause_ns
            elif tried and now >= end.retry_ns:
                end.pause_ns = min(2 * end.pause_ns, LONGEST_PAUSE_NS)
                end.retry_ns = now + end.pause_ns
        elif tried and op.outcome != CLIENT:  # a request that this program could not make says nothing of a server
            end.pause_ns = 0
            end.trials.clear()
            self._alive = [each for each in self._ends if not each.pause_ns]
            self._news.append(News(end.index, True, ""))

    def _until(self, deadline_ns: int) -> Sequence[tuple[_Endpoint, int]]:
        """Each end point, and until when it may keep the others waiting."""
        now, count = self._clock(), len(self._ends)
        return [(end, now + (deadline_ns - now) * (end.index + 1) // count) for end in self._ends]


class BalancedUploads(BalancedDriver):
    """The same, over drivers that write objects in parts."""

    def withdraw(self, deadline_ns: int) -> Sequence[Upload]:
        """See stores.multipart.Uploads."""
        left: list[Upload] = []
        for end, until_ns in self._until(deadline_ns):
            assert isinstance(end.driver, MultipartDriver)
            left += end.driver.withdraw(until_ns)
        return left

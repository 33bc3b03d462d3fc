"""What goes wrong in a run, as the workers tell it: failed operations, end points without connections, lost workers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from s3bench_tui.engine.coordination.crew import Crew, Member
from s3bench_tui.engine.coordination.ending import End
from s3bench_tui.engine.plan import EntryPlan
from s3bench_tui.engine.shared import Life
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stores.balance import News
from s3bench_tui.stores.endpoint import server_of

REPLACEMENTS = 3
"""So many for each worker, on average; a run that loses more is ended: its workers do not die by chance."""

Tell = Callable[[str, str, dict[str, Any]], None]
StillWanted = Callable[[Member], tuple[int | None, int | None]]


class Mishaps:
    """Turns the workers' word into events, replaces who was lost, or ends the run."""

    def __init__(
        self, crew: Crew, entries: Sequence[EntryPlan], end: End, tell: Tell, still_wanted: StillWanted
    ) -> None:
        self._crew = crew
        self._entries = entries
        self._end = end
        self._tell = tell
        self._still_wanted = still_wanted
        self._left_out: dict[tuple[int, int], set[int]] = {}
        """By target and end point: ranks of the workers that leave it out."""
        self.first_failure = "no failure was described"
        """The first operation that failed, in the store's own words."""

    def hear(self, member: Member, kind: str, value: Any) -> None:
        """Take one message of a worker."""
        if kind == "failure":
            self._failed(*value)
        elif kind == "trouble":
            self._tell("error", value, {"worker": member.plan.rank})
        elif kind == "crashed":
            last_line = value.strip().splitlines()[-1]
            self._tell("worker", f"worker {member.plan.rank} failed: {last_line}", {"traceback": value})
        elif kind == "lost":
            self._lost(member, value)
        elif kind == "endpoint":
            self._endpoint(member, value)

    def censored(self) -> dict[str, Histogram]:
        """Operations that were still open at the end, by line, with how long they had been so far."""
        values: dict[str, list[int]] = {}
        for member in self._crew.everyone():
            for entry, open_ns in member.last_word[0] if member.ended else ():
                values.setdefault(self._entries[entry].name, []).append(max(0, open_ns))
        return {name: Histogram.of_values(open_ns) for name, open_ns in values.items()}

    def note_silence(self) -> None:
        """End and tell of workers that have not said their last word although the run is over."""
        for member in self._crew.members:
            if member.alive:
                member.process.kill()  # before the books are closed: it must not go on unseen
                member.process.wait()
                member.lost = True
                rank, pid, in_flight = member.plan.rank, member.process.pid, member.gauge(Life.IN_FLIGHT)
                text = f"worker {rank} (pid {pid}) gave no answer at the end and was killed; "
                kept = f"what it had completed is kept, up to {in_flight} operations in flight are unknown"
                self._tell("worker", text + kept, {"worker": rank, "pid": pid, "in_flight": in_flight})

    def _failed(self, entry: int, outcome: str, key: str, detail: str, more: dict[str, Any]) -> None:
        name = self._entries[entry].name
        text = f"{name} {key}: {detail or outcome}"
        if self.first_failure == "no failure was described":
            self.first_failure = text
        self._tell("error", text, {"entry": name, "outcome": outcome, "key": key, "detail": detail, **more})

    def _endpoint(self, member: Member, news: News) -> None:
        """Each worker finds out for itself; told are the first of them, and the last one that has it back."""
        plan = member.plan
        ranks = self._left_out.setdefault((plan.target, news.endpoint), set())
        first = not (news.alive or ranks)
        (ranks.discard if news.alive else ranks.add)(plan.rank)
        url = server_of(plan.driver.options["endpoints"][news.endpoint])
        data = {"target": plan.target, "endpoint": url, "alive": news.alive}
        if first:
            rule = "it is left out for 1 s, and up to 30 s each time that one operation tries it in vain"
            self._tell("server", f"{url} gives no connection ({news.words}); {rule}", data)
        elif news.alive and not ranks:
            self._tell("server", f"{url} takes connections again", data)

    def _lost(self, member: Member, how: str) -> None:
        rank, pid = member.plan.rank, member.process.pid
        for ranks in self._left_out.values():
            ranks.discard(rank)  # who takes its place begins with all of them
        text = f"worker {rank} (pid {pid}) was lost: {how}"
        in_flight = member.gauge(Life.IN_FLIGHT)
        data = {"worker": rank, "pid": pid, "how": how, "in_flight": in_flight}
        if member.life is None or self._end.wanted or len(self._crew.lost) >= REPLACEMENTS * len(self._crew.members):
            self._tell("worker", text, data)
            self._end.want("failed", text)
            return
        kept = f"what it had completed is kept, up to {in_flight} operations in flight are unknown, and another took its place"
        self._tell("worker", f"{text}; {kept}", data)
        self._crew.replace(member, *self._still_wanted(member))

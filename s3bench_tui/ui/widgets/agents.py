"""The table of a fleet's agents: what each does, in words and figures; one that was lost stays in it."""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.engine.messages import AgentSample
from s3bench_tui.ui.figures import NONE, mib, ms, percent, plain
from s3bench_tui.ui.state import RunState
from s3bench_tui.ui.widgets.panel import Line, Panel, line
from s3bench_tui.units import format_duration

SILENT_S = 2.5
"""From so many seconds on it is said that an agent is silent: each is asked once a second."""
_WIDE = (("ops/s", 7), ("MiB/s", 7), ("p99", 7), ("err", 6), ("cpu", 5), ("slots", 6), ("clock", 9), ("heard", 6))
_NARROW = (("ops/s", 7), ("p99", 7), ("err", 6), ("heard", 6))
_STATE = 11
LOST = "lost"
_DOUBTFUL = ("connecting", "waiting")


class Agents(Panel):
    """A line for each agent, those that need a look first, and one for the total."""

    HELP = (
        "Agents: the machines that make the load. ops/s and MiB/s are of the last second, p99 and err of the whole measured "
        "part, in ms; cpu is how busy the machine of the agent is, slots are operations in flight. clock is how far its wall "
        "clock is ahead of this machine's, which times are corrected for; heard is how long ago it said something. An agent "
        "that was lost stays in the table, and what it had told stays in the figures. page up and page down turn the pages."
    )

    def __init__(self, *, id: str) -> None:
        super().__init__("Agents", id=id)
        self._first = 0

    def turn(self, pages: int) -> None:
        """So many pages on."""
        self._first = max(0, self._first + pages * max(1, self._room))

    @property
    def _room(self) -> int:
        return max(1, self.size.height - 2)

    def show(self, state: RunState) -> None:
        """Draw."""
        agents = sorted(agents_of(state), key=_rank)
        columns = _WIDE if self.size.width >= 72 else _NARROW
        first = max(8, self.size.width - _STATE - sum(width for _, width in columns))
        self._first = max(0, min(self._first, len(agents) - self._room))
        shown = agents[self._first : self._first + self._room]
        head = line((f"{'agent':<{first}}{'state':<{_STATE}}" + "".join(f"{name:>{size}}" for name, size in columns), "muted"))  # fmt: skip
        self.put([head, *(_row(each, first, columns) for each in shown), _whole(agents, state, first, columns)])
        lost = sum(each.state == LOST for each in agents)
        count = f"{len(agents)} agents" if not lost else f"{len(agents)} agents, {lost} lost"
        more = "" if len(shown) == len(agents) else f"   {self._first + 1}-{self._first + len(shown)}, pgdn more"
        self.entitle(subtitle=f"ms service time, whole run   {count}{more}")


def agents_of(state: RunState) -> Sequence[AgentSample]:
    """As they were told of last; none where the run is of this machine alone."""
    if state.snapshot is not None and state.snapshot.agents:
        return state.snapshot.agents
    head = {} if state.started is None else state.started.fleet
    return [AgentSample(str(agent["address"]), "connecting") for agent in head.get("agents", ())]


def is_silent(agent: AgentSample) -> bool:
    """Whether it has not been heard of lately, so that nobody knows what it does."""
    return agent.state not in (LOST, "ended") and agent.silent_s >= SILENT_S


def _rank(agent: AgentSample) -> int:
    """The lost first, then the silent; the others as they were named."""
    return 0 if agent.state == LOST else 1 if is_silent(agent) else 2


def _row(agent: AgentSample, first: int, columns: Sequence[tuple[str, int]]) -> Line:
    lost = agent.state == LOST
    done = agent.ops + agent.failed
    cells = {
        "ops/s": NONE if is_silent(agent) else plain(agent.ops_per_s),
        "MiB/s": NONE if is_silent(agent) else mib(agent.bytes_per_s),
        "p99": ms(agent.p99_ns),
        "err": percent(agent.failed / done if done else None),
        "cpu": percent(agent.cpu_busy),
        "slots": f"{agent.in_flight:,}",
        "clock": _clock(agent),
        "heard": _heard(agent),
    }
    silent = is_silent(agent)
    ink = "bad" if lost else "warn" if silent or agent.state in _DOUBTFUL else "good"
    word = "LOST" if lost else "silent" if silent else agent.state
    pieces = [(_name(agent.address, first), "muted" if lost else ""), (f"{word:<{_STATE}}", ink)]
    for name, size in columns:
        bad = (name == "err" and agent.failed) or (name == "heard" and silent)
        pieces.append((f"{cells[name]:>{size}}", "bad" if bad else "muted" if lost else ""))
    return line(*pieces)


def _name(address: str, width: int) -> str:
    """The port tells agents of one machine apart, so the middle is cut."""
    if len(address) >= width:
        half = (width - 2) // 2
        address = f"{address[: width - 2 - half]}~{address[-half:]}"
    return f"{address:<{width}}"


def _clock(agent: AgentSample) -> str:
    if agent.wall_offset_ns is None:
        return NONE
    sign = "-" if agent.wall_offset_ns < 0 else "+"
    return f"{sign}{format_duration(abs(agent.wall_offset_ns))}"


def _heard(agent: AgentSample) -> str:
    if agent.state == "ended":
        return NONE
    return "now" if agent.silent_s < SILENT_S else f"{agent.silent_s:,.0f} s"


def _whole(agents: Sequence[AgentSample], state: RunState, first: int, columns: Sequence[tuple[str, int]]) -> Line:
    done, failed = sum(each.ops for each in agents), sum(each.failed for each in agents)
    heard = [each for each in agents if not is_silent(each)]
    service = state.whole_service
    cells = {
        "ops/s": plain(sum(each.ops_per_s for each in heard)),
        "MiB/s": mib(sum(each.bytes_per_s for each in heard)),
        "p99": ms(service.known_percentiles().get("p99") if service.n else None),
        "err": percent(failed / (done + failed) if done or failed else None),
        "slots": f"{sum(each.in_flight for each in heard):,}",
    }
    text = f"{'total':<{first + _STATE}}" + "".join(f"{cells.get(name, ''):>{size}}" for name, size in columns)
    return line((text, "strong"))

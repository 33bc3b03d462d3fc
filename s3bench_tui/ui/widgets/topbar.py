"""The bar above every screen: where you are, which run is on, and how far it is."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from s3bench_tui.ui.bridge import Playback
from s3bench_tui.ui.state import DRAINING, ENDED, IDLE, PAUSED, PREPARING, RUNNING, WARMING_UP, RunState

PLACES = (("setup", "F2", "Setup"), ("live", "F3", "Live"), ("results", "F4", "Results"))

_WORDS = {
    IDLE: "ready",
    PREPARING: "PREPARE",
    WARMING_UP: "WARM-UP",
    RUNNING: "RUN",
    PAUSED: "PAUSED",
    DRAINING: "DRAIN",
}
_METER = 10


class TopBar(Static):
    """One line; drawn anew only where its text changed."""

    _drawn = ""

    def show(self, state: RunState, place: str, playback: Playback | None = None) -> None:
        """Draw the state of the run, for the place that is shown; of a recording, how it is played too."""
        left = Content.assemble(*self._places(place))
        played = "" if playback is None else "HELD  " if playback.held else f"PLAY x{playback.speed:g}  "
        right = Content(f"{played}{losses(state, short=self.size.width < 100)}{course(state)} ")
        middle = Content(run_title(state))
        room = self.size.width - left.cell_length - right.cell_length
        if room >= 12 and middle.cell_length:
            shown = middle.truncate(room - 4, ellipsis=True)
            left = Content.assemble(left, "   ", (shown.plain, "$text-muted"))
        gap = " " * max(1, self.size.width - left.cell_length - right.cell_length)
        content = Content.assemble(left, gap, (right.plain, self._style(state)))
        if content.plain != self._drawn:
            self._drawn = content.plain
            self.update(content, layout=False)

    def _places(self, place: str) -> list[Content | tuple[str, str] | str]:
        parts: list[Content | tuple[str, str] | str] = [" s3bench-tui " if self.size.width >= 100 else ""]
        for name, key, title in PLACES:
            here = name == place
            text = f" {key} {title.upper() if here else title} "
            parts.append((text, "bold $primary on $panel" if here else "$text-muted"))
        return parts

    @staticmethod
    def _style(state: RunState) -> str:
        return (
            "bold $success"
            if state.state in (RUNNING, WARMING_UP) and not losses(state)
            else "bold $warning"
            if state.is_on
            else "$text-muted"
        )


def run_title(state: RunState) -> str:
    """`mixed 70/30 > s3://bucket/`."""
    if state.began is None:
        return ""
    targets = "" if state.started is None else ", ".join(str(target.get("uri", "")) for target in state.started.targets)
    return f"{state.began.run_name} > {targets}" if targets else state.began.run_name


def losses(state: RunState, *, short: bool = False) -> str:
    """`!! 1 of 3 agents lost`; empty where all are there, or the run is of this machine alone."""
    agents = () if state.snapshot is None or not state.is_on else state.snapshot.agents
    lost = sum(agent.state == "lost" for agent in agents)
    if not lost:
        return ""
    return f"!! {lost}/{len(agents)} lost  " if short else f"!! {lost} of {len(agents)} agents lost   "


def course(state: RunState) -> str:
    """`RUN 00:42/02:00 [####......]`; a word first."""
    if state.finished is not None:
        return state.finished.status.replace("_", " ").upper()
    snapshot = state.snapshot
    word = _WORDS.get(state.state, state.state.upper())
    if state.state == ENDED:
        return "ENDED, writing results"
    if state.state == IDLE or snapshot is None:
        return word
    if state.state == DRAINING:
        return f"{word} {snapshot.in_flight:,} in flight{_drain_left(state)}"
    if snapshot.progress is not None and snapshot.progress[1] > 0:
        done, wanted = snapshot.progress
        return f"{word} {done:,}/{wanted:,} {_meter(done / wanted)}"
    if state.state in (RUNNING, PAUSED):
        elapsed_s = snapshot.measured_s
        if snapshot.planned_s:
            return f"{word} {clock_text(elapsed_s)}/{clock_text(snapshot.planned_s)} {_meter(elapsed_s / snapshot.planned_s)}"
        return f"{word} {clock_text(elapsed_s)}"
    return f"{word} {clock_text(snapshot.at_s - snapshot.phase.start_s)}"


def _drain_left(state: RunState) -> str:
    """How long operations in flight may still take."""
    drain_s = None if state.started is None else state.started.workload.get("drain")
    snapshot = state.snapshot
    if snapshot is None or not isinstance(drain_s, int | float):
        return ""
    return f", {max(0.0, drain_s - (snapshot.at_s - snapshot.phase.start_s)):.0f} s left"


def clock_text(seconds: float) -> str:
    """`00:42`, `1:02:03`."""
    whole = int(max(0.0, seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes:02d}:{whole % 60:02d}"


def _meter(share: float) -> str:
    full = min(_METER, max(0, int(share * _METER)))
    return f"[{'#' * full}{'.' * (_METER - full)}]"

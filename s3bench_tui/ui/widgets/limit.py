"""What limits the run, in one sentence, and what to try."""

from __future__ import annotations

import textwrap

from s3bench_tui.ui.limit import JUDGED_S, judged
from s3bench_tui.ui.state import DRAINING, IDLE, PAUSED, PREPARING, RUNNING, WARMING_UP, RunState
from s3bench_tui.ui.widgets.panel import Line, Panel, line


def limit_of(state: RunState) -> str:
    """The sentence for what is on now; of a run that is over, the verdict of its report."""
    if state.ended is not None:
        verdict = state.ended.client.get("verdict") or {}
        return str(verdict.get("text", "")) or "no operation was measured, so nothing limited the run"
    if state.state == IDLE:
        return "nothing runs"
    if state.state == PREPARING:
        return "preparing: no load yet"
    if state.state == PAUSED:
        return "paused: nothing is asked of the store; space goes on"
    if state.state == DRAINING:
        return "draining: what is in flight may finish"
    phase, started = state.phase, state.started
    if phase is None or started is None:
        return "waiting for the first figures"
    recent = [interval for interval in state.recent if interval.phase == phase.index][-JUDGED_S - 1 :]
    verdict = judged(recent, started, phase.settings.concurrency)
    if verdict is None:
        return "a new phase: too early to tell" if state.state == RUNNING else "warming up: too early to tell"
    return verdict.text if state.state != WARMING_UP else f"warm-up, {verdict.text}"


def ink_of(head: str) -> str:
    """Of the word of a verdict: a limit that is not the store's is bad news for the figures, an unclear one a warning."""
    words = head.removeprefix("warm-up, ")
    return {
        "CLIENT-LIMITED": "bad",
        "UNSUSTAINED": "bad",
        "UNCLEAR": "warn",
        "STORE-LIMITED": "good",
        "SUSTAINED": "good",
    }.get(words, "strong")


class Limit(Panel):
    """Wraps the sentence over its lines; its first word stands out."""

    def show(self, state: RunState, least: int, most: int) -> None:
        """Draw on so many lines; to be called once a second, for it reads the last ten."""
        text = limit_of(state)
        head, colon, rest = text.partition(":")
        wrapped = textwrap.wrap(f"{head}{colon}{rest}", max(20, self.size.width)) or [""]
        height = max(least, min(most, len(wrapped)))
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
        if len(wrapped) > height:
            wrapped = wrapped[:height]
            wrapped[-1] = wrapped[-1][: self.size.width - 1] + "~"
        lines: list[Line] = []
        for number, each in enumerate(wrapped):
            if number == 0 and colon and each.startswith(head):
                lines.append(line((head, ink_of(head)), each[len(head) :]))
            else:
                lines.append(line(each))
        self.put(lines)

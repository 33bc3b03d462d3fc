"""The tune panel: what can be turned while the run is on, where it stands, and what was last turned."""

from __future__ import annotations

from collections.abc import Sequence

from s3bench_tui.engine.messages import Settings
from s3bench_tui.ui.figures import whole
from s3bench_tui.ui.tune import Dial, dials, value_of
from s3bench_tui.ui.widgets.panel import Line, Panel, line


class Tuner(Panel):
    """One dial a row; the chosen one is turned."""

    HELP = (
        "Tune: up and down choose a dial, left and right turn it by 1, with shift by 10 (a rate by one and ten in its "
        "second digit); digits and enter set it. It takes effect a moment after the last key, opens a phase, and is marked "
        "on the charts. u takes the last change back, = goes back to what the workload file says, ctrl+s keeps what you "
        "have, as a workload or as a schedule that replays this session. A limit turned above all slots is none."
    )

    def show(
        self,
        settings: Settings | None,
        names: Sequence[str],
        chosen: int,
        first: Settings | None,
        typed: str,
        waiting: bool,
    ) -> None:
        """Draw. `first` is what the file says, `typed` what is being typed, `waiting`: not in effect yet."""
        if settings is None:
            self.put([line(("nothing to tune yet", "muted"))])
            self.entitle(subtitle="")
            return
        every = dials(settings)
        room = max(1, self.size.height)
        start = min(max(0, chosen - room // 2), max(0, len(every) - room))
        lines = [
            self._row(settings, dial, names, place == chosen, first, typed, waiting)
            for place, dial in enumerate(every[start : start + room], start=start)
        ]
        self.put(lines)
        turned = first is not None and settings != first
        wide = self.size.width >= 30
        self.entitle(
            subtitle=(f"{chosen + 1}/{len(every)}  * turned, = file" if turned else f"{chosen + 1}/{len(every)}")
            if wide
            else ""
        )

    def _row(
        self,
        settings: Settings,
        dial: Dial,
        names: Sequence[str],
        chosen: bool,
        first: Settings | None,
        typed: str,
        waiting: bool,
    ) -> Line:
        wide = self.size.width >= 30
        value = value_of(settings, dial)
        name = {"concurrency": "slots", "rate": "rate"}.get(dial.kind) or names[dial.line]
        if dial.kind == "limit":
            name = f"limit {name}" if wide else f"<{name}"
        shown = f"{typed}_" if chosen and typed else "none" if value is None else whole(value)
        room = 13 if wide else 9
        name = name if len(name) <= room else f"{name[: room - 1]}~"
        turned = first is not None and value_of(first, dial) != value
        ink = "chosen" if chosen else "muted" if value in (0, None) else ""
        pieces: list[str | tuple[str, str]] = [
            (">" if chosen else " ", "key"),
            (f"{name:<{room}}", "strong" if chosen else ""),
        ]
        pieces.append((f"[{shown:>8}]" if wide else f"[{shown:>7}]", ink))
        pieces.append(("*" if turned else " ", "key"))
        if wide:
            pieces.append((_aside(settings, dial, chosen and waiting), "muted"))
        return line(*pieces)


def _aside(settings: Settings, dial: Dial, waiting: bool) -> str:
    if waiting:
        return "..."
    total = sum(settings.weights)
    if dial.kind == "weight" and total:
        return f"{settings.weights[dial.line] / total:>4.0%}"
    return "/s" if dial.kind == "rate" else ""

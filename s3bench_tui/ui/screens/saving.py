"""Saving a tuned session: asks how and where, writes the file, says what was written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from s3bench_tui.errors import ConfigError
from s3bench_tui.ui.dialogs.keep import SCHEDULE, KeepDialog
from s3bench_tui.ui.keeping import scheduled, tuned
from s3bench_tui.ui.state import DRAINING, RunState

if TYPE_CHECKING:
    from s3bench_tui.ui.app import BenchApp


def save_session(app: BenchApp, state: RunState) -> None:
    """Of the run that is on, or of the last one."""
    source = state.began.source if state.began is not None else ""
    stem = Path(source).stem if source else "workload"
    beside = Path(source).parent if source else Path()

    def keep(answer: tuple[str, str] | None) -> None:
        kind, name = answer or ("", "")
        if not name:
            return
        file = Path(name).expanduser()
        try:
            text = session_text(state, kind, app.bridge.given_text)
            with file.open("x", encoding="utf-8") as out:
                out.write(text)
        except FileExistsError:
            app.notify(
                f"{file} is there already; give another name.", title="Not saved", severity="error", markup=False
            )
        except (ConfigError, OSError) as error:
            app.notify(str(error), title="Not saved", severity="error", markup=False)
        else:
            app.notify(f"s3bench-tui --headless {file}", title=f"Saved {file.name}", markup=False)

    app.push_screen(KeepDialog(str(beside / stem)), keep)


def session_text(state: RunState, kind: str, given: str) -> str:
    """The session as the text of a workload file; `given` is what was run from here. ConfigError where no file can say it."""
    assert state.began is not None and state.started is not None
    source = state.began.source
    texts = [text for text in (given, _text_of(source), state.began.workload_text) if text]
    base_dir = str(Path(source).parent) if source else ""
    if kind == SCHEDULE:
        stopped = state.finished is not None or state.state == DRAINING
        by_hand = stopped and (state.finished is None or state.finished.status in ("stopped", "interrupted"))
        drain = next((phase for phase in reversed(state.phases) if phase.kind == "drain"), None)
        stopped_s = drain.start_s if by_hand and drain is not None else None
        return scheduled(texts, state.started.workload, list(state.phases), stopped_s, base_dir)
    settings = state.settings
    assert settings is not None
    return tuned(texts, state.started.workload, settings, base_dir)


def _text_of(source: str) -> str:
    """The workload file as it stands now; "" where there is none any more."""
    try:
        return Path(source).read_text(encoding="utf-8") if source else ""
    except (OSError, UnicodeDecodeError):
        return ""

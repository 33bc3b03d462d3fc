"""Makes the pictures of the README and of docs/: docs/{setup,live,results}.svg, and docs/summary.svg of a headless run.

    .venv/bin/python scripts/pictures.py

Runs a mix on files in a temporary directory twice, for half a minute each, and plays the recordings through the screens.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console

import s3bench_tui
from s3bench_tui.live.playback import Player
from s3bench_tui.report.forms import json as report_json
from s3bench_tui.report.forms.text import print_summary
from s3bench_tui.report.record import Recording
from s3bench_tui.ui.app import BenchApp

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 120, 36
NARROW = 100


def workload(folder: Path) -> dict[str, Any]:
    """A mix whose load is turned three times, so that there is something to see."""
    return {
        "name": "mixed 70/30",
        "target": {"uri": f"file://{folder}/data/", "name": "scratch"},
        "duration": "40s",
        "concurrency": 4,
        "dataset": {"count": 400, "size": "64KiB", "prefix": "data/"},
        "workload": [
            {"op": "get", "weight": 60},
            {"op": "put", "weight": 20, "path": "out/", "size": "16KiB"},
            {"op": "stat", "weight": 10},
            {"op": "delete", "weight": 8, "path": "out/"},
            {"op": "list", "weight": 2, "path": "data/"},
        ],
        "schedule": [
            {"at": "10s", "concurrency": 8},
            {"at": "20s", "weights": {"put": 60}, "mark": "more writes"},
            {"at": "30s", "concurrency": 2},
        ],
        "cleanup": "all",
    }


def run(folder: Path, number: int) -> Path:
    """Run it once; the path of its recording, whose report lies beside it."""
    (folder / "results").mkdir(exist_ok=True)
    recording = folder / "results" / f"s3bench-mixed-70-30-{number}.jsonl"
    report = s3bench_tui.run(workload(folder), sinks=[Recording(recording)])
    report_json.write(report, recording.with_suffix(".json"))
    return recording


async def picture(app: BenchApp, name: str, ready: Any) -> None:
    """Save the screen as it is once `ready` says so."""
    async with app.run_test(size=(COLUMNS, ROWS)) as pilot:
        while not ready():
            await pilot.pause(0.1)
        await pilot.pause(1.5)  # the figures are drawn four times a second
        write(name, app.export_screenshot(title="s3bench-tui"))


def write(name: str, svg: str) -> None:
    """Without the fonts that would be fetched from the network: any monospaced one does."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    (ROOT / "docs" / f"{name}.svg").write_text(svg, encoding="utf-8")


def draw_summary() -> None:
    """The summary of the quickstart as a terminal shows it."""
    report = s3bench_tui.run(ROOT / "workloads" / "quickstart.yaml")
    console = Console(record=True, width=NARROW, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print("$ ./s3bench --headless workloads/quickstart.yaml", highlight=False)
    print_summary(report, console, [("report", "results/s3bench-quickstart.json")])
    write("summary", console.export_svg(title="s3bench-tui"))


async def draw_screens(folder: Path) -> None:
    """Setup, Live near the end of a run, and the Results of both runs."""
    for number in (1, 2):
        recording = await asyncio.to_thread(run, folder, number)
    os.chdir(folder)  # where Results looks for runs
    await picture(BenchApp(Player(recording), place="setup"), "setup", lambda: True)
    player = Player(recording, speed=8)

    def near_the_end() -> bool:
        if player.position_s < player.length_s - 6:
            return False
        player.hold(True)
        return True

    await picture(BenchApp(player, place="live"), "live", near_the_end)
    await picture(BenchApp(Player(recording), place="results"), "results", lambda: True)


def main() -> None:
    draw_summary()
    with tempfile.TemporaryDirectory(prefix="s3bench-pictures-") as folder:
        asyncio.run(draw_screens(Path(folder)))
        os.chdir(ROOT)


if __name__ == "__main__":
    main()

"""What the terminal program costs beside a load, how soon it answers a key, and how soon a turned dial is in effect."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figures import Bar, Table, number
from benchmarks.objects import serving, small
from benchmarks.server import ENVIRONMENT
from benchmarks.setting import Setting, run_mine
from benchmarks.terminal import Terminal, terminal
from tests.servers import delay
from tests.servers.delay import Served
from tests.servers.delay_process import Delay
from tests.servers.process import clean_environment

MIX = [{"op": "get", "weight": 60}, {"op": "stat", "weight": 40}]
NULL: Mapping[str, Any] = {
    "target": "null://nothing/",
    "concurrency": 16,
    "processes": 1,
    "dataset": {"count": 10**6, "size": 4096},
    "workload": MIX,
}
FIRST_S = 2.0
"""Of a run, before anything is measured of its screen."""
PRESS_S = 0.3
TURN_S = 0.7
"""Between two keys, on average: long enough that each is answered by itself."""
SERVICE_NS = 10_000_000

DOWN, RIGHT, RESULTS, LIVE, RUN, LEAVE = "\x1b[B", "\x1b[C", "\x1bOS", "\x1bOR", "\x12", "\x11"

KEYS: Mapping[str, Sequence[tuple[str, str]]] = {
    "choose a dial": [(DOWN, f"{dial}/5") for dial in (2, 3, 4, 5, 1)],
    "another chart": [("v", title) for title in ("Rate", "p50 and p99", "Errors", "CPU of", "Throughput")],
    "another window": [("w", window) for window in ("this phase", "last 10 s", "whole run")],
    "another place": [(RESULTS, "F4 RESULTS"), (LIVE, "F3 LIVE")],
}
"""By what they do: keys one after the other, each with what the screen shows once it has answered."""
ROUND = [what for what in KEYS for _ in range(4)]


@dataclass(slots=True)
class Shown:
    """Runs behind the screens, added up."""

    ops_per_s: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Cores that the process of the screen used while nobody pressed a key."""
    cpu_pressed: list[float] = field(default_factory=list)
    bytes_per_s: list[float] = field(default_factory=list)
    answers_ms: dict[str, list[float]] = field(default_factory=dict)


def screen(setting: Setting) -> Table:
    """The same load without and with the screens; keys; dials."""
    rows, bars, notes = [], [], []
    with serving(setting) as nginx:
        for name, made, env, least in (
            ("null://", NULL, {}, 0.97),
            ("nginx, GET", small(nginx, [{"op": "get"}, {"op": "stat"}]), nginx.env(), 0.95),
        ):
            alone: list[float] = []
            shown = Shown()
            for number_of_round in range(setting.rounds):
                seconds = _seconds(setting)
                found = run_mine(setting, {**made, "duration": seconds}, env=env, pin=False, record=True)
                alone.append(_rate(found.report))
                _behind_screens(setting, {**made, "duration": seconds}, env, shown, seed=number_of_round)
            ratio, cpu = median(shown.ops_per_s) / median(alone), median(shown.cpu)
            answers = sorted(one for each in shown.answers_ms.values() for one in each)
            rows.append(
                [name, number(median(alone)), number(median(shown.ops_per_s)), f"{ratio:.3f}", f"{cpu * 100:.1f}",
                 f"{median(shown.cpu_pressed) * 100:.1f}", number(median(shown.bytes_per_s) / 1024)]
            )  # fmt: skip
            bars += [
                Bar(f"operations behind the screens, {name}", ratio, least, at_most=False),
                Bar(f"CPU of the screen's process, no key pressed, {name}", cpu * 100, 5, unit="% of a core"),
                Bar(f"key to answer, p99 of {len(answers)}, {name}", quantile(answers, 0.99), 50, unit="ms"),
            ]
            notes += [
                f"{name}: {what}: {len(times)} keys, p50 {number(quantile(times, 0.5))} ms, p99 {number(quantile(times, 0.99))} ms, "
                f"slowest {number(max(times))} ms"
                for what, times in shown.answers_ms.items()
            ]
    effects = _effects(setting)
    bars.append(Bar(f"dial to effect, slowest of {len(effects)}", max(effects), 300, unit="ms"))
    notes.append(
        f"a dial turned: at the server after p50 {number(quantile(effects, 0.5))} ms, slowest {number(max(effects))} ms"
    )
    return Table(
        "screen: a load without and with the screens",
        "1 worker, 16 slots, 120 x 36 cells in a pseudo-terminal, nothing pinned but nginx; with the screens, keys are pressed "
        "in the second half. CPU is the kernel's, of the process that draws, in % of a core. A key's answer is the byte with "
        "which the screen shows what it did, a dial's effect the moment at which a server with a known service time has one "
        f"request more in hand. Without and with in turns, median of {setting.rounds} round(s).",
        ("load", "op/s headless", "op/s with screens", "ratio", "CPU %", "CPU % with keys", "KiB/s drawn"),
        rows,
        bars,
        notes,
    )


def _seconds(setting: Setting) -> int:
    return round(2 * FIRST_S + setting.seconds + 1.4 * PRESS_S * _keys(setting))


def _keys(setting: Setting) -> int:
    return len(ROUND) * (1 if setting.quick else 3)


def _rate(report: Mapping[str, Any]) -> float:
    return float(report["total"]["ops"] / report["measured_s"])


@contextmanager
def _live(setting: Setting, workload: Mapping[str, Any], env: Mapping[str, str]) -> Iterator[tuple[Terminal, Path]]:
    """The screens on a run of this workload that has just begun, and where its report will be."""
    with tempfile.TemporaryDirectory(dir=setting.temp) as name:
        file, report = Path(name) / "workload.yaml", Path(name) / "report.json"
        file.write_text(json.dumps({**workload, "name": "bench", "outputs": {"report": str(report)}}))
        surroundings = {**clean_environment(), **env, "TMPDIR": name, "XDG_STATE_HOME": name, "XDG_CONFIG_HOME": name}
        with terminal([*setting.command, str(file)], surroundings) as shown:
            shown.wait_for(lambda text: "can run" in text, "that the workload can run")
            shown.press(RUN)
            shown.wait_for(lambda text: "RUN 00:0" in text, "the run")
            yield shown, report


def _end(shown: Terminal, written: Path) -> Mapping[str, Any]:
    """Wait for the end of the run, and leave; its report."""
    shown.wait_for(lambda text: "F4 RESULTS" in text and written.exists(), "the results of the run")
    shown.press(LEAVE)
    shown.process.wait(60)
    report: Mapping[str, Any] = json.loads(written.read_text())
    if report["total"]["errors"]:
        raise ValueError(f"operations failed: {report['errors']}")
    return report


def _behind_screens(
    setting: Setting, workload: Mapping[str, Any], env: Mapping[str, str], into: Shown, seed: int
) -> None:
    """One run: first nobody touches it, then keys are pressed."""
    with _live(setting, workload, env) as (shown, written):
        time.sleep(FIRST_S)
        with _measured(shown) as quiet:
            time.sleep(setting.seconds)
        into.cpu.append(quiet["cores"])
        into.bytes_per_s.append(quiet["bytes_per_s"])
        for key, shows in KEYS["another place"]:  # seen for the first time, a place has to be built
            shown.press(key)
            shown.wait_for(lambda text, shows=shows: shows in text, shows)
        with _measured(shown) as busy:
            pressed = _press(shown, random.Random(seed), _keys(setting))
        into.cpu_pressed.append(busy["cores"])
        for what, answer_ms in _answers(shown, pressed):
            into.answers_ms.setdefault(what, []).append(answer_ms)
        into.ops_per_s.append(_rate(_end(shown, written)))


@contextmanager
def _measured(shown: Terminal) -> Iterator[dict[str, float]]:
    found: dict[str, float] = {}
    began_s, cpu_s, written = time.monotonic(), shown.cpu_s(), shown.bytes_written()
    yield found
    seconds = time.monotonic() - began_s
    found["cores"] = (shown.cpu_s() - cpu_s) / seconds
    found["bytes_per_s"] = (shown.bytes_written() - written) / seconds


def _press(shown: Terminal, chance: random.Random, keys: int) -> list[tuple[str, str, int]]:
    """What each did, what it has to show, and when it was pressed: at any moment between two drawings."""
    pressed = []
    sequences = {what: cycle(each) for what, each in KEYS.items()}
    for what in islice(cycle(ROUND), keys):
        key, shows = next(sequences[what])
        pressed.append((what, shows, shown.press(key)))
        time.sleep(PRESS_S * chance.uniform(0.6, 1.4))
    time.sleep(PRESS_S)
    return pressed


def _answers(shown: Terminal, pressed: Sequence[tuple[str, str, int]]) -> Iterator[tuple[str, float]]:
    """Milliseconds to the answer of each. RuntimeError where one was never answered."""
    waiting = list(pressed)
    for at_ns, text in shown.screens():
        while waiting and waiting[0][2] <= at_ns and waiting[0][1] in text:
            what, _, pressed_ns = waiting.pop(0)
            yield what, (at_ns - pressed_ns) / 1e6
    if waiting:
        what, shows, _ = waiting[0]
        raise RuntimeError(f"{what}: the next key came before the screen showed {shows!r}; the machine is too busy")


# --- dials --------------------------------------------------------------------------------------------------------


def _effects(setting: Setting) -> list[float]:
    """Milliseconds from the key that asks for one slot more to the first moment at which the server has one more in hand."""
    turns = 5 if setting.quick else 15
    with (
        tempfile.TemporaryDirectory(dir=setting.temp) as name,
        delay.serve(Path(name), Delay("constant", SERVICE_NS)) as server,
    ):
        workload = {
            "target": {"uri": "s3://bench/", "endpoint": server.endpoint},
            "concurrency": 1,
            "processes": 1,
            "duration": FIRST_S + (turns + 2) * TURN_S * 1.4,
            "dataset": {"count": 1000, "size": 1024, "create": "never"},
            "workload": [{"op": "get"}],
        }
        chance = random.Random(turns)
        with _live(setting, workload, ENVIRONMENT) as (shown, written):
            time.sleep(FIRST_S)
            pressed = []
            for _ in range(turns):
                pressed.append(shown.press(RIGHT))
                time.sleep(TURN_S * chance.uniform(0.6, 1.4))
            _end(shown, written)
        reached = first_reached(server.served())
    return [(reached[slots] - pressed_ns) / 1e6 for slots, pressed_ns in enumerate(pressed, start=2)]


def first_reached(served: Sequence[Served]) -> Mapping[int, int]:
    """By number of requests: when the server first had as many in hand, in ns."""
    moments = sorted([(each.answered_ns, -1) for each in served] + [(each.arrived_ns, 1) for each in served])
    found: dict[int, int] = {}
    in_hand = 0
    for at_ns, step in moments:
        in_hand += step
        found.setdefault(in_hand, at_ns)
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The least of the values that is not below this share of them; they need not be sorted."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

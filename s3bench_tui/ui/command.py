"""The screens as the command line opens them: on a keeper of their own, on a run that is on, on a recording, or served.

Starts and finds keepers before the terminal is taken over; says after it what came of the run. Knows no screen.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from s3bench_tui import __version__
from s3bench_tui.errors import ConfigError, EngineError, ExitCode, Problem
from s3bench_tui.fleet.arguments import access_of, add_fleet, shortcuts_of
from s3bench_tui.fleet.grpc.address import parse_addresses
from s3bench_tui.fleet.installation import require_dask, require_fleet
from s3bench_tui.live.door import Door
from s3bench_tui.live.places import Place, keepers
from s3bench_tui.live.reach import ALONE, Reach
from s3bench_tui.live.wire import About
from s3bench_tui.report.outputs import tell

COMMANDS = {
    "attach": "come back to a run that goes on without a screen, or look over another's shoulder",
    "view": "play a recording through the screens",
    "web": "serve the screens to browsers on this machine",
}
_PROGRAM = "s3bench-tui"
_FASTEST = 10_000.0


def run(words: Sequence[str]) -> ExitCode:
    """Do what the words ask for, the first being one of COMMANDS. Raises S3BenchError; argparse exits by itself."""
    arguments = _parser(words[0]).parse_args(words[1:])
    if words[0] == "attach":
        return _list() if arguments.list else _attach(arguments.name, watch=arguments.watch)
    if words[0] == "view":
        return _view(arguments.recording, arguments.speed)
    from s3bench_tui.ui.web import serve

    return serve(arguments.workload, arguments.port, reach_of(arguments))


def reach_of(arguments: argparse.Namespace) -> Reach:
    """The fleet that the options name; ConfigError where it could not be asked as they say."""
    reach = Reach(shortcuts_of(arguments), access_of(arguments))
    if arguments.agents is not None:
        require_fleet("--agents")
        from s3bench_tui.fleet.grpc.trust import trust_in

        trust_in([str(address) for address in parse_addresses(arguments.agents)], reach.access)
    elif arguments.dask is not None:
        require_dask("--dask")
        from s3bench_tui.fleet.dask.cluster import security_of

        security_of(reach.access)
    return reach


def open_program(arguments: argparse.Namespace) -> ExitCode:
    """Open the screens on a keeper of their own; `workload` is the file to begin with, "" for the quickstart."""
    workload = arguments.workload
    if workload and not Path(workload).is_file():
        said = "is a directory" if Path(workload).is_dir() else "there is no such file, and no such command"
        raise ConfigError([Problem(said, f"{_PROGRAM} --help lists the commands", file=workload)])
    reach = reach_of(arguments)
    _need_terminal()
    from s3bench_tui.live.launch import launch
    from s3bench_tui.live.seat import Seat

    place = launch(reach)
    return _show(Seat(place), place, source=workload)


# --- a run that is on ---------------------------------------------------------------------------------------------


def _list() -> ExitCode:
    found = keepers()
    tell(sys.stdout, _table(about for _, about in found) if found else "nothing is running\n")
    return ExitCode.OK


def _attach(name: str, *, watch: bool) -> ExitCode:
    place, about = choose(name)
    _need_terminal()
    from s3bench_tui.live.seat import Seat

    if Path(about.directory).is_dir():
        os.chdir(about.directory)  # files and results are named from where the run was started
    return _show(Seat(place, can_steer=not watch), place, begin_live=True)


def choose(name: str = "") -> tuple[Place, About]:
    """The keeper of this name, or whose run is called so; without a name the only one, or the only one with a run.

    Raises ConfigError where there is none, or more than one.
    """
    found = keepers()
    matching = [each for each in found if name in ("", each[1].name)] or [
        each for each in found if name == each[1].run_name
    ]
    if len(matching) > 1:
        matching = [each for each in matching if each[1].running] or matching
    if not matching:
        said = f"nothing that runs is called {name}" if found else "nothing is running that one could attach to"
        hint = (
            f"{_PROGRAM} attach --list shows what there is" if found else f"{_PROGRAM} WORKLOAD.yaml starts something"
        )
        raise ConfigError([Problem(said, hint)])
    if len(matching) > 1:
        table = _table(about for _, about in matching)
        raise ConfigError([Problem(f"several are running\n{table}", f"Say which: {_PROGRAM} attach NAME")])
    place, about = matching[0]
    if about.version != __version__:
        raise EngineError(f"it was started by version {about.version}, and this is {__version__}; use that one")
    return place, about


def _table(found: Iterable[About]) -> str:
    rows = [("NAME", "RUN", "STATE", "SINCE", "SCREENS", "DIRECTORY")]
    for each in found:
        state = "running" if each.running else "finished" if each.run_name else "idle"
        rows.append((each.name, each.run_name or "-", state, each.since or "-", str(each.seats), each.directory))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


# --- a recording --------------------------------------------------------------------------------------------------


def _view(recording: Path, speed: float) -> ExitCode:
    from s3bench_tui.live.playback import Player

    player = Player(recording, speed)
    try:
        _need_terminal()
        return _show(player, None, begin_live=True)
    finally:
        player.close()


# --- the screens --------------------------------------------------------------------------------------------------


def _need_terminal() -> None:
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        hint = f"Without one, run: {_PROGRAM} --headless WORKLOAD.yaml, or see --help"
        raise ConfigError([Problem("the screens need a terminal, and input or output is none", hint)])
    if os.environ.get("TERM", "dumb") == "dumb":
        raise ConfigError([Problem("the screens need a terminal, and TERM says that this is none", "Set TERM")])


def _show(door: Door, place: Place | None, *, source: str = "", begin_live: bool = False) -> ExitCode:
    """Take the terminal over until the user leaves; then say what became of the run."""
    from s3bench_tui.ui.actions import ACTIONS, LIVE, SETUP
    from s3bench_tui.ui.app import BenchApp
    from s3bench_tui.ui.preferences import config_file, load

    preferences = load(config_file(), [action.id for action in ACTIONS])
    reach = place.reach if place is not None else ALONE
    for left_over in (
        "COLUMNS",
        "LINES",
    ):  # what a shell or a parent once exported: a window that is dragged is not that
        os.environ.pop(left_over, None)
    app = BenchApp(door, source=source, place=LIVE if begin_live else SETUP, preferences=preferences, reach=reach)
    gc.freeze()  # modules and styles stay: looking through them for garbage would hold up a key for 30 ms
    before = signal.signal(signal.SIGTERM, lambda number, frame: app.exit(return_code=128 + number))
    try:
        left = app.run()
    finally:
        signal.signal(signal.SIGTERM, before)
    if left is not None and left.finished is not None and place is not None:
        tell(sys.stdout, left.finished.summary)
        if left.finished.error:
            tell(sys.stderr, f"error: {left.finished.error}\n")
    goes_on = _goes_on(place)
    if goes_on:
        tell(sys.stdout, goes_on)
    if app.return_code or left is None or goes_on or place is None:
        return ExitCode.INTERNAL if app.return_code else ExitCode.OK
    return ExitCode(left.finished.exit_code) if left.finished is not None else ExitCode.OK


def _goes_on(place: Place | None) -> str:
    """What is said of a run that this screen leaves behind; "" where there is none."""
    try:
        about = place.ask() if place is not None else None
    except (OSError, EOFError):
        return ""
    if about is None or not about.running:
        return ""
    return f"{about.run_name} goes on; to come back to it: {_PROGRAM} attach {about.name}\n"


# --- arguments ----------------------------------------------------------------------------------------------------


def _speed(text: str) -> float:
    try:
        value = float(text.removesuffix("x"))
    except ValueError:
        value = 0.0
    if not 0 < value <= _FASTEST:
        raise argparse.ArgumentTypeError(f"{text} is no speed; write a number such as 10")
    return value


def _parser(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{_PROGRAM} {command}", description=f"{COMMANDS[command].capitalize()}.", allow_abbrev=False
    )
    if command == "attach":
        parser.add_argument(
            "name", metavar="NAME", nargs="?", default="",
            help="number or workload of the run, as --list shows it; not needed where there is only one",
        )  # fmt: skip
        parser.add_argument("--list", action="store_true", help="show what is running, and leave")
        parser.add_argument("--watch", action="store_true", help="only look: keys change nothing in the run")
    elif command == "view":
        parser.add_argument("recording", metavar="RUN.jsonl", type=Path, help="what --record or the screens wrote")
        parser.add_argument(
            "--speed", metavar="N", type=_speed, default=1.0, help="so many times as fast as it was; default: 1"
        )
    else:
        parser.add_argument("workload", metavar="WORKLOAD", nargs="?", default="", help="the file to begin with")
        parser.add_argument("--port", metavar="N", type=int, default=8000, help="on 127.0.0.1; default: 8000, 0: any")
        add_fleet(parser)
    return parser

"""The program `s3bench-tui`: from arguments to an exit code. Every error is said in a sentence on stderr.

Imports nothing that is not needed to read the arguments: what does the work is loaded when it is asked for.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from s3bench_tui import __version__
from s3bench_tui.errors import ConfigError, ExitCode, Problem, S3BenchError
from s3bench_tui.fleet.access import Access
from s3bench_tui.fleet.arguments import COMMANDS as FLEET
from s3bench_tui.fleet.arguments import access_of, add_fleet, shortcuts_of
from s3bench_tui.oneshot.arguments import COMMANDS as ONE_SHOTS

if TYPE_CHECKING:
    from s3bench_tui.headless.run import Options

_PROGRAM = "s3bench-tui"

_USAGE = f"""\
{_PROGRAM} [WORKLOAD.yaml]
       {_PROGRAM} attach|view|web ...
       {_PROGRAM} --headless WORKLOAD.yaml [options]
       {_PROGRAM} --from-recording RUN.jsonl [options]
       {_PROGRAM} compare A.json B.json
       {_PROGRAM} list|get|put|... URI
       {_PROGRAM} agent|controller ...
       {_PROGRAM} convert OLD.yaml"""

_FOOT = """\
the screens (docs/terminal.md; each has a --help of its own):
  s3bench-tui                       begins with a quickstart that needs no server
  s3bench-tui mix.yaml              begins with this workload, [--agents CSV] runs on these machines
  s3bench-tui attach [NAME]         back to a run that goes on, [--watch] only looks, [--list] lists
  s3bench-tui view RUN.jsonl        plays a recording, [--speed N] times as fast
  s3bench-tui web [WORKLOAD]        the same in a browser on this machine, [--port N]

scripts (docs/headless.md):
  s3bench-tui --headless workloads/quickstart.yaml
  s3bench-tui --headless mix.yaml --duration 30s --concurrency 64 --report mix.json
  s3bench-tui --headless mix.yaml --set target=s3://bucket/prefix/ --set workload.0.weight=5
  s3bench-tui --headless mix.yaml --dry-run
  s3bench-tui --headless mix.yaml --quiet --report - | jq .total
  s3bench-tui --from-recording run.jsonl --report run.json --tsv run.tsv
  s3bench-tui compare results/new.json results/old.json --markdown
  s3bench-tui convert old.yaml > new.yaml       (docs/s3-bench.md)

one command, one answer (docs/one-shots.md; each has a --help of its own):
  s3bench-tui health|doctor|list|stat|get|put|delete URI, or --uri URI
      [--jobs N] [--objects N] [--object-size SIZE] [--json] [--yes] [--read-only] [--quiet]
      [--endpoint URL] [--region NAME] [--profile NAME] [--anonymous] [--ca-file PEM] [--insecure]

many machines (docs/fleet.md; each has a --help of its own):
  s3bench-tui agent [--listen HOST:PORT] [--token-env NAME | --token-file FILE]
      [--tls-cert PEM --tls-key PEM | --tls-self-signed DIR [--tls-sans CSV]] [--tls-client-ca PEM]
  s3bench-tui controller --agents CSV [--insecure] [--agent-ca PEM] [--agent-domain NAME]
      ping|get|put [--uri URI] [--bucket NAME] [--prefix TEXT]

exit codes:
  0    the run went well
  1    a threshold of the workload failed, or with --strict another check
  2    the workload or the command line is wrong; nothing was run
  3    a target cannot be reached, or refuses
  4    more operations failed than the workload allows
  70   the engine was lost, or a result could not be written where it should go
  130  interrupted; the report is written all the same

Ctrl-C once ends a headless run in good order, twice at once; both leave a report.
"""

_SCREENS = ("attach", "view", "web")
_COMPARE = "compare"
_CONVERT = "convert"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit code. argparse alone exits by itself, with 0 or 2."""
    _open_streams()
    try:
        words = sys.argv[1:] if argv is None else argv
        code = int(_command(words))
    except ConfigError as error:
        code = _refuse(error)
    except KeyboardInterrupt:
        code = int(ExitCode.INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, the user gets a sentence
        code = _fail(error)
    return code


def _command(words: Sequence[str]) -> ExitCode:
    first = words[0] if words else ""
    if first in ONE_SHOTS:
        from s3bench_tui.oneshot.command import run

        return run(words)
    if first == _COMPARE:
        from s3bench_tui.headless.compare import run as compare

        return compare(words[1:])
    if first == _CONVERT:
        return _convert(words[1:])
    if first in FLEET:
        from s3bench_tui.fleet.command import run

        return run(words)
    if first in _SCREENS:
        from s3bench_tui.ui.command import run

        return run(words)
    return _run(_parser().parse_args(words))


def _run(arguments: argparse.Namespace) -> ExitCode:
    if arguments.schema:
        from s3bench_tui.spec.schema import schema_text

        return _print(schema_text())
    if arguments.from_recording is not None:
        return _rebuild(arguments)
    if arguments.headless is None:
        return _open(arguments)
    if arguments.workload:
        raise ConfigError(
            [Problem("--headless has a workload already", "Leave out one of the two", file=arguments.workload)]
        )
    from s3bench_tui.spec.loading import load_workload

    named = (("duration", arguments.duration), ("concurrency", arguments.concurrency))
    shortcuts = {key: value for key, value in named if value is not None}
    if arguments.prepare_only:
        shortcuts["thresholds"] = []  # they judge a load, and there is none
    if arguments.skip_prepare:
        shortcuts["datasets.*.create"] = "never"
    if arguments.no_cleanup and arguments.cleanup_only:
        raise ConfigError([Problem("stands beside --cleanup-only", "Leave out one of the two", file="--no-cleanup")])
    if arguments.no_cleanup:
        shortcuts["cleanup"] = "none"
    if arguments.cleanup_only:
        shortcuts["cleanup"] = "only"
    shortcuts |= shortcuts_of(arguments)
    loaded = load_workload(arguments.headless, overrides=arguments.set, shortcuts=shortcuts)
    if loaded.workload.cleanup == "only":
        from s3bench_tui.headless.upkeep import require_datasets

        require_datasets(loaded, "--cleanup-only")
    if arguments.dry_run:
        from s3bench_tui.report.outline import outline

        if arguments.strict and loaded.warnings:
            raise ConfigError(list(loaded.warnings))
        return _print(outline(loaded))
    if arguments.verify:
        from s3bench_tui.headless.upkeep import verify

        return verify(loaded)
    if loaded.workload.cleanup == "only":
        from s3bench_tui.headless.upkeep import clear

        return clear(loaded)
    from s3bench_tui.headless import run as headless

    return headless.run(loaded, _options(arguments))


def _open(arguments: argparse.Namespace) -> ExitCode:
    """The screens. What a script says with options is said on them, so that nothing is changed unseen; but on which
    machines the load is made is asked before they open."""
    parser = _parser()
    taken = {"workload", "agents", "dask", *(field.name for field in fields(Access))}
    given = [name for name, value in vars(arguments).items() if name not in taken and value != parser.get_default(name)]
    if given:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        hint = f"Write {_PROGRAM} --headless WORKLOAD.yaml {options}"
        raise ConfigError([Problem("is for runs from scripts", hint, file=options)])
    from s3bench_tui.ui.command import open_program

    return open_program(arguments)


def _convert(words: Sequence[str]) -> ExitCode:
    parser = argparse.ArgumentParser(
        prog=f"{_PROGRAM} {_CONVERT}",
        description="Print a workload of s3-bench, io-bench or sai3-bench in this tool's own form; what changes its "
        "meaning stands above it as comments.",
        allow_abbrev=False,
    )
    parser.add_argument("old", metavar="OLD.yaml", help="the file to convert; it stays as it is")
    old = parser.parse_args(words).old
    from s3bench_tui.spec.compat.conversion import convert_file

    return _print(convert_file(old))


def _print(text: str) -> ExitCode:
    from s3bench_tui.report.outputs import tell

    if lost := tell(sys.stdout, text):
        _say(f"error: cannot write to stdout: {lost}")
        return ExitCode.INTERNAL
    return ExitCode.OK


def _rebuild(arguments: argparse.Namespace) -> ExitCode:
    of_runs = (arguments.headless, arguments.record, arguments.op_log)
    if any(given is not None for given in of_runs):
        hint = "Leave out --headless, --record and --op-log"
        raise ConfigError([Problem("--from-recording runs nothing", hint, file="--from-recording")])
    from s3bench_tui.headless import run as headless

    return headless.rebuild(arguments.from_recording, _options(arguments))


def _options(arguments: argparse.Namespace) -> Options:
    from s3bench_tui.headless.run import Options
    from s3bench_tui.report.outputs import Outputs

    return Options(
        Outputs(
            arguments.report,
            arguments.tsv,
            arguments.hlog,
            arguments.record,
            arguments.op_log,
            arguments.perf_log,
            results_dir=arguments.results_dir,
            no_report=arguments.no_report,
        ),
        probe=not arguments.no_probe,
        prepare_only=arguments.prepare_only,
        strict=arguments.strict,
        quiet=arguments.quiet,
        progress=arguments.progress,
        access=access_of(arguments),
    )


def _open_streams() -> None:
    """Make stdout and stderr take any text, also where the caller has closed them."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open until the end
        elif hasattr(stream := getattr(sys, name), "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


# --- errors -------------------------------------------------------------------------------------------------------


def _refuse(error: ConfigError) -> int:
    for problem in error.problems:
        _say(str(problem))
    count = len(error.problems)
    _say(f"{count} problem{'' if count == 1 else 's'}; nothing was run" if count > 1 else "nothing was run")
    return int(error.exit_code)


def _fail(error: Exception) -> int:
    from s3bench_tui.report.crash import in_short

    _say(f"error: {in_short(error)}")
    return int(error.exit_code) if isinstance(error, S3BenchError) else int(ExitCode.INTERNAL)


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr)
    except OSError:
        return  # nobody listens any more


# --- arguments ----------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM,
        description="Load generator and benchmark for object and file storage.",
        usage=_USAGE,
        epilog=_FOOT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    what = parser.add_argument_group("what to do")
    what.add_argument(
        "workload", metavar="WORKLOAD", nargs="?", default="", help="open the screens, on this workload file"
    )
    what.add_argument("--headless", metavar="WORKLOAD", help="run this workload file, without screens")
    what.add_argument(
        "--from-recording", metavar="RUN", type=Path, help="write the results of a recorded run once more"
    )
    what.add_argument("--schema", action="store_true", help="print the JSON Schema of workload files, for editors")
    what.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    what.add_argument("-h", "--help", action="help", help="show this, and exit")

    change = parser.add_argument_group("change the workload")
    change.add_argument("--duration", metavar="TIME", help="length of the measured part, such as 30s or 2m")
    change.add_argument("--concurrency", metavar="N", help="operations in flight")
    change.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[],
        help="set any key of the file, such as load.rate=500/s; may be repeated",
    )  # fmt: skip

    how = parser.add_argument_group("how to run it")
    how.add_argument("--dry-run", action="store_true", help="check the file and print the plan; touches nothing")
    prepare = how.add_mutually_exclusive_group()
    prepare.add_argument(
        "--prepare-only", action="store_true", help="make what is missing of the data sets, and keep it; no load"
    )
    prepare.add_argument("--skip-prepare", action="store_true", help="take all objects of the data sets to be there")
    prepare.add_argument(
        "--verify", action="store_true", help="list the data sets: is every object there with its size? no load"
    )
    prepare.add_argument(
        "--cleanup-only", action="store_true", help="delete what earlier runs made of the data sets; no load"
    )
    how.add_argument("--no-cleanup", action="store_true", help="delete nothing at the end, whatever the file says")
    how.add_argument("--no-probe", action="store_true", help="do not ask the targets first; the first failure tells")
    how.add_argument(
        "--strict", action="store_true",
        help="warnings are errors; a client that was the limit, or a rate not kept up, is a failed check",
    )  # fmt: skip

    results = parser.add_argument_group("results")
    report = results.add_mutually_exclusive_group()
    report.add_argument(
        "--report", metavar="FILE", type=Path,
        help="JSON report; - for stdout; default: results/s3bench-NAME-TIME.json",
    )  # fmt: skip
    report.add_argument("--no-report", action="store_true", help="write no JSON report")
    results.add_argument("--tsv", metavar="FILE", type=Path, help="the table of s3-bench, 13 columns")
    results.add_argument(
        "--op-log", metavar="FILE", type=Path, help="a line for every operation, as s3-bench has it; .zst is compressed"
    )
    results.add_argument(
        "--perf-log", metavar="FILE", type=Path,
        help="a row a second: sai3-bench's 30 columns, and percentiles of each second; .zst is compressed",
    )  # fmt: skip
    results.add_argument("--hlog", metavar="FILE", type=Path, help="histograms a second, for HdrHistogram's own tools")
    results.add_argument("--record", metavar="FILE", type=Path, help="recording of the run, JSON lines")

    results.add_argument(
        "--results-dir", metavar="PARENT", type=Path, nargs="?", const=Path(),
        help="all of these but the op-log in a new directory sai3-DATE-TIME-NAME here, or in PARENT",
    )  # fmt: skip

    add_fleet(parser)
    talk = parser.add_argument_group("what is said meanwhile, on stderr")
    talk.add_argument("--quiet", action="store_true", help="no narration, no progress and no summary; errors still")
    talk.add_argument("--progress", action="store_true", help="progress even with --quiet")
    return parser

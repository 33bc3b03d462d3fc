"""Runs the benchmarks that are asked for, prints a table for each, and writes all of them to a file where one is given."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import azure, files, fleet, objects, runs, screen
from benchmarks.figures import Table
from benchmarks.payload import payload
from benchmarks.prepare import prepare
from benchmarks.setting import Setting, cores
from s3bench_tui import __version__
from s3bench_tui.host.facts import host_facts
from s3bench_tui.units import format_size

BENCHMARKS: Mapping[str, Callable[[Setting], Table]] = {
    "s3_get": objects.s3_get,
    "s3_put": objects.s3_put,
    "s3_get_large": objects.s3_get_large,
    "prepare": prepare,
    "tls_get": objects.tls_get,
    "azure": azure.azure,
    "file_get": files.file_get,
    "direct": files.direct,
    "payload": payload,
    "memory": runs.memory,
    "startup": runs.startup,
    "recording": runs.recording,
    "oplog": runs.oplog,
    "freeze": runs.freeze,
    "fleet": fleet.fleet,
    "screen": screen.screen,
}
NEEDS = dict.fromkeys(
    ("s3_get", "s3_put", "s3_get_large", "tls_get", "oplog", "prepare", "screen"), ("nginx", "taskset")
) | {"azure": ("node", "taskset")}
"""Programs without which there is nothing to measure."""

INTERRUPTED = 130


def head(setting: Setting) -> str:
    """What stands above the tables: when, on what machine, and how busy it was."""
    facts = host_facts()
    cpu, python = facts["cpu"], facts["python"]
    load = os.getloadavg()
    return "\n".join(
        [
            f"# Benchmarks of s3bench-tui {__version__}",
            "",
            f"- {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, `python -m benchmarks`{', --quick' if setting.quick else ''}",
            f"- {cpu['cores_logical']} cores, {cpu['model']}, {format_size(facts['memory_bytes'])} of memory"
            f"{', a virtual machine' if facts['virtual_machine'] else ''}",
            f"- {facts['os']}, {facts['arch']}; Python {python['version']}, {python['openssl']}",
            f"- load average before the first one: {load[0]:.2f} (1 min), {load[1]:.2f} (5 min)",
            "",
        ]
    )


def main() -> int:
    """0 where every bar that was measured holds, 1 where one does not, 2 where a benchmark could not run, 130 where it was interrupted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="one short round of each, to see that all works")
    parser.add_argument("--out", type=Path, help="write the tables to this Markdown file, too")
    parser.add_argument(
        "--client",
        default=shlex.join([sys.executable, "-m", "s3bench_tui"]),
        help="how s3bench-tui is called, to measure another installation of it",
    )
    wanted = parser.parse_args()
    if unknown := [name for name in wanted.names if name not in BENCHMARKS]:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(BENCHMARKS)}")
    status = 0
    with tempfile.TemporaryDirectory(prefix="s3bench-benchmark-") as temp:
        setting = Setting(Path(temp), wanted.quick, tuple(shlex.split(wanted.client)), *cores())
        parts = [head(setting)]
        print(parts[0], flush=True)
        for name in wanted.names or BENCHMARKS:
            if missing := [program for program in NEEDS.get(name, ()) if not _installed(program)]:
                parts.append(f"## {name}\n\nNot run: {' and '.join(missing)} not installed.\n")
            else:
                try:
                    table = BENCHMARKS[name](setting)
                    parts.append(str(table))
                    status = max(status, int(any(bar.passed is False for bar in table.bars)))
                except (RuntimeError, OSError, ValueError) as error:
                    parts.append(f"## {name}\n\nNot run to its end: {error}\n")
                    status = 2
                except KeyboardInterrupt:
                    print("Interrupted.", file=sys.stderr)
                    return INTERRUPTED
            print(parts[-1], flush=True)
    if wanted.out:
        wanted.out.write_text("\n".join(parts))
    return status


def _installed(program: str) -> bool:
    return shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])) is not None


if __name__ == "__main__":
    sys.exit(main())

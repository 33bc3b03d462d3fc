"""The package as a part of other programs: from a script, from a thread, within a running event loop."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from s3bench_tui.report.build import build
from s3bench_tui.report.record import read
from tests.e2e.program import PATIENCE_S, ROOT, environment, read_report, workload

HEAD = """\
import json, sys
import s3bench_tui
path = sys.argv[1]
"""


def _python(tmp_path: Path, text: str) -> list[str]:
    """What a script says, line by line; `path` in it is a workload of half a second."""
    script = tmp_path / "script.py"
    script.write_text(HEAD + text)
    done = subprocess.run(
        [sys.executable, script, workload(tmp_path)], cwd=tmp_path, env=environment(), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_a_script_without_a_main_guard(tmp_path: Path) -> None:
    lines = _python(
        tmp_path,
        """
report = s3bench_tui.run(path)
print(report.status, report.total["ops"] > 50)
import yaml
mapping = yaml.safe_load(open(path))
print(s3bench_tui.run(mapping).status)
""",
    )
    assert lines == ["ok True", "ok"]


def test_modules_of_the_user_that_are_called_like_others(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "selectors.py").write_text("raise SystemExit('not this one')")
    lines = _python(
        tmp_path,
        """
import os
os.chdir("here")
print(s3bench_tui.run(path).status)
""",
    )
    assert lines == ["ok"]


def test_watching_and_steering(tmp_path: Path) -> None:
    lines = _python(
        tmp_path,
        """
with s3bench_tui.watch(path) as run:
    states = [snapshot.state for snapshot in run]
print(states[0], run.ended, run.report.status)
with s3bench_tui.watch({**__import__("yaml").safe_load(open(path)), "duration": "60s"}) as run:
    for snapshot in run:
        if snapshot.phase.settings.concurrency == 4:
            run.send(s3bench_tui.Change(concurrency=7, label="seven"))
        else:
            run.send(s3bench_tui.StopRun())
print(run.report.status, [phase["label"] for phase in run.report.phases if phase["kind"] == "measured"][:2])
with s3bench_tui.watch({**__import__("yaml").safe_load(open(path)), "duration": "60s"}) as run:
    for snapshot in run:
        break
print(run.report.status, run.report.measured_s < 20)
""",
    )
    assert lines == ["running True ok", "stopped ['', 'seven']", "stopped True"]


def test_leaving_with_an_error_leaves_no_process(tmp_path: Path) -> None:
    lines = _python(
        tmp_path,
        """
import os, yaml
try:
    with s3bench_tui.watch({**yaml.safe_load(open(path)), "duration": "60s"}) as run:
        for snapshot in run:
            raise KeyError("mine")
except KeyError as error:
    print(error)
print(open(f"/proc/self/task/{os.getpid()}/children").read())
""",
    )
    assert lines == ["'mine'", ""]


def test_in_a_thread_and_in_a_loop_without_taking_signals(tmp_path: Path) -> None:
    lines = _python(
        tmp_path,
        """
import asyncio, signal, threading
before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
found = []
thread = threading.Thread(target=lambda: found.append(s3bench_tui.run(path).status))
thread.start()
thread.join()
async def main():
    return s3bench_tui.run(path).status
print(found, asyncio.run(main()))
print(before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)])
""",
    )
    assert lines == ["['ok'] ok", "True"]


def test_errors_are_its_own(tmp_path: Path) -> None:
    lines = _python(
        tmp_path,
        """
target = {"uri": "s3://bucket/", "endpoint": "http://127.0.0.1:1", "region": "r", "anonymous": True}
for bad in ("missing.yaml", {"target": "null://x/"}, {"target": target, "workload": [{"op": "stat", "path": "k"}]}):
    try:
        s3bench_tui.run(bad)
    except s3bench_tui.S3BenchError as error:
        print(type(error).__name__, int(error.exit_code))
""",
    )
    assert lines == ["ConfigError 2", "ConfigError 2", "TargetError 3"]


def test_importing_costs_nothing(tmp_path: Path) -> None:
    lines = _python(
        tmp_path,
        """
loaded = {"pydantic", "yaml", "rich", "boto3", "textual", "multiprocessing", "argparse"} & set(sys.modules)
print(sorted(loaded), s3bench_tui.__version__ in dir(s3bench_tui) or "run" in dir(s3bench_tui))
import s3bench_tui.cli
print(sorted({"pydantic", "yaml", "rich", "boto3", "textual", "multiprocessing"} & set(sys.modules)))
s3bench_tui.run
print(sorted({"rich", "boto3", "textual"} & set(sys.modules)))
""",
    )
    assert lines == ["[] True", "[]", "[]"]


def test_the_examples_of_the_documents_run(tmp_path: Path) -> None:
    text = (ROOT / "docs/library.md").read_text()
    for written, here in (
        ("/data/set/", f"{tmp_path}/set/"),
        ("10s", "300ms"),
        ("measured_s > 30", "measured_s > 0"),
    ):
        assert written in text
        text = text.replace(written, here)
    examples = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    workload(tmp_path).rename(tmp_path / "mix.yaml")
    lines = _python(tmp_path, "".join(examples) + "print(run.report.status)")
    assert len(examples) == 4
    assert lines[-1] == "ok"
    assert read_report(tmp_path / "run.json")["status"] == "ok"
    assert build(read(tmp_path / "run.jsonl")).as_dict() == read_report(tmp_path / "run.json")

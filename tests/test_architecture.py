"""The rules of the house that a tool can check: who imports whom, how long a module is, that documents tell the truth."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "s3bench_tui"
LINES_AT_MOST = 400

FOREIGN_TO_WORKERS = {"asyncio", "azure", "boto3", "botocore", "grpc", "pydantic", "rich", "textual", "yaml"}
"""None of these is loaded in a worker: each costs start-up time and memory in every process."""

MACHINE_PATH = re.compile(r"(?<![\w.~*\])}>-])/(?:work|opt|root|home)/[\w.]")
"""A path that exists on one machine only."""

TEXT_SUFFIXES = {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".json", ".txt", ".tcss", ""}


def modules() -> list[Path]:
    """All that were written by hand."""
    return sorted(path for path in PACKAGE.rglob("*.py") if not path.stem.endswith("_pb2"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def documents() -> list[Path]:
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands_in(document: Path) -> list[str]:
    """Commands of this project in a document's code, fenced or indented, without prompts and comments; continued
    lines are joined."""
    text = document.read_text().replace("\\\n", " ")
    fenced = "".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    lines = fenced.splitlines() + re.findall(r"^ {4}(.+)$", text, re.MULTILINE)
    bare = (re.sub(r"\s+#.*$", "", line).strip().removeprefix("$ ") for line in lines)
    return [line for line in bare if re.match(r"(\w+=\S+ )*(\./|\.venv/|s3bench-tui )", line)]


@cache
def help_text() -> str:
    command = [sys.executable, "-m", "s3bench_tui", "--help"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "COLUMNS": "300"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def tracked_files() -> list[Path]:
    """What git tracks; everything beside the usual build products where this is no checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        found = [ROOT / os.fsdecode(name) for name in listed.stdout.split(b"\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not any(part.startswith(".") for part in path.parts)]
    return [path for path in found if path.is_file()]


def test_dependencies_point_one_way() -> None:
    check = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_module_is_short_and_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= LINES_AT_MOST
    if path.name not in ("__init__.py", "__main__.py"):
        assert ast.get_docstring(ast.parse(text)), "a module's docstring says what it is and what it must not know"


def test_only_the_ui_draws_with_textual() -> None:
    offenders = []
    for path in modules():
        if PACKAGE / "ui" in path.parents:
            continue
        imported: list[str] = []
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported += [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                imported.append(node.module or "")
        if any(name.split(".")[0] == "textual" for name in imported):
            offenders.append(name_of(path))
    assert offenders == []


def test_worker_loads_nothing_heavy() -> None:
    program = "import json, sys, s3bench_tui.engine.worker.station; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in json.loads(done.stdout)}
    assert loaded & FOREIGN_TO_WORKERS == set()


def test_ci_runs_the_very_commands_of_the_readme() -> None:
    steps = dict(re.findall(r'^step "([^"]+)" (.+)$', (ROOT / ".ci/run").read_text(), re.MULTILINE))
    shown = commands_in(ROOT / "README.md")
    assert steps["first command"] in shown
    assert steps["tests"] in shown


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_commands_in_documents_exist(document: Path) -> None:
    for command in commands_in(document):
        words = shlex.split(command)
        for word in words:
            if re.fullmatch(r"workloads/\S+\.ya?ml", word):
                assert (ROOT / word).is_file(), f"{command}: there is no {word}"
        program = next((word for word in words if "=" not in word), "")
        if program.startswith("./"):  # .venv is not there on every machine
            assert os.access(ROOT / program, os.X_OK), f"{command}: {program} cannot be run"
        if program in ("./s3bench", "s3bench-tui"):
            for word in words[words.index(program) + 1 :]:
                if word.startswith("--"):
                    option = word.partition("=")[0]
                    assert re.search(rf"(?<![\w-]){option}(?![\w-])", help_text()), f"{command}: --help lacks {option}"


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_links_in_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", document.read_text()):
        assert (document.parent / target).exists(), f"{target} is linked, and is not there"


def test_nothing_depends_on_one_machine() -> None:
    offenders = []
    for path in tracked_files():
        if path.suffix in TEXT_SUFFIXES:
            for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
                if MACHINE_PATH.search(line):
                    offenders.append(f"{name_of(path)}:{number}: {line.strip()[:80]}")
    assert offenders == []


def test_licence_is_the_one_that_is_declared() -> None:
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
    licence = (ROOT / "LICENSE").read_text()
    assert "Apache License" in licence and "END OF TERMS AND CONDITIONS" in licence

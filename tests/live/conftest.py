"""A temporary directory for keepers, short enough for the name of a socket, and none of them left behind."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3bench_tui.live.places import keepers
from tests.e2e.program import alive, family, kill, wait_until


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="s3b", dir="/tmp") as directory:
        monkeypatch.setenv("TMPDIR", directory)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(directory)
        left = [about.pid for _, about in keepers()]
        for pid in [each for keeper in left for each in (*family(keeper), keeper)]:
            kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, left)))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, where results go."""
    monkeypatch.chdir(tmp_path)
    assert os.listdir() == []
    return tmp_path

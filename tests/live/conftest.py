"""Where keepers leave what they record."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, where results go."""
    monkeypatch.chdir(tmp_path)
    assert os.listdir() == []
    return tmp_path

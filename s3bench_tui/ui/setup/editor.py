"""The user's own editor on a text, while the terminal is given up to it. Leaves no file behind."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from textual.app import App, SuspendNotSupported


class EditorError(Exception):
    """The editor did not do its work; a sentence."""


def edited(app: App[object], text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The text as it comes back from $VISUAL, $EDITOR or vi. Raises EditorError."""
    words = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="s3bench-") as folder:
        file = Path(folder) / "workload.yaml"
        file.write_bytes(text.encode("utf-8"))
        try:
            with app.suspend():
                done = subprocess.run([*words, str(file)], check=False)  # noqa: S603 - the user's own editor
        except SuspendNotSupported:
            raise EditorError("An editor cannot be opened here; press F5 to change the text") from None
        except OSError as error:
            raise EditorError(f"{words[0]} cannot be started: {error.strerror}; set EDITOR") from None
        if done.returncode:
            raise EditorError(f"{words[0]} ended with {done.returncode}; the text is as it was")
        try:
            return file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            raise EditorError("What the editor wrote cannot be read as UTF-8; the text is as it was") from None

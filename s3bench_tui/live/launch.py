"""Starts a keeper of runs. To be called before a terminal program takes the screen over: inside one, no process starts
well. Knows nothing of what the keeper does.
"""

from __future__ import annotations

import os
import subprocess
import sys

from s3bench_tui.engine.coordination.crew import environment
from s3bench_tui.live.places import Place, new_place
from s3bench_tui.live.reach import ALONE, Reach


def launch(reach: Reach = ALONE) -> Place:
    """Start a keeper, in a session of its own so that it outlives the terminal; one can connect at once."""
    place = new_place(reach)
    try:
        listener = place.listen()
    except BaseException:
        place.remove()
        raise
    log = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "s3bench_tui.live.keeper", str(listener.fileno()), str(place.path)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(),
            pass_fds=(listener.fileno(),), start_new_session=True,
        )  # fmt: skip
    finally:
        os.close(log)
        listener.close()
    return place

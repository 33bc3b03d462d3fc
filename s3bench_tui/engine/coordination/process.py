"""The engine process: one coordinator between a parent, which it tells everything, and its workers.

Started by `engine.local`; talks over the socket whose number stands in argv. Knows no faces and no files.
"""

from __future__ import annotations

import sys
import traceback
from multiprocessing.connection import Connection

from s3bench_tui.engine.coordination.coordinator import Coordinator
from s3bench_tui.engine.messages import RunOptions
from s3bench_tui.errors import EngineError, S3BenchError
from s3bench_tui.spec.model.workload import Workload


def main(fd: int) -> None:
    """Run the workload that the parent sends first; end with a word on how it went: done, or failed with the error."""
    parent = Connection(fd)
    try:
        workload: Workload
        options: RunOptions
        workload, options = parent.recv()
        Coordinator(workload, options, parent, lambda record: parent.send(("record", record))).run()
        parent.send(("done", None))
    except (EOFError, BrokenPipeError):
        return  # the parent is gone, and with it everyone who wanted to know
    except S3BenchError as error:
        parent.send(("failed", error))
    except Exception:  # noqa: BLE001 the parent must hear of whatever it was
        parent.send(("failed", EngineError(f"the engine failed:\n{traceback.format_exc()}")))


if __name__ == "__main__":
    main(int(sys.argv[1]))

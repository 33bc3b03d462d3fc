"""The worker process: opens a driver, and lets one worker drive it. Its plan comes in over a socket, word goes out.

Started by `engine.crew`; the socket's number stands in argv.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from time import monotonic_ns

from s3bench_tui.engine.objects.contents import Contents, open_contents
from s3bench_tui.engine.objects.keys import Keys
from s3bench_tui.engine.objects.payload import Payload
from s3bench_tui.engine.objects.spaces import key_space
from s3bench_tui.engine.plan import WorkerPlan
from s3bench_tui.engine.worker.ahead import AheadWorker
from s3bench_tui.engine.worker.loop import Worker
from s3bench_tui.engine.worker.openloop import OpenWorker
from s3bench_tui.stores.base import Driver, Inspector
from s3bench_tui.stores.registry import open_driver
from s3bench_tui.stores.timer import wake_on_time


def _inspector(plan: WorkerPlan, contents: Payload | Contents) -> Inspector | None:
    """None where nothing is verified."""
    if not any(entry.verify for entry in plan.entries):
        return None
    from s3bench_tui.engine.operations.inspection import Inspector

    return Inspector(contents)


def open_worker(plan: WorkerPlan, driver: Driver, told: Connection, clock: Callable[[], int] = monotonic_ns) -> Worker:
    """The loop that this load wants, over this driver."""
    if plan.open_loop:
        return OpenWorker(plan, driver, told, clock)
    if driver.begin is not None:
        return AheadWorker(plan, driver, told, driver.begin, clock)
    return Worker(plan, driver, told, clock)


def main(fd: int) -> None:
    """The life of a worker process, over the socket `fd`."""
    told = Connection(fd)
    try:
        plan: WorkerPlan = told.recv()
        wake_on_time()
        keys: dict[str, Keys] = {dataset.id: key_space(dataset, plan.seed) for dataset in plan.datasets}
        contents = open_contents(plan, keys)
        driver = open_driver(plan.driver, contents, _inspector(plan, contents))
        worker = open_worker(plan, driver, told)
        driver.prewarm(plan.slots, monotonic_ns() + plan.driver.connect_timeout_ns)
        told.send(("ready", os.getpid()))
        gc.collect()
        gc.freeze()  # what is here now stays to the end; later collections need not look at it
        worker.run()
        driver.close()
    except (EOFError, BrokenPipeError):
        return  # the coordinator is gone
    except BaseException:
        told.send(("crashed", traceback.format_exc()))
        raise


if __name__ == "__main__":
    main(int(sys.argv[1]))

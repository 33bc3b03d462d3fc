"""A load generator and benchmark for object and file storage that can be steered while it runs.

`run` and `watch` run a workload from Python; docs/library.md shows how. Importing this package alone costs nothing:
the parts are loaded when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s3bench_tui.engine.messages import Change, Mark, Snapshot, StopRun
    from s3bench_tui.errors import ConfigError, EngineError, S3BenchError, TargetError
    from s3bench_tui.report.result import Report
    from s3bench_tui.session import Session, run, watch
    from s3bench_tui.spec.model.workload import Workload

__version__ = "0.1.0"

__all__ = [
    "Change",
    "ConfigError",
    "EngineError",
    "Mark",
    "Report",
    "S3BenchError",
    "Session",
    "Snapshot",
    "StopRun",
    "TargetError",
    "Workload",
    "__version__",
    "run",
    "watch",
]

_HOMES = {
    "Change": "engine.messages",
    "ConfigError": "errors",
    "EngineError": "errors",
    "Mark": "engine.messages",
    "Report": "report.result",
    "S3BenchError": "errors",
    "Session": "session",
    "Snapshot": "engine.messages",
    "StopRun": "engine.messages",
    "TargetError": "errors",
    "Workload": "spec.model",
    "run": "session",
    "watch": "session",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

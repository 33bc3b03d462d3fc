"""What agents of s3-bench answer: Ping, RunGet, RunPut, and RunWorkload of its later versions, under both names.

From a request to a workload of this program, from its report to the answer. Runs nothing by itself, and executes no
command of anybody. Credentials, end points and variables are the agent's own: nothing in a request is expanded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import grpc

from s3bench_tui import __version__
from s3bench_tui.errors import ConfigError, ExitCode, Problem, S3BenchError, TargetError
from s3bench_tui.fleet.grpc.server import caller
from s3bench_tui.fleet.grpc.summary import workload_summary
from s3bench_tui.fleet.protos import iobench_pb2 as iobench
from s3bench_tui.fleet.protos import s3bench_pb2 as s3bench
from s3bench_tui.fleet.runs import BusyError, GivenUpError, Runs
from s3bench_tui.report.crash import in_short
from s3bench_tui.report.redaction import clean_text
from s3bench_tui.report.result import Report
from s3bench_tui.session import load
from s3bench_tui.spec.loading import Loaded, check_workload, load_text
from s3bench_tui.stores.base import NothingMatches
from s3bench_tui.stores.naming import folder, named
from s3bench_tui.stores.uri import parse
from s3bench_tui.units import NS_PER_S, format_size

_MOST_JOBS = 10_000
_LARGEST_OBJECT = 5 << 40
_LATEST_START_S = 60.0
"""Further ahead than s3-bench accepts it, a start is a mistake or another clock."""
_LONGEST_NAME = 256
_LONGEST_ERROR = 4000

Tell = Callable[[str], None]
Wanted = Callable[[], bool]
Answer = Callable[[Any, Wanted], tuple[Any, str]]


def services(runs: Runs, tell: Tell) -> list[grpc.GenericRpcHandler]:
    """Both services, on this place; `tell` is given one line for each call."""
    answers = Answers(runs)
    both = {
        "Ping": _method("Ping", answers.ping, s3bench.Empty, lambda asked: "", tell),
        "RunGet": _method("RunGet", answers.get, s3bench.RunGetRequest, lambda asked: str(asked.uri), tell),
        "RunPut": _method(
            "RunPut", answers.put, s3bench.RunPutRequest, lambda asked: f"{asked.bucket} {asked.prefix}", tell
        ),
    }
    later = {
        "RunWorkload": _method(
            "RunWorkload",
            answers.workload,
            iobench.RunWorkloadRequest,
            lambda asked: f"as {asked.agent_id or 'agent'}",
            tell,
        )
    }
    return [
        grpc.method_handlers_generic_handler("s3bench.Agent", both),
        grpc.method_handlers_generic_handler("iobench.Agent", both | later),
    ]


class Answers:
    """Answers by request: each method gives the answer, and what is told of it. Raises S3BenchError.

    `now_s` is UNIX time.
    """

    def __init__(self, runs: Runs, now_s: Callable[[], float] = time.time) -> None:
        self._runs = runs
        self._now_s = now_s

    def ping(self, request: s3bench.Empty, wanted: Wanted) -> tuple[s3bench.PingReply, str]:
        """The version of this program."""
        return s3bench.PingReply(version=__version__), "answered"

    def get(self, request: s3bench.RunGetRequest, wanted: Wanted) -> tuple[s3bench.OpSummary, str]:
        """Read each object that the URI names once."""
        place = named(request.uri)
        loaded = load(
            {
                "name": "RunGet",
                "targets": [{"uri": place.target}],
                "workload": [{"op": "get", "path": place.path, "keys": "once"}],
                "concurrency": _within("jobs", request.jobs, _MOST_JOBS),
                "stop": {"each_key": "once"},
                "errors": {"max_total": None, "max_rate": None},
            }
        )
        with self._runs.turn(f"RunGet {request.uri}"):
            try:
                report = _sound(self._runs.report(loaded, wanted))
            except NothingMatches:
                raise NothingMatches(f"no object matches {request.uri}") from None
        return _op_summary(report.total, report.measured_s)

    def put(self, request: s3bench.RunPutRequest, wanted: Wanted) -> tuple[s3bench.OpSummary, str]:
        """Write `{prefix}obj_{i}` for each i below `objects`; such objects of earlier calls are replaced."""
        base = request.bucket if "://" in request.bucket else f"s3://{request.bucket}/"
        makes_objects = folder(base).uri.scheme != "null"  # null:// keeps nothing, and so lacks nothing
        count = _within("objects", request.objects, (1 << 32) - 1)
        loaded = load(
            {
                "name": "RunPut",
                "targets": [{"uri": base}],
                "datasets": [
                    {
                        "count": count,
                        "size": _within("object_size", request.object_size, _LARGEST_OBJECT, least=0),
                        "prefix": request.prefix,
                        "name": "obj_{index}",
                        "create": "always",
                    }
                ],
                "workload": [{"op": "put", "keys": "once"}],
                "concurrency": _within("concurrency", request.concurrency, _MOST_JOBS),
                "stop": {"each_key": "once"},
                "errors": {"max_total": None, "max_rate": None},
            }
        )
        with self._runs.turn(f"RunPut {base}{request.prefix}"):
            report = _sound(self._runs.report(loaded, wanted, prepare_only=makes_objects))
        if not makes_objects:
            return _op_summary(report.total, report.measured_s)
        made = next(phase for phase in report.phases if phase["kind"] == "prepare")
        return _op_summary(made["total"], made["duration_s"])

    def workload(self, request: iobench.RunWorkloadRequest, wanted: Wanted) -> tuple[iobench.WorkloadSummary, str]:
        """Run a workload file, at its instant, below its prefix."""
        agent_id = _short("agent_id", request.agent_id)
        loaded = load_text(request.config_yaml, source="config_yaml", environ={}, alone=True)
        if request.path_prefix and not request.shared_storage:
            loaded = _below(loaded, _short("path_prefix", request.path_prefix))
        start_s = request.start_timestamp_ns / NS_PER_S
        if start_s - self._now_s() > _LATEST_START_S:
            ahead = f"{start_s - self._now_s():.0f} s ahead"
            raise _wrong(f"start_timestamp_ns is {ahead}", "Compare the clocks of agent and controller")
        with self._runs.turn(f"RunWorkload {loaded.workload.name}"):
            self._runs.wait_until(start_s, wanted, self._now_s)
            report = self._runs.report(loaded, wanted)
        if report.exit_code() not in (ExitCode.OK, ExitCode.CHECK_FAILED):
            raise S3BenchError(f"the run ended early ({report.status}): {report.as_dict()['reason']}")
        return workload_summary(report, agent_id), _told(report.total, report.measured_s)


# --- from requests ------------------------------------------------------------------------------------------------


def _within(name: str, value: int, most: int, least: int = 1) -> int:
    if not least <= value <= most:
        raise _wrong(f"{name} is {value}", f"Give {least} to {most}")
    return value


def _short(name: str, text: str) -> str:
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise _wrong(f"{name} is longer than {_LONGEST_NAME} characters, or has some that cannot be printed", "")
    return text


def _below(loaded: Loaded, prefix: str) -> Loaded:
    """The workload with its targets moved below a prefix."""
    targets = tuple(
        target.model_copy(update={"uri": f"{parse(target.uri)}{prefix.strip('/')}/"})
        for target in loaded.workload.targets
    )
    moved = check_workload(loaded.workload.model_copy(update={"targets": targets}))
    return Loaded(moved.workload, loaded.warnings, loaded.source)


def _wrong(message: str, hint: str) -> ConfigError:
    return ConfigError([Problem(message, hint)])


# --- to answers ---------------------------------------------------------------------------------------------------


def _sound(report: Report) -> Report:
    """The report, where every operation went well; else TargetError with what the store said."""
    failed = report.total["failed"]
    if failed:
        said = "; ".join(
            f"{row['count']} x {name}{': ' + row['said'] if row.get('said') else ''}"
            for name, row in report.as_dict()["errors"].items()
        )
        raise TargetError(f"{failed} of {report.total['ops'] + failed} objects failed: {said}")
    if report.status not in ("ok", "stopped"):
        raise TargetError(report.as_dict()["reason"] or report.status)
    return report


def _op_summary(total: Mapping[str, Any], seconds: float) -> tuple[s3bench.OpSummary, str]:
    told = _told(total, seconds)
    return s3bench.OpSummary(total_bytes=total["bytes"], seconds=seconds, notes=told), told


def _told(total: Mapping[str, Any], seconds: float) -> str:
    plural = "" if total["ops"] == 1 else "s"
    return f"{total['ops']:,} operation{plural}, {format_size(total['bytes'])} in {seconds:.3f} s"


# --- calls --------------------------------------------------------------------------------------------------------


def _method(name: str, answer: Answer, request_type: Any, subject: Callable[[Any], str], tell: Tell) -> Any:
    """A call: bytes in, bytes out, every error with its status and a sentence, and a line told of it and its subject."""

    def called(raw: bytes, context: grpc.ServicerContext) -> bytes:
        what = name
        try:
            request = request_type.FromString(raw)
        except Exception:  # noqa: BLE001 - protobuf raises its own errors and others for what it cannot read
            code, text, out = grpc.StatusCode.INVALID_ARGUMENT, f"this is no {request_type.DESCRIPTOR.name}", b""
        else:
            what = clean_text(f"{name} {subject(request)[:_LONGEST_NAME]}".strip())
            code, text, out = _answered(answer, request, context.is_active)
        ended = text if code == grpc.StatusCode.OK else f"{code.name}: {text}"
        tell(f"{caller(context)} {what}: {ended}")
        if code != grpc.StatusCode.OK:
            context.abort(code, text)
        return out

    return grpc.unary_unary_rpc_method_handler(called)


def _answered(answer: Answer, request: Any, wanted: Wanted) -> tuple[grpc.StatusCode, str, bytes]:
    """(status, what is told, the answer where all went well)."""
    try:
        message, told = answer(request, wanted)
        return grpc.StatusCode.OK, told, message.SerializeToString()
    except (ConfigError, NothingMatches) as error:
        code, text = grpc.StatusCode.INVALID_ARGUMENT, str(error)
    except BusyError as error:
        code, text = grpc.StatusCode.RESOURCE_EXHAUSTED, str(error)
    except GivenUpError as error:
        code, text = grpc.StatusCode.CANCELLED, str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a sentence
        code, text = grpc.StatusCode.INTERNAL, in_short(error)
    return code, clean_text(text)[:_LONGEST_ERROR], b""

"""health, list and delete: what needs the control plane alone.

A delete takes the keys that were listed before it was allowed, and nothing that came since.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from itertools import islice

from rich.console import Console
from rich.progress import Progress

from s3bench_tui.errors import ConfigError, ExitCode, Problem, TargetError
from s3bench_tui.oneshot.lines import Lines, counted, object_line, remark
from s3bench_tui.oneshot.request import opened
from s3bench_tui.stats.histogram import Histogram
from s3bench_tui.stores.base import ListingRefused, Store
from s3bench_tui.stores.naming import Place, named
from s3bench_tui.units import format_duration, format_size

_BATCH = 1000
_SHOWN = 5


def health(arguments: argparse.Namespace) -> ExitCode:
    """One line that says that the target answers; TargetError where it does not."""
    with opened(arguments, named(arguments.uri)) as store:
        lines = Lines(sys.stdout)
        lines.put(f"ok: {store.probe(writes=False).summary}")
        lines.end()
    return ExitCode.OK


def show(arguments: argparse.Namespace) -> ExitCode:
    """Print size and URI of each object as it is listed; keeps none of them."""
    place = named(arguments.uri, begins=True)
    lines, count, total = Lines(sys.stdout), 0, 0
    with opened(arguments, place) as store:
        for found in place.objects(store):
            lines.put(object_line(place.uri_of(found.key), found.key, found.size_bytes, arguments.json))
            count, total = count + 1, total + found.size_bytes
            if not lines.listens:
                return ExitCode.OK
        if not count:
            store.probe(writes=False)  # says where it is the target that is not there
    lines.end()
    if not arguments.quiet:
        remark(f"{counted(count)}, {format_size(total)}")
    return ExitCode.OK


# --- delete -------------------------------------------------------------------------------------------------------


def delete(arguments: argparse.Namespace, clock_ns: Callable[[], int] = time.monotonic_ns) -> ExitCode:
    """Delete exactly the objects that the URI names now: one, or with --yes more.

    ConfigError where it is more than one without --yes, TargetError where there is none.
    """
    place = named(arguments.uri)
    with opened(arguments, place) as store:
        keys = _keys(place, store)
        if not keys:
            raise TargetError(f"no object matches {arguments.uri}; nothing was deleted")
        if len(keys) > 1 and not arguments.yes:
            raise _unconfirmed(arguments.uri, place, keys)
        return _delete(arguments, store, keys, clock_ns)


def _keys(place: Place, store: Store) -> list[str]:
    """What is there of the place; the one key that it names where the target does not list, or makes up its objects."""
    try:
        keys = [found.key for found in place.objects(store)]
    except ListingRefused:
        if not place.is_one:
            raise
        return [place.pattern]
    return [place.pattern] if not keys and place.is_one and not store.lacks_objects else keys


def _unconfirmed(uri: str, place: Place, keys: list[str]) -> ConfigError:
    examples = ", ".join(place.uri_of(key) for key in islice(keys, _SHOWN))
    more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
    hint = f"They are {examples}{more}. Add --yes to delete them for good"
    return ConfigError([Problem(f"{uri} names {counted(len(keys))}", hint)])


def _delete(arguments: argparse.Namespace, store: Store, keys: list[str], clock_ns: Callable[[], int]) -> ExitCode:
    console, gone = Console(stderr=True), 0
    taken_ns: list[int] = []
    began_ns = clock_ns()
    with Progress(console=console, transient=True, disable=arguments.quiet or not console.is_terminal) as progress:
        task = progress.add_task("delete", total=len(keys))
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            before_ns = clock_ns()
            try:
                gone += store.delete(batch)
            except TargetError as error:
                said = (
                    f"{error}; {gone:,} of {counted(len(keys))} are gone, and perhaps some of the next {len(batch):,}"
                )
                raise TargetError(said if len(keys) > 1 else str(error)) from None
            taken_ns.append(clock_ns() - before_ns)
            progress.advance(task, len(batch))
    if gone < len(keys):
        remark(f"error: {len(keys) - gone:,} of {counted(len(keys))} could not be deleted")
    if not arguments.quiet:
        lines = Lines(sys.stdout)
        lines.put(f"deleted {counted(gone)} in {format_duration(clock_ns() - began_ns)}{_latencies(taken_ns)}")
        lines.end()
    return ExitCode.OK if gone == len(keys) else ExitCode.ERROR_BUDGET


def _latencies(taken_ns: list[int]) -> str:
    if len(taken_ns) < 2:
        return ""
    p50, longest = Histogram.of_values(taken_ns).percentiles((50.0, 100.0))
    return f"; batches of {_BATCH:,}: p50 {format_duration(p50)}, max {format_duration(longest)}"

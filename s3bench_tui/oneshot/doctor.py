"""doctor: what a run on a target needs, looked at piece by piece, each with what to do about it.

Leaves nothing behind: the object that its probe writes, the probe deletes. Shows where credentials come from, and
never what they are.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from s3bench_tui.errors import ExitCode, TargetError
from s3bench_tui.host.facts import filesystem_facts, host_facts
from s3bench_tui.oneshot.checkup import (
    Check,
    clock_check,
    cores_check,
    file_system_checks,
    name_check,
    open_files_check,
    tls_check,
)
from s3bench_tui.oneshot.lines import Lines, printable
from s3bench_tui.oneshot.request import opened
from s3bench_tui.stores.base import DriverConfig, Store
from s3bench_tui.stores.naming import Place, named
from s3bench_tui.stores.uri import FORMS

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}
_TLS_WAIT_S = 5.0
_REQUEST = re.compile(r"request [^ )]+")


def doctor(arguments: argparse.Namespace, clock: Callable[[], float] = time.time) -> ExitCode:
    """Print the checks; TARGET where one failed. Raises ConfigError where there is no target to look at."""
    place = named(arguments.uri)
    with opened(arguments, place) as store:
        checks = [Check("ok", "uri", f"{place.target} is a target"), *_target_checks(arguments, place, store, clock)]
    checks += _machine_checks()
    _print(checks)
    return ExitCode.TARGET if any(check.status == "fail" for check in checks) else ExitCode.OK


# --- the checks ---------------------------------------------------------------------------------------------------


def _target_checks(
    arguments: argparse.Namespace, place: Place, store: Store, clock: Callable[[], float]
) -> Iterator[Check]:
    try:
        driver = store.driver_config()
    except TargetError as error:
        yield Check("fail", "credentials", str(error))
        return
    facts, probed = _probed(store, writes=not arguments.read_only)
    endpoints = driver.options.get("endpoints", ())
    if endpoints:
        yield _credentials_check(driver, facts)
    for endpoint in endpoints:
        yield _endpoint_check(endpoint, driver)
        yield name_check(endpoint)
        yield tls_check(endpoint, driver.options, _TLS_WAIT_S, clock())
    skews = [row["clock_skew_s"] for row in facts.get("endpoints", ())]
    if skews:
        known = [skew for skew in skews if skew is not None]
        yield clock_check(max(known, key=abs) if known else None)
    yield from probed
    if FORMS[place.uri.scheme] == "directory":
        yield from file_system_checks(filesystem_facts(place.uri.root), bool(facts.get("exists", True)))
        yield from _alignment_check(place, facts)


def _probed(store: Store, writes: bool) -> tuple[Mapping[str, Any], list[Check]]:
    """What the probe found, and whether the target can be written to, read, and listed."""
    checks = []
    if writes:
        try:
            facts = store.probe(writes=True).facts
            lists = all(row["lists"] for row in facts.get("endpoints", ()))
            return facts, [Check("ok", "put, get, delete", _written(facts)), _list_check(lists)]
        except TargetError as error:
            checks.append(Check("fail", "put, get, delete", str(error)))
    try:
        facts = store.probe(writes=False).facts
    except TargetError as error:
        same = any(_REQUEST.sub("", check.text) == _REQUEST.sub("", str(error)) for check in checks)
        return {}, [*checks, Check("fail", "list", "refused in the same way" if same else str(error))]
    return facts, [*checks, _list_check(True)]


def _written(facts: Mapping[str, Any]) -> str:
    if facts.get("simulated"):
        return "nothing to try: this target only pretends"
    if not facts.get("exists", True):
        return "not tried in a directory that is not there; it can be made"
    return "a probe was written, read and deleted"


def _list_check(lists: bool) -> Check:
    if lists:
        return Check("ok", "list", "the target lists")
    return Check("warn", "list", "the target does not list: globs and `list` need that; data sets are asked for object by object")  # fmt: skip


def _credentials_check(driver: DriverConfig, facts: Mapping[str, Any]) -> Check:
    first: Mapping[str, Any] = next(iter(facts.get("endpoints", ())), {})
    source = " of ".join(dict.fromkeys(str(first[key]) for key in ("access", "access_from") if first.get(key)))
    source = source or str(first.get("credentials") or "")
    if not driver.credentials:
        return Check("ok", "credentials", "none are shown: the target is asked anonymously")
    return Check("ok", "credentials", f"found: {source}" if source else "found; the target has not answered to them")


def _endpoint_check(endpoint: Mapping[str, Any], driver: DriverConfig) -> Check:
    text = f"{endpoint['scheme']}://{endpoint['host_header']}"
    if driver.scheme == "s3":
        style = "path" if str(endpoint["base_path"]).endswith(f"/{driver.root}") else "virtual"
        text = f"{text}, region {driver.options['region']}, {style} addressing"
    return Check("ok", "end point", text)


def _alignment_check(place: Place, facts: Mapping[str, Any]) -> Iterator[Check]:
    if place.uri.scheme != "direct":
        return
    unit = facts.get("alignment_bytes")
    if unit:
        hint = "sizes and ranges that are multiples of it cost least"
        yield Check("ok", "O_DIRECT", f"works, in units of {unit} bytes; {hint}")
    else:
        yield Check("warn", "O_DIRECT", "not tried: there is no file to try it on; leave out --read-only, or make the directory")  # fmt: skip


def _machine_checks() -> Iterator[Check]:
    facts = host_facts()
    yield open_files_check(facts["open_files_limit"]["soft"], facts["open_files_limit"]["hard"])
    yield cores_check(facts["cpu"]["cores_usable"], facts["memory_limit_bytes"] or facts["memory_bytes"])


# --- what is shown ------------------------------------------------------------------------------------------------


def _print(checks: list[Check]) -> None:
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(overflow="fold")
    for check in checks:
        table.add_row(Text(check.status, _STYLES[check.status]), check.name, Text(printable(check.text)))
    console = Console(file=sys.stdout, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    counts = [sum(check.status == status for check in checks) for status in ("ok", "warn", "fail")]
    lines = Lines(sys.stdout)
    for line in captured.get().splitlines():
        lines.put(line.rstrip())
    lines.put("{} ok, {} to look at, {} failed".format(*counts))
    lines.end()

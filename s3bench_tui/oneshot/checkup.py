"""The result of a check of the doctor, and the checks that need no store: names, TLS, and this machine.

Asks the network for names and certificates only. No text made here holds a secret.
"""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from s3bench_tui.units import format_size

_SLOTS = 1024
"""A concurrency that a busy run may have in one worker."""
_BESIDE_SLOTS = 128
"""Descriptors of a worker that are no connections."""
_DAY_S = 86_400
_SHORT_OF_SPACE_BYTES = 1 << 30
_LOCAL_MEMORY = ("tmpfs", "ramfs")
_SKEW_SEEN_S, _SKEW_REFUSED_S = 2, 300


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `text` is one sentence; where it is not ok, it says what to do."""

    status: Literal["ok", "warn", "fail"]
    name: str
    text: str


# --- the way to a server ------------------------------------------------------------------------------------------


def name_check(endpoint: Mapping[str, Any]) -> Check:
    """Whether the name of this end point (as in `DriverConfig.options`) resolves, and to how many addresses."""
    host, port = endpoint["host"], endpoint["port"]
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return Check("fail", "name", f"{host} does not resolve: {error.strerror or error}; check the name and the DNS")
    addresses = sorted({str(answer[4][0]) for answer in answers})
    if addresses == [host]:
        return Check("ok", "name", f"{host} is an address; no name is looked up")
    few = ", ".join(addresses[:3]) + (", ..." if len(addresses) > 3 else "")
    return Check("ok", "name", f"{host} resolves to {len(addresses)} address{'es' * (len(addresses) > 1)}: {few}")


def tls_check(endpoint: Mapping[str, Any], options: Mapping[str, Any], timeout_s: float, now_s: float) -> Check:
    """Whether the certificate of this end point is one to trust, and for how long."""
    host = str(endpoint["host"])
    if endpoint["scheme"] != "https":
        return Check("warn", "tls", f"{host} is asked over http: anybody on the way can read along; use https:// where that matters")  # fmt: skip
    if options.get("insecure"):
        return Check("warn", "tls", "certificates are not verified (--insecure); give --ca-file with the server's own authority instead")  # fmt: skip
    try:
        context = ssl.create_default_context(cafile=options.get("ca_file"))
        with (
            socket.create_connection((host, endpoint["port"]), timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=host) as secured,
        ):
            certificate, version = secured.getpeercert() or {}, secured.version()
    except ssl.SSLCertVerificationError as error:
        hint = "give --ca-file with its authority, or an end point by the name in the certificate"
        return Check("fail", "tls", f"the certificate of {host} is not to be trusted: {error.verify_message}; {hint}")
    except OSError as error:
        return Check("fail", "tls", f"no TLS with {host}: {error.strerror or error}; check the end point, its port and the firewall")  # fmt: skip
    left_days = (ssl.cert_time_to_seconds(str(certificate["notAfter"])) - now_s) / _DAY_S
    if left_days < 14:
        return Check("warn", "tls", f"verified, {version}, but the certificate ends in {left_days:.0f} days; renew it at the server")  # fmt: skip
    return Check("ok", "tls", f"verified, {version}; the certificate holds for {left_days:.0f} more days")


def clock_check(skew_s: float | None) -> Check:
    """How far the server's clock is from this machine's."""
    if skew_s is None:
        return Check("warn", "clock", "the server does not tell its time; see that this machine's clock is set (NTP)")
    if abs(skew_s) < _SKEW_SEEN_S:
        return Check("ok", "clock", "the server's clock and this machine's agree within 2 s")
    side = "ahead of" if skew_s > 0 else "behind"
    text = f"the server's clock is {abs(skew_s):.0f} s {side} this machine's; set this machine's clock (NTP)"
    if abs(skew_s) < _SKEW_REFUSED_S:
        return Check("warn", "clock", text)
    return Check("fail", "clock", f"{text}, or signed requests are refused")


# --- this machine -------------------------------------------------------------------------------------------------


def open_files_check(soft: int | None, hard: int | None) -> Check:
    """Whether a worker may open as many connections or files as a busy run has; None: no limit."""
    wanted = _SLOTS + _BESIDE_SLOTS
    if soft is None or soft >= wanted:
        limit = "no limit" if soft is None else f"limit {soft:,}"
        return Check(
            "ok", "open files", f"{limit} for each process; enough for {_SLOTS:,} operations in flight in each"
        )
    enough = max(0, soft - _BESIDE_SLOTS)
    may_raise = hard is None or hard >= wanted
    how = "ulimit -n " + str(65_536 if hard is None else min(hard, 65_536)) if may_raise else "raise the hard limit (limits.conf, LimitNOFILE)"  # fmt: skip
    text = f"limit {soft:,} for each process; enough for {enough:,} operations in flight in each. For more: {how}"
    return Check("warn" if enough else "fail", "open files", text)


def cores_check(usable: float, memory_bytes: int) -> Check:
    """What `processes: auto` makes of this machine."""
    workers = max(1, math.floor(usable))
    plural = "es" * (workers > 1)
    text = f"{usable:g} usable, so up to {workers} worker process{plural}; {format_size(memory_bytes)} of memory"
    if usable < 2:
        return Check("warn", "cores", f"{text}. One core makes load and watches it: use a machine with two or more")
    return Check("ok", "cores", text)


def file_system_checks(facts: Mapping[str, Any], exists: bool) -> Iterator[Check]:
    """What kind of file system it is and how full; `facts` as `host.facts.filesystem_facts` gives them."""
    free, mount = facts["free_bytes"], facts["mount_point"] or facts["path"]
    where = f"{facts['type'] or 'unknown'} at {mount}, blocks of {format_size(facts['block_bytes'])}"
    if facts["type"] in _LOCAL_MEMORY:
        yield Check("warn", "file system", f"{where}: this is memory and no disk; use a directory on the disk to be measured")  # fmt: skip
    else:
        yield Check("ok", "file system", where)
    space = f"{format_size(free)} of {format_size(facts['size_bytes'])} free"
    if free < _SHORT_OF_SPACE_BYTES:
        yield Check("warn", "space", f"{space}; make room, or keep the data set below that")
    else:
        yield Check("ok", "space", space)
    if not exists:
        yield Check("warn", "directory", f"{facts['path']} is not there; a run that writes makes it, one that reads needs it")  # fmt: skip

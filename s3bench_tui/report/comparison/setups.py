"""What differs between the set-ups of two runs: workload, load, server, machine, versions, and how the runs went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from s3bench_tui.report.comparison.seconds import SteadyPart
from s3bench_tui.units import format_count, format_duration

Data = Mapping[str, Any]

_NO_PART = ("name", "seed", "thresholds", "errors", "cleanup", "outputs")
"""Keys of a workload that change no figure; where they differ it is said, but it does not matter."""

_LONGEST = 48


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in both runs. `matters`: the verdicts are of this too, and not of the storage alone."""

    what: str
    a: str
    b: str
    matters: bool = False

    @property
    def same(self) -> bool:
        """Whether there is no difference."""
        return self.a == self.b


def differences(a: SteadyPart, b: SteadyPart) -> Iterator[Difference]:
    """First what was done, then by what and where, then how it went. What is the same in both is among them."""
    one, other = a.data, b.data
    yield from _workload(one["workload"], other["workload"])
    yield _either("in flight", _concurrency(a), _concurrency(b))
    if one["open_loop"] or other["open_loop"]:
        yield _either("rate", _rate(a), _rate(b))
    yield _either("server", _server(one), _server(other))
    yield _either("machine", _machine(one["host"]), _machine(other["host"]))
    yield _either("kernel", str(one["host"].get("kernel")), str(other["host"].get("kernel")))
    yield _either("python", _python(one["host"]), _python(other["host"]))
    yield _either("s3bench-tui", str(one["version"]), str(other["version"]))
    yield Difference("steady", a.text, b.text, any(found.steady is False for _, found in (*a.judged, *b.judged)))
    yield Difference("ended", _ended(one), _ended(other), one["status"] != "ok" or other["status"] != "ok")
    yield Difference("checks", _checks(one), _checks(other), any("FAILED" in _checks(data) for data in (one, other)))
    limits = str(one["client"].get("verdict")), str(other["client"].get("verdict"))
    yield Difference("limited by", limits[0], limits[1], "client-limited" in limits)


def _either(what: str, a: str, b: str) -> Difference:
    return Difference(what, a, b, a != b)


def _workload(a: Data, b: Data) -> Iterator[Difference]:
    one, other = dict(_flat(a)), dict(_flat(b))
    changed = [key for key in dict.fromkeys((*one, *other)) if one.get(key) != other.get(key)]
    if not changed:
        yield Difference("workload", "the same", "the same")
    for key in changed:
        matters = key.partition(".")[0].partition("[")[0] not in _NO_PART
        yield Difference(key, _short(one.get(key, "-")), _short(other.get(key, "-")), matters)


def _flat(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """`targets[0].uri`, value."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _flat(part, f"{key}.{name}" if key else str(name))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for index, part in enumerate(value):
            yield from _flat(part, f"{key}[{index}]")
    else:
        yield key, value


def _short(value: Any) -> str:
    text = "-" if value is None else str(value) or '""'
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _concurrency(part: SteadyPart) -> str:
    return _span([phase["settings"]["concurrency"] for phase in part.phases])


def _rate(part: SteadyPart) -> str:
    return _span([phase["settings"]["rate_per_s"] or 0.0 for phase in part.phases], "/s")


def _span(values: Sequence[float], unit: str = "") -> str:
    if not values:
        return "-"
    low, high = format_count(min(values)), format_count(max(values))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


def _server(data: Data) -> str:
    """What the targets' probes learned of who answers."""
    words = [
        str(target["probe"][key])
        for target in data["targets"]
        for key in ("server", "type")
        if key in (target.get("probe") or {})
    ]
    return _short(", ".join(dict.fromkeys(words)) or "not told")


def _machine(host: Data) -> str:
    cpu = host.get("cpu") or {}
    cores = cpu.get("cores_usable")
    return _short(f"{host.get('hostname')}, {cpu.get('model')}, {format_count(cores) if cores else '?'} cores")


def _python(host: Data) -> str:
    return str((host.get("python") or {}).get("version"))


def _ended(data: Data) -> str:
    return f"{data['status'].replace('_', ' ')} after {format_duration(data['measured_s'] * 1e9)}"


def _checks(data: Data) -> str:
    failed = sum(not row["passed"] for row in data["thresholds"])
    if failed:
        return f"{failed} of {len(data['thresholds'])} FAILED"
    return f"{len(data['thresholds'])} ok" if data["thresholds"] else "none asked for"

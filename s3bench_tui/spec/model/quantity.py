"""The kinds of numbers and plain values that a workload file holds: how they are read, written back, and described.

Knows nothing of workloads; the texts of sizes and durations are understood by `units`.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema

from s3bench_tui.spec.model.hosts import expand_hosts
from s3bench_tui.units import NS_PER_S, parse_count, parse_duration, parse_rate, parse_share, parse_size, shown

_ENVIRONMENT = r"|.*\$\{.*"
_WHOLE = r"([0-9]+|[0-9]{1,3}([_, ][0-9]{3})+)"
_DECIMAL = rf"\s*({_WHOLE}(\.[0-9]+)?|\.[0-9]+)\s*"
_SIZE = rf"^({_DECIMAL}([kKmMgGtTpP][iI]?)?[bB]?\s*{_ENVIRONMENT})$"
_DURATION = rf"^({_DECIMAL}|\s*([0-9]+(\.[0-9]+)?\s*(ns|us|µs|ms|s|min|m|h|d)\s*)+{_ENVIRONMENT})$"
_COUNT = rf"^({_DECIMAL}[kKMG]?\s*{_ENVIRONMENT})$"
_RATE = rf"^({_DECIMAL}([kKM]?(/s)?|/m|/min|/h)\s*{_ENVIRONMENT})$"
_SHARE = rf"^(\s*((100(\.0+)?|[0-9]{{1,2}}(\.[0-9]+)?|\.[0-9]+)\s*%|0?\.[0-9]+|[01](\.0+)?)\s*{_ENVIRONMENT})$"

_WEIGHT = re.compile(r"[0-9]{1,18}(\.[0-9]{1,9})?")


def _texts(title: str, kind: str, pattern: str, *examples: object, **limits: object) -> WithJsonSchema:
    limits = limits or {"minimum": 0}
    return WithJsonSchema(
        {"title": title, "type": [kind, "string"], "pattern": pattern, **limits, "examples": list(examples)}
    )


def _seconds(duration_ns: int) -> int | float:
    return duration_ns // NS_PER_S if duration_ns % NS_PER_S == 0 else duration_ns / NS_PER_S


def positive(value: int) -> int:
    if value < 1:
        raise ValueError("0 is too small; write 1 or more")
    return value


def _some_time(duration_ns: int) -> int:
    if duration_ns < 1_000_000:
        raise ValueError("is too short; write 1ms or more")
    return duration_ns


def size_histogram(text: str) -> list[dict[str, int | float]]:
    """Sizes and their weights from `4096:10740,8192:1685`; raises ValueError with a sentence."""
    sizes: list[dict[str, int | float]] = []
    for part in text.split(","):
        size, _, weight = part.partition(":")
        if not _WEIGHT.fullmatch(weight.strip()) or not float(weight):
            raise ValueError(f"{shown(text)} is not a list of sizes and weights; write for example 4KiB:3,1MiB:1")
        sizes.append({"size": parse_size(size.strip()), "weight": float(weight)})
    return sizes


def size_pair(text: str) -> tuple[str, str] | None:
    """The two sizes of `4KiB,1MiB`, each with its unit, since `1,5MB` may be meant as one; None where it is no such text."""
    first, _, last = (part.strip() for part in text.partition(","))
    return (first, last) if first[-1:].isalpha() and last[-1:].isalpha() and "," not in last else None


Size = Annotated[int, BeforeValidator(parse_size), _texts("Size", "integer", _SIZE, "64KiB", "4MB", 4096)]
PositiveSize = Annotated[
    int,
    BeforeValidator(parse_size),
    AfterValidator(positive),
    _texts("PositiveSize", "integer", _SIZE, "64KiB", "4MB", 4096, minimum=1),
]
SizeHistogram = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([^:,]+:[^:,]+(,[^:,]+:[^:,]+)*|[^:,]+,[^:,]+)$",
            "description": "Sizes and their weights, or the least and the greatest size.",
            "examples": ["4096:10740,8192:1685", "4KiB,1MiB"],
        }
    ),
]
Duration = Annotated[
    int,
    BeforeValidator(parse_duration),
    PlainSerializer(_seconds, when_used="json"),
    _texts("Duration", "number", _DURATION, "500ms", "30s", "2m"),
]
PositiveDuration = Annotated[
    Duration,
    AfterValidator(_some_time),
    _texts("PositiveDuration", "number", _DURATION, "500ms", "30s", "2m", minimum=0.001),
]
Count = Annotated[int, BeforeValidator(parse_count), _texts("Count", "integer", _COUNT, 10000, "10,000")]
PositiveCount = Annotated[
    int,
    BeforeValidator(parse_count),
    AfterValidator(positive),
    _texts("PositiveCount", "integer", _COUNT, 10000, "10,000", minimum=1),
]
Rate = Annotated[
    float, BeforeValidator(parse_rate), _texts("Rate", "number", _RATE, "5000/s", 5000, exclusiveMinimum=0)
]
Share = Annotated[
    float, BeforeValidator(parse_share), _texts("Share", "number", _SHARE, "5%", 0.05, minimum=0, maximum=1)
]
Weight = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Positive = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
Text = Annotated[str, Field(strict=True)]


def _endpoint(value: Any) -> Any:
    if isinstance(value, str):
        hosts = expand_hosts(value)
        return hosts[0] if len(hosts) == 1 else hosts
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
        return tuple(host for item in value for host in expand_hosts(item))
    raise ValueError("is not an end point; write a URL such as https://s3.example.com:9000, or a list of such")


Endpoint = Annotated[str | tuple[str, ...], BeforeValidator(_endpoint)]

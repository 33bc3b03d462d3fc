"""The fields of the form: which key each one edits, what may be written there, and how it was understood.

Pure data and functions; the texts are understood by `units`, as those of the file are. Knows no widget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.choosing import KeyChoice
from s3bench_tui.spec.model.dataset import Dataset, Payload
from s3bench_tui.spec.model.operation import OperationSpec
from s3bench_tui.spec.model.target import Target
from s3bench_tui.spec.model.workload import Load
from s3bench_tui.spec.text.sheet import Plain, Sheet, SheetError
from s3bench_tui.spec.text.source import Path, reads_as_text
from s3bench_tui.spec.vocabulary import LINE_KEYS, TARGET_KEYS, scheme_of
from s3bench_tui.units import (
    format_count,
    format_duration,
    format_size,
    parse_count,
    parse_duration,
    parse_rate,
    parse_share,
    parse_size,
)

TEXT, SIZE, SIZES, DURATION, COUNT, RATE, SHARE, NUMBER, LIST = "text", "size", "sizes", "duration", "count", "rate", "share", "number", "list"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One key of the file. `choices` makes it a choice of these words; `flag` one of true and false."""

    key: Path
    """Below the thing that is edited: the file, a target, or a line of the mix."""
    label: str
    kind: str = TEXT
    choices: tuple[str, ...] = ()
    default: str = ""
    """What holds where nothing is written; shown in the empty field."""
    only: Callable[[Any], bool] | None = None
    """Whether it has a meaning, given the plain data of the thing."""
    help: str = ""


def _is_open(data: Any) -> bool:
    return bool(_within(data, "load", "model") == "open")


def _within(data: Any, *path: str) -> Any:
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data


def _of_scheme(key: str) -> Callable[[Any], bool]:
    """Whether the scheme of a target knows this key."""

    def known(data: Any) -> bool:
        uri = data.get("uri") if isinstance(data, dict) else data
        return key in TARGET_KEYS.get(scheme_of(str(uri or "")), ())

    return known


def _has_several_endpoints(data: Any) -> bool:
    """Whether a target lists more than one, or a range of hosts."""
    found = _within(data, "endpoint")
    return len(found) > 1 if isinstance(found, list) else "..." in str(found)


def _of_op(key: str) -> Callable[[Any], bool]:
    """Whether the operation of a line knows this key."""
    return lambda data: key in LINE_KEYS.get(str(_within(data, "op")), ())


def _words(model: type[Model], key: str) -> tuple[str, ...]:
    """The words that a key may hold."""
    return get_args(model.model_fields[key].annotation)


YES_NO = ("false", "true")

LOAD = (
    Field(("load", "model"), "model", choices=_words(Load, "model"), default="closed", help="closed: every slot is busy all the time; open: arrivals at a rate"),
    Field(("load", "rate"), "rate", RATE, default="such as 500/s", only=_is_open),
    Field(("load", "arrivals"), "arrivals", choices=_words(Load, "arrivals"), default="poisson", only=_is_open),
    Field(("concurrency",), "concurrency", COUNT, default="16"),
    Field(("duration",), "duration", DURATION, default="60s"),
    Field(("warmup",), "warm-up", DURATION, default="0"),
    Field(("processes",), "processes", TEXT, default="auto"),
    Field(("stop", "ops"), "stop at ops", COUNT, default="no"),
    Field(("seed",), "seed", COUNT, default="0"),
)  # fmt: skip

DATA = (
    Field(("dataset", "count"), "objects", COUNT, default="no data set"),
    Field(("dataset", "size"), "size", SIZES, default="1MiB"),
    Field(("dataset", "prefix"), "prefix", default="none"),
    Field(("dataset", "create"), "prepare", choices=_words(Dataset, "create"), default="missing"),
    Field(("cleanup",), "clean up", choices=("none", "written", "all"), default="none"),
    Field(("payload", "fill"), "payload", choices=_words(Payload, "fill"), default="random"),
    Field(("payload", "dedup_factor"), "dedupe", COUNT, default="1"),
    Field(("payload", "compress_factor"), "compress", COUNT, default="1"),
)

REPORT = (
    Field(("name",), "name", default="workload"),
    Field(("thresholds",), "must hold", LIST, default="such as get.p99 < 50ms"),
    Field(("errors", "max_total"), "errors at most", COUNT, default="100"),
    Field(("errors", "max_rate"), "or of all", SHARE, default="5%"),
)

TARGET = (
    Field(("uri",), "uri", default="s3://bucket/prefix/, file:///directory/, ..."),
    Field(("name",), "name", default="its scheme"),
    Field(("share",), "share", NUMBER, default="1"),
    Field(("endpoint",), "end point", LIST, default="the vendor's own", only=_of_scheme("endpoint")),
    Field(("balance",), "balance", choices=_words(Target, "balance"), default="round_robin", only=_has_several_endpoints),
    Field(("region",), "region", default="of the profile", only=_of_scheme("region")),
    Field(("profile",), "profile", default="of AWS_PROFILE", only=_of_scheme("profile")),
    Field(("anonymous",), "anonymous", choices=YES_NO, default="false", only=_of_scheme("anonymous")),
    Field(("client",), "client", choices=_words(Target, "client"), default="lean", only=_of_scheme("client")),
    Field(("addressing",), "addressing", choices=_words(Target, "addressing"), default="auto", only=_of_scheme("addressing")),
    Field(("tls", "ca_file"), "CA file", default="the system's", only=_of_scheme("tls")),
    Field(("tls", "insecure"), "any certificate", choices=YES_NO, default="false", only=_of_scheme("tls")),
    Field(("write",), "write", choices=_words(Target, "write"), default="in_place", only=_of_scheme("write")),
    Field(("fsync",), "fsync", choices=YES_NO, default="false", only=_of_scheme("fsync")),
    Field(("page_cache_mode",), "page cache", choices=_words(Target, "page_cache_mode"), default="auto", only=_of_scheme("page_cache_mode")),
    Field(("null", "latency"), "latency", DURATION, default="0", only=_of_scheme("null")),
    Field(("null", "error_rate"), "error rate", SHARE, default="0", only=_of_scheme("null")),
)  # fmt: skip

LINE = (
    Field(("op",), "operation", choices=_words(OperationSpec, "op")),
    Field(("weight",), "weight", NUMBER, default="1"),
    Field(("path",), "path", default="the data set"),
    Field(("size",), "size", SIZES, default="the data set's", only=_of_op("size")),
    Field(("range", "size"), "range of", SIZE, default="whole objects", only=_of_op("range")),
    Field(("range", "offset"), "range from", default="random", only=lambda data: _within(data, "range") is not None),
    Field(("keys",), "keys", choices=_words(KeyChoice, "choice"), default="uniform", only=_of_op("keys")),
    Field(("dataset",), "data set", default="the one there is"),
    Field(("concurrency",), "at most", COUNT, default="no limit of its own"),
    Field(("batch",), "keys a request", COUNT, default="1", only=_of_op("batch")),
    Field(("target",), "on target", default="all of them"),
    Field(("name",), "name", default="the operation"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text means, in words; or, where it means nothing, why not."""

    words: str
    is_wrong: bool = False


def understood(kind: str, text: str) -> Understood:
    """How the text of a field is read; no words where there is nothing to say."""
    if not text or text[0] in "[{" or "${" in text:
        return Understood("")
    try:
        return Understood(_WORDS.get(kind, _nothing)(text))
    except ValueError as error:
        return Understood(str(error), is_wrong=True)


def written(kind: str, text: str) -> Any:
    """The plain value that stands for the text of a field; None for none. ValueError where it can be no value."""
    text = text.strip()
    if not text:
        return None
    if kind != TEXT and text[0] in "[{":
        try:
            return Sheet(text).value()
        except SheetError:
            raise ValueError("a bracket or a quote is not closed") from None
    if kind == LIST and "," in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind == TEXT or reads_as_text(text):
        return text
    return Plain(text)


def shown(value: Any) -> str:
    """Plain data as the text of a field."""
    if isinstance(value, list) and all(isinstance(item, str) and "," not in item for item in value):
        return ", ".join(value)
    if isinstance(value, (dict, list)):
        return _flowed(value)
    return "" if value is None else str(value)


def _flowed(value: Any) -> str:
    return Sheet("").set(("k",), value).text.removeprefix("k: ").rstrip("\n")


def _nothing(text: str) -> str:
    return ""


def _size(text: str) -> str:
    size = parse_size(text)
    return f"= {format_size(size)}" if size >= 1024 else f"= {size} bytes"


def _sizes(text: str) -> str:
    return "sizes by weight" if ":" in text else _size(text)


def _duration(text: str) -> str:
    return f"= {format_duration(parse_duration(text))}"


def _rate(text: str) -> str:
    return f"= {format_count(parse_rate(text))} a second"


def _share(text: str) -> str:
    return f"= {parse_share(text):.3g} of all"


def _count(text: str) -> str:
    count = parse_count(text)
    return f"= {count:,}" if count >= 1000 else ""


def _number(text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number; write for example 1 or 2.5") from None
    if not 0 <= number < float("inf"):
        raise ValueError(f"{text!r} is not a number from 0 on; write for example 1 or 2.5")
    return ""


_WORDS: dict[str, Callable[[str], str]] = {
    SIZE: _size,
    SIZES: _sizes,
    DURATION: _duration,
    COUNT: _count,
    RATE: _rate,
    SHARE: _share,
    NUMBER: _number,
}

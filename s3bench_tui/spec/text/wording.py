"""What is wrong with the shape of a workload, in the words of this house.

Walks data and model together for keys that are unknown or secret, then says in sentences what pydantic found in codes.
Knows nothing of rules that span several keys.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from s3bench_tui.spec.model.base import Model
from s3bench_tui.spec.model.workload import Workload
from s3bench_tui.spec.text.source import Document, Path, dotted, names_a_secret
from s3bench_tui.units import shown

CREDENTIALS_HINT = "Remove it; credentials come from the vendor's own chain (environment, profile, instance)"

_MISSING = {
    "targets": "Write where the load goes, such as target: s3://bucket/prefix/ or target: file:///tmp/data/",
    "workload": "Write what is done, such as workload: [{op: get}]",
    "op": "Write get, put, stat, list, delete, copy, mkdir, rmdir, tag or get_tags",
    "uri": "Write where the load goes, such as uri: s3://bucket/prefix/",
    "algorithm": "Write which checksum, such as algorithm: crc32c",
    "count": "Write how many objects the data set has, such as count: 10000",
    "agents": "Write the agents, such as agents: [h1:7761, h2:7761]",
    "at": "Write when it happens, such as at: 30s",
}
_EXAMPLES = {
    "dataset": "dataset: {count: 1000, size: 1MiB}",
    "datasets": "datasets: [{id: small, count: 1000, size: 4KiB, prefix: small/}]",
    "workload": "workload: [{op: get}]",
    "targets": "targets: [s3://bucket/prefix/]",
    "target": "target: s3://bucket/prefix/",
    "stop": "stop: {ops: 10000}",
    "load": "load: {model: open, rate: 100/s}",
    "payload": "payload: {fill: random}",
    "errors": "errors: {max_total: 100}",
    "schedule": "schedule: [{at: 30s, concurrency: 64}]",
    "thresholds": 'thresholds: ["get.p99 < 50ms"]',
    "fleet": "fleet: {agents: [h1:7761, h2:7761]}",
    "agents": "agents: [h1:7761, h2:7761]",
    "keys": "keys: zipf",
    "range": "range: {size: 64KiB}",
    "tls": "tls: {ca_file: ca.pem}",
    "null": "null: {latency: 1ms}",
    "weights": "weights: {get: 50}",
    "limits": "limits: {get: 8}",
    "ignore": "ignore: [http_503]",
    "multipart": "multipart: {part_size: 16MiB, parallel: 4}",
    "checksum": "checksum: {algorithm: crc32c, send: trailer}",
    "sizes": "sizes: [{size: 4KiB, weight: 3}, {size: 1MiB}]",
}


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean 'x'? ` where a known word is like `word`, else nothing."""
    found = difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0.6)
    return f"Did you mean {found[0]!r}? " if found else ""


def listed(words: Iterable[object], last: str = "or") -> str:
    """`a, b or c`."""
    *head, tail = [str(word) for word in words]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def prune(document: Document) -> None:
    """Note keys that no workload has, and take them out; a secret's value is never repeated."""
    document.data = _pruned(document, (), document.data, (Workload,))


def _pruned(document: Document, path: Path, data: Any, models: tuple[type[Model], ...]) -> Any:
    if isinstance(data, list):
        return [_pruned(document, (*path, index), item, models) for index, item in enumerate(data)]
    model = _model_for(data, models) if isinstance(data, dict) else None
    if model is None:
        return data
    kept = {}
    for key, value in data.items():
        field = model.model_fields.get(key)
        if field is not None and get_origin(field.annotation) is dict and isinstance(value, dict):
            inner = tuple(_models_in(field.annotation))
            kept[key] = {name: _pruned(document, (*path, key, name), item, inner) for name, item in value.items()}
        elif field is not None:
            kept[key] = _pruned(document, (*path, key), value, tuple(_models_in(field.annotation)))
        elif names_a_secret(key):
            document.refuse((*path, key), "holds a secret, which has no place in a workload file", CREDENTIALS_HINT)
        else:
            known = [*(["target", "dataset"] if model is Workload else []), *model.model_fields]
            document.refuse((*path, key), "is not a known key", f"{nearest(key, known)}Known here: {', '.join(known)}")
    return kept


def _model_for(data: dict[str, Any], models: tuple[type[Model], ...]) -> type[Model] | None:
    """The one model, or the one of several distributions that `type` names."""
    if len(models) == 1:
        return models[0]
    named = (model for model in models if data.get("type", "fixed") in get_args(model.model_fields["type"].annotation))
    return next(named, None)


def _models_in(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def explain(document: Document, error: ValidationError) -> None:
    """Note each of pydantic's findings, once for each place, in the words of this house."""
    seen: set[Path] = set()
    for found in error.errors(include_url=False):
        path, value = _located(document.data, found)
        # Pydantic counts the good entries of a list; one that is short of those has had its bad ones named.
        miscounted = found["type"] == "too_short" and value
        if path not in seen and not miscounted and not _follows(path, document.broken):
            seen.add(path)
            document.refuse(path, *_sentence(found, path, value))


def _follows(path: Path, broken: Iterable[Path]) -> bool:
    """Whether a fault at `path` only follows from a known one: it is within it, or missing because of a typing error."""
    for other in broken:
        if path[: len(other)] == other:
            return True
        if path[:-1] == other[:-1] and nearest(str(other[-1]), [str(path[-1])]):
            return True
    return False


def _located(data: Any, found: Any) -> tuple[Path, Any]:
    """Path and value of a finding, without the names that pydantic gives to the members of unions."""
    path: Path = ()
    for part in found["loc"]:
        known = isinstance(data, dict) and isinstance(part, str) and part in data
        if known or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]
        elif found["type"] == "missing" and part is found["loc"][-1]:
            return (*path, part), None
        else:
            continue
        path = (*path, part)
    return path, data


def _sentence(found: Any, path: Path, value: Any) -> tuple[str, str]:
    code, context = found["type"], found.get("ctx", {})
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    example = f"Write for example {_EXAMPLES[key]}" if key in _EXAMPLES else "See docs/workload.md"
    if code == "missing":
        return "is missing", _MISSING.get(key, f"Write {key}: and its value")
    if value is None:
        return "has no value", "Write one, or remove the key"
    if code == "value_error":
        message, _, hint = str(context["error"]).partition("; ")
        return message, hint[:1].upper() + hint[1:]
    if code == "literal_error":
        words = [str(word).strip("' ") for word in context["expected"].replace(" or ", ",").split(",")]
        return f"{shown(value)} is not known here", f"{nearest(str(value), words)}Write {listed(words)}"
    if code == "union_tag_invalid":
        words = [word.strip("' ") for word in context["expected_tags"].split(",")]
        return f"{shown(value.get('type'))} is not a distribution", f"{nearest(str(value.get('type')), words)}Write type: {listed(words)}"  # fmt: skip
    if code == "too_short":
        return "is empty", example
    if code in ("model_type", "dict_type", "model_attributes_type"):
        return f"is {_kind(value)} where a mapping is expected", example
    if code == "tuple_type":
        return f"is {_kind(value)} where a list is expected", example
    if code == "bool_type":
        return f"{shown(value)} is neither true nor false", "Write true or false, without quotes"
    if code == "string_type":
        if isinstance(value, (dict, list)):
            return f"is {_kind(value)} where a text is expected", "Write one text"
        return f"{shown(value)} is not a text", f'Put it in quotes: "{value}"'
    if code in ("float_type", "finite_number"):
        return f"{shown(value)} is not a number", "Write for example 1 or 2.5"
    limits = {
        "greater_than": "more than {gt:g}",
        "greater_than_equal": "{ge:g} or more",
        "less_than_equal": "{le:g} or less",
    }
    if code in limits:
        return (
            f"{shown(value)} is too {'large' if code.startswith('less') else 'small'}",
            f"Write {limits[code].format(**context)}",
        )
    return f"{shown(value)} cannot stand at {dotted(path) or 'the top'}", example


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    return "a list" if isinstance(value, list) else f"the single value {shown(value)}"

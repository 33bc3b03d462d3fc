"""A file of s3-bench's, written out in the native form. Text to text; fills in no variables and no defaults."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterator
from typing import Any

import yaml

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.spec.compat.grammar import is_foreign
from s3bench_tui.spec.compat.translation import translated
from s3bench_tui.spec.loading import text_of
from s3bench_tui.spec.text.source import Document, parse

_WIDTH = 110


def convert(text: str, source: str = "") -> str:
    """The native YAML of a file of s3-bench's; `source` is its name. What changes its meaning stands above as comments.

    Raises ConfigError where the text is no such file, or holds what no native workload can say.
    """
    # Variables stay what they are: escaped, they come out of the reader as they were written.
    document = parse(text.replace("${", "$${"), source, {})
    if not isinstance(document.data, dict) or not is_foreign(document.data):
        hint = "Only files of s3-bench, io-bench and sai3-bench can be converted"
        raise ConfigError([Problem("holds no key of s3-bench's; it is in the native form already", hint, file=source)])
    native = translated(document)
    if native.problems:
        raise ConfigError(sorted(native.problems, key=lambda problem: (problem.line, problem.column)))
    if len(native.data.get("targets", ())) == 1:
        (target,) = native.data.pop("targets")
        named = {"name": native.data.pop("name")} if "name" in native.data else {}
        native.data = {**named, "target": target["uri"] if list(target) == ["uri"] else target, **native.data}
    return "".join([*_head(native, source), *_body(native.data)])


def convert_file(path: str | os.PathLike[str]) -> str:
    """The same for a file; ConfigError also where it cannot be read."""
    file = os.fspath(path)
    return convert(text_of(file), file)


def _head(native: Document, source: str) -> Iterator[str]:
    yield f"# Converted from {source or 'a file of s3-bench'}.\n"
    for warning in sorted(native.warnings, key=lambda problem: problem.line):
        words = f"line {warning.line}: {warning.key}: {warning.message}"
        yield from (f"{line}\n" for line in textwrap.wrap(
            f"{words}. {warning.hint}" if warning.hint else words,
            _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False, break_long_words=False,
        ))  # fmt: skip


def _body(data: dict[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        style = None if isinstance(value, (dict, list)) else False
        yield yaml.safe_dump({key: value}, sort_keys=False, default_flow_style=style, width=_WIDTH, allow_unicode=True)

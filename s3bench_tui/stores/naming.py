"""What a URI that somebody types names: a target, and below it one key, everything, or a glob. Sends nothing by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from s3bench_tui.errors import ConfigError, Problem
from s3bench_tui.stores.base import ObjectInfo, Store
from s3bench_tui.stores.uri import FORMS, Uri, parse

_EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """Objects of one target: `path` is below `target`, and may hold `*`, which also crosses `/`."""

    target: str
    path: str
    uri: Uri
    """Of `target`."""

    @property
    def is_one(self) -> bool:
        """Whether it names one object, which needs no listing."""
        return "*" not in self.path

    @property
    def pattern(self) -> str:
        """The key, or a glob over whole keys."""
        return self.uri.prefix + self.path

    def uri_of(self, key: str) -> str:
        """The URI that names this object alone."""
        return f"{replace(self.uri, prefix='')}{key}"

    def objects(self, store: Store) -> Iterator[ObjectInfo]:
        """Those that are there now, as the store lists them; for one key, that one or none."""
        matches = re.compile(".*".join(map(re.escape, self.pattern.split("*"))), re.DOTALL).fullmatch
        return (found for found in store.list(self.pattern.split("*", 1)[0]) if matches(found.key))


def named(text: str, begins: bool = False) -> Place:
    """The objects that a URI names: a key, all below a prefix that ends in `/`, or those that match a glob.

    With `begins` what looks like a key stands for all keys that begin so. Raises ConfigError."""
    whole = _parsed(text)
    cut = _cut(text)
    if cut < 0:
        return Place(text, _EVERYTHING, whole)
    path = text[cut:]
    path = f"{path}*" if not path or (begins and "*" not in path) else path
    return Place(text[:cut], path, _parsed(text[:cut]))


def folder(text: str) -> Place:
    """A prefix to write below; ConfigError where the URI is a glob or none."""
    if "*" in text:
        raise _wrong(text, "new objects have no names to match", "Write a prefix such as s3://bucket/bench/")
    return Place(text, "", _parsed(text))


def _cut(text: str) -> int:
    """Where the path begins, after the last `/` before any `*`; -1 where there is nothing but a target."""
    scheme, _, rest = text.partition("://")
    form = FORMS[scheme.lower()]
    slashes = rest.split("*", 1)[0].count("/")
    if slashes <= (1 if form == "container" else 0):
        return -1
    return len(scheme) + 3 + rest.split("*", 1)[0].rindex("/") + 1


def _parsed(text: str) -> Uri:
    try:
        return parse(text)
    except ValueError as error:
        raise ConfigError([Problem(str(error))]) from None


def _wrong(text: str, what: str, hint: str) -> ConfigError:
    return ConfigError([Problem(f"{text!r}: {what}", hint)])

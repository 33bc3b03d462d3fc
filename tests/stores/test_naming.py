"""What the URI of a one-shot names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from s3bench_tui.errors import ConfigError
from s3bench_tui.stores.base import ObjectInfo, Store
from s3bench_tui.stores.naming import folder, named

KEYS = ["a/", "a/1.dat", "a/1.dat.bak", "a/b/2.dat", "a/x+y.dat", "ab", "c"]


class Listing:
    """A store that lists KEYS, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        self.asked.append(prefix)
        return (ObjectInfo(key, len(key)) for key in KEYS if key.startswith(prefix))


@pytest.mark.parametrize(
    ("text", "target", "path"),
    [
        ("s3://bucket", "s3://bucket", "*"),
        ("s3://bucket/", "s3://bucket/", "*"),
        ("s3://bucket/key", "s3://bucket/", "key"),
        ("s3://bucket/a/", "s3://bucket/a/", "*"),
        ("s3://bucket/a/key", "s3://bucket/a/", "key"),
        ("s3://bucket/a/*/x", "s3://bucket/a/", "*/x"),
        ("s3://bucket/*", "s3://bucket/", "*"),
        ("az://account/box", "az://account/box", "*"),
        ("az://account/box/", "az://account/box/", "*"),
        ("az://account/box/key", "az://account/box/", "key"),
        ("gs://bucket/a/k*", "gs://bucket/a/", "k*"),
        ("file:///data/set/", "file:///data/set/", "*"),
        ("file:///data/set/one", "file:///data/set/", "one"),
        ("direct:///data/*/one", "direct:///data/", "*/one"),
        ("null://name/key", "null://name/", "key"),
    ],
)
def test_target_and_path(text: str, target: str, path: str) -> None:
    place = named(text)
    assert (place.target, place.path) == (target, path)
    assert place.is_one == ("*" not in path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s3://bucket/a/1.dat", ["a/1.dat"]),
        ("s3://bucket/a", []),
        ("s3://bucket/a/", ["a/", "a/1.dat", "a/1.dat.bak", "a/b/2.dat", "a/x+y.dat"]),
        ("s3://bucket/a/*.dat", ["a/1.dat", "a/b/2.dat", "a/x+y.dat"]),
        ("s3://bucket/*1*", ["a/1.dat", "a/1.dat.bak"]),
        ("s3://bucket/a/x+y.*", ["a/x+y.dat"]),
        ("s3://bucket", KEYS),
    ],
)
def test_only_what_is_named(text: str, found: list[str]) -> None:
    assert [info.key for info in named(text).objects(cast(Store, Listing()))] == found


def test_a_listing_takes_the_beginning_of_keys() -> None:
    store = Listing()
    place = named("s3://bucket/a", begins=True)
    assert [info.key for info in place.objects(cast(Store, store))] == KEYS[:-1]
    assert store.asked == ["a"], "no more is listed than need be"


@pytest.mark.parametrize("text", ["s3://bucket/a/b/*", "az://account/box/x/", "gs://bucket", "file:///data/*"])
def test_what_is_found_can_be_asked_for_again(text: str) -> None:
    place = named(text)
    key = f"{place.uri.prefix}key"
    again = named(place.uri_of(key))
    assert (again.pattern, again.is_one, again.uri.root) == (key, True, place.uri.root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bucket/key", "has no scheme"),
        ("s4://bucket/", "did you mean"),
        ("s3://", "names no bucket"),
        ("s3://buck*t/", "cannot be a bucket"),
        ("s3://key:secret@host/b", "carries no user name"),
        ("s3://bucket/key?versionId=1", "no query"),
        ("file://relative/", "needs three"),
        ("file:///data/../etc/*", "holds `..`"),
    ],
)
def test_what_is_no_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        named(text)
    assert "secret" not in str(raised.value)


def test_new_objects_go_below_a_prefix() -> None:
    assert folder("s3://bucket/a").uri.prefix == "a/"
    with pytest.raises(ConfigError, match="no names to match"):
        folder("s3://bucket/a/*")


def test_on_a_real_directory(tmp_path: Path) -> None:
    from s3bench_tui.spec.model.target import Target
    from s3bench_tui.stores.registry import open_store

    (tmp_path / "sub").mkdir()
    for name in ("one", "other", "sub/one"):
        (tmp_path / name).write_text(name)

    def found(text: str) -> list[str]:
        place = named(text)
        store: Any = open_store(Target(uri=place.target), 1, 1)
        return sorted(place.uri_of(info.key) for info in place.objects(store))

    root = f"file://{tmp_path}"
    assert found(f"{root}{os.sep}one") == [f"{root}/one"]
    assert found(f"{root}/o*") == [f"{root}/one", f"{root}/other"]
    assert found(f"{root}/*one") == [f"{root}/one", f"{root}/sub/one"]
    assert found(f"{root}/sub/") == [f"{root}/sub/one"]

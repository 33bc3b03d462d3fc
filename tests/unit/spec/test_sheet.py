"""Changing a YAML text key by key: the value is there, and all else is as it was, to the last character."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from s3bench_tui.spec.text.sheet import Sheet, SheetError

WORKLOADS = sorted((Path(__file__).resolve().parents[3] / "workloads").glob("*.yaml"))

TEXT = """\
# what it is
name: first  # said

target: file://${TMPDIR:-/tmp}/x/   # where
load:
  # how hard
  model: closed
workload:
  - {op: get, weight: 60}   # reads
  - op: put
    # where to
    path: out/
    size: 4KiB

# the end
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("name",), "second", "name: first", "name: second"),
        (("name",), "12", "name: first", 'name: "12"'),
        (("name",), "a: b #c", "name: first", 'name: "a: b #c"'),
        (("target",), "s3://b/${X:-y}/", "file://${TMPDIR:-/tmp}/x/", "s3://b/${X:-y}/"),
        (("workload", 0, "weight"), 5, "weight: 60", "weight: 5"),
        (("workload", 0, "path"), "data/", "weight: 60}", "weight: 60, path: data/}"),
        (("workload", 1, "size"), "1MiB", "4KiB", "1MiB"),
        (("workload", 1, "weight"), 2.5, "size: 4KiB\n", "size: 4KiB\n    weight: 2.5\n"),
        (("workload", 2), {"op": "stat"}, "size: 4KiB\n", "size: 4KiB\n  - {op: stat}\n"),
        (("load", "model"), "open", "model: closed\n", "model: open\n"),
        (("load", "rate"), "5/s", "model: closed\n", "model: closed\n  rate: 5/s\n"),
        (("errors", "max_total"), None, "4KiB\n", "4KiB\nerrors: {max_total: null}\n"),
        (("duration",), "5s", "4KiB\n", "4KiB\nduration: 5s\n"),
        (("target", "region"), "x", "target: file://${TMPDIR:-/tmp}/x/", 'target: {uri: "file://${TMPDIR:-/tmp}/x/", region: x}'),
    ],
)  # fmt: skip
def test_a_change_touches_what_it_means(path: Any, value: Any, old: str, new: str) -> None:
    changed = Sheet(TEXT).set(path, value)
    assert changed.text == TEXT.replace(old, new, 1)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        (("name",), "name: first  # said\n"),
        (("workload", 0), "  - {op: get, weight: 60}   # reads\n"),
        (("workload", 0, "weight"), ", weight: 60"),
        (("workload", 0, "op"), "op: get, "),
        (("workload", 1, "path"), "    path: out/\n"),
        (("workload", 1), "  - op: put\n    # where to\n    path: out/\n    size: 4KiB\n"),
        (("load", "model"), "load:\n  # how hard\n  model: closed\n"),
        (("nothing", "here"), ""),
    ],
)
def test_what_is_removed_takes_nothing_else_with_it(path: Any, gone: str) -> None:
    assert Sheet(TEXT).remove(path).text == TEXT.replace(gone, "", 1)


def test_the_first_key_of_an_entry_gives_its_place_to_the_second() -> None:
    assert Sheet("a:\n- x: 1\n  y: 2\n").remove(("a", 0, "x")).text == "a:\n- y: 2\n"


@pytest.mark.parametrize(
    ("text", "path", "value", "result"),
    [
        ("", ("a",), 1, "a: 1\n"),
        ("# only words\n", ("a", "b"), 1, "# only words\na: {b: 1}\n"),
        ("a: 1", ("b",), 2, "a: 1\nb: 2\n"),
        ("a:\nb: 2\n", ("a",), 1, "a: 1\nb: 2\n"),
        ("a: 1\r\nb: 2\r\n", ("c",), 3, "a: 1\r\nb: 2\r\nc: 3\r\n"),
        ("\ufeffa: 1\n", ("b",), 2, "\ufeffa: 1\nb: 2\n"),
        ("{}", ("a",), 1, "{a: 1}"),
        ("a: [1, 2,]\n", ("a", 2), 3, "a: [1, 2, 3,]\n"),
        ("a: []\n", ("a", 0), "x", "a: [x]\n"),
        ("a: &n []\n", ("a", 0), "x", "a: &n [x]\n"),
        ("a:\n- 1\n", ("a", 1), 2, "a:\n- 1\n- 2\n"),
        ("a: |\n  x\n  y\nb: 1\n", ("a",), "z", "a: z\nb: 1\n"),
        ("d: &d {x: 1}\na:\n  <<: *d\n  y: 2\n", ("a", "x"), 5, "d: &d {x: 1}\na:\n  <<: *d\n  y: 2\n  x: 5\n"),
        ("x: &n 1\ny: *n\n", ("y",), 2, "x: &n 1\ny: 2\n"),
        ("workload:\n- {op: get, keys: zipf}\n", ("workload", 0, "keys", "theta"), 1.2,
         "workload:\n- {op: get, keys: {choice: zipf, theta: 1.2}}\n"),
    ],
)  # fmt: skip
def test_odd_texts(text: str, path: Any, value: Any, result: str) -> None:
    assert Sheet(text).set(path, value).text == result


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("x: &n 1\ny: *n\n", ("x",)),
        ("x: &n {a: 1}\ny: *n\n", ("y", "a")),
        ("x: &n {a: 1}\ny: *n\n", ("x", "a")),
        ("x: 1\n", ("x", 3)),
    ],
)
def test_a_change_that_would_change_more_is_refused(text: str, path: Any) -> None:
    with pytest.raises(SheetError, match="change it in the text"):
        Sheet(text).set(path, 2)


def test_no_yaml_is_no_sheet() -> None:
    for text in ("a: [", "a: 1\n---\nb: 2\n", "a: *n"):
        with pytest.raises(SheetError, match="not YAML"):
            Sheet(text)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("target: null://x/  # here\nname: n\n", "targets: [null://x/]  # here\nname: n\n"),
        ("target: {uri: null://x/, share: 2}\n", "targets: [{uri: null://x/, share: 2}]\n"),
        ("target:\n  # the one\n  uri: null://x/\n  share: 2  # twice\nname: n\n",
         "targets:\n  # the one\n  - uri: null://x/\n    share: 2  # twice\nname: n\n"),
    ],
)  # fmt: skip
def test_one_target_becomes_a_list_of_one(text: str, result: str) -> None:
    assert Sheet(text).as_list("target", "targets").text == result


def test_values_are_read_as_they_are_written() -> None:
    sheet = Sheet("d: &d {x: 0x10, y: ~}\na: {<<: *d, z: '1'}\nl: [1, *d]\n")
    assert sheet.data == {
        "d": {"x": "0x10", "y": None},
        "a": {"x": "0x10", "y": None, "z": "1"},
        "l": ["1", {"x": "0x10", "y": None}],
    }
    assert sheet.get(("l", 1, "x")) == "0x10"
    assert sheet.get(("l", 9)) is None and sheet.get(("d", "x", "deeper")) is None


# --- any change to any workload ---------------------------------------------------------------------------------------

VALUES = (
    st.integers(0, 10**6)
    | st.booleans()
    | st.none()
    | st.floats(0, 1e6)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
)


def paths(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Of everything in plain data, and of a new key in each mapping."""
    found = [path] if path else []
    if isinstance(data, dict):
        found += [deeper for key, value in data.items() for deeper in paths(value, (*path, key))]
        found += [(*path, "a_new_key")]
    if isinstance(data, list):
        found += [deeper for index, value in enumerate(data) for deeper in paths(value, (*path, index))]
        found += [(*path, len(data))]
    return found


def changed(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    copy = dict(data) if isinstance(data, dict) else list(data)
    last = len(path) == 1
    if isinstance(copy, list) and path[0] == len(copy):
        copy.append(None)
    copy[path[0]] = value if last else changed(copy[path[0]], path[1:], value)  # type: ignore[index, call-overload]
    return copy


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(WORKLOADS), st.data(), VALUES)
def test_one_key_changed_is_one_key_changed(file: Path, data: st.DataObject, value: Any) -> None:
    text = file.read_text()
    before = yaml.safe_load(text)
    path = data.draw(st.sampled_from(paths(before)))
    try:
        sheet = Sheet(text).set(path, value)
    except SheetError:
        assume(False)
    expected = changed(before, path, value)
    found = yaml.safe_load(sheet.text)
    if isinstance(value, str | float):  # the other loader takes more words for numbers and dates
        found = Sheet(sheet.text).data
        expected = changed(Sheet(text).data, path, value if isinstance(value, str) else str(value))
        if isinstance(value, float):
            assert float(Sheet(sheet.text).get(path)) == value
            return
    assert found == expected
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    scalar = not isinstance(Sheet(text).get(path), dict | list)
    assert not scalar or comments == [line for line in sheet.text.splitlines() if line.lstrip().startswith("#")]


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(WORKLOADS), st.data())
def test_what_is_set_anew_and_removed_leaves_no_trace(file: Path, data: st.DataObject) -> None:
    text = file.read_text()
    path = data.draw(st.sampled_from([path for path in paths(yaml.safe_load(text)) if path[-1] == "a_new_key"]))
    assert Sheet(text).set(path, 1).remove(path).text == text

"""The draft that Setup edits: one text, read and changed key by key, with the words of the checks."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.errors import ConfigError
from s3bench_tui.spec.loading import load_text
from s3bench_tui.spec.text.sheet import SheetError
from s3bench_tui.ui.setup.document import Check, Draft
from s3bench_tui.ui.setup.fields import DATA, LINE, LOAD, REPORT, TARGET, Field, shown, understood, written

ROOT = Path(__file__).resolve().parents[3]
WORKLOADS = sorted((ROOT / "workloads").glob("*.yaml"))


def test_the_quickstart_is_the_one_of_the_examples() -> None:
    there = (ROOT / "workloads/quickstart.yaml").read_text().split("\n", 2)
    assert there[0].startswith("# yaml-language-server")
    assert Draft.quickstart().text == there[2]


def test_a_fresh_start_can_run_at_once() -> None:
    draft = Draft.quickstart({})
    ok, *told = draft.checks()
    assert ok == Check("ok", "quickstart: 1 target, 5 operations; can run")
    assert told[0] == Check("", "data set    200 objects below data/, 64.0 KiB: 12.5 MiB in each target")
    assert not draft.is_modified and draft.source == ""
    assert draft.uri_of(("target",)) == "file://${TMPDIR:-/tmp}/s3bench-quickstart/"
    assert draft.target_for_asking(("target",)).uri == "file:///tmp/s3bench-quickstart/"


def test_what_the_command_line_says_goes_before_the_file_and_is_not_in_it() -> None:
    text = "target: null://x/\nfleet: {agents: [other]}\nworkload: [{op: get, path: a}]\nconcurrency: 4\n"
    draft = Draft(text, shortcuts={"fleet.agents": ["h1:7761", "h2:7761"]})
    assert draft.loaded is not None and draft.loaded.workload.fleet is not None
    assert draft.loaded.workload.fleet.agents == ("h1:7761", "h2:7761")
    assert any("h1:7761, h2:7761" in check.text for check in draft.checks())
    assert draft.text == text and not draft.is_modified


@pytest.mark.parametrize("tail", ["", "\r\n", "\n\n# end"])
def test_a_file_opened_and_saved_is_the_same_bytes(tmp_path: Path, tail: str) -> None:
    file = tmp_path / "a.yaml"
    raw = b"\xef\xbb\xbf" + f"target: null://x/\r\nworkload: [{{op: get, path: a}}]  # \u00fc{tail}".encode()
    file.write_bytes(raw)
    draft = Draft.open(str(file))
    assert draft.loaded is not None and not draft.is_modified
    draft.save()
    assert file.read_bytes() == raw


def test_a_change_is_modified_until_it_is_saved_or_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("target: null://x/\nworkload: [{op: get, path: a}]\n")
    draft = Draft.open(str(file))
    draft.set(("duration",), "5s")
    assert draft.is_modified
    draft.set(("duration",), None)
    assert not draft.is_modified
    draft.set(("duration",), "5s")
    draft.save(str(tmp_path / "b.yaml"))
    assert not draft.is_modified and draft.source.endswith("b.yaml")
    assert file.read_text() == "target: null://x/\nworkload: [{op: get, path: a}]\n"
    with pytest.raises(ConfigError, match="cannot be written: No such file or directory"):
        draft.save(str(tmp_path / "gone" / "c.yaml"))


def test_what_another_program_wrote_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("target: null://x/\n")
    draft = Draft.open(str(file))
    draft.set(("duration",), "5s")
    file.write_text("target: null://y/\n")
    with pytest.raises(ConfigError, match="another program has changed it meanwhile"):
        draft.save()
    assert file.read_text() == "target: null://y/\n"
    file.unlink()
    draft.save()
    assert file.read_text() == "target: null://x/\nduration: 5s\n"


def test_what_is_wrong_is_said_in_the_words_of_the_command_line() -> None:
    text = "target: null://x/\nworkload:\n  - {op: gte}\ndurration: 5s\n"
    with pytest.raises(ConfigError) as refused:
        load_text(text)
    checks = Draft(text).checks()
    assert [(check.line, check.key) for check in checks] == [(3, "workload.0.op"), (4, "durration")]
    assert all(check.word == "x" for check in checks)
    assert [f"{check.line}: {check.key}: {check.text}" for check in checks] == str(refused.value).splitlines()


def test_doubts_come_behind_the_word_that_it_can_run() -> None:
    draft = Draft("target: null://x/\nprocesses: 4\nconcurrency: 2\nworkload: [{op: get, path: a}]\n")
    assert [check.word for check in draft.checks()] == ["ok", "!!", "", ""]


def test_targets_can_be_added_to_one_and_to_many() -> None:
    draft = Draft("target: null://x/  # first\nworkload: [{op: get, path: a}]\n")
    assert draft.add_target("null://y/") == ("targets", 1)
    assert draft.add_target("null://z/") == ("targets", 2)
    assert draft.text == "targets: [null://x/, null://y/, null://z/]  # first\nworkload: [{op: get, path: a}]\n"
    draft.set_uri(("targets", 1), "null://w/")
    draft.set(("targets", 2, "share"), 2)
    assert draft.get(("targets",)) == ["null://x/", "null://w/", {"uri": "null://z/", "share": "2"}]
    assert draft.loaded is not None
    empty = Draft("workload: [{op: get, path: a}]\n")
    assert empty.add_target("null://x/") == ("target",)


def test_a_text_that_is_no_yaml_can_only_be_corrected_as_text() -> None:
    draft = Draft("target: [\n")
    assert draft.checks()[0].line > 0
    with pytest.raises(SheetError, match="correct it there first"):
        draft.set(("duration",), "5s")
    draft.replace("target: null://x/\nworkload: [{op: get, path: a}]\n")
    assert draft.loaded is not None


def test_a_file_of_s3_bench_comes_in_the_native_form(tmp_path: Path) -> None:
    samples = sorted((ROOT / "tests").rglob("compat/**/*.yaml"))
    file = tmp_path / "old.yaml"
    file.write_text("target: file:///tmp/x/\nduration: 5\nworkload:\n  - {op: get, path: 'a/*', weight: 3}\n")
    for sample in samples[:1] or [file]:
        draft = Draft.open(str(sample))
        assert draft.is_yaml


def test_only_a_valid_target_can_be_asked() -> None:
    draft = Draft("targets:\n  - {uri: s3://b/, shre: 2}\n  - s3://\nworkload: []\n")
    with pytest.raises(ConfigError, match="This target is not valid yet"):
        draft.target_for_asking(("targets", 0))
    assert draft.target_for_asking(("targets", 1)).uri == "s3://"


# --- fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("size", "4KiB", "= 4.00 KiB"),
        ("size", "1M", "= 977 KiB"),
        ("size", "12", "= 12 bytes"),
        ("sizes", "4KiB:3,1MiB:1", "sizes by weight"),
        ("sizes", "{type: uniform, min: 1, max: 2}", ""),
        ("duration", "90s", "= 90.0 s"),
        ("duration", "1h30m", "= 1h30m"),
        ("count", "10_000", "= 10,000"),
        ("rate", "300/m", "= 5 a second"),
        ("share", "5%", "= 0.05 of all"),
        ("duration", "${X}", ""),
        ("duration", "", ""),
    ],
)
def test_a_field_says_what_it_understood(kind: str, text: str, words: str) -> None:
    assert understood(kind, text).words == words


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("size", "4KQ", "has the unknown unit"),
        ("duration", "1:30", "write 1m30s for a minute and a half"),
        ("number", "x", "is not a number"),
    ],
)
def test_a_field_says_what_is_wrong_with_it(kind: str, text: str, words: str) -> None:
    found = understood(kind, text)
    assert found.is_wrong and words in found.words


FIELDS = [*LOAD, *DATA, *REPORT]
TEXTS = {
    "text": ["auto", "x", "a b"],
    "size": ["4KiB", "17"],
    "sizes": ["1MiB", "{type: uniform, min: 1, max: 2}"],
    "duration": ["5s", "90"],
    "count": ["3", "10,000"],
    "rate": ["5/s"],
    "share": ["5%", "0.5"],
    "number": ["2", "2.5"],
    "list": ["get.p99 < 50ms", "get.p99 < 50ms, put.p99 < 1s"],
}


def texts_of(field: Field) -> list[str]:
    return list(field.choices) or TEXTS[field.kind]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(WORKLOADS), st.data())
def test_one_field_edited_changes_only_its_key(file: Path, data: st.DataObject) -> None:
    draft = Draft.open(str(file))
    kinds: list[tuple[Any, tuple[Field, ...]]] = [((), tuple(FIELDS))]
    kinds += [(path, TARGET) for path in draft.targets()]
    kinds += [(path, LINE) for path in draft.lines()]
    thing, fields = data.draw(st.sampled_from(kinds))
    field = data.draw(st.sampled_from(fields))
    text = data.draw(st.sampled_from(texts_of(field)))
    before = draft.text
    path = draft.place_of((*thing, *field.key))
    draft.set(path, written(field.kind, text))
    assert shown(draft.value(path)) == text
    changes = list(difflib.unified_diff(before.splitlines(), draft.text.splitlines(), n=0))[2:]
    assert sum(line.startswith("@@") for line in changes) <= 1, "in one place at most"
    assert sum(line.startswith("+") for line in changes) <= 1, "and one line at most is another"


def test_of_several_data_sets_the_first_is_in_the_form() -> None:
    text = "target: null://x/\ndatasets:\n  - {id: a, count: 5}\n  - {id: b, count: 6, prefix: b/}\nworkload: [{op: get, dataset: a}, {op: get, dataset: b}]\n"
    draft = Draft(text)
    path = draft.place_of(("dataset", "count"))
    draft.set(path, written("count", "7"))
    assert draft.text == text.replace("count: 5", "count: 7") and draft.loaded is not None


@pytest.mark.parametrize("field", [*LOAD, *DATA, *REPORT, *TARGET, *LINE], ids=lambda field: ".".join(field.key))
def test_every_field_is_a_key_of_the_file(field: Field) -> None:
    """A key that the model does not know would be refused as unknown."""
    base = "target: {uri: null://x/}\nworkload: [{op: get, path: a}]\n"
    thing: Any = ("target",) if field in TARGET else ("workload", 0) if field in LINE else ()
    draft = Draft(base)
    draft.set((*thing, *field.key), written(field.kind, (list(field.choices) or TEXTS[field.kind])[0]))
    assert not [problem for problem in draft.problems if "not a known key" in problem.message]

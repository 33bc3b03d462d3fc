"""Recordings: what is written is what is read, and damage is said."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from s3bench_tui.engine.messages import AgentSample, Event, Interval, RunEnded, RunStarted
from s3bench_tui.errors import ConfigError
from s3bench_tui.report import hdr
from s3bench_tui.report.record import Recording, decode, encode, read
from s3bench_tui.stats.histogram import MAX_VALUE_NS, Histogram
from tests.unit.report.samples import make_run


@pytest.mark.parametrize("open_loop", [False, True])
def test_every_record_comes_back_exactly(open_loop):
    for record in make_run(open_loop).records:
        line = encode(record)
        assert "\n" not in line
        assert decode(line) == record


def test_agents_of_a_fleet_come_back():
    agents = (
        AgentSample("h1:7761", "running", 5, 50, 1, 800, 2.5, 25.0, 3, 0, 0.5, -7, 3, 0.25),
        AgentSample("h2:7761", "lost"),
    )
    record = Interval(0, 0.0, 1.0, {}, agents=agents)
    assert decode(encode(record)) == record
    assert "agents" not in encode(Interval(0, 0.0, 1.0, {}))


def test_censored_operations_come_back():
    record = RunEnded(
        9.5, "interrupted", "Ctrl-C", censored={"get": Histogram.of_values([5, 10**10]), "put": Histogram()}
    )
    assert decode(encode(record)) == record


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, MAX_VALUE_NS), max_size=40))
def test_hdr_text_is_the_packages_own(values):
    ours, reference = Histogram.of_values(values), HdrHistogram(1, MAX_VALUE_NS, 3)
    for value in values:
        reference.record_value(value)
    assert hdr.encode(ours) == reference.encode().decode()
    assert hdr.decode(hdr.encode(ours)) == ours


@pytest.mark.parametrize("values", [[0], [0, 0, 5], [1], [MAX_VALUE_NS], [0, MAX_VALUE_NS], [2047, 2048]])
def test_the_ends_of_the_range_survive(values):
    assert hdr.decode(hdr.encode(Histogram.of_values(values))) == Histogram.of_values(values)


def test_large_counts_survive():
    huge = Histogram(700, array("Q", [1 << 40, 0, 1]), (1 << 40) + 1)
    assert hdr.decode(hdr.encode(huge)) == huge


@pytest.mark.parametrize("text", ["", "!!!", "HISTF", "AAAA", HdrHistogram(1, 3_600_000, 2).encode().decode()])
def test_other_texts_are_no_histogram(text):
    with pytest.raises(ValueError, match="HdrHistogram"):
        hdr.decode(text)


def test_a_recording_is_read_back(tmp_path):
    records = make_run().records
    with Recording(tmp_path / "run.jsonl") as recording:
        for record in records:
            recording.feed(record)
    assert list(read(tmp_path / "run.jsonl")) == records


def test_every_line_is_on_disk_at_once(tmp_path):
    records = make_run().records
    with Recording(tmp_path / "run.jsonl") as recording:
        for number, record in enumerate(records, start=1):
            recording.feed(record)
            assert len((tmp_path / "run.jsonl").read_text().splitlines()) == number


def _written(path, lines: Iterator[str] | list[str], end: str = "\n"):
    path.write_text("\n".join(lines) + end)
    return path


def test_a_last_line_that_was_cut_off_is_said(tmp_path):
    lines = [encode(record) for record in make_run().records]
    path = _written(tmp_path / "run.jsonl", [*lines[:4], lines[4][: len(lines[4]) // 2]], end="")
    records = list(read(path))
    assert len(records) == 5
    assert isinstance(records[-1], Event)
    assert "ends in the middle of line 5" in records[-1].text


def test_a_whole_last_line_without_line_end_is_good(tmp_path):
    lines = [encode(record) for record in make_run().records]
    assert list(read(_written(tmp_path / "run.jsonl", lines, end=""))) == make_run().records


@pytest.mark.parametrize(
    "damage",
    ["{", "[]", "null", "17", '{"record":"surprise"}', '{"record":"event"}', '{"record":"interval","phase":1}'],
)
def test_a_damaged_line_is_named(tmp_path, damage):
    lines = [encode(record) for record in make_run().records]
    path = _written(tmp_path / "run.jsonl", [*lines[:2], damage, *lines[3:]])
    with pytest.raises(ConfigError) as caught:
        list(read(path))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(path), 3)
    assert problem.message.startswith("the recording is damaged: ")


def test_what_is_no_recording_is_refused(tmp_path):
    missing, empty, other = tmp_path / "missing", tmp_path / "empty", _written(tmp_path / "other", ['{"schema": "x"}'])
    empty.touch()
    headless = _written(tmp_path / "headless", [encode(make_run().records[1])])
    for path, words in (
        (missing, "No such file"),
        (empty, "is empty"),
        (other, "damaged"),
        (headless, "not the start of a run"),
    ):
        with pytest.raises(ConfigError, match=words):
            list(read(path))


def test_a_later_format_is_refused(tmp_path):
    line = encode(make_run().records[0]).replace("recording/1", "recording/2")
    with pytest.raises(ConfigError, match="no recording of the format s3bench-tui/recording/1"):
        list(read(_written(tmp_path / "run.jsonl", [line])))


def test_only_another_recording_is_replaced(tmp_path):
    path = tmp_path / "run.jsonl"
    for record in (make_run().records[0], make_run(seed=2).records[0]):
        with Recording(path) as recording:
            recording.feed(record)
    path.write_text("notes of somebody\n")
    with pytest.raises(ConfigError, match="is there already"):
        Recording(path)
    assert path.read_text() == "notes of somebody\n"


def test_a_secret_that_slipped_into_the_configuration_is_not_written():
    record = RunStarted(
        "id", "now", "1", {"targets": [{"uri": "http://me:hunter2@host/", "secret_key": "hunter2"}]}, (), (), {}
    )
    line = encode(record)
    assert "hunter2" not in line
    assert json.loads(line)["workload"]["targets"][0]["secret_key"] == "(redacted)"

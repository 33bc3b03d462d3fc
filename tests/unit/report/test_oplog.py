"""The op-log as its readers know it: 13 columns, in the order in which operations ended, nothing of others replaced."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard

from s3bench_tui.engine.worker.journal import Journal, journal_path
from s3bench_tui.errors import ConfigError
from s3bench_tui.report.forms import oplog
from s3bench_tui.report.forms.oplog import COLUMNS, OpLog
from tests.unit.engine.test_journal import EPOCH_NS, completed

STARTED: Any = SimpleNamespace(
    run_id="run",
    entries=("get", "put", "delete"),
    targets=(
        {"uri": "s3://b/", "endpoints": ["http://one:9000", "http://two:9000"]},
        {"uri": "file:///d/", "endpoints": []},
    ),
)


def fill(log: OpLog) -> None:
    first, second = (
        Journal(journal_path(log.journals, target, worker), EPOCH_NS) for target, worker in ((0, 0), (1, 1))
    )
    for number in range(100):
        (first if number % 2 else second).note(completed(number))
    first.close()
    second.close()


def rows(path: Path) -> list[dict[str, str]]:
    data = path.read_bytes()
    if path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompressobj().decompress(data)
    head, *lines = data.decode().splitlines()
    assert tuple(head.split("\t")) == COLUMNS
    return [dict(zip(COLUMNS, line.split("\t"), strict=True)) for line in lines]


@pytest.mark.parametrize("name", ["ops.tsv", "ops.tsv.zst"])
def test_each_operation_has_its_line(tmp_path: Path, name: str) -> None:
    log = OpLog(tmp_path / name)
    fill(log)
    assert log.write(STARTED) == 100
    log.close()
    assert os.listdir(tmp_path) == [name]
    found = rows(tmp_path / name)
    assert [row["idx"] for row in found] == [str(number) for number in range(100)]
    assert {row["endpoint"] for row in found} == {"http://two:9000", "file:///d/"}  # each where it went
    assert {row["client_id"] for row in found} == {"run"}
    assert len({row["thread"] for row in found}) == 8 - 4  # even and odd slots, a worker each
    assert [row["end"] for row in found] == sorted(row["end"] for row in found)
    by_key = {row["file"]: row for row in found}
    for number in range(100):
        row, op = by_key[f"a/ü {number}"], completed(number)
        assert row["op"] == ("GET", "PUT", "DELETE_BATCH")[number % 3]
        assert row["n_objects"] == str(len(op.keys) or op.items or 1)
        assert row["bytes"] == str(op.transferred)
        assert row["error"] == ("http_503: SlowDown: later" if op.outcome else "")
        assert int(row["duration_ns"]) == 1000
        assert (row["first_byte"] == "") == (op.first_byte_ns == 0)
        start, end = (datetime.fromisoformat(row[column][:26]) for column in ("start", "end"))
        assert 0 <= (end - start).total_seconds() <= 0.00001


def test_requests_of_an_upload_have_names_of_their_own(tmp_path: Path) -> None:
    log = OpLog(tmp_path / "ops.tsv")
    kept = Journal(journal_path(log.journals, 0, 0), EPOCH_NS)
    for row in (1, 3 + 1, 6 + 1, 9 + 1):
        op = completed(1)
        op.entry = row
        kept.note(op)
    kept.close()
    log.write(STARTED)
    log.close()
    assert [row["op"] for row in rows(tmp_path / "ops.tsv")] == ["PUT", "PUT_PART", "PUT_CREATE", "PUT_COMPLETE"]


def test_a_key_that_has_tabs_and_lines_in_it_stays_in_its_column(tmp_path: Path) -> None:
    log = OpLog(tmp_path / "ops.tsv")
    kept = Journal(journal_path(log.journals, 0, 0), EPOCH_NS)
    op = completed(0)
    op.key, op.outcome, op.detail = "a\tb\nc", 500, "one\ntwo"
    kept.note(op)
    kept.close()
    log.write(STARTED)
    log.close()
    (row,) = rows(tmp_path / "ops.tsv")
    assert (row["file"], row["error"]) == ("a b c", "http_500: one two")


def test_only_an_op_log_is_replaced(tmp_path: Path) -> None:
    for name in ("ops.tsv", "ops.tsv.zst"):
        log = OpLog(tmp_path / name)
        fill(log)
        log.write(STARTED)
        log.close()
        oplog.check(tmp_path / name)
        (tmp_path / name).write_bytes(b"my own\n")
        with pytest.raises(ConfigError, match=r"there already, and is (not an|no) op-log"):
            oplog.check(tmp_path / name)
        assert (tmp_path / name).read_bytes() == b"my own\n"


def test_where_it_cannot_be_written_what_it_is_made_of_stays(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    log = OpLog(folder / "ops.tsv")
    fill(log)
    (folder / "ops.tsv").mkdir()
    with pytest.raises(OSError, match=r"ops.tsv: .*; what it would be made of is in .*/\.ops\.tsv-"):
        log.write(STARTED)
    log.close()
    (kept,) = folder.glob(".ops.tsv-*")
    assert len(list(kept.iterdir())) == 2

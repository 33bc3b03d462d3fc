"""Files and streams: what is written, where, and what happens where it cannot be."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path

import jsonschema
import pytest
import zstandard

from tests.e2e.program import PATIENCE_S, ROOT, command, environment, read_report, run, started, workload
from tests.servers import nginx


def test_every_output_and_the_same_ones_from_the_recording(tmp_path: Path) -> None:
    path = workload(tmp_path, warmup="200ms", duration="1500ms")
    first = {"report": "a.json", "tsv": "a.tsv", "hlog": "a.hlog", "perf-log": "a.perf.tsv"}
    again = {"report": "b.json", "tsv": "b.tsv", "hlog": "b.hlog", "perf-log": "b.perf.tsv"}
    options = [word for name, file in first.items() for word in (f"--{name}", file)]
    assert run("--headless", path, *options, "--record", "run.jsonl", cwd=tmp_path).code == 0
    options = [word for name, file in again.items() for word in (f"--{name}", file)]
    rebuilt = run("--from-recording", "run.jsonl", *options, cwd=tmp_path)
    assert rebuilt.code == 0, rebuilt.err
    for one, other in zip(first.values(), again.values(), strict=True):
        assert (tmp_path / one).read_bytes() == (tmp_path / other).read_bytes()
    report = read_report(tmp_path / "a.json")
    jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
    rows = [line.split("\t") for line in (tmp_path / "a.tsv").read_text().splitlines()]
    assert all(len(row) == 13 for row in rows)
    assert [int(row[-1]) for row in rows if row[:2] == ["GET", "ALL"]] == [report["total"]["ops"]]
    assert "Tag=get," in (tmp_path / "a.hlog").read_text()
    perf = [line.split("\t") for line in (tmp_path / "a.perf.tsv").read_text().splitlines()]
    ops = perf[0].index("get_ops")
    assert sum(int(row[ops]) for row in perf if row[3] == "workload") == report["total"]["ops"]


def test_a_report_on_stdout_is_all_that_is_there(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path), "--report", "-", cwd=tmp_path)
    assert json.loads(ended.out)["status"] == "ok"
    assert "total" in ended.err


def test_a_report_nobody_named_goes_to_results(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path, name="a b/c"), cwd=tmp_path)
    assert ended.code == 0
    (report,) = (tmp_path / "results").iterdir()
    assert re.fullmatch(r"s3bench-a-b-c-\d{8}-\d{6}\.json", report.name)
    assert ended.out.splitlines()[-1].endswith(f"results/{report.name}")


def test_a_run_that_cannot_begin_leaves_an_older_recording_alone(tmp_path: Path) -> None:
    assert run("--headless", workload(tmp_path), "--no-report", "--record", "run.jsonl", cwd=tmp_path).code == 0
    before = (tmp_path / "run.jsonl").read_bytes()
    target = {"uri": "s3://bucket/", "endpoint": "http://127.0.0.1:1", "region": "r", "anonymous": True}
    path = workload(tmp_path, target=target, dataset=None, workload=[{"op": "stat", "path": "key"}])
    assert run("--headless", path, "--no-report", "--record", "run.jsonl", cwd=tmp_path).code == 3
    assert (tmp_path / "run.jsonl").read_bytes() == before


def test_a_full_disk_costs_no_report(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path), "--report", "/dev/full", cwd=tmp_path)
    assert ended.code == 70
    assert "No space left on device" in ended.err
    (rescued,) = tmp_path.glob("full-rescued-*")
    assert read_report(rescued)["status"] == "ok"
    assert str(rescued) in ended.err


def test_a_recording_on_a_full_disk_does_not_end_the_run(tmp_path: Path) -> None:
    ended = run("--headless", workload(tmp_path), "--report", "out.json", "--record", "/dev/full", cwd=tmp_path)
    assert ended.code == 70
    assert "the run goes on without it" in ended.err
    assert read_report(tmp_path / "out.json")["total"]["ops"] > 0


def test_a_directory_that_went_away_meanwhile(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    with started(
        "--headless", workload(tmp_path, duration="1s"), "--report", "place/out.json", cwd=tmp_path
    ) as program:
        program.wait_for("measuring")
        place.rmdir()
        ended = program.end()
    assert ended.code == 70
    (rescued,) = tmp_path.glob("out-rescued-*.json")
    assert read_report(rescued)["status"] == "ok"


def test_streams_that_the_caller_has_closed(tmp_path: Path) -> None:
    words = " ".join(command("--headless", workload(tmp_path, duration="200ms"), "--report", "out.json"))
    done = subprocess.run(["sh", "-c", f"{words} >&- 2>&-"], cwd=tmp_path, env=environment(), timeout=PATIENCE_S)
    assert done.returncode == 0
    assert read_report(tmp_path / "out.json")["status"] == "ok"


def test_a_reader_that_has_enough(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("--headless", workload(tmp_path), "--report", "out.json"), cwd=tmp_path, env=environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(PATIENCE_S) == 0
    assert "Traceback" not in told
    assert "Exception" not in told
    assert read_report(tmp_path / "out.json")["status"] == "ok"


def test_a_file_says_where_its_results_go(tmp_path: Path) -> None:
    outputs = {"results_dir": "all", "tsv": "table.tsv", "op_log": "ops.tsv.zst", "perf_log": {"interval": "2s"}}
    target = {"uri": f"file://{tmp_path}/data/"}
    path = workload(tmp_path, target=target, duration="1s", dataset={"count": 20, "size": "4KiB"}, outputs=outputs)
    before = path.read_text()
    ended = run("--headless", path, "--tsv", "mine.tsv", cwd=tmp_path)
    assert ended.code == 0, ended.err
    (place,) = (tmp_path / "all").iterdir()
    assert re.fullmatch(r"sai3-\d{8}-\d{4}-workload", place.name)
    assert f"results     all/{place.name}\n" in ended.out
    assert {entry.name for entry in tmp_path.iterdir()} >= {"mine.tsv", "ops.tsv.zst"}
    assert not (tmp_path / "table.tsv").exists()
    assert not (tmp_path / "results").exists()
    assert (place / "config.yaml").read_text() == before
    assert "measuring: 4 slots\n" in (place / "console_log.txt").read_text()
    assert json.loads((place / "metadata.json").read_text())["command_line"][1:] == [
        "--headless", str(path), "--tsv", "mine.tsv",
    ]  # fmt: skip
    prepared = [line.split("\t") for line in (place / "prepare_results.tsv").read_text().splitlines()]
    assert [(row[0], row[1], row[-1]) for row in prepared[1:]] == [("PUT", "1B-8KiB", "20"), ("PUT", "ALL", "20")]
    (kept,) = csv.DictReader((place / "populate_ledger.tsv").read_text().splitlines(), delimiter="\t")
    assert (kept["objects_created"], kept["objects_existed"], kept["total_objects"]) == ("20", "0", "20")
    assert (kept["total_bytes"], kept["avg_bytes"], kept["stage"]) == (str(20 * 4096), "4096.00", "prepare")
    report = read_report(place / "report.json")
    jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
    assert report["workload"]["outputs"]["tsv"] == "table.tsv"


def test_what_was_there_before_stands_in_the_ledger(tmp_path: Path) -> None:
    path = workload(tmp_path, target={"uri": f"file://{tmp_path}/data/"}, dataset={"count": 20, "size": "4KiB"})
    assert run("--headless", path, "--prepare-only", cwd=tmp_path).code == 0
    for number in (3, 7, 8):
        (tmp_path / "data" / f"prepared-{number:08d}.dat").unlink()
    assert run("--headless", path, "--prepare-only", "--results-dir", cwd=tmp_path).code == 0
    (ledger,) = tmp_path.glob("sai3-*/populate_ledger.tsv")
    (kept,) = csv.DictReader(ledger.read_text().splitlines(), delimiter="\t")
    assert (kept["objects_created"], kept["objects_existed"], kept["total_objects"]) == ("3", "17", "20")


def test_a_recording_makes_the_directory_once_more(tmp_path: Path) -> None:
    path = workload(tmp_path)
    assert run("--headless", path, "--results-dir", "first", cwd=tmp_path).code == 0
    (first,) = (tmp_path / "first").iterdir()
    ended = run("--from-recording", first / "recording.jsonl", "--results-dir", "again", cwd=tmp_path)
    assert ended.code == 0, ended.err
    (again,) = (tmp_path / "again").iterdir()
    assert again.name == first.name.replace("-workload", "-gets"), "by the name of the workload, at the time of the run"
    assert {file.name for file in again.iterdir()} == {file.name for file in first.iterdir()}
    for name in ("report.json", "recording.jsonl", "workload_results.tsv", "perf_log.tsv", "histograms.hlog"):
        assert (again / name).read_text() == (first / name).read_text(), name


def test_a_directory_of_a_preparation_alone(tmp_path: Path) -> None:
    path = workload(tmp_path, target={"uri": f"file://{tmp_path}/data/"}, dataset={"count": 20, "size": "4KiB"})
    ended = run("--headless", path, "--prepare-only", "--results-dir", "--quiet", cwd=tmp_path)
    assert ended.code == 0, ended.err
    (place,) = tmp_path.glob("sai3-*")
    assert (place / "prepare_results.tsv").exists()
    assert "preparing the data set" in (place / "console_log.txt").read_text()


def test_a_run_that_cannot_begin_leaves_no_directory(tmp_path: Path) -> None:
    target = {"uri": "s3://bucket/", "endpoint": "http://127.0.0.1:1", "region": "r", "anonymous": True}
    path = workload(tmp_path, target=target, dataset=None, workload=[{"op": "stat", "path": "key"}])
    assert run("--headless", path, "--results-dir", "--op-log", "ops.tsv", cwd=tmp_path).code == 3
    assert run("--headless", path, cwd=tmp_path).code == 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["workload.yaml"]


@pytest.mark.server
def test_the_table_of_end_points_is_their_own_logs(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            servers.append(stack.enter_context(nginx.serve(tmp_path / name)))
            (servers[-1].root / "bucket").mkdir()
            (servers[-1].root / "bucket" / "key").write_bytes(bytes(5000))
        ends = [server.endpoint for server in servers]
        path = workload(
            tmp_path, target={"uri": "s3://bucket/", "endpoint": ends, "region": "us-east-1"}, dataset=None, duration=None,
            workload=[{"op": "get", "path": "key"}, {"op": "put", "path": "new/", "size": 300}], stop={"ops": 1000},
        )  # fmt: skip
        keys = {"AWS_ACCESS_KEY_ID": "test-access-key", "AWS_SECRET_ACCESS_KEY": "test-secret-key"}
        ended = run("--headless", path, "--results-dir", "--no-probe", cwd=tmp_path, **keys)
        assert ended.code == 0, ended.err
        (table,) = tmp_path.glob("sai3-*/workload_endpoint_stats.tsv")
        rows = list(csv.DictReader(table.read_text().splitlines(), delimiter="\t"))
        assert [row["endpoint_uri"] for row in rows] == ends
        for row, server in zip(rows, servers, strict=True):
            seen = [request for request in server.requests() if request.uri.startswith("/bucket/")]
            gets = sum(request.method == "GET" for request in seen)
            assert int(row["total_requests"]) == len(seen) > 0
            assert (int(row["bytes_read"]), int(row["bytes_written"])) == (5000 * gets, 300 * (len(seen) - gets))
        assert sum(float(row["request_pct"]) for row in rows) == pytest.approx(100, abs=0.02)
        assert not list(tmp_path.glob("sai3-*/prepare_endpoint_stats.tsv")), "nothing was prepared"


@pytest.mark.server
def test_the_preparation_has_a_table_of_end_points_too(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = []
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            servers.append(stack.enter_context(nginx.serve(tmp_path / name)))
            (servers[-1].root / "bucket").mkdir()
        path = workload(
            tmp_path, target={"uri": "s3://bucket/", "endpoint": [server.endpoint for server in servers], "region": "us-east-1"},
            dataset={"count": 30, "size": 700, "create": "always", "prefix": "data/"}, workload=[{"op": "put", "path": "new/", "size": 1}],
            duration=None, stop={"ops": 10},
        )  # fmt: skip
        keys = {"AWS_ACCESS_KEY_ID": "test-access-key", "AWS_SECRET_ACCESS_KEY": "test-secret-key"}
        ended = run("--headless", path, "--results-dir", "--no-probe", cwd=tmp_path, **keys)
        assert ended.code == 0, ended.err
        (table,) = tmp_path.glob("sai3-*/prepare_endpoint_stats.tsv")
        rows = list(csv.DictReader(table.read_text().splitlines(), delimiter="\t"))
        for row, server in zip(rows, servers, strict=True):
            seen = [request for request in server.requests() if request.uri.startswith("/bucket/data/prepared-")]
            assert (int(row["total_requests"]), int(row["bytes_written"])) == (len(seen), 700 * len(seen))
        assert sum(int(row["total_requests"]) for row in rows) == 30


def test_a_perf_log_has_what_was_prepared_and_deleted_too(tmp_path: Path) -> None:
    path = workload(
        tmp_path, target={"uri": f"file://{tmp_path}/data/"}, dataset={"count": 30, "size": "1KiB"}, cleanup="all",
        workload=[{"op": "get"}, {"op": "put", "path": "new/", "size": 10}], duration="3s", warmup="300ms",
    )  # fmt: skip
    words = ("--perf-log", "perf.tsv.zst", "--set", "outputs.perf_log.interval=2s", "--report", "out.json")
    ended = run("--headless", path, *words, cwd=tmp_path)
    assert ended.code == 0, ended.err
    report = read_report(tmp_path / "out.json")
    with zstandard.ZstdDecompressor().stream_reader((tmp_path / "perf.tsv.zst").read_bytes()) as unpacked:
        rows = list(csv.DictReader(unpacked.read().decode().splitlines(), delimiter="\t"))

    def total(stage: str, column: str) -> int:
        return sum(int(row[column]) for row in rows if row["stage"] == stage)

    assert total("prepare", "put_ops") == 30
    assert total("workload", "get_ops") == report["ops"]["get"]["ops"]
    assert total("workload", "put_bytes") == report["ops"]["put"]["bytes"]
    assert total("drain", "put_ops") == report["drained"]["ops"]["put"]["ops"]
    puts = sum(total(stage, "put_ops") for stage in ("prepare", "warmup", "workload", "drain"))
    assert total("cleanup", "meta_ops") == puts
    assert [entry for entry in (tmp_path / "data").rglob("*") if entry.is_file()] == []
    assert 2 <= sum(row["stage"] == "workload" for row in rows) <= 3

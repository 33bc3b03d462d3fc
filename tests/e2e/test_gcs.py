"""A whole run on gs://: a data set that is made, loaded, found again, and cleaned up, on a real server."""

from __future__ import annotations

import base64
import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from tests.e2e.program import family, read_report, run, started, wait_until, workload
from tests.servers import fakegcs as fakegcs_server
from tests.servers.process import Server
from tests.stores.gcs_rig import new_bucket

pytestmark = pytest.mark.server


def names_in(server: Server, bucket: str) -> list[str]:
    with urllib.request.urlopen(f"{server.endpoint}/storage/v1/b/{bucket}/o", timeout=20) as answer:
        return [item["name"] for item in json.load(answer).get("items", [])]


def test_a_run_with_a_data_set(fakegcs: Server, tmp_path: Path) -> None:
    bucket = new_bucket(fakegcs)
    changes = {
        "target": f"gs://{bucket}/bench/",
        "dataset": {"count": 40, "size": "16KiB", "prefix": "data/"},
        "processes": 2,
        "workload": [
            {"op": "get", "weight": 4},
            {"op": "get", "name": "ranged", "range": {"size": "1KiB"}},
            {"op": "put", "path": "out/", "size": "2KiB"},
            {"op": "stat"},
            {"op": "list", "path": "data/"},
            {"op": "delete", "path": "out/", "weight": 0.5},
        ],
        "cleanup": "written",
    }
    file = workload(tmp_path, **changes)
    for there in (0, 40):
        ended = run("--headless", file, "--report", "out.json", cwd=tmp_path, STORAGE_EMULATOR_HOST=fakegcs.endpoint)
        assert ended.code == 0, ended.err
        assert f"data set dataset: {there} of 40 objects are there" in ended.err
        report = read_report(tmp_path / "out.json")
        assert report["total"]["failed"] == 0
        figures = report["entries"]
        assert all(figures[name]["ops"] > 0 for name in ("get", "ranged", "put", "stat", "list", "delete"))
        assert figures["get"]["bytes"] == figures["get"]["ops"] * 16384
        assert figures["ranged"]["bytes"] == figures["ranged"]["ops"] * 1024
        (target,) = report["targets"]
        assert (target["scheme"], target["probe"]["anonymous"]) == ("gs", True)
        left = [name for name in names_in(fakegcs, bucket) if "/.s3bench/" not in name]
        assert left == [f"bench/data/prepared-{index:08d}.dat" for index in range(40)]


def test_a_bucket_that_is_not_there(fakegcs: Server, tmp_path: Path) -> None:
    target = {"uri": "gs://there-is-none/", "endpoint": fakegcs.endpoint, "anonymous": True}
    ended = run("--headless", workload(tmp_path, target=target), "--report", "out.json", cwd=tmp_path)
    assert ended.code == 3
    assert ended.err.strip().splitlines()[-1].endswith("; create the bucket, or correct its name in the target")
    assert "Traceback" not in ended.err
    assert not (tmp_path / "out.json").exists()


def test_clean_up_in_a_later_process(fakegcs: Server, tmp_path: Path) -> None:
    bucket = new_bucket(fakegcs)
    file = workload(tmp_path, target=f"gs://{bucket}/bench/", dataset={"count": 20, "size": 100, "prefix": "data/"})
    emulator = {"STORAGE_EMULATOR_HOST": fakegcs.endpoint}
    assert run("--headless", file, "--prepare-only", cwd=tmp_path, **emulator).code == 0
    assert len(names_in(fakegcs, bucket)) == 21
    ended = run("--headless", file, "--cleanup-only", cwd=tmp_path, **emulator)
    assert (ended.code, ended.out) == (0, "gs: data set dataset: 20 objects deleted\n"), ended.err
    assert names_in(fakegcs, bucket) == []


IN_PARTS = {
    "dataset": None,
    "concurrency": 3,
    "workload": [{"op": "put", "path": "out/", "size": "1100KiB", "multipart": {"part_size": "256KiB"}}],
}


def test_the_report_counts_the_requests_that_the_server_saw(tmp_path: Path) -> None:
    with fakegcs_server.serve(tmp_path, logging=True) as server:
        bucket = new_bucket(server)
        changes = IN_PARTS | {"target": f"gs://{bucket}/", "duration": None, "stop": {"ops": 20}, "processes": 2}
        file = workload(tmp_path, **changes)
        ended = run("--headless", file, "--report", "out.json", cwd=tmp_path, STORAGE_EMULATOR_HOST=server.endpoint)
        assert ended.code == 0, ended.err
        names = names_in(server, bucket)
    report, log = read_report(tmp_path / "out.json"), fakegcs_server.logged(tmp_path)
    ours = [(method, status) for method, path, status in log if "uploadType=resumable" in path]
    assert {name: figures["ops"] for name, figures in report["requests"].items()} == {
        "put.part": ours.count(("PUT", 308)),
        "put.create": ours.count(("POST", 200)),
        "put.complete": ours.count(("PUT", 200)),
    }
    assert report["total"]["ops"] == 20 == sum(name.startswith("out/") for name in names)
    assert report["total"]["bytes"] == 20 * 1100 * 1024
    assert report["requests"]["put.part"]["bytes"] == 20 * 1024 * 1024
    assert report["requests"]["put.complete"]["bytes"] == 20 * 76 * 1024


def test_an_end_at_once_aborts_what_is_half_done(tmp_path: Path) -> None:
    with fakegcs_server.serve(tmp_path, logging=True) as server:
        bucket = new_bucket(server)
        line = IN_PARTS["workload"][0] | {"size": "4GiB"}  # type: ignore[index,operator]  # it is a list of mappings
        file = workload(tmp_path, **(IN_PARTS | {"target": f"gs://{bucket}/", "workload": [line], "duration": "60s"}))
        arguments = "--headless", file, "--report", "out.json"
        with started(*arguments, cwd=tmp_path, STORAGE_EMULATOR_HOST=server.endpoint) as program:
            wait_until(lambda: [s for m, _, s in fakegcs_server.logged(tmp_path) if m == "PUT"].count(308) > 6)
            program.process.send_signal(signal.SIGINT)
            program.wait_for("once more to end at once")
            program.process.send_signal(signal.SIGINT)
            assert program.end().code == 130
        assert not [name for name in names_in(server, bucket) if name.startswith("out/")]
    log = fakegcs_server.logged(tmp_path)
    aborted = [path for method, path, status in log if (method, status) == ("DELETE", 499)]
    opened = [path for method, path, _ in log if method == "POST" and "uploadType=resumable" in path]
    assert len(set(aborted)) == len(opened) == 3 == read_report(tmp_path / "out.json")["censored"]["put"]["n"]


def test_a_customer_s_key_is_in_nothing_that_is_left_or_seen(fakegcs: Server, tmp_path: Path) -> None:
    bucket, key = new_bucket(fakegcs), base64.b64encode(os.urandom(32)).decode()
    changes = {
        "target": {"uri": f"gs://{bucket}/bench/", "encryption": {"type": "sse-c", "key_env": "BENCH_KEY"}},
        "dataset": {"count": 4, "size": "1KiB"},
        "duration": "2s",
        "workload": [{"op": "get"}, {"op": "put", "path": "out/", "size": 100}, {"op": "copy", "path": "copies/"}],
        "outputs": {"op_log": "ops.tsv"},
    }
    file = workload(tmp_path, **changes)
    asked = ("--headless", file, "--report", "out.json", "--record", "out.jsonl")
    environ = {"STORAGE_EMULATOR_HOST": fakegcs.endpoint}
    with started(*asked, cwd=tmp_path, **environ, BENCH_KEY=key) as program:
        program.wait_for("measuring")
        for pid in [program.process.pid, *family(program.process.pid)]:
            assert key.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ended = program.end()
    assert ended.code == 0, ended.err
    assert read_report(tmp_path / "out.json")["total"]["failed"] == 0
    left = [ended.out, ended.err, *(path.read_text() for path in tmp_path.iterdir() if path.is_file())]
    assert len(left) >= 5 and not any(key in text for text in left)
    refused = run(*asked, cwd=tmp_path, **environ)
    assert refused.code == 3 and "the variable BENCH_KEY is not set" in refused.err

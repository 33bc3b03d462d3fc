"""A whole run on az://: a data set that is made, loaded, found again, and cleaned up, on a real server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import family, read_report, run, started, workload
from tests.servers.azurite import ACCOUNT, Azurite
from tests.stores.azure_rig import new_name, sas, sdk

pytestmark = pytest.mark.server


def test_a_run_with_a_data_set(azurite: Azurite, tmp_path: Path) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    changes = {
        "target": {"uri": f"az://{ACCOUNT}/{box}/bench/", "endpoint": azurite.endpoint},
        "dataset": {"count": 40, "size": "16KiB", "prefix": "data/"},
        "processes": 2,
        "duration": "1s",
        "workload": [
            {"op": "get", "weight": 4},
            {"op": "get", "name": "ranged", "range": {"size": "1KiB"}},
            {"op": "put", "path": "out/", "size": "2KiB", "weight": 3},
            {"op": "stat"},
            {"op": "list", "path": "data/"},
            {"op": "delete", "path": "out/", "weight": 0.5, "batch": 5},
        ],
        "cleanup": "written",
    }
    file = workload(tmp_path, **changes)
    for there in (0, 40):
        ended = run("--headless", file, "--report", "out.json", "--record", "out.jsonl", cwd=tmp_path, **azurite.env())
        assert ended.code == 0, ended.err
        assert f"data set dataset: {there} of 40 objects are there" in ended.err
        assert "wrote, read and deleted a blob (account key of AZURE_STORAGE_KEY)" in ended.err
        report = read_report(tmp_path / "out.json")
        assert report["total"]["failed"] == 0
        figures = report["entries"]
        assert all(figures[name]["ops"] > 0 for name in ("get", "ranged", "put", "stat", "list", "delete"))
        assert figures["get"]["bytes"] == figures["get"]["ops"] * 16384
        assert figures["ranged"]["bytes"] == figures["ranged"]["ops"] * 1024
        assert figures["delete"]["items"] > figures["delete"]["ops"], "several a request"
        left = [name for name in sdk(azurite, box).list_blob_names() if "/.s3bench/" not in name]
        assert left == [f"bench/data/prepared-{index:08d}.dat" for index in range(40)]
        for text in (ended.out, ended.err, (tmp_path / "out.json").read_text(), (tmp_path / "out.jsonl").read_text()):
            assert "sig=" not in text and azurite.secret_key not in text


def test_a_signature_is_in_no_command_line(azurite: Azurite, tmp_path: Path) -> None:
    box = new_name()
    sdk(azurite, box).create_container()
    given = sas(azurite, box)
    changes = {
        "target": {"uri": f"az://{ACCOUNT}/{box}/", "endpoint": azurite.endpoint},
        "dataset": {"count": 4, "size": 100},
        "duration": "2s",
    }
    file = workload(tmp_path, **changes)
    with started("--headless", file, "--report", "out.json", cwd=tmp_path, AZURE_STORAGE_SAS_TOKEN=given) as program:
        program.wait_for("measuring")
        running = [program.process.pid, *family(program.process.pid)]
        assert len(running) >= 3
        for pid in running:
            assert b"sig=" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        ended = program.end()
    assert ended.code == 0, ended.err
    assert "sig=" not in ended.err + ended.out + (tmp_path / "out.json").read_text()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "ContainerNotFound: The specified container does not exist"),
        ({"AZURE_STORAGE_KEY": "bm90IHRoZSBrZXk="}, "the account key (AZURE_STORAGE_KEY) is not one of this account's"),
        ({"AZURE_STORAGE_KEY": ""}, "no credentials for the account devstoreaccount1"),
    ],
)
def test_what_cannot_begin_is_one_line_and_leaves_nothing(
    azurite: Azurite, tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    target = {"uri": f"az://{ACCOUNT}/there-is-none/", "endpoint": azurite.endpoint}
    file = workload(tmp_path, target=target, workload=[{"op": "stat", "path": "key"}], dataset=None)
    ended = run("--headless", file, "--report", "out.json", cwd=tmp_path, **azurite.env() | changed)
    assert ended.code == 3
    assert words in ended.err.strip().splitlines()[-1]
    assert "Traceback" not in ended.err
    assert not (tmp_path / "out.json").exists()

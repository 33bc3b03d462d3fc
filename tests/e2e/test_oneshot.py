"""One-shots as a user types them: on directories and on a real S3 server."""

from __future__ import annotations

import base64
import json
import subprocess
import uuid
from pathlib import Path

import boto3
import pytest

from tests.e2e.program import PATIENCE_S, Ended, command, environment, run
from tests.servers.nginx import Nginx
from tests.servers.process import Server


def filled(folder: Path, *names: str) -> str:
    """A directory with these files, each of as many bytes as its name has; its URI."""
    for name in names:
        path = folder / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return f"file://{folder}/data/"


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder / "data")) for path in (folder / "data").rglob("*") if path.is_file())


def shown(ended: Ended) -> dict[str, int]:
    """URI -> size, from the lines of a listing."""
    return {uri: int(size) for size, uri in (line.split("\t") for line in ended.out.splitlines())}


# --- directories --------------------------------------------------------------------------------------------------


def test_put_list_stat_get_delete(tmp_path: Path) -> None:
    uri = filled(tmp_path, "mine")
    ended = run("put", "--uri", uri, "--objects", 25, "--object-size", "4KiB", "--jobs", 3, cwd=tmp_path)
    assert ended.code == 0, ended.err
    assert ended.out.startswith("put: 25 objects, 100 KiB in ")
    assert "\nlatency: p50 " in ended.out
    made = [name for name in left(tmp_path) if name.startswith("obj-")]
    assert len(made) == 25

    ended = run("list", uri, cwd=tmp_path)
    assert shown(ended) == {f"{uri}mine": 4, **{f"{uri}{name}": 4096 for name in made}}
    assert "26 objects, 100 KiB" in ended.err

    ended = run("stat", f"{uri}{made[0]}", "--json", cwd=tmp_path)
    assert json.loads(ended.out) == {"uri": f"{uri}{made[0]}", "key": made[0], "size_bytes": 4096}
    assert "stat: 1 object in " in ended.err

    ended = run("get", f"{uri}obj-*", "--jobs", 8, cwd=tmp_path)
    assert ended.out.startswith("get: 25 objects, 100 KiB in ")

    ended = run("delete", f"{uri}obj-*", "--yes", cwd=tmp_path)
    assert (ended.code, ended.out.split(" in ")[0]) == (0, "deleted 25 objects")
    assert left(tmp_path) == ["mine"]
    assert (tmp_path / "data" / "mine").read_text() == "mine"


def test_more_than_one_object_is_deleted_only_when_confirmed(tmp_path: Path) -> None:
    uri = filled(tmp_path, "a1", "a2", "b", "sub/a3")
    for place in (uri, f"{uri}a*", f"{uri}*"):
        ended = run("delete", place, cwd=tmp_path)
        assert ended.code == 2
        assert "--yes" in ended.err and "nothing was run" in ended.err
    assert "names 3 objects" in run("delete", f"{uri}*a*", cwd=tmp_path).err
    assert left(tmp_path) == ["a1", "a2", "b", "sub/a3"]
    assert run("delete", f"{uri}a1", cwd=tmp_path).code == 0
    assert run("delete", f"{uri}b*", cwd=tmp_path).code == 0, "a glob that matches one object"
    assert left(tmp_path) == ["a2", "sub/a3"]


def test_a_name_is_not_a_prefix(tmp_path: Path) -> None:
    uri = filled(tmp_path, "a", "ab", "sub/x")
    assert run("delete", f"{uri}a", "--yes", cwd=tmp_path).code == 0
    assert left(tmp_path) == ["ab", "sub/x"]
    for gone in ("a", "sub"):
        ended = run("delete", f"{uri}{gone}", "--yes", cwd=tmp_path)
        assert ended.code == 3
        assert "nothing was deleted" in ended.err
    assert left(tmp_path) == ["ab", "sub/x"]


def test_a_list_takes_the_beginning_of_names(tmp_path: Path) -> None:
    uri = filled(tmp_path, "a", "ab", "b", "abc/d")
    assert sorted(shown(run("list", f"{uri}ab", cwd=tmp_path))) == [f"{uri}ab", f"{uri}abc/d"]


def test_a_reader_that_leaves_early(tmp_path: Path) -> None:
    uri = filled(tmp_path, *(f"{number:0100d}" for number in range(2000)))
    program = " ".join(command("list", uri, "--quiet"))
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{program} | head -1"], cwd=tmp_path, env=environment(), capture_output=True,
        text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("100\tfile://")


def test_quiet_says_errors_alone(tmp_path: Path) -> None:
    uri = filled(tmp_path, "one")
    ended = run("get", uri, "--quiet", cwd=tmp_path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    ended = run("get", f"{uri}none", "--quiet", cwd=tmp_path)
    assert (ended.code, ended.out) == (4, "")
    assert ended.err.startswith("error: 1 of 1 object failed")


def test_doctor_of_a_directory(tmp_path: Path) -> None:
    uri = filled(tmp_path, "one")
    ended = run("doctor", uri, cwd=tmp_path, COLUMNS="200")
    assert ended.code == 0, ended.out
    statuses = {line.split("  ")[1].strip() for line in ended.out.splitlines() if line.startswith("ok")}
    assert {"uri", "put, get, delete", "list"} <= statuses
    assert "fail" not in ended.out.replace("0 failed", "")
    assert left(tmp_path) == ["one"]


def test_doctor_without_credentials(tmp_path: Path) -> None:
    ended = run("doctor", "s3://bucket/", cwd=tmp_path, COLUMNS="300")
    assert ended.code == 3
    (failed,) = (line for line in ended.out.splitlines() if line.startswith("fail"))
    assert "credentials  no credentials found; looked at AWS_ACCESS_KEY_ID" in failed


# --- a server -----------------------------------------------------------------------------------------------------


def new_bucket(server: Server) -> str:
    bucket = f"oneshot-{uuid.uuid4().hex[:12]}"
    client = boto3.client(
        "s3", endpoint_url=server.endpoint, region_name=server.region, aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
    )  # fmt: skip
    client.create_bucket(Bucket=bucket)
    return bucket


@pytest.mark.server
def test_a_round_on_s3(rclone: Server, tmp_path: Path) -> None:
    bucket, env = new_bucket(rclone), rclone.env()
    uri = f"s3://{bucket}/a/"
    assert run("put", uri, "--objects", 12, cwd=tmp_path, **env).code == 0
    ended = run("health", uri, cwd=tmp_path, **env)
    assert (ended.code, ended.out.startswith(f"ok: s3://{bucket} at ")) == (0, True)
    found = shown(run("list", f"s3://{bucket}", cwd=tmp_path, **env))
    assert len(found) == 12 and set(found.values()) == {1024} and all(key.startswith(uri) for key in found)
    ended = run("stat", uri, cwd=tmp_path, **env)
    assert shown(ended) == found
    assert "stat: 12 objects" in ended.err
    ended = run("get", "--uri", uri, cwd=tmp_path, **env)
    assert "get: 12 objects, 12.0 KiB" in ended.out and "first byte: " in ended.out
    ended = run("get", f"{uri}none", cwd=tmp_path, **env)
    assert ended.code == 4 and "1 x http_404" in ended.out
    ended = run("delete", uri, "--yes", cwd=tmp_path, **env)
    assert ended.out.startswith("deleted 12 objects in ")
    ended = run("list", uri, cwd=tmp_path, **env)
    assert (ended.code, ended.out, ended.err) == (0, "", "0 objects, 0 B\n")


@pytest.mark.server
def test_objects_under_a_key_of_the_customer_s(rgw: Server, tmp_path: Path) -> None:
    bucket = new_bucket(rgw)
    key = base64.b64encode(bytes(range(32))).decode()
    env = rgw.env() | {"MY_KEY": key}
    uri, sealed = f"s3://{bucket}/a/", ("--encryption", "sse-c", "--key-env", "MY_KEY")
    ended = run("put", uri, *sealed, cwd=tmp_path, **env)
    assert ended.code == 0, ended.err
    assert run("get", uri, *sealed, cwd=tmp_path, **env).code == 0
    without = run("get", uri, cwd=tmp_path, **env)
    assert without.code == 4 and "http_400" in without.out
    assert key not in ended.out + ended.err + without.out + without.err
    ended = run("get", uri, "--encryption", "sse-d", cwd=tmp_path, **env)
    assert ended.code == 2 and "--encryption" in ended.err


@pytest.mark.server
def test_doctor_on_s3(rclone: Server, tmp_path: Path) -> None:
    bucket = new_bucket(rclone)
    env = rclone.env() | {"COLUMNS": "300"}
    ended = run("doctor", f"s3://{bucket}/", cwd=tmp_path, **env)
    assert ended.code == 0, ended.out
    for said in (
        "found: env",
        "region us-east-1, path addressing",
        "agree within 2 s",
        "was written, read and deleted",
    ):
        assert said in ended.out
    assert rclone.secret_key not in ended.out and rclone.access_key not in ended.out
    assert run("list", f"s3://{bucket}", "--quiet", cwd=tmp_path, **env).out == "", "the probe is gone"

    ended = run("doctor", f"s3://{bucket}/", "--read-only", cwd=tmp_path, **env)
    assert ended.code == 0 and "put, get, delete" not in ended.out

    wrong = run("doctor", f"s3://{bucket}/", cwd=tmp_path, **env | {"AWS_SECRET_ACCESS_KEY": "not-the-key"})
    assert wrong.code == 3
    assert "SignatureDoesNotMatch" in wrong.out and "not-the-key" not in wrong.out + wrong.err


@pytest.mark.server
def test_a_server_that_does_not_list(nginx: Nginx, tmp_path: Path) -> None:
    (nginx.root / "shown").mkdir(exist_ok=True)
    (nginx.root / "shown" / "key").write_bytes(b"content")
    asked = ("s3://shown/key", "--anonymous", "--endpoint", nginx.endpoint)
    refused = run("get", *asked, cwd=tmp_path)
    assert refused.code == 3 and "listing the bucket failed" in refused.err
    ended = run("get", *asked, "--no-probe", cwd=tmp_path)
    assert ended.code == 0 and ended.out.startswith("get: 1 object, 7 B in "), ended.err
    ended = run("stat", *asked, "--no-probe", cwd=tmp_path)
    assert (ended.code, ended.out) == (0, "")
    assert "does not list" in ended.err and "stat: 1 object in " in ended.err

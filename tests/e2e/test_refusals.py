"""What a user reads where a target refuses: one line with the server's own code and request id, exit code 3, nothing left.

Real servers refuse wherever they can; what none of them does here (sessions that expire, Google's tokens) an answer in their
words does.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from s3bench_tui.stores.http.sas import container_sas
from tests.e2e.program import ROOT, run, workload
from tests.servers.azurite import ACCOUNT, Azurite
from tests.servers.certificates import Certificates
from tests.servers.process import Server
from tests.stores import azure_rig
from tests.stores.s3_answers import Answer, answering
from tests.stores.sdk_rig import new_bucket

pytestmark = pytest.mark.server

PUTS = {"dataset": None, "workload": [{"op": "put", "path": "out/", "size": 4096}]}
KEYS = {"AWS_ACCESS_KEY_ID": "test-access", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}
WRONG = "bm90LXRoZS1zZWNyZXQtYXQtYWxs"
REFUSED = "Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature"
_request_ids = re.compile(r"(?<=request )(tx[0-9a-f-]+-default|[0-9a-f]{8}-[0-9a-f-]{27})")

LATE = """
import datetime, time
now = time.time
time.time = lambda: now() - 1200
import botocore.compat
moment = botocore.compat.get_current_datetime
botocore.compat.get_current_datetime = lambda *how, **said: moment(*how, **said) - datetime.timedelta(seconds=1200)
"""
"""What every process of a program runs first that is to take its machine's clock for 20 minutes late."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is asked, and the whole line that comes of it."""

    target: dict[str, Any]
    line: str
    env: dict[str, str] = field(default_factory=dict)


class Here:
    """The servers of one test, started as they are asked for, and a folder."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self._request = request
        self._stack = stack

    @property
    def rgw(self) -> Server:
        found: Server = self._request.getfixturevalue("rgw")
        return found

    @property
    def azurite(self) -> Azurite:
        found: Azurite = self._request.getfixturevalue("azurite")
        return found

    @property
    def certificates(self) -> Certificates:
        found: Certificates = self._request.getfixturevalue("certificates")
        return found

    def told(self, status: int, body: str, **headers: str) -> str:
        """The end point of a server that always answers so."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._stack.enter_context(answering(lambda _: Answer(status, body, named))).endpoint

    def of_another_name(self) -> str:
        listener = answering(lambda _: Answer(), self.certificates.wrong_name)
        return self._stack.enter_context(listener).endpoint.replace("http:", "https:")

    def mounted(self, options: str) -> Path:
        """A small file system in memory; skips where none may be mounted."""
        folder = self.folder / "mounted"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("no file system may be mounted here")
        self._stack.callback(lambda: subprocess.run(["umount", folder], check=True))
        return folder


# --- s3 -----------------------------------------------------------------------------------------------------------------


def s3_wrong_secret(here: Here) -> Refusal:
    bucket, place = new_bucket(here.rgw), here.rgw.endpoint
    return Refusal(
        {"uri": f"s3://{bucket}/p/", "endpoint": place},
        f"s3://{bucket} at {place}/{bucket}: listing p/ was refused: SignatureDoesNotMatch (HTTP 403, request ID); the secret key (env) does not belong to the access key, or something on the way changes requests (a proxy that rewrites Host or path)",
        here.rgw.env() | {"AWS_SECRET_ACCESS_KEY": WRONG},
    )


def s3_unknown_key(here: Here) -> Refusal:
    bucket, place = new_bucket(here.rgw), here.rgw.endpoint
    return Refusal(
        {"uri": f"s3://{bucket}/p/", "endpoint": place},
        f"s3://{bucket} at {place}/{bucket}: listing p/ was refused: InvalidAccessKeyId (HTTP 403, request ID); this server does not know the access key (env); check the profile or AWS_ACCESS_KEY_ID, and that the end point is the one they are for",
        here.rgw.env() | {"AWS_ACCESS_KEY_ID": "somebody-else"},
    )


def s3_missing_bucket(here: Here) -> Refusal:
    place = here.rgw.endpoint
    return Refusal(
        {"uri": "s3://there-is-none/p/", "endpoint": place},
        f"s3://there-is-none at {place}/there-is-none: listing p/ was refused: NoSuchBucket (HTTP 404, request ID); create the bucket, or correct its name in the target",
        here.rgw.env(),
    )


def s3_clock(here: Here) -> Refusal:
    late = here.folder / "late"
    late.mkdir()
    (late / "sitecustomize.py").write_text(LATE)
    bucket, place = new_bucket(here.rgw), here.rgw.endpoint
    return Refusal(
        {"uri": f"s3://{bucket}/p/", "endpoint": place},
        f"s3://{bucket} at {place}/{bucket}: listing p/ was refused: RequestTimeTooSkewed (HTTP 403, request ID); the clocks differ by 20m00s, the server's is ahead; set this machine's clock (NTP)",
        here.rgw.env() | {"PYTHONPATH": f"{late}{os.pathsep}{ROOT}"},
    )


def s3_expired_token(here: Here) -> Refusal:
    body = "<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"
    place = here.told(400, body, x_amz_request_id="REQ42")
    return Refusal(
        {"uri": "s3://buck/p/", "endpoint": place},
        f"s3://buck at {place}/buck: listing p/ was refused: ExpiredToken: The provided token has expired (HTTP 400, request REQ42); the session token (env) has expired; get new credentials (for example aws sso login) and start again",
        KEYS | {"AWS_SESSION_TOKEN": "a-token"},
    )


def s3_name_of_certificate(here: Here) -> Refusal:
    place = here.of_another_name()
    return Refusal(
        {"uri": "s3://buck/p/", "endpoint": place, "tls": {"ca_file": str(here.certificates.ca_file)}},
        f"s3://buck at {place}/buck: the server's certificate is for another name; write one that it holds as the end point (or `tls: {{insecure: true}}`, which accepts any)",
        KEYS,
    )


# --- az -----------------------------------------------------------------------------------------------------------------


def az_wrong_key(here: Here) -> Refusal:
    box = azure_rig.new_name()
    azure_rig.sdk(here.azurite, box).create_container()
    return Refusal(
        {"uri": f"az://{ACCOUNT}/{box}/p/", "endpoint": here.azurite.endpoint},
        f"az://{ACCOUNT}/{box} at {here.azurite.url}: listing p/ was refused: AuthorizationFailure: {REFUSED} (HTTP 403, request ID); the account key (AZURE_STORAGE_KEY) is not one of this account's; copy it anew",
        {"AZURE_STORAGE_KEY": WRONG},
    )


def az_missing_container(here: Here) -> Refusal:
    return Refusal(
        {"uri": f"az://{ACCOUNT}/there-is-none/p/", "endpoint": here.azurite.endpoint},
        f"az://{ACCOUNT}/there-is-none at {here.azurite.url}: listing p/ was refused: ContainerNotFound: The specified container does not exist (HTTP 404, request ID); create the container, or correct its name in the target",
        here.azurite.env(),
    )


def az_expired_signature(here: Here) -> Refusal:
    box = azure_rig.new_name()
    azure_rig.sdk(here.azurite, box).create_container()
    ended = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(1_700_000_000))
    return Refusal(
        {"uri": f"az://{ACCOUNT}/{box}/p/", "endpoint": here.azurite.endpoint},
        f"az://{ACCOUNT}/{box} at {here.azurite.url}: listing p/ was refused: AuthorizationFailure: {REFUSED} (HTTP 403, request ID); the shared access signature (AZURE_STORAGE_SAS_TOKEN) expired at {ended}; get a new one and start again",
        {"AZURE_STORAGE_SAS_TOKEN": container_sas(ACCOUNT, here.azurite.secret_key, box, 1_700_000_000)},
    )


def az_name_of_certificate(here: Here) -> Refusal:
    place = here.of_another_name()
    return Refusal(
        {"uri": "az://acc/box/p/", "endpoint": place, "tls": {"ca_file": str(here.certificates.ca_file)}},
        f"az://acc/box at {place}/acc: the server's certificate is for another name; write one that it holds as the end point (or `tls: {{insecure: true}}`, which accepts any)",
        {"AZURE_STORAGE_KEY": WRONG},
    )


# --- gs -----------------------------------------------------------------------------------------------------------------


def _googles(reason: str, status: int, message: str) -> str:
    return json.dumps(
        {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}
    )


def gs_not_public(here: Here) -> Refusal:
    place = here.told(
        401, _googles("required", 401, "Anonymous caller does not have access"), x_guploader_uploadid="UP42"
    )
    return Refusal(
        {"uri": "gs://buck/p/", "endpoint": place, "anonymous": True},
        f"gs://buck at {place}: writing PROBE was refused: required: Anonymous caller does not have access (HTTP 401, request UP42); the bucket is not public; take `anonymous` away, or grant allUsers the permission",
    )


def gs_forbidden(here: Here) -> Refusal:
    place = here.told(403, _googles("forbidden", 403, "no storage.objects.create access"), x_guploader_uploadid="UP42")
    return Refusal(
        {"uri": "gs://buck/p/", "endpoint": place, "anonymous": True},
        f"gs://buck at {place}: writing PROBE was refused: forbidden: no storage.objects.create access (HTTP 403, request UP42); the bucket is not public; take `anonymous` away, or grant allUsers the permission",
    )


def gs_missing_bucket(here: Here) -> Refusal:
    body = _googles("notFound", 404, "The specified bucket does not exist.")
    place = here.told(404, body, x_guploader_uploadid="UP42")
    return Refusal(
        {"uri": "gs://there-is-none/p/", "endpoint": place, "anonymous": True},
        f"gs://there-is-none at {place}: listing p/ was refused: notFound: The specified bucket does not exist (HTTP 404, request UP42); create the bucket, or correct its name in the target",
    )


def gs_name_of_certificate(here: Here) -> Refusal:
    place = here.of_another_name()
    return Refusal(
        {
            "uri": "gs://buck/p/",
            "endpoint": place,
            "anonymous": True,
            "tls": {"ca_file": str(here.certificates.ca_file)},
        },
        f"gs://buck at {place}: the server's certificate is for another name; write one that it holds as the end point (or `tls: {{insecure: true}}`, which accepts any)",
    )


# --- directories --------------------------------------------------------------------------------------------------------


def file_full_disk(here: Here) -> Refusal:
    folder = here.mounted("size=64k")
    with (folder / "fill").open("wb", buffering=0) as fill, pytest.raises(OSError, match="No space"):
        while True:
            fill.write(bytes(4096))
    return Refusal(
        {"uri": f"file://{folder}/d/"},
        f"{folder}/d: No space left on device (ENOSPC); make room there, or write another directory",
    )


def direct_read_only(here: Here) -> Refusal:
    folder = here.mounted("size=64k,ro")
    return Refusal(
        {"uri": f"direct://{folder}/"},
        f"{folder}: Read-only file system (EROFS); mount it for writing, or write another directory",
    )


def file_no_permission(here: Here) -> Refusal:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder = here.folder / "closed"
    folder.mkdir(0o555)
    return Refusal(
        {"uri": f"file://{folder}/"},
        f"{folder}: Permission denied (EACCES); give this user the permission, or write another directory",
    )


def file_that_is_a_file(here: Here) -> Refusal:
    path = here.folder / "a-file"
    path.touch()
    return Refusal(
        {"uri": f"file://{path}/"},
        f"{path} is not a directory; write a directory that exists, or let a data set create it",
    )


def direct_below_a_file(here: Here) -> Refusal:
    path = here.folder / "a-file"
    path.touch()
    return Refusal(
        {"uri": f"direct://{path}/below/"},
        f"{path}/below: Not a directory (ENOTDIR); a part of the path is a file; write a directory",
    )


CASES: tuple[Callable[[Here], Refusal], ...] = (
    s3_wrong_secret, s3_unknown_key, s3_missing_bucket, s3_clock, s3_expired_token, s3_name_of_certificate,
    az_wrong_key, az_missing_container, az_expired_signature, az_name_of_certificate,
    gs_not_public, gs_forbidden, gs_missing_bucket, gs_name_of_certificate,
    file_full_disk, direct_read_only, file_no_permission, file_that_is_a_file, direct_below_a_file,
)  # fmt: skip


@pytest.fixture
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Here]:
    with ExitStack() as stack:
        yield Here(request, tmp_path, stack)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_refusal_is_one_line(case: Callable[[Here], Refusal], here: Here) -> None:
    refusal = case(here)
    path = workload(here.folder, target=refusal.target, **PUTS)
    before = _everything(here.folder)
    ended = run("--headless", path, "--report", "out.json", cwd=here.folder, **refusal.env)
    words = re.sub("19m59s|20m01s", "20m00s", _request_ids.sub("ID", ended.err))  # servers tell whole seconds
    said = re.sub(r"p/\.s3bench-probe-[0-9a-f]+", "PROBE", words).splitlines()
    assert said[1:] == [f"error: {refusal.line}"], ended.err
    assert said[0].startswith("gets: opening ")
    assert (ended.code, ended.out) == (3, "")
    assert WRONG not in ended.err
    assert _everything(here.folder) == before, "nothing is left behind"


def _everything(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


def test_a_disk_that_fills_up_holds_whole_objects_and_the_next_run_makes_the_rest(here: Here) -> None:
    folder = here.mounted("size=1m")
    path = workload(here.folder, target=f"file://{folder}/", dataset={"count": 500, "size": 4096})
    ended = run("--headless", path, "--prepare-only", "--no-report", cwd=here.folder)
    assert ended.code == 3, ended.err
    assert "warning: file: 500 objects of about 1.95 MiB are to be made, and 1.00 MiB are free there" in ended.err
    assert "the data set could not be made" in ended.err
    assert f"No space left on device: {folder}/prepared-" in ended.err
    made = list(folder.glob("prepared-*"))
    assert {file.stat().st_size for file in made} == {4096}
    subprocess.run(["mount", "-o", "remount,size=8m", folder], check=True)
    again = run("--headless", path, "--prepare-only", "--no-report", cwd=here.folder)
    assert again.code == 0, again.err
    assert f"{len(made)} of 500 objects are there" in again.err
    assert f"{500 - len(made)} objects made" in again.out
    assert len(list(folder.glob("prepared-*"))) == 500

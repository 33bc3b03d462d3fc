"""What every test gets: an environment without the developer's credentials; and, where asked for, real servers.

Server fixtures live for the session: each pytest-xdist worker starts its own on first use. A test that needs a
server with other options, or that freezes or kills it, starts one with `tests.servers.<name>.serve` itself.
"""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from s3bench_tui.live.places import keepers
from tests.e2e.program import alive, family, kill, wait_until
from tests.servers import azurite as azurite_server
from tests.servers import fakegcs as fakegcs_server
from tests.servers import moto as moto_server
from tests.servers import nginx as nginx_server
from tests.servers import rclone as rclone_server
from tests.servers import rgw as rgw_server
from tests.servers.azurite import Azurite
from tests.servers.certificates import Certificates, make_certificates
from tests.servers.nginx import Nginx
from tests.servers.process import Server, is_foreign

# A busy machine is no failure; and where a change is judged, the same examples are tried each time.
settings.register_profile("here", deadline=None)
settings.register_profile("judge", deadline=None, derandomize=True)
settings.load_profile("judge" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory in which nobody has ever logged in anywhere."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def without_credentials(monkeypatch: pytest.MonkeyPatch, empty_home: Path) -> None:
    """No test, and no process that a test starts, sees credentials, vendor settings or proxies of the developer."""
    for name in list(os.environ):
        if is_foreign(name):
            monkeypatch.delenv(name)
    for name, value in {
        "HOME": str(empty_home),
        "XDG_CONFIG_HOME": str(empty_home / ".config"),
        "AWS_CONFIG_FILE": str(empty_home / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(empty_home / "no-aws-credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_GCE_CHECK": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority and its certificates: good, wrong name, expired."""
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def nginx_session(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[Nginx]:
    """One nginx for all tests of this process; ask for `nginx` instead."""
    with nginx_server.serve(tmp_path_factory.mktemp("nginx"), certificates=certificates) as server:
        yield server


@pytest.fixture
def nginx(nginx_session: Nginx) -> Nginx:
    """nginx over a directory, with TLS end points too and without faults; its counts start from nothing."""
    nginx_session.forget()
    return nginx_session


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """moto: many features, no signature check, no kept connections. Buckets are shared by the tests of a session."""
    with moto_server.serve(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`rclone serve s3` in memory: verifies signatures. Buckets are shared by the tests of a session."""
    with rclone_server.serve(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture(scope="session")
def fakegcs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Google's storage API in memory: checks no token. Buckets are shared by the tests of a session."""
    with fakegcs_server.serve(tmp_path_factory.mktemp("fakegcs")) as server:
        yield server


@pytest.fixture(scope="session")
def rgw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Ceph's RADOS gateway in memory: verifies everything. Buckets are shared by the tests of a session."""
    with rgw_server.serve(tmp_path_factory.mktemp("rgw")) as server:
        yield server


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azure Blob Storage in memory: verifies signatures. Containers are shared by the tests of a session."""
    with azurite_server.serve(tmp_path_factory.mktemp("azurite")) as server:
        yield server


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory short enough for the names of sockets; keepers that are left in it at the end are killed."""
    with tempfile.TemporaryDirectory(prefix="s3b", dir="/tmp") as directory:
        monkeypatch.setenv("TMPDIR", directory)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(directory)
        left = [about.pid for _, about in keepers()]
        for pid in [each for keeper in left for each in (*family(keeper), keeper)]:
            kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(map(alive, left)))
    monkeypatch.setattr(tempfile, "tempdir", None)

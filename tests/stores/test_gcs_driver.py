"""The data plane of gs:// on a real server: what it writes any HTTP client reads with equal bytes, and the other way round."""

from __future__ import annotations

from pathlib import Path

import pytest

from s3bench_tui.stores.outcome import OK, name_of
from tests.servers import fakegcs as fakegcs_server
from tests.servers.certificates import Certificates
from tests.servers.process import Server
from tests.stores.gcs_rig import driving, new_bucket, write
from tests.stores.http_rig import finish, operation, perform

pytestmark = pytest.mark.server

MIB = 1 << 20


@pytest.fixture
def bucket(fakegcs: Server) -> str:
    return new_bucket(fakegcs)


@pytest.mark.parametrize("receive", ["discard", "copy"])
def test_objects_of_others(fakegcs: Server, bucket: str, receive: str) -> None:
    write(fakegcs, bucket, "big", bytes(9 * MIB))
    with driving(fakegcs.endpoint, bucket, receive=receive) as driver:
        ops = [operation("get", "big", 9 * MIB, slot=slot) for slot in range(3)]
        ops.append(operation("get", "big", slot=3))  # of unknown length
        for op in ops:
            driver.submit(op)
        finish(driver, ops)
        assert [(op.outcome, op.transferred) for op in ops] == [(OK, 9 * MIB)] * 4
        short = perform(driver, "get", "big", 9 * MIB + 1)
        assert (name_of(short.outcome), short.transferred) == ("integrity", 0)


def test_over_tls(tmp_path: Path, certificates: Certificates) -> None:
    with fakegcs_server.serve(tmp_path, certificate=certificates.good) as server:
        with driving(server.endpoint, "there-is-none", ca_file=str(certificates.ca_file)) as driver:
            assert perform(driver, "stat", "key").outcome == 404
            assert driver.counters()["tls_handshakes"] == 1
        with driving(server.endpoint, "there-is-none") as driver:
            assert name_of(perform(driver, "stat", "key").outcome) == "tls"

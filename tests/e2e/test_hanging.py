"""A store that does not answer any more: the screens go on, say what they wait for, and let go when they are told to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import read_report, wait_until, workload
from tests.e2e.terminal import Terminal, terminal
from tests.servers import delay, rclone
from tests.servers.delay import DelayServer
from tests.servers.delay_process import Delay
from tests.servers.process import Server

pytestmark = [pytest.mark.server, pytest.mark.usefixtures("temporary")]

KEYS = {
    "AWS_ACCESS_KEY_ID": "test-access-key",
    "AWS_SECRET_ACCESS_KEY": "test-secret-key",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DelayServer]:
    """One that answers after 2 ms, until it is frozen."""
    with delay.serve(tmp_path, Delay("constant", 2_000_000)) as running:
        yield running
        running.thaw()


def load(server: Server, **more: Any) -> dict[str, Any]:
    return {
        "name": "hanging",
        "target": {"uri": "s3://bench/", "endpoint": server.endpoint},
        "duration": "60s",
        "drain": "60s",
        "dataset": {"count": 1000, "size": 1024, "create": "never"},
        **more,
    }


def assert_it_answers(shown: Terminal) -> None:
    """Keys turn what is looked at, whatever the store does."""
    shown.press("f1")
    shown.wait_for("Help")
    shown.press("escape")
    shown.press("f2")
    shown.wait_for("F2 SETUP")
    shown.press("f3")
    shown.wait_for("F3 LIVE")


def test_a_run_is_stopped_while_its_store_hangs(server: DelayServer, tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **load(server)), cwd=tmp_path, more=KEYS) as shown:
        shown.wait_for("can run")
        shown.press("ctrl+r")
        shown.wait_for("F3 LIVE", "RUN 00:01")
        server.freeze()
        assert_it_answers(shown)
        shown.press("s")
        shown.wait_for("DRAIN 4 in flight", "s left")
        assert_it_answers(shown)
        shown.press("s")
        shown.wait_for("F4 RESULTS", "hanging")
        shown.press("ctrl+q")
        assert shown.end() == 0
    [path] = (tmp_path / "results").glob("*.json")
    assert read_report(path)["status"] == "stopped"


def test_a_run_that_cannot_begin_is_given_up(server: DelayServer, tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **load(server)), cwd=tmp_path, more=KEYS) as shown:
        shown.wait_for("can run")
        server.freeze()
        shown.press("ctrl+r")
        shown.wait_for("Preparing hanging", "Opening the targets")
        assert_it_answers(shown)
        shown.press("s")
        shown.wait_for("hanging could not begin", "the run was stopped before it began")
        shown.press("ctrl+q")
        shown.end()
    assert not list((tmp_path / "results").glob("*.json"))


def test_making_a_data_set_is_given_up(tmp_path: Path) -> None:
    many = {"count": 1_000_000, "size": 1024}
    (tmp_path / "store" / "bench").mkdir(parents=True)
    with rclone.serve(tmp_path, store=tmp_path / "store") as store:
        made = workload(tmp_path, **load(store, dataset=many))
        try:
            with terminal(made, cwd=tmp_path, more=store.env()) as shown:
                shown.wait_for("can run")
                shown.press("ctrl+r")
                shown.wait_for("Preparing hanging", "Making the data set")
                store.freeze()
                assert_it_answers(shown)
                shown.press("s", "s")
                shown.wait_for("F4 RESULTS", "hanging")
                shown.press("ctrl+q")
                shown.end()
        finally:
            store.thaw()
    [path] = (tmp_path / "results").glob("*.json")
    assert read_report(path)["status"] == "stopped"


def test_a_target_that_does_not_answer_is_asked_beside_all_else(server: DelayServer, tmp_path: Path) -> None:
    with terminal(workload(tmp_path, **load(server)), cwd=tmp_path, more=KEYS) as shown:
        shown.wait_for("can run")
        server.freeze()
        shown.press("t")
        assert_it_answers(shown)
        shown.press("f2", "b")
        shown.wait_for("asking")
        shown.press("escape")
        shown.wait_for("given up", "right asks again")
        shown.press("escape")
        wait_until(lambda: "given up" not in shown.screen)
        shown.press("f3")
        shown.wait_for("F3 LIVE")
        shown.press("ctrl+q")
        assert shown.end() == 0

"""az:// and gs:// over several end points: each is counted, phase by phase, as the log that stands in front of it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.engine.runs import finished
from tests.servers import nginx
from tests.servers.azurite import Azurite
from tests.servers.nginx import Nginx, Request
from tests.servers.process import Server, free_port
from tests.stores import azure_rig, gcs_rig

pytestmark = pytest.mark.server

PART = 256 << 10


@dataclass(frozen=True, slots=True)
class Cloud:
    """One store behind two end points."""

    uri: str
    fronts: list[Nginx]
    options: dict[str, Any] = field(default_factory=dict)

    def spec(self, *urls: str, **changes: Any) -> dict[str, Any]:
        """Over the end points, or over these, and with changes of the target."""
        ends = list(urls) or [front.endpoint for front in self.fronts]
        return {
            "target": {"uri": self.uri, "endpoint": ends, **self.options, **changes},
            "concurrency": 4, "processes": 1, "dataset": {"count": 20, "size": 20_000, "create": "always"},
            "stop": {"ops": 200}, "errors": {"max_total": None, "max_rate": None},
            "workload": [
                {"op": "get", "weight": 4},
                {"op": "stat", "weight": 2},
                {"op": "put", "path": "new/", "size": 9_000, "weight": 2},
                {"op": "put", "name": "parts", "path": "new/parts/", "size": PART + 1, "multipart": {"part_size": PART}},
            ],
        }  # fmt: skip


@pytest.fixture
def fronts(tmp_path: Path) -> Iterator[Any]:
    """Opens end points in front of a server."""
    with ExitStack() as stack:

        def opened(server: Server) -> list[Nginx]:
            found = []
            for number in range(2):
                (tmp_path / str(number)).mkdir()
                found.append(stack.enter_context(nginx.serve(tmp_path / str(number), behind=server)))
            return found

        yield opened


@pytest.fixture
def az(azurite: Azurite, fronts: Any, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    box = azure_rig.new_name()
    azure_rig.sdk(azurite, box).create_container()
    for name, value in azurite.env().items():
        monkeypatch.setenv(name, value)
    return Cloud(f"az://{azurite.access_key}/{box}/", fronts(azurite))


@pytest.fixture
def gs(fakegcs: Server, fronts: Any) -> Cloud:
    return Cloud(f"gs://{gcs_rig.new_bucket(fakegcs)}/", fronts(fakegcs), {"anonymous": True})


def kind_of(request: Request) -> str:
    """What a request of the load is, on either cloud; empty for the control plane's."""
    uri, method = request.uri, request.method
    if ".s3bench" in uri or not ("prepared-" in uri or "new" in uri):
        return ""
    if "uploadType=resumable" in uri:
        return {"POST": "parts.create"}.get(method, "parts.complete" if request.received_bytes == 1 else "parts.part")
    if "comp=block" in uri:
        return "parts.complete" if "comp=blocklist" in uri else "parts.part"
    if method == "HEAD" or (method == "GET" and "fields=size" in uri):
        return "stat"
    return "get" if method == "GET" else "put"


def counted(report: dict[str, Any], number: int) -> Counter[str]:
    """Operations and requests of one end point over all phases."""
    found: Counter[str] = Counter()
    for phase in report["phases"]:
        endpoint = phase["endpoints"][number]
        for name, figures in [*endpoint["ops"].items(), *endpoint.get("requests", {}).items()]:
            found[name] += figures["ops"]
    return +found


@pytest.mark.parametrize("balance", ["round_robin", "least_in_flight"])
@pytest.mark.parametrize("name", ["az", "gs"])
def test_each_is_counted_as_the_log_before_it(request: pytest.FixtureRequest, name: str, balance: str) -> None:
    cloud: Cloud = request.getfixturevalue(name)
    report = finished(cloud.spec(balance=balance), probe=False).report
    assert report["total"]["failed"] == 0
    for number, front in enumerate(cloud.fronts):
        seen = Counter(kind_of(each) for each in front.requests())
        del seen[""]
        # On Google's API the last part is what completes an object, on Azure's a list of all of them.
        seen["put"] += seen["parts.complete"]
        assert counted(report, number) == +seen
        assert min(seen[op] for op in ("get", "stat", "put", "parts.part")) > 0
    prepared = next(phase for phase in report["phases"] if phase["kind"] == "prepare")
    assert sum(each["total"]["ops"] for each in prepared["endpoints"]) == 20
    [target] = report["targets"]
    totals = [each["total"]["ops"] for each in target["endpoints"]]
    assert sum(totals) == report["total"]["ops"]
    for which, total in enumerate(totals):
        seconds = [each for row in report["series"] if row["kind"] == "measured" for each in row["endpoints"]]
        assert sum(each["ops"] for each in seconds if each["endpoint"] == which) == total
    if balance == "round_robin":
        assert abs(totals[0] - totals[1]) <= 4, "one more or less, and those that a phase's end cuts"


@pytest.mark.parametrize("name", ["az", "gs"])
def test_one_without_connections_is_left_out(request: pytest.FixtureRequest, name: str) -> None:
    cloud: Cloud = request.getfixturevalue(name)
    nobody = f"http://127.0.0.1:{free_port()}"
    spec = cloud.spec(cloud.fronts[0].endpoint, nobody)
    run = finished(spec | {"dataset": None, "workload": spec["workload"][2:3]}, probe=False)
    report = run.report
    alive, dead = report["targets"][0]["endpoints"]
    assert dead["url"].startswith(nobody) and dead["total"]["ops"] == 0
    assert set(dead["total"]["errors"]) == {"connect"} and alive["total"]["failed"] == 0
    assert dead["total"]["failed"] <= 4 + report["measured_s"] + 1, "its slots once, and then one a second"
    assert alive["total"]["ops"] == report["total"]["ops"]
    [event] = run.events("server")
    assert event.text.startswith(nobody) and not event.data["alive"]

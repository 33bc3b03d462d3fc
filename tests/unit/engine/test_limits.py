"""Verdicts on made-up evidence whose right answer is known, and the trend of backlogs of simulated queues."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from s3bench_tui.engine.messages import WorkerSample
from s3bench_tui.engine.verdict.evidence import Evidence, OpenLoad, WorkerLoad, figures, worker_loads
from s3bench_tui.engine.verdict.limits import Verdict, judge, trend
from s3bench_tui.host.sample import CpuShare, DiskRate, HostSample, InterfaceRate, Memory, OwnProcesses
from s3bench_tui.stats.histogram import Histogram

WALL_S = 10.0
MS = 1_000_000


def host(idle: float = 0.5, own_cores: float | None = 1.0, cores: int = 4, **changes: Any) -> HostSample:
    cpu = CpuShare(user=1 - idle, nice=0, system=0, iowait=0, irq=0, softirq=0, steal=0, idle=idle)
    sample = HostSample(
        at_s=1.0,
        interval_s=1.0,
        cpu=cpu,
        cores_busy=(1 - idle,) * cores,
        memory=Memory(1000, 800, 200, 0),
        own=OwnProcesses(5, own_cores, 1, 50, 10, 1000),
    )
    return replace(sample, **changes)


def workers(*busy: float, delay: float = 0.0, target: int = 0, loop_ns: int = 0) -> tuple[WorkerLoad, ...]:
    loop = Histogram.of_values([loop_ns] * 1000) if loop_ns else Histogram()
    return tuple(WorkerLoad(n, target, share * WALL_S, delay * WALL_S, loop) for n, share in enumerate(busy))


def evidence(**changes: Any) -> Evidence:
    """A calm run: 4 slots always full, 2 ms of service, workers 30 % busy, half of the machine idle."""
    calm = Evidence(
        wall_s=WALL_S,
        ops=20_000,
        concurrency=4,
        workers=workers(0.3, 0.3),
        hosts=(host(),) * 3,
        service=Histogram.of_values([2 * MS] * 20_000),
    )
    return replace(calm, **changes)


def rate(rx: float = 0.0, tx: float = 0.0, packets: float = 0.0) -> InterfaceRate:
    return InterfaceRate(rx, tx, packets, packets, 0.0, 0.0)


def disk(utilisation: float | None) -> DiskRate:
    return DiskRate(1.0, 1.0, 1.0, 1.0, utilisation)


GIGABIT = {"eth0": 1_000_000_000}

CLOSED = [
    ("calm", {}, "store", ["70% of the time", "50% of its CPU left", "4.0 operations in flight"]),
    ("no host samples", {"hosts": ()}, "store", ["70% of the time"]),
    ("first host sample only", {"hosts": (HostSample(at_s=1.0),)}, "store", ["70% of the time"]),
    ("workers at their limit", {"workers": workers(0.95, 0.97)}, "client", ["96% busy", "2.0 of 4 cores", "`processes` than 2"]),
    ("exactly at the threshold", {"workers": workers(0.9)}, "client", ["90% busy"]),
    ("just below it", {"workers": workers(0.89)}, "unclear", ["89% busy", "more `processes`"]),
    ("neither", {"workers": workers(0.75, 0.75)}, "unclear", ["75% busy"]),
    ("just not waiting enough", {"workers": workers(0.6)}, "unclear", ["60% busy"]),
    ("one busy worker of two of one target", {"workers": workers(0.95, 0.2, 0.2)}, "unclear", ["one worker was 95% busy", "45% busy on average"]),
    ("the workers of one target of two", {"workers": (*workers(0.1, 0.1), *workers(0.95, target=1))}, "client", ["95% busy"]),
    ("busy workers, full machine", {"workers": workers(0.95, 0.95), "hosts": (host(idle=0.02, own_cores=3.9),)}, "client", ["no other core free", "more machines"]),
    ("busy workers, a server beside them", {"workers": workers(0.95), "hosts": (host(idle=0.01, own_cores=1.0),)}, "client", ["95% busy"]),
    ("threads that use two cores", {"workers": workers(1.8), "local_disk": True}, "client", ["100% busy", "kernel's work on files"]),
    ("full machine, own processes", {"hosts": (host(idle=0.02, own_cores=3.5),)}, "client", ["2% of its CPU left", "more machines"]),
    ("full machine, others", {"hosts": (host(idle=0.02, own_cores=1.0),)}, "unclear", ["other processes used 2.9 of 4 cores", "another machine"]),
    ("full machine, by whom unknown", {"hosts": (host(idle=0.02, own_cores=None),)}, "unclear", ["not known"]),
    ("only failures", {"service": Histogram()}, "unclear", ["no operation succeeded"]),
    ("hardly any CPU left", {"hosts": (host(idle=0.07, own_cores=3.5),)}, "unclear", ["only 30% busy", "no more than 7% of its CPU left"]),
    ("hardly any CPU left by others", {"hosts": (host(idle=0.07, own_cores=1.0),)}, "unclear", ["no more than 7% of its CPU left, and other processes used 2.7 of 4 cores"]),
    ("waiting for a disk is not busy", {"hosts": (host(cpu=CpuShare(user=0.2, iowait=0.8, idle=0.0)),)}, "store", ["80% of its CPU left"]),
    ("a container's quota", {"hosts": (host(cpu_throttled=0.4),)}, "client", ["quota", "40%"]),
    ("a quota that hardly binds", {"hosts": (host(cpu_throttled=0.02),)}, "store", []),
    ("delayed by others", {"workers": workers(0.4, delay=0.25), "hosts": (host(idle=0.3, own_cores=0.8),)}, "unclear", ["250 ms of each second", "other processes used 2.0"]),
    ("many threads delayed", {"workers": workers(0.4, delay=4.576), "hosts": (host(idle=0.3, own_cores=2.7),)}, "client", ["in each worker 4.6 threads on average", "had no core"]),
    ("delayed by itself", {"workers": workers(0.4, delay=0.25), "hosts": (host(idle=0.3, own_cores=2.7),)}, "client", ["250 ms of each second", "fewer `processes`"]),
    ("hypervisor", {"hosts": (host(cpu=CpuShare(user=0.3, steal=0.2, idle=0.5)),)}, "unclear", ["hypervisor took 20%"]),
    ("a loop that stalls", {"workers": workers(0.3, loop_ns=5 * MS)}, "client", ["5.00 ms (p99)", "2.00 ms (p50)"]),
    ("a loop that is short against the service", {"workers": workers(0.3, loop_ns=MS // 2)}, "store", []),
    ("a fast store", {"workers": workers(0.3, loop_ns=50_000), "service": Histogram.of_values([60_000] * 1000)}, "store", []),
    ("a fast store, workers not waiting", {"workers": workers(0.7, loop_ns=50_000), "service": Histogram.of_values([60_000] * 1000)}, "client", ["50.0 us"]),
    ("line full, received", {"line_rates": GIGABIT, "hosts": (host(interfaces={"eth0": rate(rx=118e6, tx=1e6)}),)}, "client", ["eth0 carried 94%", "faster link"]),
    ("line full, sent", {"line_rates": GIGABIT, "hosts": (host(interfaces={"eth0": rate(tx=118e6)}),)}, "client", ["eth0 carried 94%"]),
    ("each way half", {"line_rates": GIGABIT, "hosts": (host(interfaces={"eth0": rate(rx=60e6, tx=60e6)}),)}, "store", []),
    ("line rate unknown", {"hosts": (host(interfaces={"eth0": rate(rx=118e6)}),)}, "store", []),
    ("line of an interface that is not there", {"line_rates": GIGABIT}, "store", []),
    ("disk full of requests", {"local_disk": True, "hosts": (host(disks={"a": disk(0.1), "b": disk(0.99)}),)}, "store", ["disk b", "99%"]),
    ("disk, workers in between", {"local_disk": True, "workers": workers(0.7), "hosts": (host(disks={"b": disk(0.99)}),)}, "store", ["disk b"]),
    ("disk of a run that uses none", {"hosts": (host(disks={"b": disk(0.99)}),), "workers": workers(0.7)}, "unclear", []),
    ("disk without utilisation", {"local_disk": True, "hosts": (host(disks={"b": disk(None)}),)}, "store", ["70% of the time"]),
    ("nothing known of workers", {"workers": ()}, "unclear", ["nothing is known"]),
    ("no operation", {"ops": 0}, "unclear", ["no operation", "errors"]),
    ("no time", {"wall_s": 0.0}, "unclear", ["no operation"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "limit", "words"), [pytest.param(*case[1:], id=case[0]) for case in CLOSED])
def test_closed_loop(changes: dict[str, Any], limit: str, words: list[str]) -> None:
    verdict = judge(evidence(**changes))
    assert verdict.limit == limit
    assert all(word in verdict.text for word in words), verdict.text
    assert verdict.client_limited == (limit == "client")
    assert not verdict.unsustained
    heads = {"client": "CLIENT-LIMITED: ", "store": "STORE-LIMITED: ", "unclear": "UNCLEAR: "}
    assert verdict.text.startswith(heads[limit])


def test_evidence_is_the_numbers_of_the_run() -> None:
    numbers = judge(evidence()).evidence
    assert numbers["worker_busy"] == 0.3
    assert numbers["cpu_free"] == 0.5
    assert numbers["own_cores"] == 1.0
    assert numbers["other_cores"] == 1.0
    assert numbers["in_flight"] == pytest.approx(4.0, rel=1e-3)
    assert numbers["cpu_us_per_op"] == 300.0
    assert numbers["service_p50_ns"] == pytest.approx(2 * MS, rel=1e-3)
    assert "line_share" not in numbers
    assert "lag_p99_ns" not in numbers


def test_host_samples_weigh_by_their_time() -> None:
    long, short = host(idle=0.8, interval_s=3.0), host(idle=0.4, interval_s=1.0)
    assert figures(evidence(hosts=(long, short))).cpu_free == pytest.approx(0.7)


def test_interrupts_are_not_other_processes() -> None:
    cpu = CpuShare(user=0.25, softirq=0.25, idle=0.5)
    assert figures(evidence(hosts=(host(cpu=cpu, own_cores=1.0),))).other_cores == pytest.approx(0.0)


NOTES = [
    ("nothing to say", {"hosts": (host(own_cores=2.0),)}, []),
    ("slots idle, and changed", {"concurrency": 12.75, "hosts": ()}, ["Of 12.8 slots, the mean of the settings, 4.0 were in use"]),
    ("slots idle", {"concurrency": 16, "hosts": ()}, ["Of 16 slots 4.0 were in use"]),
    ("slots measured", {"in_flight": 1.0, "hosts": ()}, ["Of 4 slots 1.0 were in use"]),
    ("files", {"hosts": (host(own_cores=2.0, own=OwnProcesses(1, 2.0, 1, 990, 950, 1000)),)}, ["95% of the files", "ulimit"]),
    ("files without limit", {"hosts": (host(own=OwnProcesses(1, 2.0, 1, 990, 950, None)),)}, []),
    ("memory", {"hosts": (host(own_cores=2.0), host(own_cores=2.0, memory=Memory(1000, 20, 980, 0)))}, ["Memory was short", "2.0%"]),
    ("others", {"hosts": (host(own_cores=0.5),)}, ["Other processes used 1.5 of 4 cores"]),
    ("lossy network", {"hosts": (host(own_cores=2.0, tcp_retransmits_per_s=30.0, interfaces={"eth0": rate(packets=1000.0), "lo": rate(packets=1e6)}),)}, ["3.0% of its packets again"]),
    ("clean network", {"hosts": (host(own_cores=2.0, tcp_retransmits_per_s=3.0, interfaces={"eth0": rate(packets=1000.0)}),)}, []),
    ("losses on loopback alone", {"hosts": (host(own_cores=2.0, tcp_retransmits_per_s=3.0, interfaces={"lo": rate(packets=1.0)}),)}, []),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "words"), [pytest.param(*case[1:], id=case[0]) for case in NOTES])
def test_notes(changes: dict[str, Any], words: list[str]) -> None:
    text = " ".join(judge(evidence(**changes)).notes)
    assert all(word in text for word in words), text
    assert bool(words) == bool(text)


# --- open loop ----------------------------------------------------------------------------------------------------


def growing(per_s: float, start: float = 0.0) -> tuple[tuple[float, float], ...]:
    return tuple((t / 4, start + per_s * t / 4) for t in range(40))


def lag(ns: int) -> Histogram:
    return Histogram.of_values([1000] * 980 + [ns] * 20)


SERVED = OpenLoad(offered=50_000, completed=50_000, backlog=growing(0.0), lag=lag(1000))
OVERRUN = OpenLoad(offered=50_000, completed=41_200, backlog=growing(880), lag=lag(4000 * MS))

OPEN = [
    ("sustained", SERVED, {}, "rate", False, ["SUSTAINED: offered 5000/s, served 5000/s"]),
    ("overrun, store", OVERRUN, {}, "store", True, ["UNSUSTAINED: offered 5000/s, served 4120/s, backlog +880/s; ", "waited for the store", "`max_in_flight`"]),
    ("overrun, busy workers", OVERRUN, {"workers": workers(0.97)}, "client", True, ["UNSUSTAINED: offered 5000/s, served 4120/s, backlog +880/s; ", "97% busy"]),
    ("overrun, in between", OVERRUN, {"workers": workers(0.7)}, "unclear", True, ["UNSUSTAINED: ", "70% busy"]),
    ("dropped", replace(SERVED, completed=49_990, dropped=10), {}, "store", True, ["UNSUSTAINED: ", "dropped 1/s"]),
    ("full backlog", replace(SERVED, completed=41_200, dropped=8_800, backlog=growing(0.0, 10_000)), {}, "store", True, ["UNSUSTAINED: offered 5000/s, served 4120/s, dropped 880/s; "]),
    ("growth of no account", replace(SERVED, backlog=growing(49)), {}, "rate", False, ["SUSTAINED"]),
    ("growth of account", replace(SERVED, backlog=growing(51)), {}, "store", True, ["backlog +51/s"]),
    ("backlog that shrinks", replace(SERVED, backlog=growing(-500, 9000)), {}, "rate", False, []),
    ("too few points", replace(SERVED, backlog=growing(880)[:4]), {}, "rate", False, []),
    ("short run that fell behind", replace(OVERRUN, backlog=growing(880)[:4]), {}, "store", True, ["UNSUSTAINED: offered 5000/s, served 4120/s, 8,800 still waited at the end; "]),
    ("rate turned down, not caught up", replace(SERVED, completed=48_000, backlog=growing(-500, 9000)), {}, "store", True, ["UNSUSTAINED: offered 5000/s, served 4800/s, 2,000 still waited"]),
    ("in flight at the end", replace(SERVED, completed=49_500 - 4), {}, "rate", False, ["SUSTAINED"]),
    ("one more than in flight at the end", replace(SERVED, completed=49_500 - 5), {}, "store", True, ["UNSUSTAINED"]),
    ("late, slots free", replace(SERVED, free_slot_lag=lag(5 * MS)), {}, "client", False, ["CLIENT-LIMITED: ", "5.00 ms late (p99)", "2.00 ms (p50)"]),
    ("late, told by all operations", replace(SERVED, lag=lag(5 * MS)), {}, "client", False, ["CLIENT-LIMITED: "]),
    ("late, but by waiting for a slot", replace(SERVED, backlog=growing(0.0, 3), lag=lag(5 * MS)), {}, "rate", False, ["SUSTAINED"]),
    ("late by less than a millisecond", replace(SERVED, free_slot_lag=lag(990_000)), {}, "rate", False, []),
    ("late by less than a tenth of the service", replace(SERVED, free_slot_lag=lag(9 * MS)), {"service": Histogram.of_values([100 * MS] * 99)}, "rate", False, []),
    ("late by more than a tenth of it", replace(SERVED, free_slot_lag=lag(11 * MS)), {"service": Histogram.of_values([100 * MS] * 99)}, "client", False, ["11.0 ms late"]),
    ("late and overrun", replace(OVERRUN, free_slot_lag=lag(50 * MS)), {}, "client", True, ["UNSUSTAINED: ", "50.0 ms late"]),
    ("busy, but on time", SERVED, {"workers": workers(0.97)}, "rate", False, ["SUSTAINED"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arrivals", "changes", "limit", "unsustained", "words"), [pytest.param(*case[1:], id=case[0]) for case in OPEN]
)
def test_open_loop(
    arrivals: OpenLoad, changes: dict[str, Any], limit: str, unsustained: bool, words: list[str]
) -> None:
    verdict = judge(evidence(arrivals=arrivals, **changes))
    assert (verdict.limit, verdict.unsustained) == (limit, unsustained), verdict.text
    assert all(word in verdict.text for word in words), verdict.text
    assert verdict.client_limited == (limit == "client")
    assert verdict.evidence["offered_per_s"] == 5000


def test_open_loop_does_not_complain_of_idle_slots() -> None:
    assert judge(evidence(arrivals=SERVED, concurrency=512, hosts=())).notes == ()


@pytest.mark.parametrize("case", CLOSED, ids=lambda case: str(case[0]))
def test_every_verdict_is_one_sentence_without_a_full_stop(case: tuple[str, dict[str, Any], str, list[str]]) -> None:
    verdict: Verdict = judge(evidence(**case[1]))
    assert "\n" not in verdict.text
    assert not verdict.text.endswith(".")
    assert all(isinstance(value, int | float) for value in verdict.evidence.values())


# --- the trend ----------------------------------------------------------------------------------------------------


def test_trend_is_least_squares() -> None:
    # By hand: t = 0..4, v = 1, 3, 2, 5, 4: slope 8 / 10; residuals -0.4, 0.8, -1, 1.2, -0.6 alternate, so r is 0
    # and the standard error sqrt(3.6 / 3 / 10).
    found = trend([(0, 1), (1, 3), (2, 2), (3, 5), (4, 4)])
    assert found is not None
    assert found.slope_per_s == pytest.approx(0.8)
    assert found.standard_error == pytest.approx((3.6 / 3 / 10) ** 0.5)
    assert not found.grows


@pytest.mark.parametrize("points", [[], [(0.0, 1.0)] * 4, [(3.0, 1.0), (3.0, 2.0)] * 5])
def test_no_trend_where_points_do_not_tell(points: list[tuple[float, float]]) -> None:
    assert trend(points) is None


def test_flat_backlog_does_not_grow() -> None:
    found = trend(growing(0.0, 7.0))
    assert found is not None
    assert not found.grows


def test_noise_around_a_level_seldom_looks_like_growth() -> None:
    noise = random.Random(1)
    wrong = 0
    for _ in range(500):
        found = trend([(t / 4, 100 + noise.gauss(0, 20)) for t in range(80)])
        wrong += found is not None and found.grows
    assert wrong <= 5  # one-sided, three standard errors: 0.13 % of 500, and some luck


def test_growth_is_found_under_noise() -> None:
    noise = random.Random(2)
    for _ in range(200):
        found = trend([(t / 4, 5 * t / 4 + noise.gauss(0, 10)) for t in range(80)])
        assert found is not None
        assert found.grows
        assert found.slope_per_s == pytest.approx(5, abs=1.2)


def queue(load: float, seed: int, rate_per_s: float = 200.0, seconds: int = 20) -> OpenLoad:
    """Arrivals of a poisson process, served one by one in exponential times, at `load` of what the server can do."""
    chance = random.Random(seed)
    now_s, free_at_s, finishes, backlog = 0.0, 0.0, list[float](), list[tuple[float, float]]()
    offered = 0
    next_look_s = 0.25
    while now_s < seconds:
        now_s += chance.expovariate(rate_per_s)
        while next_look_s < now_s:
            backlog.append((next_look_s, float(max(0, sum(end > next_look_s for end in finishes[-5000:]) - 1))))
            next_look_s += 0.25
        free_at_s = max(free_at_s, now_s) + chance.expovariate(rate_per_s / load)
        finishes.append(free_at_s)
        offered += 1
    return OpenLoad(offered, sum(end <= seconds for end in finishes), 0, tuple(backlog))


def judged(arrivals: OpenLoad) -> Verdict:
    return judge(evidence(wall_s=20.0, arrivals=arrivals))


def test_an_overrun_queue_is_unsustained() -> None:
    assert all(judged(queue(1.25, seed)).unsustained for seed in range(25))


def test_a_loaded_queue_that_keeps_up_is_sustained() -> None:
    assert sum(judged(queue(0.8, seed)).unsustained for seed in range(50)) <= 1


def test_a_freeze_that_is_made_up_for_is_sustained() -> None:
    up = [(t / 4, max(0.0, 1000.0 * (t - 30) / 4 if t < 50 else 5000.0 - 2500.0 * (t - 50) / 4)) for t in range(80)]
    assert max(value for _, value in up) == 5000
    assert not judged(OpenLoad(20_000, 20_000, 0, tuple(up))).unsustained


# --- worker loads -------------------------------------------------------------------------------------------------


def sample(index: int, pid: int, cpu_s: float, delay_s: float, loops: int) -> WorkerSample:
    loop = Histogram.of_values([1000] * loops)
    return WorkerSample(index, index % 2, pid, 0, 0, 0, cpu_s, delay_s, 0, loop)


def test_worker_loads_add_up_over_phases_and_replaced_workers() -> None:
    first = (
        [sample(0, 10, 1.0, 0.1, 5), sample(1, 11, 1.0, 0.2, 5)],
        [sample(0, 10, 3.0, 0.4, 25), sample(1, 11, 2.0, 0.1, 6)],
    )
    second = ([sample(0, 10, 4.0, 0.5, 30)], [sample(0, 99, 0.5, 0.1, 3), sample(1, 11, 9.0, 0.0, 6)])
    loads = worker_loads([first, second])
    assert [(load.index, load.target) for load in loads] == [(0, 0), (1, 1)]
    assert [load.cpu_s for load in loads] == pytest.approx([2.0 + 0.5, 1.0 + 9.0])
    # A delay that went back (its thread ended) counts as none.
    assert [load.run_delay_s for load in loads] == pytest.approx([0.3 + 0.1, 0.0])
    assert [load.loop.n for load in loads] == [20 + 3, 1 + 6]

from __future__ import annotations

from s3bench_tui.engine.coordination.agenda import FAR_NS, Agenda, Kind
from s3bench_tui.engine.messages import Change
from s3bench_tui.spec.model.workload import Step
from s3bench_tui.units import NS_PER_S as S


def taken(agenda: Agenda, until_ns: int) -> list[tuple[Kind, int]]:
    found = []
    while planned := agenda.take(until_ns):
        found.append((planned.kind, planned.at_ns // S))
    return found


def test_things_come_in_order_and_not_before_their_time() -> None:
    agenda = Agenda()
    assert agenda.next_ns == FAR_NS
    steps = [Step(at=300, concurrency=3), Step(at=100, concurrency=2), Step(at=0, mark="go")]
    agenda.plan(1000 * S, 500 * S, steps)
    assert not agenda.begun
    assert agenda.next_ns == 1000 * S
    assert taken(agenda, 1000 * S - 1) == []
    assert taken(agenda, 1000 * S) == [(Kind.BEGIN, 1000), (Kind.STEP, 1000)]
    assert agenda.begun
    assert taken(agenda, 2000 * S) == [(Kind.STEP, 1100), (Kind.STEP, 1300), (Kind.END, 1500)]
    assert agenda.next_ns == FAR_NS


def test_a_step_at_the_very_end_comes_before_it() -> None:
    agenda = Agenda()
    agenda.plan(0, 500 * S, [Step(at=500, mark="last")])
    assert [kind for kind, _ in taken(agenda, 500 * S)] == [Kind.BEGIN, Kind.STEP, Kind.END]


def test_without_a_duration_there_is_no_end() -> None:
    agenda = Agenda()
    agenda.plan(0, None, [])
    assert taken(agenda, FAR_NS - 1) == [(Kind.BEGIN, 0)]


def test_a_step_turns_only_what_it_says() -> None:
    agenda = Agenda()
    agenda.plan(
        0,
        None,
        [
            Step(at=1, weights={"get": 2.0}, limits={"put": None}, rate=5.0, mark="m"),
            Step(at=2, pause=True),
            Step(at=3, resume=True, concurrency=7),
        ],
    )
    agenda.take(0)
    changes = [planned.change for _ in range(3) if (planned := agenda.take(10 * S))]
    assert changes == [
        Change(weights={"get": 2.0}, limits={"put": None}, rate_per_s=5.0, label="m"),
        Change(paused=True),
        Change(paused=False, concurrency=7),
    ]

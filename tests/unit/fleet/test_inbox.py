"""What members have said and the engine has not heard yet: in order, bounded, and nobody waits for an engine that has left."""

from __future__ import annotations

import threading
from multiprocessing.connection import wait

from s3bench_tui.fleet.inbox import Inbox
from s3bench_tui.fleet.protos import fleet_pb2 as pb
from s3bench_tui.fleet.transport import Arrived

ENOUGH_S = 30.0


def record(member: int, text: str) -> Arrived:
    return Arrived(member, 0, 0, pb.Up(record=text))


def partial(member: int, text: str) -> Arrived:
    return Arrived(member, 0, 0, pb.Up(partial=text))


def taken(inbox: Inbox) -> list[str]:
    found = []
    while (arrived := inbox.take()) is not None:
        found.append(arrived.word.record or arrived.word.partial if arrived.word is not None else arrived.loss)
    return found


def test_words_keep_their_order_and_of_what_is_for_eyes_the_latest_of_each_is_kept() -> None:
    inbox = Inbox()
    for arrived in (
        partial(0, "p1"),
        record(0, "r1"),
        partial(1, "q1"),
        record(1, "r2"),
        Arrived(0, 0, 0, None, "gone"),
    ):
        inbox.put(arrived)
    for number in range(1000):
        inbox.put(partial(0, f"p{number}"))
    assert taken(inbox) == ["r1", "r2", "gone", "p999", "q1"]


def test_it_is_readable_while_there_is_something_to_take() -> None:
    inbox = Inbox()
    assert not wait([inbox.fileno()], 0)
    for round_ in range(3):
        inbox.put(record(0, "a"))
        inbox.put(partial(0, "b"))
        assert wait([inbox.fileno()], 0), round_
        assert taken(inbox) == ["a", "b"]
        assert not wait([inbox.fileno()], 0), round_


def test_one_that_is_far_ahead_waits_and_the_others_do_not() -> None:
    inbox, passed = Inbox(most=2), threading.Semaphore(0)

    def say() -> None:
        for text in ("1", "2", "3"):
            inbox.put(record(0, text))
            passed.release()

    speaker = threading.Thread(target=say, daemon=True)
    speaker.start()
    assert passed.acquire(timeout=ENOUGH_S) and passed.acquire(timeout=ENOUGH_S)
    assert not passed.acquire(timeout=0.05)
    inbox.put(record(1, "other"))
    first = inbox.take()
    assert first is not None and first.word is not None and first.word.record == "1"
    speaker.join(ENOUGH_S)
    assert taken(inbox) == ["2", "other", "3"]


def test_nobody_waits_for_one_that_takes_no_more() -> None:
    inbox = Inbox(most=1)
    inbox.put(record(0, "1"))
    speaker = threading.Thread(target=inbox.put, args=(record(0, "2"),), daemon=True)
    speaker.start()
    inbox.close()
    speaker.join(ENOUGH_S)
    assert not speaker.is_alive()
    inbox.close()
    inbox.put(record(0, "3"))

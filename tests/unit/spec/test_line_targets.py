"""Lines of the mix that run on one of several targets."""

from __future__ import annotations

from collections.abc import Callable

from s3bench_tui.spec.loading import load_text

TWO = "targets: [null://a/, {uri: null://b/, name: second}]\nconcurrency: 2\nworkload:\n"


def test_a_line_may_name_its_target() -> None:
    text = TWO + "  - {op: list, target: 'null'}\n  - {op: list, target: second}\n  - {op: list}\n"
    assert [line.target for line in load_text(text).workload.workload] == ["null", "second", None]


def test_the_target_is_one_that_there_is(faults: Callable[[str], list[str]]) -> None:
    assert faults(TWO + "  - {op: list, target: secnod}\n  - {op: list}\n") == [
        "w.yaml:4: workload.0.target: no target is called 'secnod'. Did you mean 'second'? Targets: null, second"
    ]


def test_every_target_has_a_line(faults: Callable[[str], list[str]]) -> None:
    assert faults(TWO + "  - {op: list, target: second}\n") == [
        "w.yaml:1: targets.0: no line of the mix runs here. Add target: 'null' to a line, or remove the target"
    ]


def test_a_delete_takes_what_puts_write_on_its_own_target(faults: Callable[[str], list[str]]) -> None:
    delete = TWO + "  - {op: delete, target: second, path: out/}\n"
    assert faults(delete + "  - {op: put, target: 'null', path: out/, size: 1KiB}\n") == [
        "w.yaml:4: workload.0.path: no put of this workload writes below 'out/'. "
        "Deletes only take what this run created: add a put with path: out/"
    ]
    load_text(delete + "  - {op: put, path: out/, size: 1KiB}\n")

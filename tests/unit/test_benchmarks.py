"""The parts of the benchmarks that compute and show; what they measure is not tested here."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as program
from benchmarks.command import CommandError, run
from benchmarks.figures import (
    COST_COLUMNS,
    Bar,
    Cost,
    Sample,
    Table,
    aligned,
    cost_rows,
    cpu_ratio,
    marginal_cpu_s,
    number,
    rate_ratio,
)
from benchmarks.files import SOURCE
from benchmarks.floor import Signer
from benchmarks.screen import first_reached, quantile
from tests.servers.delay import Served


def cost(name: str, *cpu_us: float, ops: int = 1000, wall_s: float = 2.0) -> Cost:
    """One whose rounds took so much CPU for each operation, and twice that with the start."""
    samples = [Sample(ops, wall_s, us * ops / 1e6, 2 * us * ops / 1e6) for us in cpu_us]
    return Cost(name, "some way", samples)


def test_a_cost_is_the_median_of_its_rounds() -> None:
    found = cost("a", 30, 10, 20)
    assert found.cpu_us_per_op == pytest.approx(20)
    assert found.tree_us_per_op == pytest.approx(40)
    assert found.spread == pytest.approx((10, 30))
    assert found.ops_per_s == 500


def test_a_ratio_is_that_of_the_medians() -> None:
    slow, fast = cost("slow", 300, 900, 330), cost("fast", 10, 11, 90)
    assert cpu_ratio(slow, fast) == pytest.approx(30)
    assert rate_ratio(cost("a", 1, wall_s=4.0), cost("b", 1, wall_s=2.0)) == pytest.approx(0.5)


def test_without_a_measurement_there_is_no_ratio() -> None:
    missing = Cost("peer", "", missing="not installed")
    assert cpu_ratio(missing, cost("a", 1)) is None
    assert cpu_ratio(cost("a", 1), missing) is None
    assert rate_ratio(missing, cost("a", 1)) is None


def test_start_and_end_fall_out_of_the_comparison_of_two_runs() -> None:
    start_s, per_op_s = 1.25, 20e-6
    long, short = (start_s + per_op_s * 90_000, start_s + per_op_s * 10_000)
    assert marginal_cpu_s(90_000, long, 10_000, short) == pytest.approx(per_op_s * 90_000)
    with pytest.raises(ValueError, match="no more operations"):
        marginal_cpu_s(10_000, 1.0, 10_000, 1.0)


@pytest.mark.parametrize(
    ("value", "limit", "at_most", "passed"),
    [
        (1.5, 1.6, True, True),
        (1.7, 1.6, True, False),
        (41, 40, False, True),
        (39, 40, False, False),
        (None, 1, True, None),
    ],
)
def test_a_bar_holds_on_its_own_side(value: float | None, limit: float, at_most: bool, passed: bool | None) -> None:
    assert Bar("ratio", value, limit, at_most).passed is passed


def test_a_bar_says_what_was_found_and_what_was_wanted() -> None:
    assert str(Bar("CPU against the floor", 1.72, 1.6)) == "**FAIL** CPU against the floor: 1.72 x (at most 1.6)"
    assert str(Bar("payload", 8.1, 4, at_most=False, unit="GB/s")) == "**pass** payload: 8.10 GB/s (at least 4)"
    assert str(Bar("CPU against wrk", None, 2.2)) == "**not measured** CPU against wrk: - x (at most 2.2)"


def test_numbers_keep_three_digits() -> None:
    assert [number(value) for value in (0.4449, 1.005, 13.37, 99.96, 1234.5)] == [
        "0.44",
        "1.00",
        "13.4",
        "100.0",
        "1234",
    ]


def test_a_client_that_is_missing_stands_in_the_table_and_says_why() -> None:
    floor = cost("floor", 10, 12, 14)
    rows = cost_rows([floor, cost("mine", 18), Cost("wrk", "C", missing="not installed")], floor)
    assert all(len(row) == len(COST_COLUMNS) for row in rows)
    assert rows[0] == ["floor", "some way", "3000", "500", "12.0", "10.0-14.0", "24.0", "1.00"]
    assert rows[1][-1] == "1.50"
    assert rows[2][:3] == ["wrk", "not installed", "-"]


def test_a_table_is_aligned_markdown() -> None:
    assert aligned(("name", "n"), [["a", "1"], ["long name", "1000"]]) == [
        "| name      |    n |",
        "| --------- | ---: |",
        "| a         |    1 |",
        "| long name | 1000 |",
    ]
    table = Table("title", "How.", ("name", "n"), [["a", "1"]], [Bar("b", 1, 2)], ["a note"])
    assert str(table).splitlines()[:3] == ["## title", "", "How."]
    assert str(table).endswith("\n- **pass** b: 1.00 x (at most 2)\n\n- a note\n")


def test_a_command_costs_what_its_children_cost_too() -> None:
    burn = "import time; end = time.process_time() + 0.1\nwhile time.process_time() < end: pass"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    ran = run([sys.executable, "-c", parent])
    assert ran.cpu_s >= 0.1


def test_a_command_that_fails_is_an_error_with_its_own_words() -> None:
    with pytest.raises(CommandError, match=r"ended with 7:\nalas") as ended:
        run([sys.executable, "-c", "import sys; print('alas', file=sys.stderr); sys.exit(7)"])
    assert ended.value.status == 7


def test_the_floor_signs_as_s3_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"AWS_ACCESS_KEY_ID": "access", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    request = Signer("127.0.0.1:9000").get("/bench/small/prepared-00000001.dat").decode()
    assert request == expected(request)


def expected(request: str) -> str:
    """The same request as botocore signs it."""
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    line, *lines = request.removesuffix("\r\n\r\n").split("\r\n")
    headers = dict(header.split(": ", 1) for header in lines)
    signer = S3SigV4Auth(Credentials("access", "secret"), "s3", "us-east-1")
    plain = AWSRequest("GET", "http://127.0.0.1:9000" + line.split()[1], headers={
        name: value for name, value in headers.items() if name != "Authorization"
    })  # fmt: skip
    plain.context["timestamp"] = headers["x-amz-date"]
    signature = signer.signature(signer.string_to_sign(plain, signer.canonical_request(plain)), plain)
    stem = request.rpartition("Signature=")[0]
    return f"{stem}Signature={signature}\r\n\r\n"


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler (cc)")
def test_the_loop_in_c_reads_the_files_and_says_what_it_did(tmp_path: Path) -> None:
    loop = tmp_path / "cached"
    subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", str(loop), str(SOURCE)], check=True)
    for i in range(3):
        (tmp_path / f"object-{i:08d}").write_bytes(b"x" * 4096)
    told = json.loads(run([str(loop), str(tmp_path / "object-%08d"), "3", "10"]).stdout)
    assert told["ops"] == 10
    with pytest.raises(CommandError, match="ended with 1"):
        run([str(loop), str(tmp_path / "missing-%08d"), "3", "10"])


def test_a_name_that_is_no_benchmark_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "s3_got"])
    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2
    assert "there is no benchmark 's3_got'; there are s3_get, " in capsys.readouterr().err


def test_a_dial_is_in_effect_when_the_server_first_has_one_request_more_in_hand() -> None:
    alone = [Served(0, 10), Served(10, 20), Served(21, 40)]
    assert first_reached(alone)[1] == 0
    assert 2 not in first_reached(alone)
    assert first_reached([*alone, Served(35, 45), Served(36, 46)]) == {0: 10, 1: 0, 2: 35, 3: 36}


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile(list(range(1, 101)), 0.99) == 100
    assert quantile([7.0], 0.99) == 7.0

"""Samples, costs, bars and tables: what a benchmark found, and how it is shown. Pure; measures nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Sample:
    """One run of one client. CPU is user and system time."""

    ops: int
    wall_s: float
    """Of the operations alone."""
    cpu_s: float
    """Without what starting and ending the program takes."""
    tree_cpu_s: float
    """Of the program and all its processes, from exec to exit."""

    @property
    def ops_per_s(self) -> float:
        return self.ops / self.wall_s

    @property
    def cpu_us_per_op(self) -> float:
        return self.cpu_s * 1e6 / self.ops

    @property
    def tree_us_per_op(self) -> float:
        return self.tree_cpu_s * 1e6 / self.ops


def marginal_cpu_s(ops: int, cpu_s: float, short_ops: int, short_cpu_s: float) -> float:
    """CPU of the operations alone, of a run that cost `cpu_s` in all, by comparison with a shorter one.

    What both take alike, for start and end, falls out; what grows with the run stays in.
    """
    if ops <= short_ops:
        raise ValueError(f"the long run made no more operations ({ops}) than the short one ({short_ops})")
    return (cpu_s - short_cpu_s) / (ops - short_ops) * ops


@dataclass(slots=True)
class Cost:
    """What one client cost in all rounds; every figure is the median of its rounds."""

    name: str
    how: str
    """Concurrency and interface, in a few words."""
    samples: list[Sample] = field(default_factory=list)
    missing: str = ""
    """Why it was not measured."""

    @property
    def ops_per_s(self) -> float:
        return median(sample.ops_per_s for sample in self.samples)

    @property
    def cpu_us_per_op(self) -> float:
        return median(sample.cpu_us_per_op for sample in self.samples)

    @property
    def tree_us_per_op(self) -> float:
        return median(sample.tree_us_per_op for sample in self.samples)

    @property
    def spread(self) -> tuple[float, float]:
        """Least and greatest CPU of an operation, in us."""
        found = [sample.cpu_us_per_op for sample in self.samples]
        return min(found), max(found)


def cpu_ratio(cost: Cost, of: Cost) -> float | None:
    """How many times the CPU of `of` an operation takes; None where either was not measured."""
    return cost.cpu_us_per_op / of.cpu_us_per_op if cost.samples and of.samples else None


def rate_ratio(cost: Cost, of: Cost) -> float | None:
    """Its operations per second as multiple of those of `of`; None where either was not measured."""
    return cost.ops_per_s / of.ops_per_s if cost.samples and of.samples else None


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure, and the limit that it has to keep."""

    what: str
    value: float | None
    """None: not measured."""
    limit: float
    at_most: bool = True
    """Otherwise at least."""
    unit: str = "x"

    @property
    def passed(self) -> bool | None:
        """None where it was not measured."""
        if self.value is None:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def __str__(self) -> str:
        word = {True: "pass", False: "FAIL", None: "not measured"}[self.passed]
        found = "-" if self.value is None else number(self.value)
        side = "at most" if self.at_most else "at least"
        return f"**{word}** {self.what}: {found} {self.unit} ({side} {self.limit:g})"


@dataclass(frozen=True, slots=True)
class Table:
    """One piece of work and what came of it. `how` says what was measured, and how."""

    title: str
    how: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar] = ()
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        """As Markdown that is aligned for people, too."""
        lines = [f"## {self.title}", "", self.how, "", *aligned(self.columns, self.rows)]
        if self.bars:
            lines += ["", *(f"- {bar}" for bar in self.bars)]
        if self.notes:
            lines += ["", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines) + "\n"


def cost_rows(costs: Iterable[Cost], floor: Cost) -> list[list[str]]:
    """One row for each client, under `COST_COLUMNS`."""
    rows = []
    for cost in costs:
        if not cost.samples:
            rows.append([cost.name, cost.missing, *["-"] * (len(COST_COLUMNS) - 2)])
            continue
        ratio = cpu_ratio(cost, floor)
        low, high = cost.spread
        rows.append(
            [
                cost.name,
                cost.how,
                str(sum(sample.ops for sample in cost.samples)),
                number(cost.ops_per_s),
                number(cost.cpu_us_per_op),
                f"{number(low)}-{number(high)}",
                number(cost.tree_us_per_op),
                "-" if ratio is None else f"{ratio:.2f}",
            ]
        )
    return rows


COST_COLUMNS = (
    "client", "how", "operations", "op/s", "CPU us/op", "lowest-highest", "with start-up", "x floor",
)  # fmt: skip


def number(value: float) -> str:
    """Three digits that matter, none more."""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table; columns of numbers are set to the right."""
    widths = [max(len(line[i]) for line in (columns, *rows)) for i in range(len(columns))]
    right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        parts = zip(cells, widths, right, strict=True)
        return "| " + " | ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in parts) + " |"

    rule = ["-" * (width - 1) + ":" if r else "-" * width for width, r in zip(widths, right, strict=True)]
    return [line(columns), line(rule), *(line(row) for row in rows)]


def _is_number(cell: str) -> bool:
    return cell == "-" or cell[:1].isdigit()

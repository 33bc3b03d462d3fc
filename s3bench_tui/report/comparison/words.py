"""A comparison for people, as plain text and as Markdown; and what it comes to, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from s3bench_tui.report.comparison.figures import Comparison, shown
from s3bench_tui.report.comparison.setups import Difference
from s3bench_tui.report.forms.tables import aligned, markdown
from s3bench_tui.stats.compare import Verdict

HEADER = ("figure", "A", "B", "change", "noise", "verdict")

METHOD = (
    "Change is A against B. Noise is the 95 % band from overlapping blocks of one-second intervals of the steady measured "
    "phases; a change within it, or below 2 % (failures: 0.05 points), counts as the same."
)


def rows_of(comparison: Comparison) -> list[tuple[str, str, str, str, str, str]]:
    """The cells under `HEADER`."""
    return [
        (
            line.name,
            shown(line.a, line.kind),
            shown(line.b, line.kind),
            line.change,
            line.noise,
            line.judgement.verdict.value,
        )
        for line in comparison.lines
    ]


def sentence(comparison: Comparison) -> str:
    """`A is better in 4 figures and worse in 1 (put p99); 3 are the same, 2 cannot be told.`"""
    count = {verdict: sum(line.judgement.verdict is verdict for line in comparison.lines) for verdict in Verdict}
    worse = ", ".join(line.name for line in comparison.worse)
    parts = [
        f"better in {count[Verdict.BETTER]}" if count[Verdict.BETTER] else "",
        f"worse in {count[Verdict.WORSE]} ({worse})" if worse else "",
        f"the same in {count[Verdict.SAME]}" if count[Verdict.SAME] else "",
    ]
    said = ", ".join(part for part in parts if part)
    unknown = f"; {count[Verdict.UNKNOWN]} cannot be told" if count[Verdict.UNKNOWN] else ""
    return f"Of {len(comparison.lines)} figures A is {said}{unknown}." if said else "No figure can be told apart."


def text_of(comparison: Comparison, names: tuple[str, str]) -> str:
    """Plain text, aligned."""
    a, b = names
    blocks = [
        f"A  {a}\nB  {b}\n",
        aligned(HEADER, rows_of(comparison), left=(0, 5)),
        "".join(f"{name}: {why}\n" for name, why in reasons(comparison)),
        aligned(
            ("set-up", "A", "B", ""), _setup_rows(comparison.differences, "same", "DIFFERS", "!!"), left=(0, 1, 2, 3)
        ),
        f"{sentence(comparison)}\n{METHOD}\n",
    ]
    return "\n".join(block for block in blocks if block)


def markdown_of(comparison: Comparison, names: tuple[str, str]) -> str:
    """Markdown, to be pasted into a ticket."""
    a, b = (name.replace("`", "'") for name in names)
    lines = [
        f"**A** `{a}` against **B** `{b}`\n",
        markdown(HEADER, rows_of(comparison)),
        "".join(f"- {name}: {why}\n" for name, why in reasons(comparison)),
        markdown(("set-up", "A", "B", ""), _setup_rows(comparison.differences, "same", "differs", "**matters**")),
        f"{sentence(comparison)} {METHOD}\n",
    ]
    return "\n".join(line for line in lines if line)


def reasons(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """(figure, why) of what cannot be told, each reason once."""
    found: dict[str, list[str]] = {}
    for line in comparison.lines:
        if line.judgement.verdict is Verdict.UNKNOWN:
            found.setdefault(line.judgement.why, []).append(line.name)
    for why, lines in found.items():
        yield ", ".join(lines), why


def _setup_rows(
    differences: Sequence[Difference], same: str, differs: str, matters: str
) -> list[tuple[str, str, str, str]]:
    return [(row.what, row.a, row.b, matters if row.matters else same if row.same else differs) for row in differences]

"""Whether a phase was steady: whether its end is like its beginning. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from s3bench_tui.stats.noise import Sample, difference, estimate

SECONDS_AT_LEAST = 15
"""In a shorter phase a third is too short to compare."""

CONFIDENCE = 0.99
TOLERATED = 0.05
"""A drift below this share of the figure is none, however sure it is."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """`steady` is None where that cannot be told; `drift` is the last third against the first, as a share."""

    steady: bool | None
    drift: float = 0.0

    @property
    def text(self) -> str:
        """In words."""
        if self.steady is None:
            return "too short to tell whether it was steady"
        return "steady" if self.steady else f"drifting: its last third is {self.drift:+.0%} against its first"


def steadiness(sample: Sample) -> Steadiness:
    """Compare the last third with the first: a difference of more than 5 % that noise makes once in a hundred is a drift."""
    if len(sample) < SECONDS_AT_LEAST:
        return Steadiness(None)
    third = len(sample) // 3
    first, last = estimate(sample[:third], roughly=True), estimate(sample[-third:], roughly=True)
    if not first.value:
        return Steadiness(not last.value, 0.0 if not last.value else 1.0)
    found = difference(last, first, CONFIDENCE)
    drift = found.value / abs(first.value)
    return Steadiness(not (found.found and abs(drift) > TOLERATED), drift)

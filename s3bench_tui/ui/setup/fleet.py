"""What the agents of a draft's fleet said when they were asked, as checks and as answers of its targets. Asks nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from s3bench_tui.fleet.finding import Finding
from s3bench_tui.ui.setup.document import Check, Draft
from s3bench_tui.ui.setup.panels import Probe


class FleetAnswers:
    """Holds as long as nothing was changed of which the agents were asked."""

    def __init__(self) -> None:
        self._asked_of = ""
        self._checks: list[Check] = []

    def asking(self, draft: Draft) -> Mapping[str, Probe]:
        """The agents are being asked; what is known of the targets meanwhile, by what stands in the file."""
        self._asked_of = _subject(draft)
        self._checks = [Check("...", f"{agent}: asking; the program goes on meanwhile") for agent in agents_of(draft)]
        return dict.fromkeys(_targets(draft), Probe("...", "its agents ask; the program goes on meanwhile"))

    def answered(self, draft: Draft, answer: Sequence[Finding] | Exception) -> Mapping[str, Probe]:
        """They have answered, or could not be asked; nothing where the draft has become another one meanwhile."""
        if self._asked_of != _subject(draft):
            return {}
        if isinstance(answer, Exception):
            self._checks = [Check("x", str(answer))]
            return dict.fromkeys(_targets(draft), Probe("", ""))
        self._checks = [_check(finding) for finding in sorted(answer, key=lambda finding: not finding.problem)]
        return {target: _probe(number, answer) for number, target in enumerate(_targets(draft))}

    def checks(self, draft: Draft) -> list[Check]:
        """A line for each agent; nothing where there is no fleet."""
        if not agents_of(draft):
            return []
        if self._asked_of != _subject(draft):
            return [Check("", "agents      t on a target asks them whether they could run it")]
        return self._checks


def agents_of(draft: Draft) -> tuple[str, ...]:
    """Of a draft that can run; none where it is for this machine alone. A cluster stands for its hosts, which are found
    when it is asked; workers that a run starts on this machine are none, since it asks by itself."""
    fleet = draft.loaded.workload.fleet if draft.loaded is not None else None
    if fleet is None:
        return ()
    if fleet.dask is not None:
        return () if fleet.dask.startswith("LocalCluster(") else (fleet.dask,)
    return fleet.agents


def _subject(draft: Draft) -> str:
    workload = draft.loaded.workload if draft.loaded is not None else None
    return "" if workload is None else repr((workload.targets, workload.fleet))


def _targets(draft: Draft) -> list[str]:
    return [repr(draft.get(path)) for path in draft.targets()]


def _check(finding: Finding) -> Check:
    text = "; ".join(part for part in (finding.problem, finding.text) if part)
    return Check("x" if finding.problem else "ok", f"{finding.agent}: {text}")


def _probe(number: int, findings: Sequence[Finding]) -> Probe:
    """What all say of one target: the first of those to whom it did not answer well, or the first of all."""
    said = [finding for finding in findings if number < len(finding.answers)]
    refused = next((finding for finding in said if not finding.answers[number].ok), None)
    if refused is not None:
        return Probe("x", f"{refused.agent}: {refused.answers[number].text}")
    if len(said) < len(findings):
        return Probe("x", f"{len(findings) - len(said)} of {len(findings)} agents could not ask it; see the checks")
    return Probe("ok", f"all {len(said)} agents; {said[0].agent}: {said[0].answers[number].text}")

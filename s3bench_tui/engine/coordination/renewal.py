"""Credentials that are about to expire, and how the workers come by new ones while the load runs."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from dataclasses import replace

from s3bench_tui.engine.coordination.crew import Crew
from s3bench_tui.engine.groundwork.preparation import OpenTarget
from s3bench_tui.units import NS_PER_S

_EVERY_NS = 15 * NS_PER_S
"""How often the stores are asked whether credentials are about to expire."""


class Renewal:
    """Asks the stores from time to time, and passes on what they give; `tell` hears of it as kind and text."""

    def __init__(
        self, targets: MutableSequence[OpenTarget], crew: Crew, tell: Callable[[str, str], None], now_ns: int
    ) -> None:
        self._targets = targets
        self._crew = crew
        self._tell = tell
        self._next_ns = now_ns + _EVERY_NS

    def look(self, now_ns: int) -> None:
        """Renew what has to be, where it is time to ask."""
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + _EVERY_NS
        for target in tuple(self._targets):
            renewed = target.store.renewed_credentials()
            if target.store.renewal_error:
                self._tell("error", f"{target.name}: {target.store.renewal_error}")
            if renewed is None:
                continue
            self._targets[target.index] = replace(target, driver=replace(target.driver, credentials=renewed))
            for member in self._crew.members:
                if member.plan.target == target.index and member.alive:
                    member.plan = replace(member.plan, driver=replace(member.plan.driver, credentials=renewed))
                    member.told.send(("credentials", renewed))
            self._tell("info", f"{target.name}: the credentials were renewed")

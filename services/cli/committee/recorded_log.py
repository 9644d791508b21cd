"""Trying a new convention on a recorded log, beside the auditor's replay of it."""

from __future__ import annotations

from contracts.convention.model import Convention
from contracts.envelope.wire import Inbound
from contracts.log.orders.registry import Registry
from services.audit.facts import quarter_of
from services.audit.source import recorded_at
from services.committee.simulate.decide_again import Simulator
from services.committee.simulate.impact import Impact


class Trial:
    """A new convention, tried on what a replay shows it."""

    def __init__(self, convention: Convention) -> None:
        self.impact = Impact()
        self._convention = convention
        self._simulators: dict[tuple[str, int], Simulator] = {}

    def take(self, record: Inbound, evidence: bytes | None, registry: Registry) -> None:
        """Decide a record again, and count what comes of it.

        Raises:
            LogError: the record or its evidence is malformed.
        """
        realm = record.topic.split(".")[1]
        place = realm, record.partition
        if place not in self._simulators:
            known = registry.directories, registry.conventions
            self._simulators[place] = Simulator(realm, self._convention, *known)
        judged = self._simulators[place].step(record.value or b"", evidence or b"")
        if judged is not None:
            self.impact.add(judged, quarter_of(recorded_at(record)))

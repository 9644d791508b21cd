"""From the cases of one bus to what is counted of one month.

A month is told `WAIT_DAYS` after it has ended, as the log knew it then: what comes later changes
nothing in it. At each place a case counts once, whatever happened in it how often.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from contracts.decision.heirs import NO_HEIRS
from contracts.decision.heirs_in_time import HeirsInTime
from services.committee.friction.axes import NONE, is_alert, transmission
from services.committee.friction.case_facts import (
    CANCELLED,
    LATE,
    OPEN,
    CaseFacts,
    CountedDuty,
    CountedEvent,
    RefusedSending,
)
from services.committee.friction.measures import MEASURE
from services.committee.friction.months import DAY_S, begins, following, month_of
from services.committee.friction.populations import (
    BY_DESK,
    CORRECTED,
    KINDS,
    LEFT,
    OVERDUE,
    SILENT,
    TIMED,
)
from services.suppression import Unit

WAIT_DAYS: Final = 14  # in which a refusal may be corrected, and a late answer come in

Party = tuple[str, str]  # a role and the urn of its desk

_RANK: Final = {SILENT: 0, LATE: 1}  # the worst first; what was kept is the best


def cut_of(month: str) -> int:
    """The instant from which a month is told, seconds."""
    return begins(following(month)) + WAIT_DAYS * DAY_S


def told_with(at: int) -> str:
    """The first month of which a record counts: it counts in all later ones too."""
    return month_of(at - WAIT_DAYS * DAY_S - 1)


class MonthCount:
    """Counts the cases of one realm in one month.

    Attributes:
        units: population -> its cases, each at its places.
        desks: role -> urns of its desks that did anything that is counted by desk.
        at_work: role -> urns of its desks that sent, received or owed anything.
        seconds: table and row -> case -> one time, seconds.
    """

    def __init__(
        self, month: str, spoke: Mapping[str, Sequence[int]], heirs: HeirsInTime | None = None
    ) -> None:
        self.units: dict[str, list[Unit]] = defaultdict(list)
        self.desks: dict[str, set[str]] = defaultdict(set)
        self.at_work: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self._start, self._end, self._cut = begins(month), begins(following(month)), cut_of(month)
        self._spoke, self._heirs = spoke, heirs or HeirsInTime()
        self._known: Callable[[str], tuple[str, ...]] = NO_HEIRS.path  # of the case that is counted

    def take(self, token: str, case: CaseFacts) -> None:
        """Count one case."""
        self._known = self._heirs.at(self._cut, case.given).path
        self._acts(token, case)
        self._times(token, case)
        self._terms(token, case.duties.values())
        self._overdue(token, case)
        self._refusals(token, case)
        self._left_out(token, case)
        self._judged(token, case)

    def of(self, name: str) -> tuple[Unit, ...]:
        """The cases of a population. Where roles are counted, a role's only desk at work is that role, and no other reader."""
        units, alone = self.units[name], {min(of) for of in self.at_work.values() if len(of) == 1}
        if name.partition(" ")[0] in BY_DESK:
            return tuple(units)
        return tuple(replace(unit, known_to=unit.known_to - alone) for unit in units)

    def _is_in(self, at: int) -> bool:
        return self._start <= at < self._end

    def _acts(self, token: str, case: CaseFacts) -> None:
        """What was transmitted, and what was said of measures: by desk."""
        sent = (event for event in case.events.values() if event.etype != MEASURE)
        for event in (event for event in sent if self._is_in(event.at)):
            for purpose in {to.purpose for to in event.to}:
                known_to = [to.desk for to in event.to if to.purpose == purpose]
                row = transmission(event.etype, purpose)
                self._by_desk("acts", row, token, event.issuer, event.desk, known_to)
            for to in event.to:
                self.at_work[to.role].add(to.desk)
        for said in (said for said in case.measures if self._is_in(said.at)):
            self._by_desk("measures", said.row, token, said.issuer, said.desk, said.known_to)

    def _by_desk(
        self, name: str, row: str, token: str, role: str, desk: str, known_to: Iterable[str]
    ) -> None:
        self.desks[role].add(desk)
        self.at_work[role].add(desk)
        self._add(f"{name} {row}", token, desk, {"row": row, "issuer": desk}, known_to)

    def _times(self, token: str, case: CaseFacts) -> None:
        """How long each door took."""
        alerts = [
            (event, to.role)
            for event in case.events.values()
            for to in event.to
            if is_alert(event.etype, to.purpose)
        ]
        for event, door in alerts:
            acknowledged, answered = event.acknowledged.get(door), event.answered.get(door)
            self._timed(TIMED[0], token, event, door, event.sent, acknowledged)
            self._timed(TIMED[1], token, event, door, acknowledged, answered)

    def _timed(
        self,
        name: str,
        token: str,
        event: CountedEvent,
        door: str,
        since: int | None,
        at: int | None,
    ) -> None:
        if since is not None and at is not None and self._is_in(at):
            doors = [(to.role, to.desk) for to in event.to if to.role == door]
            parties = ((event.issuer, event.desk), *doors)
            self._by_role(name, token, event.issuer, {"door": door}, parties)
            self.seconds[name, door].setdefault(token, max(0, at - since))

    def _terms(self, token: str, duties: Iterable[CountedDuty]) -> None:
        """The worst that became of what was due, of each kind; by whom it was made owed, of the law's."""
        legal: dict[tuple[str, str], list[CountedDuty]] = defaultdict(list)
        receipts: dict[str, list[CountedDuty]] = defaultdict(list)
        for duty in (duty for duty in duties if self._became(duty)):
            if duty.legal:
                legal[duty.act, duty.issuer].append(duty)
            if duty.act.startswith("ACK:"):
                receipts[duty.debtor].append(duty)
        for (act, issuer), of in legal.items():
            self._owed("law", token, {"act": act, "issuer": issuer, "answer": self._worst(of)}, of)
        for debtor, of in receipts.items():
            self._owed("receipts", token, {"debtor": debtor, "answer": self._worst(of)}, of)

    def _worst(self, duties: Iterable[CountedDuty]) -> str:
        return min(map(self._became, duties), key=lambda became: _RANK.get(became, 2))

    def _became(self, duty: CountedDuty) -> str:
        """Kept, late or silent, of what was due in the month, as known when it is told; else empty."""
        stand = duty.stand(self._cut)
        if stand is None or stand[0] == CANCELLED or not self._is_in(stand[1]):
            return ""
        return SILENT if stand[0] == OPEN else stand[0]

    def _overdue(self, token: str, case: CaseFacts) -> None:
        """What is overdue when the month ends, and whether who owes it said anything in it."""
        late: dict[str, list[CountedDuty]] = defaultdict(list)
        for duty in case.duties.values():
            stand = duty.stand(self._end)
            if stand is not None and stand[0] == OPEN and stand[1] < self._end:
                late[duty.debtor].append(duty)
        for debtor, of in late.items():
            silent = any(not self._spoke_for(duty.desk, case) for duty in of)
            self._owed("overdue", token, {"debtor": debtor, "spoke": OVERDUE[silent]}, of)

    def _spoke_for(self, desk: str, case: CaseFacts) -> bool:
        """Whether who owed what a desk was to do, when the month began or when it ended, said anything in it."""
        both = (self._heirs.at(at, case.given) for at in (self._start, self._end))
        return any(self._said(heirs.heir(desk)) for heirs in both)

    def _said(self, desk: str) -> bool:
        instants = self._spoke.get(desk, ())
        place = bisect_left(instants, self._start)
        return place < len(instants) and instants[place] < self._end

    def _refusals(self, token: str, case: CaseFacts) -> None:
        """The first of the month, and whether it was put right."""
        refused = next((sending for sending in case.refused if self._is_in(sending.at)), None)
        if refused is None:
            return
        at = {
            "reason": refused.reason,
            "clause": refused.clause or NONE,
            "right_door": refused.doors[0] if refused.doors else NONE,
            "corrected": CORRECTED[not _is_corrected(refused, case)],
        }
        self._add("refused", token, refused.issuer, at)

    def _left_out(self, token: str, case: CaseFacts) -> None:
        left: dict[str, tuple[bool, set[str]]] = {}
        for each in case.left_out:
            if self._is_in(each.at):
                passes, issuers = left.get(each.category, (False, set()))
                left[each.category] = passes or each.might_pass, issuers | {each.issuer}
        for category, (passes, issuers) in left.items():
            at = {"category": category, "left": LEFT[not passes]}
            for issuer in issuers:
                self._add("left_out", token, issuer, at)

    def _judged(self, token: str, case: CaseFacts) -> None:
        """The gravest change that the announced convention would have made."""
        changes = [(KINDS.index(kind), role) for at, kind, role in case.judged if self._is_in(at)]
        for issuer in {role for _rank, role in changes}:
            self._add("announced", token, issuer, {"change": KINDS[min(changes)[0]]})

    def _owed(
        self, name: str, token: str, at: Mapping[str, str], duties: Sequence[CountedDuty]
    ) -> None:
        parties = {(duty.debtor, duty.desk) for duty in duties}
        parties |= {(duty.issuer, duty.by) for duty in duties}
        for issuer in {duty.issuer for duty in duties}:
            self._by_role(name, token, issuer, at, parties)

    def _by_role(
        self, name: str, token: str, issuer: str, at: Mapping[str, str], parties: Iterable[Party]
    ) -> None:
        """Counted by role; who sent or received it are readers, and each one's role."""
        known_to = set[str]()
        for role, desk in parties:
            self.at_work[role].add(desk)
            known_to |= {role, desk}
        self._add(name, token, issuer, at, known_to)

    def _add(
        self,
        name: str,
        token: str,
        issuer: str,
        at: Mapping[str, str],
        known_to: Iterable[str] = (),
    ) -> None:
        """Count a case; what a desk that has ended knows, who follows it knows too."""
        readers = {reader for desk in (issuer, *known_to) for reader in self._known(desk)}
        own = () if issuer in known_to else {issuer}
        self.units[name].append(Unit(token, issuer, at, frozenset(readers.difference(own))))


def _is_corrected(refused: RefusedSending, case: CaseFacts) -> bool:
    """Whether the same institution sent something in the same case that arrived where it was right."""
    until = refused.at + WAIT_DAYS * DAY_S
    return any(
        refused.at < event.at <= until
        and event.agency == refused.agency
        and (not refused.doors or any(to.role in refused.doors for to in event.to))
        for event in case.events.values()
    )

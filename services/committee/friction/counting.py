"""From the cases of one bus to what is counted of one month.

A month is told `WAIT_DAYS` after it has ended, as the log knew it then: what comes later changes
nothing in it. At each place a case counts once, whatever happened in it how often.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

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
    CORRECTED,
    KINDS,
    LEFT,
    OVERDUE,
    SILENT,
    TIMED,
)
from services.suppression import Unit

WAIT_DAYS: Final = 14  # in which a refusal may be corrected, and a late answer come in

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
        desks: role -> urns of its desks that did anything.
        seconds: table and row -> case -> one time, seconds.
    """

    def __init__(self, month: str, spoke: Mapping[str, Sequence[int]]) -> None:
        self.units: dict[str, list[Unit]] = defaultdict(list)
        self.desks: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        self._start, self._end, self._cut = begins(month), begins(following(month)), cut_of(month)
        self._spoke = spoke

    def take(self, token: str, case: CaseFacts) -> None:
        """Count one case."""
        self._acts(token, case)
        self._times(token, case)
        self._terms(token, case.duties.values())
        self._overdue(token, case.duties.values())
        self._refusals(token, case)
        self._left_out(token, case)
        self._judged(token, case)

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
        for said in (said for said in case.measures if self._is_in(said.at)):
            self._by_desk("measures", said.row, token, said.issuer, said.desk, said.known_to)

    def _by_desk(
        self, name: str, row: str, token: str, role: str, desk: str, known_to: Iterable[str]
    ) -> None:
        self.desks[role].add(desk)
        self._add(f"{name} {row}", token, desk, {"row": row, "issuer": desk}, *known_to)

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
            self._add(name, token, event.issuer, {"door": door}, door)
            self.seconds[name, door].setdefault(token, max(0, at - since))

    def _terms(self, token: str, duties: Iterable[CountedDuty]) -> None:
        """The worst that became of what was due, of each kind; by whom it was made owed, of the law's."""
        legal: dict[tuple[str, str], tuple[int, str, str]] = {}
        receipts: dict[str, tuple[int, str, set[str]]] = {}
        for duty in duties:
            if not (became := self._became(duty)):
                continue
            rank = _RANK.get(became, 2), became
            if duty.legal:
                place = duty.act, duty.issuer
                legal[place] = min(legal.get(place, (9, "", "")), (*rank, duty.debtor))
            if duty.act.startswith("ACK:"):
                known = receipts.get(duty.debtor, (9, "", set()))
                receipts[duty.debtor] = (*min(known[:2], rank), known[2] | {duty.issuer})
        for (act, issuer), (_rank, became, debtor) in legal.items():
            at = {"act": act, "issuer": issuer, "answer": became}
            self._add("law", token, issuer, at, debtor)
        for debtor, (_rank, became, issuers) in receipts.items():
            for issuer in issuers:
                at = {"debtor": debtor, "answer": became}
                self._add("receipts", token, issuer, at, debtor)

    def _became(self, duty: CountedDuty) -> str:
        """Kept, late or silent, of what was due in the month, as known when it is told; else empty."""
        stand = duty.stand(self._cut)
        if stand is None or stand[0] == CANCELLED or not self._is_in(stand[1]):
            return ""
        return SILENT if stand[0] == OPEN else stand[0]

    def _overdue(self, token: str, duties: Iterable[CountedDuty]) -> None:
        """What is overdue when the month ends, and whether who owes it said anything in it."""
        late: dict[str, tuple[bool, set[str]]] = {}
        for duty in duties:
            stand = duty.stand(self._end)
            if stand is None or stand[0] != OPEN or stand[1] >= self._end:
                continue
            silent, issuers = late.get(duty.debtor, (False, set()))
            late[duty.debtor] = silent or not self._said(duty.desk), issuers | {duty.issuer}
        for debtor, (silent, issuers) in late.items():
            for issuer in issuers:
                at = {"debtor": debtor, "spoke": OVERDUE[silent]}
                self._add("overdue", token, issuer, at, debtor)

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

    def _add(
        self, name: str, token: str, issuer: str, at: Mapping[str, str], *known_to: str
    ) -> None:
        self.units[name].append(Unit(token, issuer, at, frozenset(known_to)))


def _is_corrected(refused: RefusedSending, case: CaseFacts) -> bool:
    """Whether the same institution sent something in the same case that arrived where it was right."""
    until = refused.at + WAIT_DAYS * DAY_S
    return any(
        refused.at < event.at <= until
        and event.agency == refused.agency
        and (not refused.doors or any(to.role in refused.doors for to in event.to))
        for event in case.events.values()
    )

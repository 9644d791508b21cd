"""What a clause's events can answer, copy and discharge, by the very sets that `contracts.decision.conditions` counts."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.known_acts import INQUIRED, INQUIRY, answerable
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS

Pair = tuple[str, str]  # issuer and recipient of one event


class Replies:
    """A convention laid out for the question what can follow an event."""

    def __init__(self, convention: Convention) -> None:
        answered = {name: answerable(convention, name) for name in CONDITIONS}
        self._inquiries = convention.numbers(INQUIRY)
        self._counted = {name: clauses for name, clauses in answered.items() if clauses is not None}
        # (realm, clause, issuer) -> recipient -> grant; clause -> whom anybody may send it
        self._ways: dict[tuple[str, str, str], dict[str, Grant]] = {}
        self._reached: dict[str, set[str]] = {}
        for grant in convention.grants:
            self._reached.setdefault(grant.clause, set()).update(grant.recipients)
            for issuer in grant.issuers:
                own = self._ways.setdefault((grant.realm, grant.clause, issuer), {})
                own.update(dict.fromkeys(grant.recipients, grant))

    def reaches(self, duty: DutySpec, creditor: str) -> bool:
        """Whether some clause lets what is owed be addressed to its creditor, whoever sends it."""
        return any(creditor in self._reached.get(act, ()) for act in duty.acts)

    def undischarged(self, grant: Grant, duty: DutySpec) -> Iterator[Pair]:
        """Debtors and creditors of a duty that no event discharges."""
        for event in _pairs(grant, duty):
            roles = dict(zip(("issuer", "recipient"), event, strict=True))
            debtor, creditor = (roles.get(who, who) for who in (duty.debtor, duty.creditor))
            if not self._discharged(grant, duty, event, (debtor, creditor)):
                yield debtor, creditor

    def _discharged(self, grant: Grant, duty: DutySpec, event: Pair, owed: Pair) -> bool:
        """As `duties.discharged_by_event`: what reaches no creditor by any clause may go to anybody."""
        debtor, creditor = owed
        anybody = not self.reaches(duty, creditor)
        for act in duty.acts:
            ways = self._ways.get((grant.realm, act, debtor), {})
            for reader in ways if anybody else ways.keys() & {creditor}:
                if self._follows(ways[reader], (debtor, reader), grant.clause, event):
                    return True
        return False

    def _follows(self, reply: Grant, sent: Pair, clause: str, event: Pair) -> bool:
        """Whether a reply, sent from and to these two, may name an event of this clause."""
        sender, reader = sent
        issuer, recipient = event
        for condition in reply.conditions:
            if (condition, reader) == INQUIRED:
                if clause not in self._inquiries or recipient != reader:
                    return False
            elif condition in self._counted:
                author = sender if condition == "copy_of" else reader
                if clause not in self._counted[condition] or author != issuer:
                    return False
        return True


def creditors(grant: Grant, duty: DutySpec) -> tuple[str, ...]:
    """Every role that a duty can be owed to."""
    named = {"issuer": grant.issuers, "recipient": duty.recipients or grant.recipients}
    return named.get(duty.creditor, (duty.creditor,))


def _pairs(grant: Grant, duty: DutySpec) -> Iterator[Pair]:
    for issuer in grant.issuers:
        for recipient in duty.recipients or grant.recipients:
            yield issuer, recipient

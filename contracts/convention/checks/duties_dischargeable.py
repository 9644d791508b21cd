"""What a realm's desks may send to whom, laid out once; whether duties can be owed and discharged.

The checks of `coherence` ask often.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from contracts.convention.clauses import Grant, act_of
from contracts.convention.duty import DutySpec
from contracts.convention.known_acts import REPORT

Refuse = Callable[..., NoReturn]  # (grant, code, got, expected, *facts): at the grant's line
_Key = tuple[str, str, str, str, str]  # realm, event, issuer, act, debtor
_Owed = tuple[tuple[str, ...], tuple[Any, ...]]  # creditors, and by when


@dataclass(slots=True)
class Sends:
    """The grants of a realm, publications aside, by what is asked of them.

    Attributes:
        to: (clause, issuer) -> roles that it may be sent to.
        clauses: issuer -> ids of clauses that it may send by.
        reports: issuer -> scopes of its reports, which are all that can be copied.
        assignable: roles that some clause makes take part in a case, and that can come to.
        heard: condition `own_…` -> author -> who may have got what that lets be answered.
    """

    to: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    clauses: dict[str, set[str]] = field(default_factory=dict)
    reports: dict[str, set[str]] = field(default_factory=dict)
    assignable: set[str] = field(default_factory=set)
    heard: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def add(self, grant: Grant) -> None:
        """Lay out one more grant."""
        for issuer in grant.issuers:
            self.to.setdefault((grant.clause, issuer), set()).update(grant.recipients)
            self.clauses.setdefault(issuer, set()).add(grant.clause)
            if is_original(grant):
                self.reports.setdefault(issuer, set()).update(grant.released)

    def answered(self, condition: str, clauses: Collection[str]) -> dict[str, set[str]]:
        """Author -> who may have got an event of its own by one of these clauses; remembered."""
        if condition not in self.heard:
            authors = self.heard[condition] = {}
            for (clause, author), readers in self.to.items():
                if clause in clauses:
                    authors.setdefault(author, set()).update(readers)
        return self.heard[condition]


def laid_out(grants: Sequence[Grant]) -> dict[str, Sends]:
    """Realm -> what may be sent in it."""
    by_realm: dict[str, Sends] = {}
    for grant in grants:
        if not grant.publication:
            by_realm.setdefault(grant.realm, Sends()).add(grant)
    for realm, sends in by_realm.items():
        own = [grant for grant in grants if grant.realm == realm and grant.assigns]
        sends.assignable = _assignable([grant for grant in own if not grant.publication])
    return by_realm


def _assignable(grants: Sequence[Grant]) -> set[str]:
    """Whom clauses can bring into a case; who must be in it already is brought by another."""
    roles: set[str] = set()
    before = -1
    while before < len(roles):
        before = len(roles)
        for grant in grants:
            asked = "assigned" in grant.conditions
            reached = [one for one in grant.recipients if not asked or one in roles]
            for word in grant.assigns if reached else ():
                roles.update(grant.issuers if word == "issuer" else reached)
    return roles


def is_original(grant: Grant) -> bool:
    """Whether what it lets pass can be copied: `conditions.original_scopes` knows reports alone."""
    return act_of(grant) == REPORT and "copy_of" not in grant.conditions


def resolve(word: str, grant: Grant, recipients: Iterable[str]) -> tuple[str, ...]:
    """The roles that `issuer`, `recipient` or a role's own name stands for in a grant."""
    if word == "issuer":
        return grant.issuers
    return tuple(recipients) if word == "recipient" else (word,)


def check_duty(
    grant: Grant, duty: DutySpec, sends: Sends, known: Collection[str], refuse: Refuse
) -> None:
    """Refuse a duty that makes no sense by itself.

    Args:
        sends: what may be sent in the grant's realm.
        known: ids of all clauses.
    """
    if not set(duty.recipients) <= set(grant.recipients):
        refuse(grant, "duty_never_opens", duty.act, "recipients of the grant")
    if duty.opened_by.startswith("ACK:") and "recipient" not in grant.assigns:
        # Nothing starts by the acknowledgement of whom the event does not make take part.
        refuse(grant, "duty_never_begins", duty.act, "`recipient` among `assigns`")
    if duty.acts == ("ACK",):
        if (duty.debtor, duty.creditor) != ("recipient", "issuer"):
            refuse(grant, "ack_not_by_recipient", duty.act, "recipient to issuer")
        return
    for clause in duty.named:
        if clause not in known:
            refuse(grant, "unknown_clause", clause, "a clause of this file")
    for debtor in resolve(duty.debtor, grant, duty.recipients or grant.recipients):
        if sends.clauses.get(debtor, set()).isdisjoint(duty.acts):
            expected, facts = f"an issuer of {duty.act}", (debtor, duty.act)
            refuse(grant, "reply_without_clause", debtor, expected, *facts)


def check_apart(grants: Sequence[Grant], refuse: Refuse) -> None:
    """Refuse duties of which the bus would open only the first.

    A duty's id is (event, act, debtor, occurrence): what else one event makes the same desk owe by
    the same act must be the same, to the same creditor. As a desk is addressed once an event, what
    two grants make their recipients owe does not meet; what issuers and third roles owe does.
    """
    free: dict[_Key, _Owed] = {}
    for grant in grants:
        for duty, key, owed in _owed(grant, by_recipient=False):
            if len(owed[0]) > 1 or free.setdefault(key, owed) != owed:
                _hidden(grant, duty, key, refuse)
    for grant in grants:
        own: dict[_Key, _Owed] = {}
        for duty, key, owed in _owed(grant, by_recipient=True):
            if own.setdefault(key, free.get(key, owed)) != owed:
                _hidden(grant, duty, key, refuse)


def _owed(grant: Grant, *, by_recipient: bool) -> Iterator[tuple[DutySpec, _Key, _Owed]]:
    """What the recipients of a grant's events owe, or all others, each time it is sent."""
    for duty in grant.duties:
        if (duty.debtor == "recipient") is by_recipient:
            when = (
                duty.within, duty.urgent_within, duty.start, duty.legal, duty.opened_by,
                duty.repeat,
            )  # fmt: skip
            for issuer in grant.issuers:
                roles = {"issuer": (issuer,), "recipient": duty.recipients or grant.recipients}
                creditors = roles.get(duty.creditor, (duty.creditor,))
                for debtor in roles.get(duty.debtor, (duty.debtor,)):
                    key = grant.realm, grant.event, issuer, duty.act, debtor
                    yield duty, key, (creditors, when)


def _hidden(grant: Grant, duty: DutySpec, key: _Key, refuse: Refuse) -> NoReturn:
    expected = "one creditor and one time limit"
    refuse(grant, "duty_hidden", duty.act, expected, duty.act, key[-1])

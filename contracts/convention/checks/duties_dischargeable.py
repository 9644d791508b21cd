"""Whether what a clause makes somebody owe can be owed, and discharged (`coherence`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NoReturn

from contracts.convention.checks.send_table import Sends, resolve
from contracts.convention.clauses import DutySpec, Grant

Refuse = Callable[..., NoReturn]  # (grant, code, got, expected, *facts): at the grant's line
# (realm, event, issuer, act, debtor) -> creditors, and by when
_Owed = dict[tuple[str, ...], tuple[tuple[str, ...], tuple[Any, ...]]]


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
    free: _Owed = {}
    for grant in grants:
        for duty in grant.duties:
            if duty.debtor != "recipient":
                _free(free, grant, duty, refuse)
    debtors = {debtor for *_, debtor in free}
    for grant in grants:
        first: dict[str, list[DutySpec]] = {}
        for duty in grant.duties:
            if duty.debtor == "recipient":
                others = first.setdefault(duty.act, [])
                _by_recipients(free, debtors, grant, duty, others, refuse)
                others.append(duty)


def _free(free: _Owed, grant: Grant, duty: DutySpec, refuse: Refuse) -> None:
    """What issuers and third roles owe: the same whoever of the recipients is addressed."""
    creditors = resolve(duty.creditor, grant, duty.recipients or grant.recipients)
    for issuer in grant.issuers:
        debtor, creditor = (
            issuer if who == "issuer" else who for who in (duty.debtor, duty.creditor)
        )
        said = (creditors if creditor == "recipient" else (creditor,)), _when(duty)
        key = grant.realm, grant.event, issuer, duty.act, debtor
        if len(said[0]) > 1 or free.setdefault(key, said) != said:
            _hidden(grant, duty, debtor, refuse)


def _by_recipients(
    free: _Owed,
    debtors: Collection[str],
    grant: Grant,
    duty: DutySpec,
    others: Iterable[DutySpec],
    refuse: Refuse,
) -> None:
    recipients = frozenset(duty.recipients or grant.recipients)
    for other in others:
        met = recipients.intersection(other.recipients or grant.recipients)
        if met and (other.creditor, _when(other)) != (duty.creditor, _when(duty)):
            _hidden(grant, duty, min(met), refuse)
    for debtor in recipients.intersection(debtors):
        for issuer in grant.issuers:
            said = (issuer if duty.creditor == "issuer" else duty.creditor,), _when(duty)
            key = grant.realm, grant.event, issuer, duty.act, debtor
            if free.get(key, said) != said:
                _hidden(grant, duty, debtor, refuse)


def _when(duty: DutySpec) -> tuple[Any, ...]:
    return (
        duty.within, duty.urgent_within, duty.start, duty.legal, duty.opened_by, duty.repeat,
    )  # fmt: skip


def _hidden(grant: Grant, duty: DutySpec, debtor: str, refuse: Refuse) -> NoReturn:
    expected = "one creditor and one time limit"
    refuse(grant, "duty_hidden", duty.act, expected, duty.act, debtor)

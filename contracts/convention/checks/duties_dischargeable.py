"""Whether what a clause makes somebody owe can be owed, and discharged (`coherence`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NoReturn

from contracts.convention.checks.send_table import Sends, resolve
from contracts.convention.clauses import DutySpec, Grant

Refuse = Callable[..., NoReturn]  # (grant, code, got, expected, *facts): at the grant's line
_Key = tuple[str, str, str, str, str]  # realm, event, issuer, act, debtor
_Owed = tuple[tuple[str, ...], tuple[Any, ...]]  # creditors, and by when


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

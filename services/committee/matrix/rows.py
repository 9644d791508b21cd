"""Who may send what to whom: the convention as rows, one for each clause, issuer and recipient.

The JSON form is that of use §1.4, exactly. The table is the command's, the page is in
`page.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import SCOPES, releases

BUS: Final = "BUS"  # issues the publications; no desk


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted; an empty field filters nothing. Roles and codes in any case.

    Attributes:
        desk: a role, as issuer or recipient.
        act: an event type or a clause id.
        category: a category or scope that the row releases, whole or in part.
    """

    desk: str = ""
    issuer: str = ""
    recipient: str = ""
    act: str = ""
    purpose: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One grant between one issuer and one recipient role.

    Attributes:
        told: roles whose desks are told of the recipient's first access to a case by it (rules §17).
    """

    grant: Grant
    issuer: str
    recipient: str
    told: tuple[str, ...] = ()

    def wire(self) -> dict[str, Any]:
        """The row as use §1.4 gives it."""
        grant = self.grant
        return {
            "clause": grant.clause,
            "issuer": self.issuer,
            "recipient": self.recipient,
            "event": grant.event,
            "purpose": grant.purpose,
            "scopes": in_order(grant.scopes),
            "conditions": [name for name in CONDITIONS if name in grant.conditions],
            "owes": [self._owed(duty) for duty in self.duties],
            "keep": grant.keep,
            "first_access": list(self.told),
            "basis": list(grant.basis),
            "flags": {
                "flow": grant.flags.flow,
                "deadline": grant.flags.deadline,
                "categories": grant.flags.categories,
            },
        }

    @property
    def duties(self) -> tuple[DutySpec, ...]:
        """What this recipient's row opens."""
        return tuple(
            duty
            for duty in self.grant.duties
            if not duty.recipients or self.recipient in duty.recipients
        )

    def party(self, word: str) -> str:
        """The role that `issuer` or `recipient` stands for here."""
        return {"issuer": self.issuer, "recipient": self.recipient}.get(word, word)

    def _owed(self, duty: DutySpec) -> dict[str, Any]:
        owed: dict[str, Any] = {
            "act": duty.act,
            "debtor": self.party(duty.debtor),
            "creditor": self.party(duty.creditor),
            "within": duty.within,
            "from": duty.start,
            "legal": duty.legal,
        }
        if duty.urgent_within:
            owed["urgent_within"] = duty.urgent_within
        if duty.opened_by:
            owed["opened_by"] = duty.opened_by
        if duty.repeat:
            owed["repeat"] = True
        return owed


def rows(convention: Convention, filters: Filters | None = None) -> Iterator[Row]:
    """The rows in the file's order."""
    wanted, access = filters or Filters(), convention.access
    for grant in convention.grants:
        told = access.reference if grant.clause in access.told else ()
        for issuer in grant.issuers:
            for recipient in grant.recipients:
                row = Row(grant, issuer, recipient, told)
                if _passes(row, wanted):
                    yield row


def matrix(convention: Convention, filters: Filters | None = None) -> list[dict[str, Any]]:
    """The rows as JSON objects, with the names that use §1.4 gives and no other."""
    return [row.wire() for row in rows(convention, filters)]


def in_order(scopes: frozenset[str]) -> list[str]:
    """Scopes in the order of the convention's table."""
    return [scope for scope in SCOPES if scope in scopes]


def _passes(row: Row, wanted: Filters) -> bool:
    grant = row.grant
    return (
        _same(wanted.desk, row.issuer, row.recipient)
        and _same(wanted.issuer, row.issuer)
        and _same(wanted.recipient, row.recipient)
        and _same(wanted.act, grant.event, grant.clause, grant.id)
        and _same(wanted.purpose, grant.purpose)
        and (not wanted.category or _releases(grant, wanted.category))
    )


def _same(wanted: str, *values: str) -> bool:
    return not wanted or wanted.casefold() in {value.casefold() for value in values}


def _releases(grant: Grant, category: str) -> bool:
    wanted = category.casefold()
    for scope in SCOPES:
        if scope.casefold() == wanted and releases(grant.scopes, scope):
            return True
    return any(scope.split(".")[0].casefold() == wanted for scope in grant.scopes)


def assigned_by(grant: Grant | None) -> tuple[str, ...]:
    """Whom a release makes a participant: `issuer`, `recipient`; as `decide` reads the field."""
    sides = {"issuer" if who == "issuer" else "recipient" for who in grant.assigns} if grant else ()
    return tuple(sorted(sides))

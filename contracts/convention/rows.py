"""A convention as rows: one for each clause, issuer and recipient, with what it opens and owes.

The JSON form is what `relais convention matrix --format json` prints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from contracts.convention.clauses import Grant
from contracts.convention.duty import DutySpec
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import SCOPES


@dataclass(frozen=True, slots=True)
class Row:
    """One grant between one issuer and one recipient role."""

    grant: Grant
    issuer: str
    recipient: str

    def wire(self) -> dict[str, Any]:
        """The row as JSON."""
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
            "basis": list(grant.basis),
            "flags": asdict(grant.flags),
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


def rows_of(convention: Convention) -> Iterator[Row]:
    """All rows in the file's order."""
    for grant in convention.grants:
        for issuer in grant.issuers:
            for recipient in grant.recipients:
                yield Row(grant, issuer, recipient)


def in_order(scopes: frozenset[str]) -> list[str]:
    """Scopes in the order of the convention's table."""
    return [scope for scope in SCOPES if scope in scopes]

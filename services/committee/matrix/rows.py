"""Who may send what to whom: the rows of a convention, or those of one role."""

from __future__ import annotations

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.convention.rows import Row, rows_of


def rows(convention: Convention, desk: str = "") -> list[Row]:
    """The rows in the file's order.

    Args:
        desk: a role: those alone that it sends or receives.
    """
    return [row for row in rows_of(convention) if desk in ("", row.issuer, row.recipient)]


def assigned_by(grant: Grant | None) -> tuple[str, ...]:
    """Whom a release makes a participant: `issuer`, `recipient`; as `decide` reads the field."""
    sides = {"issuer" if who == "issuer" else "recipient" for who in grant.assigns} if grant else ()
    return tuple(sorted(sides))

"""Who may send what to whom: which rows of the convention are wanted.

The table is the command's, the page is in `page.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.convention.rows import Row, rows_of
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


def rows(convention: Convention, filters: Filters | None = None) -> Iterator[Row]:
    """The rows in the file's order."""
    wanted = filters or Filters()
    return (row for row in rows_of(convention) if _passes(row, wanted))


def matrix(convention: Convention, filters: Filters | None = None) -> list[dict[str, Any]]:
    """The rows as JSON objects, with the names of their members and no other."""
    return [row.wire() for row in rows(convention, filters)]


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

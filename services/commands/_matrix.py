"""The matrix on a terminal: rows in codes, and filters that mean something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from contracts.convention.matrix import Filters, Row, in_order, rows
from contracts.errors import UsageError
from contracts.scopes import SCOPES

if TYPE_CHECKING:
    from contracts.convention.model import Convention

COLUMNS: Final = ("clause", "who", "act", "scopes", "conditions", "owes", "keep")


def check(convention: Convention, filters: Filters) -> None:
    """Refuse a filter that no row can pass: a mistyped word would look like *nobody may*.

    Raises:
        UsageError: `unknown_filter`.
    """
    for name, names in _known(convention).items():
        given = getattr(filters, name)
        if given and given.casefold() not in {one.casefold() for one in names}:
            raise UsageError("unknown_filter", "another", ", ".join(sorted(names)), f"--{name}")


def _known(convention: Convention) -> dict[str, set[str]]:
    every = list(rows(convention))
    issuers = {row.issuer for row in every} | set(convention.roles)
    recipients = {row.recipient for row in every} | set(convention.roles)
    acts = {word for row in every for word in (row.grant.event, row.grant.clause, row.grant.id)}
    return {
        "desk": issuers | recipients,
        "issuer": issuers,
        "recipient": recipients,
        "act": acts,
        "purpose": {row.grant.purpose for row in every},
        "category": set(SCOPES) | {scope.split(".")[0] for scope in SCOPES},
    }


def table(convention: Convention, filters: Filters) -> None:
    """Print the rows; as paragraphs on a terminal where a table would have to break codes.

    A scope that is cut would be another scope.
    """
    from rich.console import Console
    from rich.table import Column, Table

    console = Console()
    found = [_cells(row) for row in rows(convention, filters)]
    columns = zip(COLUMNS, *found, strict=True)
    longest = [max(len(word) for word in " ".join(column).split()) for column in columns]
    width = sum(longest) + 2 * len(longest)
    if console.is_terminal and console.width < width:
        for one in found:
            typer.echo(_paragraph(one))
        return
    # Rich would rather drop the last column than keep to least widths: the widths are given.
    heads = [Column(name, width=most) for name, most in zip(COLUMNS, longest, strict=True)]
    shown = Table(*heads, box=None, pad_edge=False)
    for one in found:
        shown.add_row(*one)
    Console(width=max(console.width, width)).print(shown)


def _cells(row: Row) -> tuple[str, ...]:
    owed = (f"{row.party(duty.debtor)} {duty.act} {duty.within}" for duty in row.duties)
    return (
        row.grant.id,
        f"{row.issuer} → {row.recipient}",
        f"{row.grant.event} {row.grant.purpose}",
        " ".join(in_order(row.grant.scopes)),
        " ".join(row.grant.conditions) or "-",
        "; ".join(owed) or "-",
        row.grant.keep or "-",
    )


def _paragraph(cells: tuple[str, ...]) -> str:
    named = zip(COLUMNS[3:], cells[3:], strict=True)
    head = f"{cells[0]}  {cells[1]}  {cells[2]}"
    return "\n".join((head, *(f"    {name}: {cell}" for name, cell in named)))

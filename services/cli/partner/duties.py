"""`relais duties`: what a desk owes, to whom and by when."""

from __future__ import annotations

import typer

from services.cli.common.asked import command
from services.cli.common.output import print_json, print_table
from services.cli.partner.at_desk import AtDesk


def register(app: typer.Typer) -> None:
    """Add the command `duties`."""
    app.command("duties")(duties)


@command
def duties(asked: AtDesk) -> None:
    """Show what a desk owes and by when, overdue first.

    `*` marks a deadline that the law sets.

    Example: relais duties --desk crip
    """
    with asked.client() as (desk, client):
        answer = asked.get(client, "/v1/duties", {"desk": desk})
    if asked.json:
        print_json(answer)
        return
    from services.cli.partner.words import act, state
    from services.platform.process.paris_time import when

    columns = (
        "by", "state", "what is owed", "owed to", "for event",
    )  # fmt: skip
    rows = []
    for owed in answer["duties"]:
        due = f"{when(owed['due'], 'en')}{' *' if owed['legal'] else ''}"
        what = act(owed["act"])
        rows.append([due, state(owed), what, owed["creditor"], owed["event"]])
    if rows:
        print_table(list(columns), rows)
    else:
        asked.note(f"{desk} owes nothing")

"""`relais duties`: what a desk owes, to whom and by when."""

from __future__ import annotations

import typer

from services.cli.common.asked import command
from services.cli.common.output import print_json, print_table
from services.cli.partner.at_desk import AtDesk
from services.texts import Catalogue

_ = Catalogue(__name__)


def register(app: typer.Typer) -> None:
    """Add the command `duties`."""
    app.command("duties")(duties)


@command
def duties(asked: AtDesk) -> None:
    """Show what a desk owes and by when, overdue first; `*` marks a deadline that the law sets."""
    with asked.client() as (desk, client):
        answer = asked.get(client, "/duties", {"desk": desk})
    if asked.json:
        print_json(answer)
        return
    columns = {
        "due": _("due"), "state": _("state"), "act": _("act"), "creditor": _("owed to"),
        "event": _("for event"),
    }  # fmt: skip
    rows = []
    for owed in answer["duties"]:
        state = _("overdue") if owed["overdue"] else _("open")
        due = f"{owed['due']}{' *' if owed['legal'] else ''}"
        rows.append([due, state.say(asked.lang), owed["act"], owed["creditor"], owed["event"]])
    if rows:
        print_table([head.say(asked.lang) for head in columns.values()], rows)
    else:
        asked.note(_("{desk} owes nothing"), desk=desk)

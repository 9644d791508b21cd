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
        answer = asked.get(client, "/v1/duties", {"desk": desk})
    if asked.json:
        print_json(answer)
        return
    from services.cli.partner.words import act, state
    from services.platform.process.paris_time import when

    columns = (
        _.pgettext("deadline", "by"), _("state"), _("what is owed"), _("owed to"), _("for event"),
    )  # fmt: skip
    rows = []
    for owed in answer["duties"]:
        due = f"{when(owed['due'], asked.lang)}{' *' if owed['legal'] else ''}"
        what = act(owed["act"], asked.lang)
        rows.append([due, state(owed).say(asked.lang), what, owed["creditor"], owed["event"]])
    if rows:
        print_table([head.say(asked.lang) for head in columns], rows)
    else:
        asked.note(_("{desk} owes nothing"), desk=desk)

"""`relais audit who`: which desks had which data of an event or a case, by replay of the log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import TextWrapper
from typing import Annotated, Any, Final

import typer

from services.cli.auditor.readings import (
    SUPERVISION,
    PurposeOption,
    RealmOption,
    realms_of,
    replay_live,
)
from services.cli.common.asked import AtKafka, command
from services.cli.common.output import print_json_lines
from services.texts import aligned

_DATA: Final = TextWrapper(
    100, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
)


@command
def who(
    asked: AtKafka,
    wanted: Annotated[
        str, typer.Argument(metavar="EVENT|CASE", help="An event's id, or a case's token.")
    ],
    realm: RealmOption = "",
    purpose: PurposeOption = SUPERVISION,
) -> None:
    """Show which desks were delivered which data; exit 1 at a divergence.

    The whole log is replayed: what is shown was decided again.

    Example: relais audit who CASE --purpose complaint
    """
    from services.audit.accesses import Accesses

    accesses = Accesses(wanted)
    realms = realms_of(realm)
    verdict = replay_live(asked, realms, "who", purpose, wanted, watch=accesses.take)
    if asked.json:
        print_json_lines(accesses.rows)
    elif accesses.rows:
        _print(accesses.rows)
    else:
        asked.note("no desk was delivered anything of it, or an order has erased it")
    if not verdict.clean:
        asked.note("the log does not replay: `relais audit replay` shows where")
    raise typer.Exit(0 if verdict.clean else 1)


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    from services.cli.partner.words import scopes
    from services.platform.process.paris_time import when

    table = [["received on (Paris time)", "desk", "clause", "from", "event"]]
    for row in rows:
        at = when(row["at"], "en")
        table.append([at, row["desk"], row["clause"], row["issuer"], row["event"]])
    head, *lines = aligned(table)
    typer.echo(head)
    for line, row in zip(lines, rows, strict=True):
        data = scopes(row["scopes"]) or "no data"
        typer.echo(line)
        typer.echo(_DATA.fill(f"{data} (taken back since)" if row["withdrawn"] else data))

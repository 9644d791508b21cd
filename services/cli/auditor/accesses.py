"""`relais audit who`: a reference service sees who received what of its case, and asks why."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from contracts.errors import UsageError
from contracts.vocabulary.scopes import CRIMINAL
from services.cli.common.asked import command
from services.cli.common.output import print_json, print_json_lines, print_table
from services.cli.partner.at_desk import (
    REFUSED,
    AtDesk,
    KeyOption,
    post,
    tell_problem,
)
from services.platform.ports import monotonic, random_token

if TYPE_CHECKING:
    import httpx

PAUSE_S: float = 0.3  # between two looks for the answer
PATIENCE_S: float = 30  # routing has answered by then, or stands still

Document = dict[str, Any]
_NOBODY = (
    "the civil bus; on the criminal one nobody takes part in a case, so nobody "
    "is its reference service, and none may look it up: an auditor replays its "
    "log"
)


@command
def who(
    asked: AtDesk,
    case: Annotated[
        str,
        typer.Option(
            "--case",
            help="Token of the case, or the agency's own reference; else first accesses, as told.",
        ),
    ] = "",
    realm: Annotated[str, typer.Option("--realm", help="Which bus.")] = "civil",
    ask: Annotated[
        str, typer.Option("--ask", help="Ask why a desk had access: an EVENT that it received.")
    ] = "",
    of: Annotated[
        str, typer.Option("--of", help="The desk to be asked, if several received the event.")
    ] = "",
    key: KeyOption = "",
) -> None:
    """Show which desks received which data of a case; ask why.

    The desk must be a reference service of the case (`access` in the convention); the criminal bus
    has none. The log records each look-up. A desk that is asked owes its motive within five working
    days: `relais reply EVENT --motive …`.

    Example: relais audit who --desk crip --case CASE
    """
    if ask and case:
        raise UsageError("options_mixed", "both", "--case or --ask", "audit who")
    if ask:
        _ask(asked, ask, of, key)
        return
    if case and realm == CRIMINAL:
        raise UsageError("no_reference_service", "the criminal bus", _NOBODY)
    with asked.client() as (desk, client):
        if case:
            rows = _looked_up(asked, client, desk, {"case": case, "realm": realm})
        else:
            rows = asked.get(client, "/v1/accesses", {"desk": desk})["items"]
    if asked.json:
        print_json_lines(rows)
    elif rows:
        _print(rows)
    else:
        asked.note("nobody has received anything of it" if case else "no first access was told")


def _looked_up(asked: AtDesk, client: httpx.Client, desk: str, body: Document) -> list[Document]:
    """The deliveries of all pages of a case, each with its page's look-up, which the log has."""
    rows: list[Document] = []
    while True:
        more = {"skip": len(rows)} if rows else {}
        event = _posted(asked, client, "/v1/accesses", body | more, random_token(16))["events"][0]
        page = _answer(asked, client, desk, event)
        rows += [{**row, "look_up": page["event"]} for row in page["items"]]
        if not page["items"] or len(rows) >= page["total"]:
            return rows


def _answer(asked: AtDesk, client: httpx.Client, desk: str, event: str) -> Document:
    """What routing answers a look-up.

    Raises:
        UnreachableError: `no_answer`: routing has not decided in time.
        typer.Exit: it refuses.
    """
    from services.cli.partner.words import reasons
    from services.platform.process.exit_codes import UnreachableError

    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        page = asked.get(client, f"/v1/accesses/{event}", {"desk": desk})
        if page["state"] in ("refused", "quarantined"):
            why = reasons(page.get("reasons", ()))
            asked.print(page, f"refused: {why}")
            raise typer.Exit(REFUSED)
        if page["answered"]:
            return page
        time.sleep(PAUSE_S)
    got = "none within {seconds} s".format(seconds=f"{PATIENCE_S:g}")
    raise UnreachableError("no_answer", got, "routing's decision; the look-up is published")


def _posted(
    asked: AtDesk, client: httpx.Client, path: str, body: Document, key: str
) -> dict[str, Any]:
    from services.cli.common import http_client

    answer = post(asked, client, path, orjson.dumps(body), key=key)
    document = http_client.asked(answer)
    if not answer.is_success:
        if asked.json:
            print_json(document)
        else:
            tell_problem(asked, document)
        raise typer.Exit(REFUSED)
    return document


def _print(rows: Sequence[Mapping[str, Any]]) -> None:
    from services.cli.partner.words import scopes
    from services.platform.process.paris_time import when

    heads = (
        "received on", "desk", "data", "clause", "from", "event",
    )  # fmt: skip
    lines = []
    for row in rows:
        data = scopes(row["scopes"]) or "no data"
        if row.get("withdrawn"):
            data = f"{data} (taken back since)"
        told = when(row["at"], "en"), row["desk"], data, row["clause"], row["issuer"], row["event"]
        lines.append([*told])
    print_table(list(heads), lines)


def _ask(asked: AtDesk, event: str, of: str, key: str) -> None:
    """Put the question, and tell under which event each desk has it."""
    from urllib.parse import quote

    with asked.client() as (_desk, client):
        path, body = f"/v1/accesses/{quote(event, safe='')}/ask", {"of": of} if of else {}
        document = _posted(asked, client, path, body, key or random_token(16))
    if asked.json:
        print_json(document)
        return
    for line in document["to"]:
        asked.say(
            f"the question to {line['desk']} is sent, by event {line['event']}; "
            "`relais referrals` says whether it was refused"
        )

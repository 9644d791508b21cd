"""`relais send`: post an agency's record and show what became of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from services.cli.common.asked import AtHome, command
from services.cli.common.output import print_json
from services.cli.partner.at_desk import REFUSED, tell_problem
from services.platform.ports import random_token

ATTEMPT: Final = "attempt_recorded"  # outcome of an answer: no clause lets anything through
_VERDICTS: Final = {"release": "let through", "withhold": "nothing let through"}
IN_PART: Final = "published_in_part"  # of one: some desk that it was meant for gets nothing


@command
def send(
    asked: AtHome,
    record: Annotated[Path, typer.Argument(help="JSON file of the record; - for standard input.")],
    agency: Annotated[str, typer.Option(help="education, police, justice, …")] = "",
    desk: Annotated[str, typer.Option(help="The desk that sends; else the agency's first.")] = "",
    key: Annotated[str, typer.Option("--key", help="Idempotency-Key; else a new one.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Publish nothing.")] = False,
) -> None:
    """Send a record; exit 1 if it is refused.

    The record is in the agency's own vocabulary; exit 1 also if no clause permits it.

    Example: relais send --agency education concern.json
    """
    from contracts.errors import UsageError
    from services.cli.partner import at_desk

    if not desk and not agency:
        raise UsageError("desk_missing", "neither", "--agency or --desk")
    at_desk.agencies_of(asked.home)  # the home before the record, which often lies in it
    body = sys.stdin.buffer.read() if str(record) == "-" else _read(record)
    if not body.strip():
        raise UsageError("no_record", "an empty file", "a JSON object", str(record))
    desk, house = at_desk.desk_of(asked.home, desk or _first(asked, agency))
    if agency and agency != house:
        raise UsageError("desk_of_other_agency", f"a desk of {house}", agency)
    with at_desk.client_of(asked.home, house, desk) as client:
        answer = at_desk.post(
            client, "/v1/referrals", body, key=key or random_token(16), dry_run=dry_run
        )
        reply = at_desk.document_of(answer)
    if asked.json:
        print_json(reply)
    else:
        _tell(asked, reply, answer.is_success)
    if not answer.is_success or reply.get("outcome") == ATTEMPT:
        raise typer.Exit(REFUSED)


def _first(asked: AtHome, agency: str) -> str:
    """The first desk of an agency; says so if it has others."""
    from contracts.errors import UsageError
    from services.cli.partner.at_desk import agencies_of

    agencies = agencies_of(asked.home)
    if not agencies.get(agency):
        raise UsageError("agency_unknown", "another agency", ", ".join(sorted(agencies)))
    first, *others = (one.desk for one in agencies[agency])
    if others:
        asked.note(f"sent by {first}; with --desk also {', '.join(others)}")
    return first


def _read(path: Path) -> bytes:
    from contracts.errors import UsageError
    from services.platform.process.os_errors import why

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError("no_record", why(error), "a file", str(path)) from None


def _tell(asked: AtHome, reply: dict[str, Any], taken: bool) -> None:
    """For people: what happened, what goes where, what stays, and what is possible instead."""
    from services.cli.partner.words import remark

    if not taken:
        tell_problem(asked, reply)
    else:
        asked.say(_head(reply))
        asked.say(f"  case {reply['case']}")
        for event in reply["events"]:
            asked.say(f"  event {event}")
    for line in reply.get("to", ()):
        _tell_desk(asked, line)
    for one in reply.get("warnings") or reply.get("errors") or ():
        if "desk" in one:  # else a fault of the record, which its problem has told
            typer.echo(f"  {remark(one)}")
    _tell_left(asked, reply.get("left_out", ()))
    if reply.get("outcome") == IN_PART:
        # Who gets nothing comes last, so that nobody takes a part for the whole.
        desks = (line["desk"] for line in reply["to"])
        rest = ", ".join(desk.upper() for desk in desks if desk not in reply["sent_to"])
        was = "would be" if reply["dry_run"] else "was"
        asked.say(f"only in part: nothing {was} sent to {rest}")


def _tell_left(asked: AtHome, fields: Iterable[dict[str, Any]]) -> None:
    """What of the record stays here, the fields that one desk lacks for one reason in a line."""
    from services.cli.partner.words import reasons

    by: dict[tuple[str, ...], list[str]] = {}
    for one in fields:
        by.setdefault((one.get("desk", ""), *one["reasons"]), []).append(one["field"])
    for (desk, *why), names in by.items():
        to_desk = f" for {desk}" if desk else ""
        named = ", ".join(dict.fromkeys(names))
        asked.say(f"  not published{to_desk}: {named} ({reasons(why)})")


def _head(reply: dict[str, Any]) -> Any:
    """What happened, in one line."""
    refused = reply.get("outcome") == ATTEMPT
    if reply["dry_run"]:
        why = "; no clause lets this through" if refused else ""
        return f"nothing published: a dry run{why}"
    if refused:
        return "no clause lets this through: nothing was sent, the attempt is recorded"
    return "published in part" if reply.get("outcome") == IN_PART else "published"


def _tell_desk(asked: AtHome, line: dict[str, Any]) -> None:
    from services.cli.partner.words import instead, reasons, scopes

    by = f", clause {line['clause']}" if line.get("clause") else ""
    asked.say(f"  → {line['desk']}: {_VERDICTS.get(line['verdict'], line['verdict'])}{by}")
    if line["scopes"]:
        asked.say(f"      it gets: {scopes(line['scopes'])}")
    if line["reasons"]:
        asked.say(f"      because {reasons(line['reasons'])}")
    how = "for the rest, if it is due" if line["scopes"] else "possible instead"
    for text in instead(line["doors"], how):
        asked.say(text)

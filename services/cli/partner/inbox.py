"""`relais inbox`: what arrived for a desk, opened for this reader and stored nowhere."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.common.asked import command
from services.cli.common.output import print_json_lines, print_table
from services.cli.partner.at_desk import AtDesk


@command
def inbox(
    asked: AtDesk,
    owed: Annotated[
        bool, typer.Option("--owed", help="Show what the desk owes and by when, overdue first.")
    ] = False,
) -> None:
    """Show a desk's arrivals in order, or what it owes.

    `*` marks a deadline that the law sets.

    Example: relais inbox --desk crip --format json
    """
    with asked.client() as (desk, client):
        if owed:
            _tell_owed(asked, desk, asked.get(client, "/v1/duties", {"desk": desk}))
        else:
            _read(asked, client, desk)


def _read(asked: AtDesk, client: Any, desk: str) -> None:
    """Show every page."""
    page, after = asked.get(client, "/v1/inbox", {"desk": desk}), ""
    while page["items"]:
        if asked.json:
            print_json_lines(page["items"])
        else:
            for item in page["items"]:
                typer.echo(_text(item))
        after = page["cursor"]
        page = asked.get(client, "/v1/inbox", {"desk": desk, "after": after})
    if not after:
        asked.note(f"nothing has arrived for {desk}")


def _tell_owed(asked: AtDesk, desk: str, answer: dict[str, Any]) -> None:
    """What a desk owes, as a table for people."""
    from services.cli.partner.words import act
    from services.platform.process.paris_time import when

    rows = []
    for owed in answer["items"]:
        due = f"{when(owed['due'], 'en')}{' *' if owed['legal'] else ''}"
        state = "overdue" if owed["overdue"] else "to do"
        rows.append([due, state, act(owed["act"]), owed["creditor"], owed["event"]])
    if asked.json:
        print_json_lines(answer["items"])
    elif rows:
        print_table(["by", "state", "what is owed", "owed to", "for event"], rows)
    else:
        asked.note(f"{desk} owes nothing")


_SEALED_ELSEWHERE: Final = "it is sealed to a key that this desk does not have"
_WHY: Final = {
    "bad_signature": "a signature does not verify",
    "cannot_open": _SEALED_ELSEWHERE,
    "no_private_key": _SEALED_ELSEWHERE,
    "replayed": "it came a second time",
}
_NOT_KEPT: Final = "what it held is no longer there: its time is over, or it was erased by order"


def _text(item: dict[str, Any]) -> str:
    """One arrival for people: what came of it in words, its content as the interface has it."""
    from textwrap import indent

    import yaml

    from services.cli.partner.words import act
    from services.committee.texts.french import capital
    from services.committee.texts.labels import event_label, realm_label
    from services.platform.process.paris_time import when

    unreadable, at = "not readable: {error}", when(item["delivered_at"], "en")
    error = item.get("error", "")
    why = _WHY.get(error, error)
    if error and "event" not in item:
        return f"{at}  {unreadable.format(error=why)}"
    title = item.get("title", {}).get("en") or capital(event_label(item["type"], "en"))
    head = "{at}  {title}, from {issuer}  ({event})"
    lines = [
        head.format(at=at, title=title, issuer=item["from"], event=item["event"]),
        f"    case {item['case']} ({realm_label(item['realm'], 'en')})",
    ]
    if item.get("withdrawn"):
        lines.append("    withdrawn by its issuer")
    if error:
        told = _NOT_KEPT if error == "not_kept" else unreadable.format(error=why)
        lines.append(f"    {told}")
    if parts := item.get("parts"):
        content = yaml.safe_dump(parts, allow_unicode=True, sort_keys=False)  # shows no control
        lines.append(indent(content.rstrip(), "    "))
    lines += [
        f"    owed: {act(owed['act'])} to {owed['to']} by {when(owed['due'], 'en')}"
        for owed in item.get("owes", ())
        if owed["state"] == "open"
    ]
    return "\n".join(lines)

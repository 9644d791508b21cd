"""`relais inbox`: what arrived for a desk, opened for this reader and stored nowhere."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli.common.asked import command
from services.cli.partner.at_desk import AtDesk
from services.texts import Catalogue

_ = Catalogue(__name__)

WAIT_S: int = 20


def register(app: typer.Typer) -> None:
    """Add the command `inbox`."""
    app.command("inbox")(inbox)


@command
def inbox(
    asked: AtDesk,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for more until Ctrl-C.")] = False,
    after: Annotated[str, typer.Option(help="Cursor of an earlier reading.")] = "",
) -> None:
    """Show a desk's arrivals in order; with --format json one object a line.

    The desk's token: from the file RELAIS_TOKEN_FILE, or RELAIS_TOKEN itself; else the home's.
    """
    with asked.client() as (desk, client):
        try:
            _read(asked, client, desk, after, follow)
        except KeyboardInterrupt:
            return


def _read(asked: AtDesk, client: Any, desk: str, after: str, follow: bool) -> None:
    import orjson

    while True:
        wait = WAIT_S if follow else 0
        page = asked.get(client, "/inbox", {"desk": desk, "after": after, "wait": wait})
        for item in page["items"]:
            typer.echo(orjson.dumps(item).decode() if asked.json else _text(item, asked.lang))
        after = page["cursor"]
        if not page["items"] and not follow:
            asked.note(_("cursor: {cursor}"), cursor=after)
            return


def _text(item: dict[str, Any], lang: str) -> str:
    """One arrival for people."""
    unreadable = _("not readable: {error}")
    if "error" in item and "event" not in item:
        return f"{item['delivered_at']}  {unreadable.say(lang, error=item['error'])}"
    title = item.get("title", {}).get(lang) or item["type"]
    head = _("{at}  {title}, from {issuer}  ({event})")
    lines = [
        head.say(
            lang, at=item["delivered_at"], title=title, issuer=item["from"], event=item["event"]
        ),
        _("    case {case} ({realm})").say(lang, case=item["case"], realm=item["realm"]),
    ]
    if item.get("withdrawn"):
        lines.append(_("    withdrawn by its issuer").say(lang))
    if "error" in item:
        lines.append(f"    {unreadable.say(lang, error=item['error'])}")
    for scope, body in sorted(item.get("parts", {}).items()):
        lines.append(f"    {scope}:")
        for name, value in body.items():
            lines += [f"        {line}" for line in _told(name, value)]
    lines += [
        _("    owed: {act} to {to} by {due}").say(
            lang, act=owed["act"], to=owed["to"], due=owed["due"]
        )
        for owed in item.get("owes", ())
    ]
    return "\n".join(lines)


def _told(name: str, value: Any) -> list[str]:
    """One field for people: lists and what they hold on lines of their own."""
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        entries = [", ".join(f"{key}: {part}" for key, part in entry.items()) for entry in value]
        return [f"{name}:", *(f"    - {entry}" for entry in entries)]
    if isinstance(value, list):
        return [f"{name}: {', '.join(map(str, value))}"]
    return [f"{name}: {value}"]

"""`relais inbox`: what arrived for a desk, opened for this reader and stored nowhere."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.common.asked import command
from services.cli.partner.at_desk import AtDesk
from services.texts import Catalogue, series

_ = Catalogue(__name__)

WAIT_S: int = 20
INSTANT: Final = "at"  # the member of a body that is seconds since 1970


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
        page = asked.get(client, "/v1/inbox", {"desk": desk, "after": after, "wait": wait})
        for item in page["items"]:
            typer.echo(orjson.dumps(item).decode() if asked.json else _text(item, asked.lang))
        after = page["cursor"]
        if not page["items"] and not follow:
            asked.note(_("cursor: {cursor}"), cursor=after)
            return


_SEALED_ELSEWHERE: Final = _("it is sealed to a key that this desk does not have")
_WHY: Final = {
    "bad_signature": _("a signature does not verify"),
    "cannot_open": _SEALED_ELSEWHERE,
    "no_private_key": _SEALED_ELSEWHERE,
    "replayed": _("it came a second time"),
}
_NOT_KEPT: Final = _("what it held is no longer there: its time is over, or it was erased by order")


def _text(item: dict[str, Any], lang: str) -> str:
    """One arrival for people."""
    from services.cli.partner.words import act
    from services.committee.texts.french import capital
    from services.committee.texts.labels import event_label, realm_label, scope_label
    from services.platform.process.paris_time import when

    unreadable, at = _("not readable: {error}"), when(item["delivered_at"], lang)
    error = item.get("error", "")
    why = _WHY[error].say(lang) if error in _WHY else error
    if error and "event" not in item:
        return f"{at}  {unreadable.say(lang, error=why)}"
    title = item.get("title", {}).get(lang) or capital(event_label(item["type"], lang))
    head = _("{at}  {title}, from {issuer}  ({event})")
    lines = [
        head.say(lang, at=at, title=title, issuer=item["from"], event=item["event"]),
        _("    case {case} ({realm})").say(
            lang, case=item["case"], realm=realm_label(item["realm"], lang)
        ),
    ]
    if item.get("withdrawn"):
        lines.append(_("    withdrawn by its issuer").say(lang))
    if error:
        told = _NOT_KEPT.say(lang) if error == "not_kept" else unreadable.say(lang, error=why)
        lines.append(f"    {told}")
    for scope, body in sorted(item.get("parts", {}).items()):
        lines.append(_("    {scope}:").say(lang, scope=scope_label(scope, lang)))
        for name, value in body.items():
            lines += [f"        {line}" for line in _told(name, value, lang)]
    lines += [
        _("    owed: {act} to {to} by {due}").say(
            lang, act=act(owed["act"], lang), to=owed["to"], due=when(owed["due"], lang)
        )
        for owed in item.get("owes", ())
        if owed["state"] == "open"
    ]
    return "\n".join(lines)


def _told(name: str, value: Any, lang: str) -> list[str]:
    """One field for people: lists and what they hold on lines of their own."""
    from services.labels.body_labels import field_label

    label = field_label(name, lang)
    if isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        entries = [series(_fields(entry, lang), lang) for entry in value]
        head = _("{field}:").say(lang, field=label)
        return [head, *(f"    - {entry}" for entry in entries)]
    if isinstance(value, dict):
        value = series(_fields(value, lang), lang)
    return [_("{field}: {value}").say(lang, field=label, value=_value(name, value, lang))]


def _fields(entry: dict[str, Any], lang: str) -> list[str]:
    return [line for name, value in entry.items() for line in _told(name, value, lang)]


def _value(name: str, value: Any, lang: str) -> str:
    """What a field holds: a code in words, a day or an instant as it is written."""
    from services.cli.partner.words import plain
    from services.labels.body_labels import value_label
    from services.platform.process.paris_time import when

    if isinstance(value, list):
        return ", ".join(_value(name, one, lang) for one in value)
    if name == INSTANT and isinstance(value, int):
        return when(value, lang)
    said = value_label(name, value, lang)
    return said if said != str(value) else plain(value, lang)

"""`relais referrals`: what a desk has sent, and where each event stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import command
from services.cli.common.output import print_json, print_table
from services.cli.partner.at_desk import AtDesk
from services.texts import Catalogue, series

if TYPE_CHECKING:
    import httpx

_ = Catalogue(__name__)

PAGE: Final = 50  # events in one answer
_STATES: Final = {
    "published": _("on its way"),
    "delivered": _("delivered"),
    "withheld": _("kept back by the bus"),
    "refused": _("refused by the bus"),
    "left_out": _("nothing was sent"),
}


def register(app: typer.Typer) -> None:
    """Add the command `referrals`."""
    app.command("referrals")(referrals)


@command
def referrals(
    asked: AtDesk,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="Id of an own event; else all of them.")
    ] = "",
    after: Annotated[str, typer.Option(help="Only those after this event.")] = "",
) -> None:
    """Show what a desk has sent and where each event stands; of one EVENT, desk by desk."""
    from urllib.parse import quote

    with asked.client() as (desk, client):
        if event:
            found = asked.get(client, f"/v1/referrals/{quote(event, safe='')}", {"desk": desk})
        else:
            found = _all(asked, client, desk, after)
    if asked.json:
        print_json(found)
    elif event:
        _tell(asked, found)
    elif found["items"]:
        columns = (_("sent on"), _("act"), _("where it stands"), _("event"))
        rows = [_row(item, asked.lang) for item in found["items"]]
        print_table([head.say(asked.lang) for head in columns], rows)
    else:
        asked.note(_("{desk} has sent nothing"), desk=desk)


def _all(asked: AtDesk, client: httpx.Client, desk: str, after: str) -> dict[str, Any]:
    """Page after page, as one answer."""
    items: list[Any] = []
    while True:
        params = {"desk": desk, "after": after, "limit": PAGE}
        page = asked.get(client, "/v1/referrals", params)
        items += page["items"]
        if not page["more"]:
            return page | {"items": items}
        after = page["cursor"]


def _row(item: Mapping[str, Any], lang: str) -> list[str]:
    from services.platform.process.paris_time import when

    return [when(item["issued"], lang), _act(item, lang), _where(item, lang), item["event"]]


def _act(item: Mapping[str, Any], lang: str) -> str:
    from services.committee.texts.labels import event_label

    act = event_label(item["type"], lang)
    return _("{act} (attempt)").say(lang, act=act) if item["attempt"] else act


def _where(item: Mapping[str, Any], lang: str) -> str:
    """In one line: each desk, how far it is, whether an answer is late."""
    if item["state"] == "quarantined":
        return _("could not be routed: {code}").say(lang, code=item["code"])
    stands = [
        _("{desk}: {state}").say(lang, desk=desk["desk"], state=_state(desk, lang))
        for desk in item["to"]
    ]
    late = [_("an answer is overdue").say(lang)] if item["overdue"] else []
    return series([*stands, *late], lang)


def _state(desk: Mapping[str, Any], lang: str) -> str:
    """How far an event is at one desk: what it said last, or what became of it."""
    from services.cli.partner.words import stage

    told = [*desk["acknowledged"]]
    word = _STATES[desk["state"]].say(lang)
    if desk.get("withdrawn"):
        word = _("withdrawn").say(lang)
    elif told:
        word = f"{word}, {stage(told[-1]['stage'], lang)}"
    return word


def _tell(asked: AtDesk, item: Mapping[str, Any]) -> None:
    """One event, desk by desk."""
    from services.cli.partner.words import act, reasons, state
    from services.committee.texts.labels import realm_label
    from services.platform.process.paris_time import when

    lang = asked.lang
    asked.say(
        _("{act}, sent on {at}  ({event})"),
        act=_act(item, lang), at=when(item["issued"], lang), event=item["event"],
    )  # fmt: skip
    case = _("  case {case} ({realm})")
    asked.say(case, case=item["case"], realm=realm_label(item["realm"], lang))
    if item["state"] == "quarantined":
        asked.say(_("  could not be routed: {code}"), code=item["code"])
    elif item["state"] == "refused" and item.get("reasons"):
        asked.say(_("  refused: {reasons}"), reasons=reasons(item["reasons"], lang))
    for desk in item["to"]:
        _tell_desk(asked, desk)
    for duty in item["duties"]:
        asked.say(
            _("  owed by {debtor}: {act} to {creditor}, by {due}: {state}"),
            debtor=duty["debtor"], act=act(duty["act"], lang), creditor=duty["creditor"],
            due=when(duty["due"], lang), state=state(duty),
        )  # fmt: skip


def _tell_desk(asked: AtDesk, desk: Mapping[str, Any]) -> None:
    from services.cli.partner.words import doors, left, motive, reasons, scopes, stage
    from services.platform.process.paris_time import when

    lang = asked.lang
    state = _STATES[desk["state"]]
    by = _("  → {desk}: {state} by {clause}")
    said = by if desk.get("clause") else _("  → {desk}: {state}")
    asked.say(said, desk=desk["desk"], state=state, clause=desk.get("clause", ""))
    if released := desk.get("released"):
        asked.say(_("      it has: {scopes}"), scopes=scopes(released, lang))
    if desk.get("reasons"):
        asked.say(_("      because {reasons}"), reasons=reasons(desk["reasons"], lang))
    whole = set(desk.get("reasons") or ())
    for name, text in (
        ("withheld", _("      kept back: {scopes} ({reasons})")),
        ("not_published", _("      not published: {scopes} ({reasons})")),
    ):
        rows = [row for row in desk.get(name) or () if not whole & set(row["reasons"])]
        for held, why in left(rows, lang):
            asked.say(text, scopes=held, reasons=why)
    for one in desk["acknowledged"]:
        told, at = stage(one["stage"], lang), when(one["at"], lang)
        if more := motive(one["motive"], lang) if "motive" in one else one.get("to"):
            told = _("{stage} ({more})").say(lang, stage=told, more=more)
        asked.say(_("      it says: {stage}, on {at}"), stage=told, at=at)
    if desk.get("withdrawn"):
        asked.say(_("      taken back from it"))
    door = _("      the right door: {event} → {role}, {clause}")
    if desk["state"] != "delivered":
        for text, facts in doors(desk.get("doors") or (), door, lang):
            asked.say(text, **facts)

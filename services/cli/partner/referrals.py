"""`relais referrals`: what a desk has sent, and where each event stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import command
from services.cli.common.output import print_json, print_json_lines, print_table
from services.cli.partner.at_desk import AtDesk
from services.texts import series

if TYPE_CHECKING:
    import httpx

PAGE: Final = 50  # events in one answer
_STATES: Final = {
    "published": "on its way",
    "delivered": "delivered",
    "withheld": "kept back by the bus",
    "refused": "refused by the bus",
    "left_out": "nothing was sent",
}


@command
def referrals(
    asked: AtDesk,
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="Id of an own event; else all of them.")
    ] = "",
    after: Annotated[str, typer.Option(help="Only those after this event.")] = "",
) -> None:
    """Show what a desk has sent and where each event stands.

    Example: relais referrals --desk edu-s
    """
    from urllib.parse import quote

    with asked.client() as (desk, client):
        if event:
            one = asked.get(client, f"/v1/referrals/{quote(event, safe='')}", {"desk": desk})
            if asked.json:
                print_json(one)
            else:
                _tell(asked, one)
            return
        found = _all(asked, client, desk, after)
    if asked.json:
        print_json_lines(found)
    elif found:
        columns = ("sent on", "act", "where it stands", "event")
        print_table(list(columns), [_row(item) for item in found])
    else:
        asked.note(f"{desk} has sent nothing")


def _all(asked: AtDesk, client: httpx.Client, desk: str, after: str) -> list[dict[str, Any]]:
    """The events of all pages."""
    items: list[Any] = []
    while True:
        params = {"desk": desk, "after": after, "limit": PAGE}
        page = asked.get(client, "/v1/referrals", params)
        items += page["items"]
        if not page["more"]:
            return items
        after = page["cursor"]


def _row(item: Mapping[str, Any]) -> list[str]:
    from services.platform.process.paris_time import when

    return [when(item["issued"], "en"), _act(item), _where(item), item["event"]]


def _act(item: Mapping[str, Any]) -> str:
    from services.committee.texts.labels import event_label

    act = event_label(item["type"], "en")
    return f"{act} (attempt)" if item["attempt"] else act


def _where(item: Mapping[str, Any]) -> str:
    """In one line: each desk, how far it is, whether an answer is late."""
    if item["state"] == "quarantined":
        return f"could not be routed: {item['code']}"
    stands = [f"{desk['desk']}: {_state(desk)}" for desk in item["to"]]
    late = ["an answer is overdue"] if item["overdue"] else []
    return series([*stands, *late], "en")


def _state(desk: Mapping[str, Any]) -> str:
    """How far an event is at one desk: what it said last, or what became of it."""
    from services.cli.partner.words import stage

    told = [*desk["acknowledged"]]
    word = _STATES[desk["state"]]
    if desk.get("withdrawn"):
        word = "withdrawn"
    elif told:
        word = f"{word}, {stage(told[-1]['stage'])}"
    return word


def _tell(asked: AtDesk, item: Mapping[str, Any]) -> None:
    """One event, desk by desk."""
    from services.cli.partner.words import act, reasons, state
    from services.committee.texts.labels import realm_label
    from services.platform.process.paris_time import when

    asked.say(f"{_act(item)}, sent on {when(item['issued'], 'en')}  ({item['event']})")
    asked.say(f"  case {item['case']} ({realm_label(item['realm'], 'en')})")
    if item["state"] == "quarantined":
        asked.say(f"  could not be routed: {item['code']}")
    elif item["state"] == "refused" and item.get("reasons"):
        asked.say(f"  refused: {reasons(item['reasons'])}")
    for desk in item["to"]:
        _tell_desk(asked, desk)
    for duty in item["duties"]:
        owed = f"{act(duty['act'])} to {duty['creditor']}, by {when(duty['due'], 'en')}"
        asked.say(f"  owed by {duty['debtor']}: {owed}: {state(duty)}")


def _tell_desk(asked: AtDesk, desk: Mapping[str, Any]) -> None:
    from services.cli.partner.words import instead, left, reasons, scopes, stage
    from services.platform.process.paris_time import when

    by = f" by {desk['clause']}" if desk.get("clause") else ""
    asked.say(f"  → {desk['desk']}: {_STATES[desk['state']]}{by}")
    if released := desk.get("released"):
        asked.say(f"      it has: {scopes(released)}")
    if desk.get("reasons"):
        asked.say(f"      because {reasons(desk['reasons'])}")
    whole = set(desk.get("reasons") or ())
    for name, text in (("withheld", "kept back"), ("not_published", "not published")):
        rows = [row for row in desk.get(name) or () if not whole & set(row["reasons"])]
        for held, why in left(rows):
            asked.say(f"      {text}: {held} ({why})")
    for one in desk["acknowledged"]:
        told, at = stage(one["stage"]), when(one["at"], "en")
        asked.say(f"      it says: {told}, on {at}")
    if desk.get("successor"):
        asked.say(f"      it ends on {when(desk['until'], 'en')}; {desk['successor']} follows it")
    if desk.get("withdrawn"):
        asked.say("      taken back from it")
    if desk["state"] != "delivered":
        for text in instead(desk.get("doors") or ()):
            asked.say(text)

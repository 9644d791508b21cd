"""One arrival as pages show it: its line in the list, what it holds, and what it asks."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from typing import Any, Final, NamedTuple

from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import SCOPES
from services.agency.desk.door import PageRequest
from services.agency.desk.told import DeskWords
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import OwnEvent
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.responses.sending import DutyStatus
from services.texts import Catalogue

_ = Catalogue(__name__)

LONGEST: Final = 16  # own events between a sending and the arrival that it goes back to
NAMED: Final = 50  # arrivals that are opened to name the child of what is owed
NOT_KEPT: Final = "not_kept"
MOST: Final = 40  # characters of a name in a list
_WITHDRAWN: Final = _("{what} (taken back by its sender)")
_UNREADABLE: Final = _("{what} (cannot be read)")
_GONE: Final = _("{what} (no longer kept)")
_OWN: Final = _("{what}, which your service sent")
_FILE: Final = _("your file")
_UNKNOWN: Final = _("An event that cannot be read")
_ORDER: Final = {scope: number for number, scope in enumerate(SCOPES)}  # as one tells them


class ArrivalLine(NamedTuple):
    """One arrival in the list; without an `event` there is nothing to open.

    Attributes:
        child: whom it is about, as far as the desk knows: see `whom`.
        is_open: it waits for an answer.
        is_answered: an answer that it waits for is on its way.
    """

    item: InboxItem
    title: str
    child: str
    is_open: bool
    is_answered: bool


def line_of(
    view: DeskFold, item: InboxItem, told: DeskWords, owed: Container[str] = (),
    answered: Container[str] = (),
) -> ArrivalLine:  # fmt: skip
    """An arrival in the list.

    Args:
        owed, answered: names of the events that wait for an answer, and whose answer is on its way.
    """
    title = getattr(item.title, told.lang) if item.title is not None else _shut(item, told)
    child = whom(view, (item.realm, item.case or ""), child_of(item), told)
    return ArrivalLine(item, title, child, item.event in owed, item.event in answered)


async def opened(page: PageRequest, chosen: Sequence[Arrival]) -> list[InboxItem]:
    """Arrivals of a desk, opened for this answer alone."""
    return await page.parts.incoming.opened(page.desk, chosen)


async def children(page: PageRequest, events: Iterable[str]) -> dict[str, str]:
    """Event → first name of the child, of the first that the desk was sent or goes on from."""
    found = ((event, _origin(page.view, event)) for event in dict.fromkeys(events))
    chosen = {event: arrival for event, arrival in found if arrival is not None}
    items = await opened(page, list(chosen.values())[:NAMED])
    return {event: child_of(item) for event, item in zip(chosen, items, strict=False)}


def _origin(view: DeskFold, event: str) -> Arrival | None:
    """The arrival that an event is, or that an own one goes back to, over several sendings."""
    events = [event]
    for one in events:  # which grows
        if (own := view.own.get(one)) is not None:
            events += [earlier for earlier in own.re if earlier not in events]
            del events[LONGEST:]
        elif (arrival := view.names.arrival(one)) is not None:
            return arrival
    return None


def child_of(item: InboxItem) -> str:
    """The first name of the child, where the arrival tells it, and nothing that looks like more."""
    return _short(str((item.parts or {}).get("IDENTITY", {}).get("first_name") or ""))


def whom(view: DeskFold, on_case: tuple[str, str], child: str, told: DeskWords) -> str:
    """Which child: the first name, if something tells it, and the desk's own file number."""
    number = view.file_numbers.get(on_case, "")
    own = f"{_FILE.say(told.lang)} {_short(number)}" if number else ""  # as it was typed
    return " · ".join(filter(None, (child, own)))


def _short(text: str) -> str:
    return text.replace("·", " ")[:MOST]


def arrival_named(view: DeskFold, event: str, told: DeskWords) -> str:
    """An arrival as the inbox names it: what, from whom, when, its id. Nothing is opened."""
    arrival = view.names.arrival(event)
    if arrival is None:
        return event
    what = told.arrived(arrival.etype, arrival.purpose)
    if view.is_withdrawn(arrival):
        what = _WITHDRAWN.say(told.lang, what=what)
    return " · ".join((what, told.desk(short(arrival.iss)), told.when(arrival.at)))


def own_named(own: OwnEvent, told: DeskWords) -> str:
    """What the desk sent itself, as a list names it: what, when."""
    purposes = {one.purpose for one in own.to.values() if one.purpose}
    what = _OWN.say(told.lang, what=told.title(own.etype, purposes, own.phase))
    return f"{what} · {told.when(own.issued)}"


def _shut(item: InboxItem, told: DeskWords) -> str:
    """What is not shown: by its slip what it was, and why."""
    if item.type is None:
        return _UNKNOWN.say(told.lang)
    why = _WITHDRAWN if item.withdrawn else _GONE if item.error == NOT_KEPT else _UNREADABLE
    return why.say(told.lang, what=told.arrived(item.type, item.purpose or ""))


def about_of(view: DeskFold, item: InboxItem, told: DeskWords) -> list[tuple[str, str]]:
    """What it answers, ends or takes back of what the desk sent or was sent: address, name."""
    found: dict[str, str] = {}
    for event in (one.event for one in (*(item.answers or ()), *(item.ends or ()))):
        name = view.names.of(event, item.case or "", item.realm)
        own = view.own.get(event)
        if own is not None and (own.realm, own.case) == (item.realm, item.case):
            found[f"sendings/{event}"] = own_named(own, told)
        elif view.names.arrival(name):
            found[f"inbox/{name}"] = arrival_named(view, name, told)
    return list(found.items())


def parts_of(item: InboxItem) -> dict[str, dict[str, Any]]:
    """What it holds, scope by scope, in the order of their models."""
    return {
        scope: read_body(str(item.type), scope, body).model_dump(mode="json", exclude_unset=True)
        for scope, body in sorted((item.parts or {}).items(), key=lambda part: _ORDER[part[0]])
    }


def level_of(item: InboxItem) -> str:
    """How grave it is, as it says; empty: it does not."""
    risks = (body for scope, body in (item.parts or {}).items() if scope.startswith("RISK"))
    return next((body["level"] for body in risks if body.get("level")), "")


def duties_of(view: DeskFold, arrival: Arrival, at: int) -> list[DutyStatus]:
    """What the desk owes or has met of it, whether it can be opened or not."""
    opened = view.duties.opened_by(arrival.jti, arrival.on_case, view.desk)
    return [duty.told(at) for duty in opened if duty.open or duty.in_time is not None]

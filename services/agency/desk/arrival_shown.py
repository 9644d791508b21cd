"""One arrival in words: its line in the list, what it holds, declares and asks."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from contracts.vocabulary.events import read_body
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import SCOPES
from services.agency.desk.door import PageRequest
from services.agency.desk.told import DeskWords
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.fold.own_events import OwnEvent
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.responses.standing import DutyStatus
from services.labels.body_labels import field_label, value_label
from services.labels.code_labels import SCOPE_LABELS
from services.labels.record_labels import choice_label, member_label
from services.platform.process.paris_time import when
from services.texts import Catalogue, day

_ = Catalogue(__name__)

_INSTANT: Final = "at"
_UNSHOWN: Final = frozenset({"data", "media"})  # of a photograph
LONGEST: Final = 16  # own events between a sending and the arrival that it goes back to
NAMED: Final = 50  # arrivals that are opened to name the child of what is owed
NOT_KEPT: Final = "not_kept"
MOST: Final = 40  # characters of a name in a list
_WITHDRAWN: Final = _("{what} (taken back by its sender)")
_UNREADABLE: Final = _("{what} (cannot be read)")
_GONE: Final = _("{what} (no longer kept)")
_OWN: Final = _("{what}, which your service sent")
_FILE: Final = _("your file {number}")
_UNKNOWN: Final = _("An event that cannot be read")
_YES_NO: Final = {True: _.pgettext("value", "yes"), False: _.pgettext("value", "no")}
_DANGER: Final = _("In its sender’s judgement the minor is in danger")
_CALLED: Final = _("Its sender called first")
_CALL: Final = _("{who}, {at}")
_AUTHORISED: Final = _("The prosecutor has authorised it")
_ORDER: Final = {scope: number for number, scope in enumerate(SCOPES)}  # as one tells them


@dataclass(slots=True)
class BodyRow:
    """A member: its label, and either a text or the members of each item."""

    label: str
    text: str = ""
    items: list[list[BodyRow]] = field(default_factory=list)


def body_shown(etype: str, scope: str, body: Mapping[str, Any], lang: str) -> list[BodyRow]:
    """The members of the body that a scope has in an event of a type, in its model’s order."""
    typed = read_body(etype, scope, body).model_dump(mode="json", exclude_unset=True)
    return _rows(typed, lang)


def _rows(members: Mapping[str, Any], lang: str) -> list[BodyRow]:
    return [_row(name, value, lang) for name, value in members.items() if name not in _UNSHOWN]


def _row(name: str, value: Any, lang: str) -> BodyRow:
    row = BodyRow(field_label(name, lang))
    if isinstance(value, Mapping):
        row.items = [_rows(value, lang)]
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        row.items = [_rows(one, lang) for one in value]
    elif isinstance(value, list):
        row.text = ", ".join(_said(name, one, lang) for one in value)
    else:
        row.text = _said(name, value, lang)
    return row


def _said(name: str, value: Any, lang: str) -> str:
    if name == _INSTANT and isinstance(value, int):
        return when(value, lang)
    said = value_label(name, value, lang)
    return said if said != str(value) else _day(said, lang)


def _day(text: str, lang: str) -> str:
    try:
        return day(date.fromisoformat(text), lang) if len(text) == 10 else text
    except ValueError:
        return text


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """One arrival in the list; `event` is empty where there is nothing to open.

    Attributes:
        child: whom it is about, as far as the desk knows: see `whom`.
        is_answered: an answer that it waits for is on its way.
    """

    event: str
    title: str
    child: str
    issuer: str
    at: str
    is_open: bool
    is_answered: bool


def line_of(
    view: DeskFold, item: InboxItem, owed: Container[str], answered: Container[str],
    told: DeskWords,
) -> ArrivalLine:  # fmt: skip
    """An arrival in the list.

    Args:
        owed, answered: names of the events that wait for an answer, and whose answer is on its way.
    """
    title = getattr(item.title, told.lang) if item.title is not None else _shut(item, told)
    issuer = told.desk(item.issuer) if item.issuer else ""
    at = when(item.delivered_at, told.lang)
    event = item.event or ""
    child = whom(view, (item.realm, item.case or ""), child_of(item), told)
    return ArrivalLine(event, title, child, issuer, at, event in owed, event in answered)


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
    own = _FILE.say(told.lang, number=_short(number)) if number else ""
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
    return " · ".join((what, told.desk(short(arrival.iss)), when(arrival.at, told.lang)))


def own_named(own: OwnEvent, told: DeskWords) -> str:
    """What the desk sent itself, as a list names it: what, when."""
    purposes = {one.purpose for one in own.to.values() if one.purpose}
    what = _OWN.say(told.lang, what=told.title(own.etype, purposes, own.phase))
    return f"{what} · {when(own.issued, told.lang)}"


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


def parts_of(item: InboxItem, told: DeskWords) -> list[dict[str, Any]]:
    """What it holds, scope by scope, with the clause that lets it through."""
    clauses = item.clauses or {}
    return [
        {
            "scope": told.scope(scope),
            "rows": body_shown(str(item.type), scope, body, told.lang),
            "clause": told.clause(clauses[scope], item.realm) if scope in clauses else "",
        }
        for scope, body in sorted((item.parts or {}).items(), key=lambda part: _ORDER[part[0]])
    ]


def first_of(view: DeskFold, item: InboxItem, lang: str) -> list[tuple[str, str]]:
    """What one reads first: the child's name and own file number, and how grave it is."""
    parts = item.parts or {}
    who = parts.get("IDENTITY", {})
    level = next((body["level"] for name, body in parts.items() if _is_grave(name, body)), None)
    told = [] if not who else [(SCOPE_LABELS["IDENTITY"].say(lang), _name(who))]
    if number := view.file_numbers.get((item.realm, item.case or "")):
        told.append((member_label("reference", lang), number))
    if level:
        told.append((field_label("level", lang), value_label("level", level, lang)))
    return told


def _is_grave(scope: str, body: Mapping[str, Any]) -> bool:
    return scope.startswith("RISK") and bool(body.get("level"))


def _name(who: Mapping[str, Any]) -> str:
    return " ".join(who[name] for name in ("first_name", "name") if who.get(name))


def declared_of(item: InboxItem, lang: str) -> list[tuple[str, str]]:
    """What its sender declares and its slip shows (envelope §4.6), in words."""
    declared = (item.facts.declared if item.facts else None) or {}
    told = []
    if (danger := declared.get("danger")) is not None:
        told.append((_DANGER.say(lang), _YES_NO[danger].say(lang)))
    if call := declared.get("call"):
        who = choice_label("to", call["to"], lang)
        told.append((_CALLED.say(lang), _CALL.say(lang, who=who, at=when(call["at"], lang))))
    if declared.get("auth"):
        told.append((_AUTHORISED.say(lang), _YES_NO[True].say(lang)))
    return told


def still_owed(view: DeskFold, item: InboxItem, told: DeskWords) -> list[DutyStatus]:
    """What the desk still owes for it, whether it can be opened or not."""
    return [duty for duty in view.owes(told.at) if duty.event == item.event]


def owes_of(view: DeskFold, item: InboxItem, told: DeskWords) -> list[dict[str, Any]]:
    """What it asks, in words; of what is not opened, what the desk still owes for it."""
    owes = [(one.act, one.to, one.due, one.state) for one in item.owes or ()]
    if item.owes is None:
        still = still_owed(view, item, told)
        owes = [(duty.act, duty.creditor, duty.due, duty.state) for duty in still]
    return [
        {
            "act": told.act(act),
            "to": told.desk(to),
            "due": when(due, told.lang),
            "open": state == "open",
            "receipt": state == "open" and act.startswith(ACKNOWLEDGED),
        }
        for act, to, due, state in owes
    ]

"""What a desk receives: a list; one, opened for this request alone; the answers to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from services.agency.desk.arrival_shown import (
    NOT_KEPT,
    ArrivalLine,
    about_of,
    child_of,
    declared_of,
    first_of,
    line_of,
    owes_of,
    parts_of,
    still_owed,
)
from services.agency.desk.door import DeskDoor
from services.agency.desk.form.controls import has_form
from services.agency.desk.form.shown import Faults
from services.agency.desk.sendings import TOLD_WITHIN_S, sending_line
from services.agency.desk.situations import has_clause, may_look_up, outcome_codes
from services.agency.desk.told import DeskWords, told_fault
from services.agency.desk.way_in import BASE
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.fold.own_events import PUBLISHED, OwnEvent
from services.agency.office.inbox.reading import newest
from services.agency.office.requests.desk_request import DeskRequest, answerable
from services.agency.office.responses.inbox import Asks, InboxItem
from services.agency.office.responses.standing import DutyStatus
from services.agency.office.sending.identity import day
from services.agency.trade import trade_of
from services.labels.record_labels import choice_label, kind_label
from services.platform.browser.answers import elsewhere, lang_of
from services.platform.browser.sessions import Session
from services.platform.http.problems import ProblemError
from services.platform.ports import random_token
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

PAGE: Final = 20
LONGEST: Final = 16  # own events between a sending and the arrival that it goes back to
NAMED: Final = 50  # arrivals that are opened to name the child of what is owed
RECEIVED: Final = "received"
UNREADABLE: Final = "unreadable"
_RECEIVED_TITLE: Final = _("Received")
_STAGES: Final = {
    "received": _("We have received it"),
    "accepted": _("We accept"),
    "declined": _("We decline, and explain it by phone"),
    "started": _("It has begun"),
    "decided": _("A decision has been taken"),
    "withdrawn": _("We no longer use it"),
    "unreadable": _("We cannot read it"),
}


class ArrivalPages:
    """The addresses of what a desk receives."""

    def __init__(self, door: DeskDoor) -> None:
        self._door, self._parts = door, door.parts
        self.all: list[BaseRoute] = [
            door.route("/inbox", self._list),
            door.route("/inbox/{event}", self._one),
            door.route("/inbox/{event}/acknowledge", self._acknowledge, "POST"),
            door.route("/inbox/{event}/outcome", self._outcome, "POST"),
        ]

    async def newest(self, desk: str, skip: int, limit: int, told: DeskWords) -> list[ArrivalLine]:
        """The arrivals of a desk, the newest first."""
        view = self._parts.office.view(desk)
        owes = view.owes(told.at)
        owed = {duty.event for duty in owes}
        answered = {duty.event for duty in owes if on_its_way(view, duty, told)}
        items = await self._opened(desk, newest(view, skip, limit))
        lines = [line_of(view, item, owed, told) for item in items]
        return [replace(one, is_answered=one.event in answered) for one in lines]

    async def children(self, desk: str, events: Iterable[str]) -> dict[str, str]:
        """Event → first name of the child, of the first that the desk was sent or goes on from."""
        view = self._parts.office.view(desk)
        chosen = {
            event: arrival
            for event in dict.fromkeys(events)
            if (arrival := _origin(view, event)) is not None
        }
        items = await self._opened(desk, list(chosen.values())[:NAMED])
        return {event: child_of(item) for event, item in zip(chosen, items, strict=False)}

    async def _opened(self, desk: str, chosen: list[Arrival]) -> list[InboxItem]:
        """Opened for this answer alone."""
        return await self._parts.incoming.opened(self._parts.reader, desk, {}, chosen)

    async def _list(self, request: Request, session: Session) -> Response:
        told = self._door.told(request)
        skip = _number(request.query_params.get("skip", ""))
        lines = await self.newest(session.role, skip, PAGE + 1, told)
        named = sum(bool(line.child) for line in lines[:PAGE])
        self._door.looked(request, session, "inbox", named=named)
        older = skip + PAGE if len(lines) > PAGE else 0
        missing = bool(self._parts.office.view(session.role).numbers.gaps)
        return self._door.page(
            request, "inbox", _RECEIVED_TITLE, session, lines=lines[:PAGE], older=older,
            newer=max(0, skip - PAGE) if skip else None, missing=missing,
        )  # fmt: skip

    async def _one(self, request: Request, session: Session) -> Response:
        return await self._shown(request, session, {}, {})

    async def _shown(
        self, request: Request, session: Session, outcome: Mapping[str, str], faults: Faults
    ) -> Response:
        """One arrival.

        Args:
            outcome: what was chosen of it, and was wrong.
        """
        event, told = request.path_params["event"], self._door.told(request)
        view = self._parts.office.view(session.role)
        arrival = answerable(view, event)
        self._door.looked(request, session, "arrival", event)
        (item,) = await self._opened(session.role, [arrival])
        line = line_of(view, item, (), told)
        owes, answered = owes_of(view, item, told), _answered(view, arrival, told)
        if "ACK" in answered["undecided"]:
            owes = [one for one in owes if not one["receipt"]]
        return self._door.page(
            request, "arrival", line.title, session, 422 if faults else 200, item=item, line=line,
            event=event, address=f"{BASE}/inbox/{event}", today=day(told.at), outcome=outcome,
            faults=faults, key=random_token(16),
            of=arrival, may_look_up=may_look_up(view, arrival.realm, arrival.case, told),
            issued=when(item.issued_at, told.lang) if item.issued_at else line.at,
            parts=parts_of(item, told), declared=declared_of(item, told.lang),
            first=first_of(view, item, told.lang), owes=owes, **answered,
            about=about_of(view, item, told), **self._replies(session, item, told),
            sender=told.desk(item.issuer) if item.issuer else "",
        )  # fmt: skip

    def _replies(self, session: Session, item: InboxItem, told: DeskWords) -> dict[str, Any]:
        """How it may be answered: stages, an outcome, records that quote it."""
        lang, role = told.lang, self._door.role(session)
        if item.error and item.error != NOT_KEPT:
            unread = [(UNREADABLE, _STAGES[UNREADABLE].say(lang))]
            return {"stages": unread, "answers": [], "codes": []}
        asked = item.asks or self._still_asked(session.role, item, told)
        stages = asked.acknowledge if asked else ()
        kinds = asked.answer_with if asked else ()
        known, first = self._parts.kinds, item.issuer or ""
        author = told.agency.book(told.at).role_of(item.realm, first) or ""
        codes = outcome_codes(role, item, author, told)
        answers = [
            one for one in kinds
            if one in known and role in (known[one].roles or (role,)) and has_form(known[one])
            and has_clause(known[one], role, told.agency, told.at, author)
            and not (codes and known[one].events_of_kind()[0].etype == "FEEDBACK")  # told below
        ]  # fmt: skip
        return {
            "stages": [(one, _STAGES[one].say(lang)) for one in stages if one in _STAGES],
            "answers": [(one, kind_label(one, lang)) for one in answers],
            "codes": [(code, choice_label("outcome", code, lang)) for code in codes],
        }  # fmt: skip

    def _still_asked(self, desk: str, item: InboxItem, told: DeskWords) -> Asks | None:
        """Of what is no longer kept, how it may be answered as long as something is owed for it."""
        acts = [duty.act for duty in still_owed(self._parts.office.view(desk), item, told)]
        words = trade_of(told.agency.name).words
        act = f"{item.type} {item.purpose}"
        return Asks.model_validate(words.asks_of(act, acts, ends=False)) if acts else None

    async def _acknowledge(self, request: Request, session: Session) -> Response:
        """The same request as `POST /inbox/{event_id}/acknowledge`: once a stage."""
        event, form = request.path_params["event"], dict(await self._door.form(request, session))
        stage = form.get("stage", RECEIVED)
        body = {} if stage == RECEIVED else {"stage": stage}
        key = f"acknowledge {event} {body.get('stage', RECEIVED)}"
        return await self._answered(session, "acknowledge", body, event, key)

    async def _outcome(self, request: Request, session: Session) -> Response:
        event, form = request.path_params["event"], dict(await self._door.form(request, session))
        body: dict[str, Any] = {name: form[name] for name in ("code", "on") if name in form}
        try:
            key = f"desk {form.get('key', '')}"
            return await self._answered(session, "outcome", body, event, key)
        except ProblemError as problem:
            errors, lang = problem.more.get("errors", ()), lang_of(request)
            told = {one["place"]: told_fault(one["cause"], "", lang) for one in errors}
            if not told.keys() <= {"code", "on"} or not told:
                raise
            return await self._shown(request, session, form, told)

    async def _answered(
        self, session: Session, kind: str, body: dict[str, Any], event: str, key: str
    ) -> Response:
        asked = DeskRequest(session.role, kind, body, event, key)
        await self._parts.publisher.publish(asked)
        return elsewhere(f"{BASE}/inbox/{event}")


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


def _answered(view: DeskFold, arrival: Arrival, told: DeskWords) -> dict[str, Any]:
    """What the desk has sent in answer, types of what is on its way, and what was lost there."""
    answers = view.replies_to(arrival)
    since = told.at - TOLD_WITHIN_S
    lost = [one.issued for one in answers if one.state == PUBLISHED and one.issued < since]
    said = view.statuses((one.id for one in answers), told.at)
    return {
        "said": [sending_line(view, one, told) for one in said],
        "undecided": {one.etype for one in answers if one.state == PUBLISHED},
        "pending": _pending(answers, told),
        "silent": when(lost[0], told.lang) if lost else "",
    }


def on_its_way(view: DeskFold, duty: DutyStatus, told: DeskWords) -> bool:
    """Whether an answer to what a desk owes has been sent, and the bus has not decided it yet."""
    arrival = view.names.arrival(duty.event)
    sent = _pending(view.replies_to(arrival), told) if arrival is not None else ()
    return any((one == "ACK") == duty.act.startswith(ACKNOWLEDGED) for one in sent)


def _pending(answers: Iterable[OwnEvent], told: DeskWords) -> set[str]:
    """Types of the answers that the bus has not decided yet, and has still time to."""
    since = told.at - TOLD_WITHIN_S
    return {one.etype for one in answers if one.state == PUBLISHED and one.issued >= since}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0

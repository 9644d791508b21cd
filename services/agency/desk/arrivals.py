"""What a desk receives: a list in its own words; one, opened for this request and kept nowhere; the answers to it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from contracts.vocabulary.scopes import ENTRUST, JUSTIFIED, SCOPES
from services.agency.desk.body_shown import body_shown
from services.agency.desk.door import DeskDoor
from services.agency.desk.form.controls import has_form
from services.agency.desk.told import DeskWords
from services.agency.desk.way_in import BASE
from services.agency.http.desk_request import content_of, sent_by
from services.agency.office import office as offices
from services.agency.office import replies
from services.agency.office.fold import ACKNOWLEDGED
from services.agency.office.followed import Chosen, newest_of_all
from services.agency.office.responses.inbox import InboxItem
from services.agency.office.responses.standing import CaseToEntrust
from services.agency.record.record import Record
from services.labels.record_labels import choice_label, kind_label
from services.platform.browser.answers import elsewhere
from services.platform.browser.sessions import Session
from services.platform.http.problems import kafka_unreachable
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

PAGE: Final = 20
_ORDER: Final = {scope: number for number, scope in enumerate(SCOPES)}  # as one tells them
RECEIVED: Final = "received"
_RECEIVED_TITLE: Final = _("Received")
_UNREADABLE: Final = _("An event that cannot be read")
_WITHDRAWN: Final = _("Taken back by its sender")
_DUTIES: Final = _("To be done")
_MOTIVES: Final = {
    "own_case": _.pgettext("motive", "we follow this child"),
    "asked_of_us": _.pgettext("motive", "another service asked us"),
    "stood_in": _.pgettext("motive", "we stood in for a colleague"),
    "supervision": _.pgettext("motive", "in supervision"),
    "not_opened": _.pgettext("motive", "nobody opened it"),
    "mistake": _.pgettext("motive", "by mistake"),
}
_YES_NO: Final = {True: _.pgettext("value", "yes"), False: _.pgettext("value", "no")}
_DANGER: Final = _("In its sender’s judgement the minor is in danger")
_CALLED: Final = _("Its sender called first")
_CALL: Final = _("{who}, {at}")
_AUTHORISED: Final = _("The prosecutor has authorised it")
_STAGES: Final = {
    "received": _("We have received it"),
    "accepted": _("We accept"),
    "declined": _("We decline, and explain it by phone"),
    "started": _("It has begun"),
    "decided": _("A decision has been taken"),
    "withdrawn": _("We no longer use it"),
    "unreadable": _("We cannot read it"),
}


@dataclass(frozen=True, slots=True)
class ArrivalLine:
    """One arrival in the list; `event` is empty where there is nothing to open."""

    event: str
    title: str
    issuer: str
    at: str
    is_open: bool


class ArrivalPages:
    """The addresses of what a desk receives and owes."""

    def __init__(self, door: DeskDoor) -> None:
        self._door, self._parts = door, door.parts
        self.all: list[BaseRoute] = [
            door.route("/inbox", self._list),
            door.route("/inbox/{event}", self._one),
            door.route("/inbox/{event}/acknowledge", self._acknowledge, "POST"),
            door.route("/inbox/{event}/outcome", self._outcome, "POST"),
            door.route("/inbox/{event}/entrust", self._entrust, "POST"),
            door.route("/duties", self._duties),
        ]

    async def newest(self, desk: str, skip: int, limit: int, told: DeskWords) -> list[ArrivalLine]:
        """The arrivals of a desk, the newest first."""
        view = self._parts.office.view(desk)
        owed = {duty.event for duty in view.owes(told.at)}
        items = await self._opened(desk, newest_of_all(view, skip, limit))
        return [_line(item, owed, told) for item in items]

    async def _opened(self, desk: str, chosen: list[Chosen]) -> list[InboxItem]:
        """Opened for this answer alone."""
        if self._parts.reader is None:
            raise kafka_unreachable()
        return await self._parts.incoming.opened(self._parts.reader, desk, {}, chosen)

    async def _list(self, request: Request, session: Session) -> Response:
        self._door.looked(request, session, "inbox")
        told = self._door.told(request)
        skip = _number(request.query_params.get("skip", ""))
        lines = await self.newest(session.role, skip, PAGE + 1, told)
        older = skip + PAGE if len(lines) > PAGE else 0
        missing = bool(self._parts.office.view(session.role).gaps)
        return self._door.page(
            request, "inbox", _RECEIVED_TITLE, session, lines=lines[:PAGE], older=older,
            newer=max(0, skip - PAGE) if skip else None, missing=missing,
        )  # fmt: skip

    async def _one(self, request: Request, session: Session) -> Response:
        event, told = request.path_params["event"], self._door.told(request)
        arrival = self._parts.office.arrival(session.role, event)
        self._door.looked(request, session, "arrival", event)
        holder = self._parts.office.view(session.role).holder(event)
        (item,) = await self._opened(session.role, [(holder, arrival)])
        line = _line(item, set(), told)
        return self._door.page(
            request, "arrival", line.title, session, item=item, line=line, event=event,
            key=secrets.token_urlsafe(16), done=request.query_params.get("done", ""),
            issued=when(item.issued_at, told.lang) if item.issued_at else line.at,
            addressed_to=told.desk(item.addressed_to) if item.addressed_to else "",
            parts=_parts(item, told), declared=_declared(item, told.lang), owes=_owes(item, told), **self._replies(session, item, told),
            first_from=told.desk(item.answers[0].issuer) if item.type == ENTRUST and item.answers else "",
            heirs=[(heir, told.desk(heir)) for one in self._to_entrust(session.role, told) if event in one.events for heir in one.heirs],
        )  # fmt: skip

    def _replies(self, session: Session, item: InboxItem, told: DeskWords) -> dict[str, Any]:
        """How it may be answered: stages, an outcome, records that quote it."""
        lang, role = told.lang, self._door.role(session)
        expected = item.expected.acknowledge if item.expected else ()
        done = {
            stage
            for owed in item.owes or ()
            if owed.state == "closed"
            for stage in owed.act.removeprefix(ACKNOWLEDGED).split("|")
        }
        stages = [one for one in expected if one not in done and one != JUSTIFIED]
        kinds = item.expected.answer_with if item.expected else ()
        known = self._parts.kinds
        codes = replies.CODES_OF_ROLE.get(role, ()) if item.type in ("IP", "SIG") else ()
        answers = [
            one for one in kinds
            if one in known and role in (known[one].roles or (role,)) and has_form(known[one])
            and not (codes and _etype(known[one]) == "FEEDBACK")  # told below, in one line
        ]  # fmt: skip
        return {
            "stages": [(one, _STAGES[one].say(lang)) for one in stages if one in _STAGES],
            "motives": [(code, text.say(lang)) for code, text in _MOTIVES.items()] if JUSTIFIED in expected else [],
            "answers": [(one, kind_label(one, lang)) for one in answers],
            "codes": [(code, choice_label("outcome", code, lang)) for code in codes],
        }  # fmt: skip

    async def _acknowledge(self, request: Request, session: Session) -> Response:
        """The same request as `POST /inbox/{event_id}/acknowledge`: once a stage."""
        event, form = request.path_params["event"], dict(await self._door.form(request, session))
        stage = form.get("stage", RECEIVED)
        body = {} if stage == RECEIVED else {"stage": stage}
        if motive := form.get("motive"):
            body = {"stage": JUSTIFIED, "motive": motive}
        key = f"acknowledge {event} {body.get('stage', RECEIVED)}"
        return await self._answered(session, "acknowledge", body, event, key)

    async def _outcome(self, request: Request, session: Session) -> Response:
        event, form = request.path_params["event"], dict(await self._door.form(request, session))
        body: dict[str, Any] = {name: form[name] for name in ("code", "on") if name in form}
        return await self._answered(session, "outcome", body, event, f"desk {form.get('key', '')}")

    async def _entrust(self, request: Request, session: Session) -> Response:
        """The same request as `POST /inbox/{event_id}/entrust`: once."""
        event, form = request.path_params["event"], dict(await self._door.form(request, session))
        content = await content_of(self._parts, session.role, event)
        to = form.get("to", "")
        asked = offices.Request(
            session.role, "entrust", {"to": to}, event, f"entrust {event} {to}", content
        )
        await sent_by(self._parts, asked)
        return elsewhere(f"{BASE}/inbox/{event}?done=entrust")

    def _to_entrust(self, desk: str, told: DeskWords) -> tuple[CaseToEntrust, ...]:
        return self._parts.office.duties(desk, told.at).to_entrust or ()

    async def _answered(
        self, session: Session, kind: str, body: dict[str, Any], event: str, key: str
    ) -> Response:
        await sent_by(self._parts, offices.Request(session.role, kind, body, event, key))
        return elsewhere(f"{BASE}/inbox/{event}?done={kind}")

    def owed(self, desk: str, told: DeskWords) -> list[dict[str, Any]]:
        """What a desk owes in words, overdue first."""
        duties = self._parts.office.duties(desk, told.at).duties
        view = self._parts.office.view(desk)
        return [
            {
                "act": told.act(duty.act),
                "to": told.desk(duty.creditor),
                "due": when(duty.due, told.lang),
                "overdue": duty.overdue,
                "legal": duty.legal,
                "event": duty.event if duty.event in view.holder(duty.event).events else "",
            }
            for duty in duties
        ]

    async def _duties(self, request: Request, session: Session) -> Response:
        self._door.looked(request, session, "duties")
        told = self._door.told(request)
        duties, waiting = self.owed(session.role, told), self._to_entrust(session.role, told)
        until = when(waiting[0].until, told.lang) if waiting else ""
        cases = [
            {"events": one.events, "heirs": told.desks(one.heirs), "given": len(one.heirs) == 1}
            for one in waiting
        ]
        return self._door.page(
            request, "duties", _DUTIES, session, duties=duties, cases=cases, until=until
        )


def _line(item: InboxItem, owed: set[str], told: DeskWords) -> ArrivalLine:
    if item.withdrawn:
        title = _WITHDRAWN.say(told.lang)
    elif item.title is not None:
        title = getattr(item.title, told.lang)
    else:
        title = _UNREADABLE.say(told.lang)
    issuer = told.desk(item.issuer) if item.issuer else ""
    at = when(item.delivered_at, told.lang)
    event = item.event or ""
    return ArrivalLine(event, title, issuer, at, event in owed)


def _etype(kind: type[Record]) -> str:
    becomes = getattr(kind, "becomes", None)
    return becomes.etype if becomes is not None else ""


def _parts(item: InboxItem, told: DeskWords) -> list[dict[str, Any]]:
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


def _declared(item: InboxItem, lang: str) -> list[tuple[str, str]]:
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


def _owes(item: InboxItem, told: DeskWords) -> list[dict[str, Any]]:
    return [
        {
            "act": told.act(owed.act),
            "to": told.desk(owed.to),
            "due": when(owed.due, told.lang),
            "open": owed.state == "open",
        }
        for owed in item.owes or ()
    ]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0

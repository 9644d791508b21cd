"""What a desk has sent: where each stands, its receipt on paper, taking it back; look-ups too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import BUS_EVENTS
from services.agency.desk.arrival_shown import whom
from services.agency.desk.door import DeskDoor
from services.agency.desk.form.controls import has_form
from services.agency.desk.situations import INVITATION, followers, has_clause, may_look_up
from services.agency.desk.told import DeskWords
from services.agency.desk.way_in import BASE
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import PUBLISHED, OwnEvent
from services.agency.office.requests.desk_request import DeskRequest, look_up_of, status_of
from services.agency.office.responses.standing import DeskStatus, EventStatus
from services.labels.code_labels import STAGES
from services.labels.record_labels import kind_label
from services.platform.browser.answers import elsewhere
from services.platform.browser.sessions import Session
from services.platform.ports import random_token
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

PAGE: Final = 20
QUARANTINED: Final = "quarantined"
TOLD_WITHIN_S: Final = 60  # the bus answers within a second, a restarted one within ten
LOOKS: Final = 20  # of 0.1 s: the bus answers within a second, and a page waits for two at most
_BUS: Final = frozenset(BUS_EVENTS)  # receipts and tests, no writing
_SENT: Final = _("Sent")
_FOLLOWED: Final = _("Who follows this situation")
_ATTEMPT: Final = _("An attempt, without content")
_GOES_ON: Final = frozenset({
    ("signalement_copy", "answers", "SIG"),
    ("judge_seizure", "answers", "MEASURE"),  # which ends what an OPP makes one owe
    ("runaway_end", "ends", "MISSING"),
    ("measure_end", "ends", "MEASURE"),
})  # fmt: skip
_STATES: Final = {
    "published": _("on its way"),
    "delivered": _("delivered"),
    "withheld": _("not delivered"),
    "refused": _("refused"),
    "left_out": _("nothing was sent"),
}
_QUARANTINED: Final = _("set aside by the bus, which could not read it: call whoever helps you")
_SET_ASIDE: Final = _("set aside by the bus")
_TAKEN_BACK: Final = _("taken back")

Children = Callable[[str, Iterable[str]], Awaitable[dict[str, str]]]


class SendingPages:
    """The addresses of what a desk has sent."""

    def __init__(self, door: DeskDoor, children: Children) -> None:
        self._door, self._parts, self._children = door, door.parts, children
        self.all: list[BaseRoute] = [
            door.route("/sendings", self._list),
            door.route("/sendings/{event}", self._one),
            door.route("/sendings/{event}/withdraw", self._withdraw, "GET", "POST"),
            door.route("/situations", self._look_up, "POST"),
            door.route("/situations/{event}", self._followed),
        ]

    async def newest(
        self, desk: str, before: str, limit: int, told: DeskWords
    ) -> list[dict[str, Any]]:
        """What a desk has sent, the newest first."""
        view = self._parts.office.view(desk)
        ids = [event for event in view.order if not before or event < before]
        written = [event for event in reversed(ids) if view.own[event].etype not in _BUS]
        return await self._lines(view, view.statuses(written[:limit], told.at), told)

    async def _lines(
        self, view: DeskFold, sent: list[EventStatus], told: DeskWords
    ) -> list[dict[str, Any]]:
        """Sendings with the child, of an answer the one that it answers for."""
        answered = {one.event: view.own[one.event].re for one in sent}
        events = (event for some in answered.values() for event in some)
        children = await self._children(view.desk, events)
        return [
            sending_line(view, one, told, next(filter(None, map(children.get, re)), ""))
            for one, re in zip(sent, answered.values(), strict=True)
        ]

    async def _list(self, request: Request, session: Session) -> Response:
        told = self._door.told(request)
        lines = await self.newest(
            session.role, request.query_params.get("before", ""), PAGE + 1, told
        )
        named = sum(bool(line["child"]) for line in lines[:PAGE])
        self._door.looked(request, session, "sendings", named=named)
        older = lines[PAGE - 1]["event"] if len(lines) > PAGE else ""
        return self._door.page(request, "sendings", _SENT, session, lines=lines[:PAGE], older=older)

    async def _one(self, request: Request, session: Session) -> Response:
        event, told = request.path_params["event"], self._door.told(request)
        view = self._parts.office.view(session.role)
        status, fresh = status_of(view, event, told.at), request.query_params.get("sent") == "1"
        for _look in range(LOOKS if fresh else 0):
            if status.state != PUBLISHED:
                break
            await asyncio.sleep(0.1)
            status = status_of(view, event, told.at)
        (line,) = await self._lines(view, [status], told)
        self._door.looked(request, session, "sending", event, named=int(bool(line["child"])))
        own = view.own[event]
        may_withdraw = bool(own.delivered_to()) and status.type not in _BUS
        role = self._door.role(session)
        follows = [
            (name, member, kind_label(name, told.lang))
            for name, kind in self._parts.kinds.items()
            for member in ("answers", "ends")
            if role in kind.roles
            and has_form(kind)
            and goes_on(name, member, status.type)
            and has_clause(kind, role, told.agency, told.at)
        ]
        return self._door.page(
            request, "sending", line["title"], session, line=line,
            fresh=fresh, waits=status.state == PUBLISHED and not status.attempt,
            silent=own.issued + TOLD_WITHIN_S < told.at,
            taken_back=request.query_params.get("taken_back") == "1",
            owed=[_duty(duty, told) for duty in status.duties if duty.debtor != session.role],
            owes=[_duty(duty, told) for duty in status.duties if duty.debtor == session.role],
            may_withdraw=may_withdraw,
            follows=follows, since=_since(view, own, told), of=own, key=random_token(16),
            may_look_up=may_look_up(view, own.realm, own.case, told),
        )  # fmt: skip

    async def _withdraw(self, request: Request, session: Session) -> Response:
        """Asked once, and then the same request as `POST /referrals/{event_id}/withdraw`."""
        event, told = request.path_params["event"], self._door.told(request)
        view = self._parts.office.view(session.role)
        status = status_of(view, event, told.at)
        if request.method != "POST":
            (line,) = await self._lines(view, [status], told)
            self._door.looked(request, session, "withdraw", event)
            return self._door.page(request, "withdraw", line["title"], session, line=line)
        await self._door.form(request, session)
        asked = DeskRequest(session.role, "withdraw", {}, event, f"withdraw {event}")
        await self._parts.publisher.publish(asked)
        return elsewhere(f"{BASE}/sendings/{event}?taken_back=1")

    async def _look_up(self, request: Request, session: Session) -> Response:
        """The same request as `POST /v1/accesses`, once for each form."""
        fields = dict(await self._door.form(request, session))
        body = {name: fields.get(name, "") for name in ("realm", "case")}
        key = f"desk look-up {fields.get('key', '')}"
        sent = await self._parts.publisher.publish(
            DeskRequest(session.role, "look_up", body, key=key)
        )
        return elsewhere(f"{BASE}/situations/{sent.events[0]}")

    async def _followed(self, request: Request, session: Session) -> Response:
        """What a look-up was answered, once it is or has had time to be."""
        event, told = request.path_params["event"], self._door.told(request)
        view = self._parts.office.view(session.role)
        for _look in range(LOOKS):
            if look_up_of(view, event).state != "published":
                break
            await asyncio.sleep(0.1)
        answer = look_up_of(view, event)
        self._door.looked(request, session, "situation", event)
        known = followers(answer, session.role, told)
        return self._door.page(
            request, "situation", _FOLLOWED, session, answer=answer, followers=known,
            refused=told.reasons(answer.reasons) if answer.reasons else "",
            kind="" if all(one["why_not"] for one in known) else INVITATION,
            key=random_token(16),
        )  # fmt: skip


def _since(view: DeskFold, own: OwnEvent, told: DeskWords) -> list[dict[str, str]]:
    """What has come on the same situation since it was sent: an outcome, an answer."""
    later = (
        one for one in view.names.events.values() if one.case == own.case and one.at >= own.issued
    )
    return [
        {
            "event": one.jti,
            "title": told.arrived(one.etype, one.purpose),
            "issuer": told.desk(short(one.iss)),
            "at": when(one.at, told.lang),
        }
        for one in sorted(later, key=lambda one: one.at)
        if one.jti and not one.error
    ]


def goes_on(kind: str, member: str, etype: str) -> bool:
    """Whether a kind goes on from an own event of a type: a copy, the next step, an end."""
    return (kind, member, etype) in _GOES_ON


def continues_own(kind: str) -> bool:
    """Whether a kind goes on from an own event of some type."""
    return any(kind == one for one, _member, _etype in _GOES_ON)


def sending_line(
    view: DeskFold, status: EventStatus, told: DeskWords, child: str = ""
) -> dict[str, Any]:
    """One sending: what, of which child, when, to whom, and what became of it."""
    why = status.reasons if status.state == "refused" else None
    return {
        "event": status.event,
        "title": _title(status, view.own[status.event].phase, told),
        "child": whom(view, (status.realm, status.case), child, told),
        "at": when(status.issued, told.lang),
        "attempt": status.attempt,
        "to": [_desk(one, status, told) for one in status.to],
        "refused": told.reasons(why) if why else "",
        "quarantined": _QUARANTINED.say(told.lang) if status.state == QUARANTINED else "",
        "withdrawn": status.withdrawn,
        "overdue": status.overdue,
    }  # fmt: skip


def _title(status: EventStatus, phase: str, told: DeskWords) -> str:
    if status.attempt:
        return _ATTEMPT.say(told.lang)
    return told.title(status.type, {one.purpose for one in status.to if one.purpose}, phase)


def _desk(one: DeskStatus, status: EventStatus, told: DeskWords) -> dict[str, Any]:
    waits = status.state == one.state == PUBLISHED
    state = _SET_ASIDE if status.state == QUARANTINED else _STATES[one.state]
    state = _STATES["left_out"] if waits and status.attempt else state
    state = _TAKEN_BACK if one.withdrawn else state
    why = told.reasons(one.reasons) if one.reasons else ""
    delivered = one.state == "delivered"
    kept = [
        (told.scope(left.scope), told.reasons(left.reasons))
        for left in (*(one.withheld or ()), *(one.not_published or ()))
    ]
    return {
        "name": told.desk(one.desk),
        "successor": told.desk(one.successor) if one.successor else "",
        "until": when(one.until, told.lang) if one.until else "",
        "state": state.say(told.lang),
        "waits": waits,
        "delivered": delivered and not one.withdrawn,
        "gets": told.scopes(one.released or ()),
        "kept": kept,
        "clause": told.clause(one.clause, status.realm) if one.clause and delivered else "",
        "why": "" if delivered else why,
        "receipt": one.receipt or "",
        "stages": [
            (STAGES[stage.stage].say(told.lang), when(stage.at, told.lang))
            for stage in one.acknowledged
            if stage.stage in STAGES
        ],
    }


def _duty(duty: Any, told: DeskWords) -> dict[str, Any]:
    return {
        "who": told.desk(duty.debtor),
        "to": told.desk(duty.creditor),
        "act": told.act(duty.act),
        "due": when(duty.due, told.lang),
        "open": duty.state == "open",
        "overdue": duty.overdue,
    }

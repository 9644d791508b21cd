"""What a desk has sent: where each stands, its receipt on paper, taking it back; look-ups too."""

from __future__ import annotations

import asyncio
from typing import Final, NamedTuple

from starlette.responses import Response

from contracts.vocabulary.scopes import BUS_EVENTS
from services.agency.desk.arrival_shown import children, whom
from services.agency.desk.door import PageRequest, Routes
from services.agency.desk.form.controls import has_form
from services.agency.desk.situations import INVITATION, may_look_up, others
from services.agency.desk.told import DeskWords
from services.agency.desk.way_in import BASE
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import PUBLISHED, OwnEvent
from services.agency.office.requests.desk_request import own_event, own_look_up, status_of
from services.agency.office.responses.sending import EventStatus
from services.labels.record_labels import kind_label
from services.platform.browser.answers import elsewhere
from services.platform.ports import random_token
from services.texts import Catalogue

_ = Catalogue(__name__)

PAGE: Final = 20
TOLD_WITHIN_S: Final = 60  # the bus answers within a second, a restarted one within ten
LOOKS: Final = 20  # of 0.1 s: the bus answers within a second, and a page waits for two at most
_BUS: Final = frozenset(BUS_EVENTS)  # receipts and tests, no writing
_SENT: Final = _("Sent")
_FOLLOWED: Final = _("Who follows this situation")
_ATTEMPT: Final = _("An attempt, without content")
# Kind of record, the member by which it quotes, type of the own event: a copy, a next step, an end.
GOES_ON: Final = frozenset({
    ("signalement_copy", "answers", "SIG"),
    ("judge_seizure", "answers", "MEASURE"),  # which ends what an OPP makes one owe
    ("runaway_end", "ends", "MISSING"),
    ("measure_end", "ends", "MEASURE"),
})  # fmt: skip


async def newest_lines(page: PageRequest, before: str, limit: int) -> list[SendingLine]:
    """What a desk has sent, the newest first."""
    view = page.view
    ids = [event for event in view.order if not before or event < before]
    written = [event for event in reversed(ids) if view.own[event].etype not in _BUS]
    return await _lines(page, view.statuses(written[:limit], page.words.at))


async def _lines(page: PageRequest, sent: list[EventStatus]) -> list[SendingLine]:
    """Sendings with the child, of an answer the one that it answers for."""
    answered = {one.event: page.view.own[one.event].re for one in sent}
    named = await children(page, (event for some in answered.values() for event in some))
    return [
        sending_line(page.view, one, page.words, next(filter(None, map(named.get, re)), ""))
        for one, re in zip(sent, answered.values(), strict=True)
    ]


async def _list(page: PageRequest) -> Response:
    lines = await newest_lines(page, page.query("before"), PAGE + 1)
    page.looked("sendings", named=sum(bool(line.child) for line in lines[:PAGE]))
    older = lines[PAGE - 1].status.event if len(lines) > PAGE else ""
    return page.page("sendings", _SENT, lines=lines[:PAGE], older=older)


async def _until_decided(own: OwnEvent, *, taken_back: bool = False) -> None:
    """Give the bus the time that it needs to tell what becomes of an event, or of its end."""
    for _look in range(LOOKS):
        if not own.delivered_to() if taken_back else own.state != PUBLISHED:
            return
        await asyncio.sleep(0.1)


async def _one(page: PageRequest) -> Response:
    told, view, fresh = page.words, page.view, page.query("sent") == "1"
    own, taken_back = own_event(view, page.event), page.query("taken_back") == "1"
    if fresh or taken_back:
        await _until_decided(own, taken_back=taken_back)
    status = status_of(view, own.id, told.at)
    (line,) = await _lines(page, [status])
    page.looked("sending", own.id, named=int(bool(line.child)))
    duties = [one for one in status.duties if one.state == "open" or one.in_time is not None]
    role = page.role
    follows = [
        (name, member, kind_label(name, told.lang))
        for name, kind in page.parts.kinds.items()
        for member in ("answers", "ends")
        if role in kind.roles
        and has_form(kind)
        and (name, member, own.etype) in GOES_ON
        and page.may_send(kind)
    ]
    return page.page(
        "sending", line.title, line=line, fresh=fresh,
        waits=own.state == PUBLISHED and not own.attempt,
        silent=own.issued + TOLD_WITHIN_S < told.at, taken_back=taken_back,
        owed=[duty for duty in duties if duty.debtor != page.desk],
        owes=[duty for duty in duties if duty.debtor == page.desk],
        may_withdraw=bool(own.delivered_to()) and own.etype not in _BUS,
        follows=follows, since=_since(view, own), of=own, key=random_token(16),
        may_look_up=may_look_up(page.desk, own.realm, told),
    )  # fmt: skip


async def _withdraw(page: PageRequest) -> Response:
    """Asked once, and then the same request as `POST /referrals/{event_id}/withdraw`."""
    event = page.event
    status = status_of(page.view, event, page.words.at)
    if page.request.method != "POST":
        (line,) = await _lines(page, [status])
        page.looked("withdraw", event)
        return page.page("withdraw", line.title, line=line)
    await page.form()
    await page.publish("withdraw", {}, event, f"withdraw {event}")
    return elsewhere(f"{BASE}/sendings/{event}?taken_back=1")


async def _look_up(page: PageRequest) -> Response:
    """The same request as `POST /v1/accesses`, once for each form."""
    fields = await page.form()
    body = {name: fields.get(name, "") for name in ("realm", "case")}
    sent = await page.publish("look_up", body, key=f"desk look-up {fields.get('key', '')}")
    return elsewhere(f"{BASE}/situations/{sent.events[0]}")


async def _followed(page: PageRequest) -> Response:
    """What a look-up was answered, once it is or has had time to be."""
    look_up = own_look_up(page.view, page.event)
    await _until_decided(look_up)
    page.looked("situation", look_up.id)
    invitation = page.parts.kinds.get(INVITATION)
    may_invite = invitation is not None and page.may_send(invitation)
    return page.page(
        "situation", _FOLLOWED, answer=look_up, followers=others(look_up, page.desk),
        kind=INVITATION if may_invite else "", key=random_token(16),
    )  # fmt: skip


def _since(view: DeskFold, own: OwnEvent) -> list[Arrival]:
    """What has come on the same situation since it was sent: an outcome, an answer."""
    later = (
        one
        for one in view.names.events.values()
        if one.case == own.case and one.at >= own.issued and one.jti and not one.error
    )
    return sorted(later, key=lambda one: one.at)


def continues_own(kind: str) -> bool:
    """Whether a kind goes on from an own event of some type."""
    return any(kind == one for one, _member, _etype in GOES_ON)


class SendingLine(NamedTuple):
    """One sending: what, of which child, and where it stands."""

    status: EventStatus
    title: str
    child: str


def sending_line(
    view: DeskFold, status: EventStatus, told: DeskWords, child: str = ""
) -> SendingLine:
    """A sending as lists name it.

    Args:
        child: first name, of an answer that of whom it answers for.
    """
    purposes = {one.purpose for one in status.to if one.purpose}
    own = view.own[status.event]
    title = told.stage(own.stage) or told.title(status.type, purposes, own.phase)
    title = _ATTEMPT.say(told.lang) if status.attempt else title
    return SendingLine(status, title, whom(view, (status.realm, status.case), child, told))


ROUTES: Final[Routes] = (
    ("/sendings", _list),
    ("/sendings/{event}", _one),
    ("/sendings/{event}/withdraw", _withdraw, "GET", "POST"),
    ("/situations", _look_up, "POST"),
    ("/situations/{event}", _followed),
)

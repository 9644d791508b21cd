"""What a desk receives: a list; one, opened for this request alone; the answers to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from starlette.responses import Response

from services.agency.desk.arrival_shown import (
    NOT_KEPT,
    ArrivalLine,
    about_of,
    duties_of,
    level_of,
    line_of,
    opened,
    parts_of,
)
from services.agency.desk.door import PageRequest, Routes
from services.agency.desk.form.controls import has_form
from services.agency.desk.form.shown import Faults
from services.agency.desk.sendings import TOLD_WITHIN_S, sending_line
from services.agency.desk.situations import may_look_up, outcome_codes
from services.agency.desk.told import DeskWords, told_fault, told_problem
from services.agency.desk.way_in import BASE
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.fold.own_events import PUBLISHED, OwnEvent
from services.agency.office.inbox.reading import newest
from services.agency.office.requests.desk_request import answerable
from services.agency.office.responses.inbox import Asks, InboxItem
from services.agency.office.responses.sending import DutyStatus
from services.agency.office.sending.identity import day
from services.agency.trade import trade_of
from services.labels.record_labels import choice_label, kind_label
from services.platform.browser.answers import elsewhere
from services.platform.http.problems import ProblemError
from services.platform.ports import random_token
from services.texts import Catalogue

_ = Catalogue(__name__)

PAGE: Final = 20
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


async def newest_lines(page: PageRequest, skip: int, limit: int) -> list[ArrivalLine]:
    """The arrivals of a desk, the newest first."""
    owes = page.view.owes(page.words.at)
    owed = {duty.event for duty in owes}
    answered = {duty.event for duty in owes if on_its_way(page, duty)}
    items = await opened(page, newest(page.view, skip, limit))
    return [line_of(page.view, item, page.words, owed, answered) for item in items]


async def _list(page: PageRequest) -> Response:
    skip = _number(page.query("skip"))
    lines = await newest_lines(page, skip, PAGE + 1)
    page.looked("inbox", named=sum(bool(line.child) for line in lines[:PAGE]))
    return page.page(
        "inbox", _RECEIVED_TITLE, lines=lines[:PAGE], older=skip + PAGE if len(lines) > PAGE else 0,
        newer=max(0, skip - PAGE) if skip else None, missing=bool(page.view.numbers.gaps),
    )  # fmt: skip


async def _one(page: PageRequest) -> Response:
    return await _shown(page, {}, {})


async def _shown(page: PageRequest, outcome: Mapping[str, str], faults: Faults) -> Response:
    """One arrival.

    Args:
        outcome: what was chosen of it, and was wrong.
    """
    told, view = page.words, page.view
    arrival = answerable(view, page.event)
    page.looked("arrival", page.event)
    (item,) = await opened(page, [arrival])
    line = line_of(view, item, told)
    owes, answered = duties_of(view, arrival, told.at), _answered(page, arrival)
    if "ACK" in answered["undecided"]:
        owes = [one for one in owes if one.state == "closed" or not _is_receipt(one)]
    clauses = (item.clauses or {}).items()
    return page.page(
        "arrival", line.title, 422 if faults else 200, item=item, event=page.event,
        address=f"{BASE}/inbox/{page.event}", today=day(told.at), outcome=outcome, faults=faults,
        key=random_token(16), of=arrival,
        may_look_up=may_look_up(page.desk, arrival.realm, told),
        parts=parts_of(item), laws={scope: told.clause(law, item.realm) for scope, law in clauses},
        level=level_of(item), number=view.file_numbers.get(arrival.on_case, ""), owes=owes,
        about=about_of(view, item, told), **answered, **_replies(page, item, arrival),
    )  # fmt: skip


def _replies(page: PageRequest, item: InboxItem, arrival: Arrival) -> dict[str, Any]:
    """How it may be answered: stages, an outcome, records that quote it."""
    told, lang, role = page.words, page.words.lang, page.role
    if item.error and item.error != NOT_KEPT:
        unread = [(UNREADABLE, _STAGES[UNREADABLE].say(lang))]
        return {"stages": unread, "answers": [], "codes": []}
    asked = item.asks or _still_asked(page, item, arrival)
    stages = asked.acknowledge if asked else ()
    kinds = asked.answer_with if asked else ()
    known, author = page.parts.kinds, told.book.role_of(item.realm, item.issuer or "") or ""
    codes = outcome_codes(role, item, author, told)
    answers = [
        one for one in kinds
        if one in known and role in (known[one].roles or (role,)) and has_form(known[one])
        and page.may_send(known[one], author)
        and not (codes and known[one].events_of_kind()[0].etype == "FEEDBACK")  # told below
    ]  # fmt: skip
    return {
        "stages": [(one, _STAGES[one].say(lang)) for one in stages if one in _STAGES],
        "answers": [(one, kind_label(one, lang)) for one in answers],
        "codes": [(code, choice_label("outcome", code, lang)) for code in codes],
    }


def _still_asked(page: PageRequest, item: InboxItem, arrival: Arrival) -> Asks | None:
    """Of what is no longer kept, how it may be answered as long as something is owed for it."""
    owes = duties_of(page.view, arrival, page.words.at)
    acts = [duty.act for duty in owes if duty.state == "open"]
    words = trade_of(page.words.agency.name).words
    act = f"{item.type} {item.purpose}"
    return Asks.model_validate(words.asks_of(act, acts, ends=False)) if acts else None


async def _acknowledge(page: PageRequest) -> Response:
    """The same request as `POST /inbox/{event_id}/acknowledge`."""
    form = await page.form()
    stage = form.get("stage", RECEIVED)
    await _answer(page, "acknowledge", {} if stage == RECEIVED else {"stage": stage}, form)
    return elsewhere(f"{BASE}/inbox/{page.event}")


async def _answer(
    page: PageRequest, kind: str, body: Mapping[str, Any], form: Mapping[str, str]
) -> None:
    """One answer to what a page shows: two officers who have it open send no two.

    Raises:
        ProblemError: `answered_meanwhile`, and those of `publish`.
    """
    try:
        await page.publish(kind, body, page.event, f"{kind} {page.event} {form.get('after', '')}")
    except ProblemError as problem:
        if problem.code == "key_reused":
            raise ProblemError(409, "answered_meanwhile") from None
        raise


async def _outcome(page: PageRequest) -> Response:
    form = await page.form()
    body: dict[str, Any] = {name: form[name] for name in ("code", "on") if name in form}
    try:
        await _answer(page, "outcome", body, form)
    except ProblemError as problem:
        errors, lang = problem.more.get("errors", ()), page.words.lang
        told = {one["place"]: told_fault(one["cause"], "", lang) for one in errors}
        if problem.place == "code":
            told["code"] = told_problem(problem.code, lang)
        if not told.keys() <= {"code", "on"} or not told:
            raise
        return await _shown(page, form, told)
    return elsewhere(f"{BASE}/inbox/{page.event}")


def _answered(page: PageRequest, arrival: Arrival) -> dict[str, Any]:
    """What the desk has sent in answer, types of what is on its way, and what was lost there."""
    view, told = page.view, page.words
    answers = view.replies_to(arrival)
    since = told.at - TOLD_WITHIN_S
    lost = [one.issued for one in answers if one.state == PUBLISHED and one.issued < since]
    said = view.statuses((one.id for one in answers), told.at)
    return {
        "said": [sending_line(view, one, told) for one in said],
        "after": Counter(one.etype for one in answers),
        "undecided": {one.etype for one in answers if one.state == PUBLISHED},
        "pending": _pending(answers, told),
        "silent": told.when(lost[0]) if lost else "",
    }


def on_its_way(page: PageRequest, duty: DutyStatus) -> bool:
    """Whether an answer to what a desk owes has been sent, and the bus has not decided it yet."""
    arrival = page.view.names.arrival(duty.event)
    sent = _pending(page.view.replies_to(arrival), page.words) if arrival is not None else ()
    return any((one == "ACK") == _is_receipt(duty) for one in sent)


def _is_receipt(duty: DutyStatus) -> bool:
    return duty.act.startswith(ACKNOWLEDGED)


def _pending(answers: Iterable[OwnEvent], told: DeskWords) -> set[str]:
    """Types of the answers that the bus has not decided yet, and has still time to."""
    since = told.at - TOLD_WITHIN_S
    return {one.etype for one in answers if one.state == PUBLISHED and one.issued >= since}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


ROUTES: Final[Routes] = (
    ("/inbox", _list),
    ("/inbox/{event}", _one),
    ("/inbox/{event}/acknowledge", _acknowledge, "POST"),
    ("/inbox/{event}/outcome", _outcome, "POST"),
)

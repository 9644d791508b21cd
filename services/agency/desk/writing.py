"""Write, check before sending, send: a form that goes to the server and back and is kept nowhere.

A draft lives in the page alone: a shared computer's disk, where local storage lies, is no place
for a child's file.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any, Final

from starlette.responses import Response

from contracts.errors import EnvelopeError, IntakeError, RelaisError
from contracts.vocabulary.schema import short
from services.agency.desk import check
from services.agency.desk.arrival_shown import arrival_named, children, own_named, whom
from services.agency.desk.door import PageRequest, Routes
from services.agency.desk.form.controls import QUOTES, FormControl, has_form
from services.agency.desk.form.filled import Sheet, goes_on_only, name_of, sheet_of
from services.agency.desk.form.shown import (
    Faults,
    FormView,
    faults_of,
    goes_to,
    hidden_events,
)
from services.agency.desk.sendings import continues_own
from services.agency.desk.situations import granted, others
from services.agency.desk.told import DeskWords, is_of_field, told_fault
from services.agency.desk.way_in import BASE
from services.agency.office.requests.desk_request import DeskRequest, answerable, own_look_up
from services.agency.office.sending.answer import Prepared
from services.agency.record.marks import Becomes
from services.agency.record.record import Record
from services.labels.record_labels import kind_label
from services.platform.browser.answers import elsewhere, is_own
from services.platform.http.problems import ProblemError, problem_of
from services.platform.ports import random_bytes, random_token
from services.texts import Catalogue

_ = Catalogue(__name__)

SCRIPT: Final = files("services.agency").joinpath("desk/pages/preview.js").read_text("utf-8")
NOT_OFFERED: Final = frozenset({"withdrawal"})  # a button beside what was sent does it
_WRITE: Final = _("Write")
_CHECK: Final = _("Check before sending")


def _kinds_of(page: PageRequest) -> dict[str, type[Record]]:
    """The kinds of record that this desk can write here, though no clause may let it send."""
    role = page.role
    return {
        name: kind
        for name, kind in page.parts.kinds.items()
        if name not in NOT_OFFERED and (not kind.roles or role in kind.roles) and has_form(kind)
    }


def offered(page: PageRequest, *, clause: bool = True) -> list[tuple[str, str]]:
    """The kinds that a clause lets this desk send, or that none does: name and label."""
    return [
        (name, kind_label(name, page.words.lang))
        for name, kind in _kinds_of(page).items()
        if page.may_send(kind) == clause and not goes_on_only(kind)
    ]


def _continued(page: PageRequest) -> list[tuple[str, str]]:
    """The kinds that quote an earlier event: the page it is begun from, and label."""
    return [
        ("sendings" if continues_own(name) else "inbox", kind_label(name, page.words.lang))
        for name, kind in _kinds_of(page).items()
        if goes_on_only(kind) and page.may_send(kind)
    ]


async def _list(page: PageRequest) -> Response:
    page.looked("write")
    return page.page(
        "kinds", _WRITE, kinds=offered(page), refused=offered(page, clause=False),
        continued=_continued(page),
    )  # fmt: skip


async def _write(page: PageRequest) -> Response:
    name = page.request.path_params["kind"]
    model = _kinds_of(page).get(name)
    if model is None:
        raise ProblemError(404, "kind_unknown")
    if page.request.method != "POST":
        page.looked("write")
        begun = _begun(page, name, model)
        begun.about = await _about(page, begun)
        return _form(page, begun)
    fields = await page.fields()
    sheet, do = sheet_of(name, model, fields), dict(fields).get("do", "check")
    if do not in ("preview", "send"):
        sheet.about = await _about(page, sheet)
    if is_own(page.request) and (do in ("resume", "edit") or do.startswith("more:")):
        # Nothing is done by it, so that a form of a session that has ended is as good.
        return _form(page, sheet, more=do.removeprefix("more:"))
    try:
        page.check(fields)
        if do == "send":
            answer = await page.publish("record", sheet.record(), key=f"desk {sheet.key}")
            return _sent(answer.events[0])
        return _preview(page, sheet) if do == "preview" else _check(page, sheet)
    except (ProblemError, RelaisError) as error:
        if not is_own(page.request):
            raise
        return _handed_back(page, sheet, error)


async def _about(page: PageRequest, sheet: Sheet) -> str:
    """What it quotes, with the child, in words."""
    view, told = page.view, page.words
    quoted = (sheet.values.get(f"{name}.0.event", ()) for name in QUOTES)
    for event in (event for events in quoted for event in events):
        own, arrival = view.own.get(event), view.names.arrival(event)
        if own is not None:
            on_case, name = (own.realm, own.case), own_named(own, told)
        elif arrival is not None:
            on_case, name = arrival.on_case, arrival_named(view, event, told)
        else:
            continue
        page.looked("write", event)
        child = whom(view, on_case, (await children(page, [event])).get(event, ""), told)
        return " · ".join(filter(None, (child, name)))
    return ""


def _handed_back(page: PageRequest, sheet: Sheet, error: ProblemError | RelaisError) -> Response:
    """Why it was not done, with all that was written: no cache and no history has it."""
    if error.code == "key_reused":
        sheet.key = random_token(16)
    problem = problem_of(error)
    code = "draft_not_own" if problem.code == "form_not_own" else problem.code
    return page.door.refused(
        page.request, page.session, code, problem.status, sheet=sheet, again="edit", script=SCRIPT
    )


def _begun(page: PageRequest, name: str, model: type[Record]) -> Sheet:
    """An empty form; one that quotes an event; or one to those who follow a situation."""
    sheet, view = Sheet(name, model, random_token(16)), page.view
    becomes: Becomes | None = getattr(model, "becomes", None)
    for member in QUOTES:
        event = page.query(member)
        if view.names.arrival(event):
            arrival = answerable(view, event)
            quoted = short(arrival.iss), arrival.jti, arrival.realm, arrival.case
        elif (own := view.own.get(event)) is not None:
            quoted = page.desk, own.id, own.realm, own.case
        else:
            continue
        issuer, jti, realm, sheet.case = quoted
        names = {"issuer": issuer, "event": jti, "realm": realm}
        sheet.values |= {f"{member}.0.{part}": [value] for part, value in names.items()}
        if becomes is not None and becomes.usual == () and issuer != page.desk:
            sheet.values["to"] = [issuer]
    if becomes is not None and (event := page.query("situation")):
        look_up = own_look_up(view, event)
        sheet.case, book = look_up.case, page.words.book
        roles = granted(becomes, page.role, page.words.agency, page.words.at)
        sheet.values["to"] = [
            desk
            for desk in others(look_up, page.desk)
            if book.role_of(look_up.realm, desk) in roles
        ]
    return sheet


def _form(
    page: PageRequest, sheet: Sheet, faults: Faults | None = None, more: str = "", status: int = 200
) -> Response:
    told, faults = page.words, faults or {}
    view = _view(page, sheet, faults, more)
    return page.page(
        "write", kind_label(sheet.kind, told.lang), status, SCRIPT, sheet=sheet, view=view,
        answered=bool(sheet.case), to=goes_to(sheet.model, sheet.values, told, page.desk),
        has_clause=page.may_send(sheet.model),
        events=hidden_events(sheet.values), again="edit",
    )  # fmt: skip


def _view(page: PageRequest, sheet: Sheet, faults: Faults, more: str = "") -> FormView:
    controls = sheet.controls if sheet.case else [_demanded(one) for one in sheet.controls]
    return FormView(sheet.model, controls, sheet.values, faults, page.words, page.desk, more)


def _tried(page: PageRequest, sheet: Sheet) -> Prepared:
    asked = DeskRequest(page.desk, "record", sheet.record())
    return page.parts.office.tried(asked, page.parts.clock.now_ms(), random_bytes)


def _check(page: PageRequest, sheet: Sheet) -> Response:
    """Who will read which line of it; what is missing; or what a form gone back to has become."""
    lang, office = page.words.lang, page.parts.office
    asked = DeskRequest(page.desk, "record", sheet.record(), key=f"desk {sheet.key}")
    if sent := office.repeated(asked, office.keyed(asked) or {}):
        return _sent(sent[0].id)
    try:
        prepared = _tried(page, sheet)
    except IntakeError as error:
        faults = faults_of(error.faults, sheet.model, lang)
        if sheet.has_nobody:  # told only once the rest is in order, and then as a second round
            faults.setdefault("to", told_fault("no_addressee", "", lang))
        return _form(page, sheet, faults, status=422)
    except (ProblemError, EnvelopeError) as problem:
        if isinstance(problem, ProblemError) and problem.code == "nothing_to_publish":
            return _nothing(page, sheet, problem)
        if not is_of_field(problem.code):
            raise
        return _form(page, sheet, faults_of((problem,), sheet.model, lang), status=422)
    verdict = _verdict(page, sheet, prepared)
    return page.page("check", _CHECK, 200, SCRIPT, sheet=sheet, again="check", **verdict)


def _verdict(page: PageRequest, sheet: Sheet, prepared: Prepared) -> dict[str, Any]:
    told = page.words
    return {
        "kind_name": kind_label(sheet.kind, told.lang),
        "outcome": prepared.outcome,
        "desks": [line.verdict for line in prepared.lines],
        "fates": check.fates(sheet.model, sheet.controls, sheet.values, prepared, told),
        "doors": check.doors(_kinds_of(page), page.role, prepared.doors, told),
        "remarks": [told.remark(remark) for remark in prepared.remarks],
    }


def _nothing(page: PageRequest, sheet: Sheet, problem: ProblemError) -> Response:
    """No part of it may go to anybody: each desk with its reason, and what would mend it."""
    told = page.words
    if faults := _places(problem, told):
        return _form(page, sheet, faults, status=422)
    lines = problem.more.get("to", ())
    why = {told.desk(line["desk"]): told.reasons(tuple(line["reasons"])) for line in lines}
    return page.page("nothing", _CHECK, 422, SCRIPT, sheet=sheet, again="check", why=why)


def _places(problem: ProblemError, told: DeskWords) -> Faults:
    """The fields for which nothing of it may go to anybody."""
    errors = problem.more.get("errors", ())
    places = {fault.get("place", ""): told.fault(fault["cause"]) for fault in errors}
    return {name_of(place): text for place, text in places.items() if place}


def _preview(page: PageRequest, sheet: Sheet) -> Response:
    """The same verdict beside the form, as one writes; what is missing is no fault yet."""
    verdict: dict[str, Any] = {"missing": [], "desks": [], "fates": [], "outcome": ""}
    told = page.words
    try:
        verdict |= _verdict(page, sheet, _tried(page, sheet))
    except (IntakeError, EnvelopeError, ProblemError) as error:
        errors = error.faults if isinstance(error, IntakeError) else (error,)
        faults = faults_of(errors, sheet.model, told.lang)
        if isinstance(error, ProblemError):
            faults = _places(error, told) or faults
        verdict["missing"] = _view(page, sheet, faults).named()
    return page.page("preview", _CHECK, sheet=sheet, **verdict)


def _sent(event: str) -> Response:
    """To where it stands: a form is sent once."""
    return elsewhere(f"{BASE}/sendings/{event}?sent=1")


def _demanded(control: FormControl) -> FormControl:
    """As a form that answers nothing shows it: one's file number alone ties the case together."""
    return replace(control, required=True) if control.name == "reference" else control


ROUTES: Final[Routes] = (("/write", _list), ("/write/{kind}", _write, "GET", "POST"))

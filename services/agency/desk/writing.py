"""Write, check before sending, send: a form that goes to the server and back and is kept nowhere.

A draft lives in the page alone: a shared computer's disk, where local storage lies, is no place
for a child's file.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from contracts.errors import EnvelopeError, IntakeError, RelaisError
from contracts.vocabulary.schema import short
from services.agency.desk import check
from services.agency.desk.arrival_shown import arrival_named, own_named, whom
from services.agency.desk.arrivals import ArrivalPages
from services.agency.desk.door import DeskDoor
from services.agency.desk.form.controls import FormControl, has_form
from services.agency.desk.form.faults import QUOTES, faults_of
from services.agency.desk.form.filled import name_of
from services.agency.desk.form.sheet import Sheet, goes_on_only, sheet_of
from services.agency.desk.form.shown import (
    Faults,
    FormSection,
    goes_to,
    hidden_events,
    named,
    shown,
)
from services.agency.desk.sendings import continues_own
from services.agency.desk.situations import followers, has_clause
from services.agency.desk.told import DeskWords, is_of_field, told_fault
from services.agency.desk.way_in import BASE
from services.agency.office.requests.desk_request import DeskRequest, answerable, look_up_of
from services.agency.office.sending.answer import Prepared
from services.agency.record.record import Record
from services.labels.record_labels import kind_label
from services.platform.browser.answers import elsewhere, is_own, lang_of
from services.platform.browser.sessions import Session
from services.platform.http.problems import ProblemError, problem_of
from services.platform.ports import random_bytes, random_token
from services.texts import Catalogue

_ = Catalogue(__name__)

SCRIPT: Final = files("services.agency").joinpath("desk/pages/preview.js").read_text("utf-8")
NOT_OFFERED: Final = frozenset({"withdrawal"})  # a button beside what was sent does it
_WRITE: Final = _("Write")
_CHECK: Final = _("Check before sending")


class WritingPages:
    """The addresses of what a desk writes."""

    def __init__(self, door: DeskDoor, arrivals: ArrivalPages) -> None:
        self._door, self._parts, self._arrivals = door, door.parts, arrivals
        self.all: list[BaseRoute] = [
            door.route("/write", self._kinds),
            door.route("/write/{kind}", self._write, "GET", "POST"),
        ]

    def kinds(self, session: Session) -> dict[str, type[Record]]:
        """The kinds of record that this desk can write here, though no clause may let it send."""
        role = self._door.role(session)
        return {
            name: kind
            for name, kind in self._parts.kinds.items()
            if name not in NOT_OFFERED and (not kind.roles or role in kind.roles) and has_form(kind)
        }

    def offered(self, session: Session, lang: str, *, clause: bool = True) -> list[tuple[str, str]]:
        """The kinds that a clause lets this desk send, or that none does: name and label."""
        return [
            (name, kind_label(name, lang))
            for name, kind in self.kinds(session).items()
            if self._has_clause(session, kind) == clause and not goes_on_only(kind)
        ]

    def _continued(self, session: Session, lang: str) -> list[tuple[str, str]]:
        """The kinds that quote an earlier event: the page it is begun from, and label."""
        return [
            ("sendings" if continues_own(name) else "inbox", kind_label(name, lang))
            for name, kind in self.kinds(session).items()
            if goes_on_only(kind) and self._has_clause(session, kind)
        ]

    def _has_clause(self, session: Session, kind: type[Record]) -> bool:
        agency, at = self._parts.office.agency, self._parts.clock.now()
        return has_clause(kind, self._door.role(session), agency, at)

    async def _kinds(self, request: Request, session: Session) -> Response:
        self._door.looked(request, session, "write")
        lang = lang_of(request)
        return self._door.page(
            request, "kinds", _WRITE, session, kinds=self.offered(session, lang),
            refused=self.offered(session, lang, clause=False),
            continued=self._continued(session, lang),
        )  # fmt: skip

    async def _write(self, request: Request, session: Session) -> Response:
        name = request.path_params["kind"]
        model = self.kinds(session).get(name)
        if model is None:
            raise ProblemError(404, "kind_unknown")
        if request.method != "POST":
            self._door.looked(request, session, "write")
            begun = self._begun(request, session, name, model)
            begun.about = await self._about(request, session, begun)
            return self._form(request, session, begun)
        fields = await self._door.read(request)
        sheet, do = sheet_of(name, model, fields), dict(fields).get("do", "check")
        if do not in ("preview", "send"):
            sheet.about = await self._about(request, session, sheet)
        if is_own(request) and (do in ("resume", "edit") or do.startswith("more:")):
            # Nothing is done by it, so that a form of a session that has ended is as good.
            return self._form(request, session, sheet, more=do.removeprefix("more:"))
        try:
            self._door.check(request, session, fields)
            if do == "send":
                return await self._send(session, sheet)
            if do == "preview":
                return self._preview(request, session, sheet)
            return self._check(request, session, sheet)
        except (ProblemError, RelaisError) as error:
            if not is_own(request):
                raise
            return self._handed_back(request, session, sheet, error)

    async def _about(self, request: Request, session: Session, sheet: Sheet) -> str:
        view, told = self._parts.office.view(session.role), self._door.told(request)
        quoted = (sheet.values.get(f"{name}.0.event", ()) for name in QUOTES)
        for event in (event for events in quoted for event in events):
            own, arrival = view.own.get(event), view.names.arrival(event)
            if own is None and arrival is None:
                continue
            self._door.looked(request, session, "write", event)
            name = (await self._arrivals.children(session.role, [event])).get(event, "")
            if own is not None:
                child = whom(view, (own.realm, own.case), name, told)
                return " · ".join(filter(None, (child, own_named(own, told))))
            if arrival is not None:
                child = whom(view, arrival.on_case, name, told)
                return " · ".join(filter(None, (child, arrival_named(view, event, told))))
        return ""

    def _handed_back(
        self, request: Request, session: Session, sheet: Sheet, error: ProblemError | RelaisError
    ) -> Response:
        """Why it was not done, with all that was written: no cache and no history has it."""
        if error.code == "key_reused":
            sheet.key = random_token(16)
        problem = problem_of(error)
        code = "draft_not_own" if problem.code == "form_not_own" else problem.code
        return self._door.refused(
            request, session, code, problem.status, sheet=sheet, again="edit", script=SCRIPT
        )

    def _begun(self, request: Request, session: Session, name: str, model: type[Record]) -> Sheet:
        """An empty form; one that quotes an event; or one to those who follow a situation."""
        sheet = Sheet(name, model, random_token(16))
        view = self._parts.office.view(session.role)
        for member in QUOTES:
            event = request.query_params.get(member, "")
            if view.names.arrival(event):
                arrival = answerable(view, event)
                quoted = short(arrival.iss), arrival.jti, arrival.realm, arrival.case
            elif (own := view.own.get(event)) is not None:
                quoted = session.role, own.id, own.realm, own.case
            else:
                continue
            issuer, jti, realm, sheet.case = quoted
            names = {"issuer": issuer, "event": jti, "realm": realm}
            sheet.values |= {f"{member}.0.{part}": [value] for part, value in names.items()}
            becomes = getattr(model, "becomes", None)
            if becomes is not None and becomes.usual == () and issuer != session.role:
                sheet.values["to"] = [issuer]
        if looked_up := request.query_params.get("situation"):
            answer = look_up_of(view, looked_up)
            known = followers(answer, session.role, self._door.told(request))
            sheet.case = answer.case
            sheet.values["to"] = [one["desk"] for one in known if not one["why_not"]]
        return sheet

    def _form(
        self, request: Request, session: Session, sheet: Sheet, faults: Faults | None = None,
        more: str = "", status: int = 200,
    ) -> Response:  # fmt: skip
        told = self._door.told(request)
        book = self._parts.office.agency.book(told.at)
        answered = bool(sheet.case)
        groups = self._groups(session, sheet, faults or {}, told, more)
        title = kind_label(sheet.kind, told.lang)
        return self._door.page(
            request, "write", title, session, status, SCRIPT, sheet=sheet, groups=groups,
            answered=answered, to=goes_to(sheet.model, sheet.values, told, book, session.role),
            has_clause=self._has_clause(session, sheet.model),
            faults=named(groups, faults or {}, told.lang),
            events=hidden_events(sheet.values), again="edit",
        )  # fmt: skip

    def _groups(
        self, session: Session, sheet: Sheet, faults: Faults, told: DeskWords, more: str = ""
    ) -> list[FormSection]:
        controls = sheet.controls if sheet.case else [_demanded(one) for one in sheet.controls]
        book = self._parts.office.agency.book(told.at)
        return shown(sheet.model, controls, sheet.values, faults, told, book, session.role, more)

    def _tried(self, session: Session, sheet: Sheet) -> Prepared:
        asked = DeskRequest(session.role, "record", sheet.record(), key="")
        now_ms = self._parts.clock.now_ms()
        return self._parts.office.tried(asked, now_ms, random_bytes)

    def _check(self, request: Request, session: Session, sheet: Sheet) -> Response:
        """Who will read which line of it; or what is missing."""
        lang = lang_of(request)
        try:
            prepared = self._tried(session, sheet)
        except IntakeError as error:
            faults = faults_of(error.faults, sheet.model, lang)
            if sheet.has_nobody:  # told only once the rest is in order, and then as a second round
                faults.setdefault("to", told_fault("no_addressee", "", lang))
            return self._form(request, session, sheet, faults, status=422)
        except (ProblemError, EnvelopeError) as problem:
            if isinstance(problem, ProblemError) and problem.code == "nothing_to_publish":
                return self._nothing(request, session, sheet, problem)
            if not is_of_field(problem.code):
                raise
            faults = faults_of((problem,), sheet.model, lang)
            return self._form(request, session, sheet, faults, status=422)
        shown_ = self._verdict(request, session, sheet, prepared)
        return self._door.page(
            request, "check", _CHECK, session, 200, SCRIPT, sheet=sheet, again="check", **shown_
        )

    def _verdict(
        self, request: Request, session: Session, sheet: Sheet, prepared: Prepared
    ) -> dict[str, Any]:
        told = self._door.told(request)
        role = self._door.role(session)
        return {
            "kind_name": kind_label(sheet.kind, told.lang),
            "outcome": prepared.outcome,
            "desks": check.desk_fates(prepared, told),
            "fates": check.fates(sheet.model, sheet.controls, sheet.values, prepared, told),
            "doors": check.doors(self.kinds(session), role, prepared.doors, told),
            "remarks": [told.remark(remark) for remark in prepared.remarks],
        }

    def _nothing(
        self, request: Request, session: Session, sheet: Sheet, problem: ProblemError
    ) -> Response:
        """No part of it may go to anybody: each desk with its reason, and what would mend it."""
        told = self._door.told(request)
        lines = problem.more.get("to", ())
        why = {told.desk(line["desk"]): told.reasons(tuple(line["reasons"])) for line in lines}
        if faults := self._places(problem, told):
            return self._form(request, session, sheet, faults, status=422)
        return self._door.page(
            request, "nothing", _CHECK, session, 422, SCRIPT, sheet=sheet, again="check", why=why
        )

    @staticmethod
    def _places(problem: ProblemError, told: DeskWords) -> Faults:
        """The fields for which nothing of it may go to anybody."""
        errors = problem.more.get("errors", ())
        places = {fault.get("place", ""): told.fault(fault["cause"]) for fault in errors}
        return {name_of(place): text for place, text in places.items() if place}

    def _preview(self, request: Request, session: Session, sheet: Sheet) -> Response:
        """The same verdict beside the form, as one writes; what is missing is no fault yet."""
        shown_: dict[str, Any] = {"missing": [], "desks": [], "fates": [], "outcome": ""}
        told = self._door.told(request)
        try:
            prepared = self._tried(session, sheet)
        except (IntakeError, EnvelopeError, ProblemError) as error:
            errors = error.faults if isinstance(error, IntakeError) else (error,)
            faults = faults_of(errors, sheet.model, told.lang)
            if isinstance(error, ProblemError):
                faults = self._places(error, told) or faults
            shown_["missing"] = named(self._groups(session, sheet, faults, told), faults, told.lang)
        else:
            shown_ |= self._verdict(request, session, sheet, prepared)
        return self._door.page(request, "preview", _CHECK, session, sheet=sheet, **shown_)

    async def _send(self, session: Session, sheet: Sheet) -> Response:
        """By the one way that there is, once for each form; then to where it stands."""
        key = f"desk {sheet.key}"
        asked = DeskRequest(session.role, "record", sheet.record(), key=key)
        sent = await self._parts.publisher.publish(asked)
        return elsewhere(f"{BASE}/sendings/{sent.events[0]}?sent=1")


def _demanded(control: FormControl) -> FormControl:
    """As a form that answers nothing shows it: one's file number alone ties the case together."""
    return replace(control, required=True) if control.name == "reference" else control

"""A desk's page: all its addresses, below `/desk` of its agency's own service.

It calls what the routes for software call (`office`, `publisher`, `incoming`): there is no second
way to send.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.agency.desk.arrival_shown import arrival_named, own_named, whom
from services.agency.desk.arrivals import ArrivalPages, on_its_way
from services.agency.desk.door import DeskDoor
from services.agency.desk.sendings import SendingPages
from services.agency.desk.told import DeskWords, told_problem
from services.agency.desk.way_in import BASE, DeskAccess
from services.agency.desk.writing import WritingPages
from services.agency.http.desk_request import Parts
from services.agency.http.inbox_routes import MOST, entrust_cases
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.own_events import OwnEvent, is_refused
from services.agency.office.requests.entrusting import EntrustCasesRequest, to_entrust
from services.agency.office.responses.sending import CasesEntrusted
from services.agency.office.responses.standing import CaseToEntrust
from services.platform.browser.answers import elsewhere
from services.platform.browser.sessions import Session
from services.platform.browser.sign_in.local_accounts import LocalAccounts, PasswordSignIn
from services.platform.browser.sign_in.routes import SignInRoutes
from services.platform.http.problems import validated
from services.platform.http.responses import answer_nobody
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

_DUTIES: Final = _("To be done")
_ANOTHERS: Final = _(
    "This situation is with {desk} by now: give what is left of it to that service."
)
_NOT_READ: Final = _(
    "This can no longer be opened here, so it did not go along; the situation itself is given. "
    "Hand over what your own file has of it."
)
_Named = tuple[str, str]  # a situation or an arrival in words, and why it was not given


_HOME: Final = _("Home")
_FEW: Final = 5  # arrivals and sendings on the first page


@dataclass(frozen=True, slots=True)
class SituationLine:
    """A situation that waits to be given away.

    Attributes:
        name: its file number and what came first on it, from whom, when; else what was sent last.
        events: the arrivals by which it is given, each with its name.
        written: on which the desk only wrote: what it sent last.
        heirs: short ids of those to whom it may be given; the one that has it, once it was given.
        refused: why the bus refused it when it was given last; empty if it did not.
    """

    case: str
    name: str
    events: tuple[tuple[str, str], ...]
    written: str
    heirs: tuple[str, ...]
    to: str
    until: str
    refused: str


class DutyPages:
    """The address of what is to be done."""

    def __init__(self, door: DeskDoor, arrivals: ArrivalPages) -> None:
        self._door, self._parts, self._arrivals = door, door.parts, arrivals
        self.all: list[BaseRoute] = [door.route("/duties", self._duties, "GET", "POST")]

    async def owed(
        self, desk: str, told: DeskWords, most: int | None = None
    ) -> list[dict[str, Any]]:
        """What a desk owes in words, overdue first, with the child as far as the desk knows it."""
        view = self._parts.office.view(desk)
        owes = view.owes(told.at)[:most]
        children = await self._arrivals.children(desk, (duty.event for duty in owes))
        return [
            {
                "act": told.act(duty.act),
                "to": told.desk(duty.creditor),
                "due": when(duty.due, told.lang),
                "overdue": duty.overdue,
                "sent": on_its_way(view, duty, told),
                "legal": duty.legal,
                "event": duty.event if view.holder(duty.event).names.arrival(duty.event) else "",
                "child": whom(view, (duty.realm, duty.case), children.get(duty.event, ""), told),
            }
            for duty in owes
        ]

    async def _duties(self, request: Request, session: Session) -> Response:
        if request.method == "POST":
            return await self._give(request, session)
        return await self._page(request, session, request.query_params.get("done", ""))

    async def _page(
        self, request: Request, session: Session, done: str, left: Collection[_Named] = ()
    ) -> Response:
        """The page.

        Args:
            left: what could not be given just now.
        """
        desk, told = session.role, self._door.told(request)
        duties = await self.owed(desk, told)
        named = {(duty["event"], duty["child"]) for duty in duties if duty["child"]}
        self._door.looked(request, session, "duties", named=len(named))
        cases = self._situations(desk, told)
        heirs = dict.fromkeys(heir for one in cases for heir in one.heirs)
        return self._door.page(
            request, "duties", _DUTIES, session, duties=duties, done=done, left=left, cases=cases,
            choice=next((one.to for one in cases if len(one.heirs) > 1), ""),
            heirs=[(heir, told.desk(heir)) for heir in heirs],
        )  # fmt: skip

    async def _give(self, request: Request, session: Session) -> Response:
        """The same request as `POST /cases:entrust`: those that were ticked, or all."""
        fields = await self._door.form(request, session)
        ticked = {value for name, value in fields if name == "case"}
        whole = ("all", "yes") in fields
        if not ticked and not whole:
            return elsewhere(f"{BASE}/duties?done=nothing")
        told, to = self._door.told(request), dict(fields).get("to", "")
        asked = validated(EntrustCasesRequest, {"to": to, "cases": [] if whole else sorted(ticked)})
        before = self._situations(session.role, told)
        answer = await entrust_cases(self._parts, session.role, asked)
        after = self._situations(session.role, told)
        known = {event for one in before for event, _name in one.events}
        left = list(
            _left([one for one in after if whole or one.case in ticked], known, answer, told)
        )
        if not left:
            return elsewhere(f"{BASE}/duties?done=entrust")
        return await self._page(request, session, "entrust" if after != before else "", left)

    def _situations(self, desk: str, told: DeskWords) -> list[SituationLine]:
        """The situations that wait to be given away, as the list shows them."""
        view = self._parts.office.view(desk)
        own = (view.own[event] for event in view.order)
        sent = {one.case: one for one in own if one.deliveries}
        given = {one.case: one for _id, one in sorted(view.entrusts.items())}
        return [
            _line(view, one, sent, given.get(one.case), told) for one in to_entrust(view, told.at)
        ]


def _line(
    view: DeskFold, one: CaseToEntrust, sent: Mapping[str, OwnEvent], given: OwnEvent | None,
    told: DeskWords,
) -> SituationLine:  # fmt: skip
    events = tuple((event, arrival_named(view, event, told)) for event in one.events)
    own = sent[one.case] if not events else None
    refused = told.reasons(given.reasons) if given is not None and is_refused(given) else ""
    name = own_named(own, told) if own else events[0][1]
    child = whom(view, (one.realm, one.case), "", told)
    return SituationLine(
        one.case, " · ".join(filter(None, (child, name))), events, own.id if own else "",
        one.heirs, told.desks(one.heirs), when(one.until, told.lang), refused,
    )  # fmt: skip


def _left(
    asked: Iterable[SituationLine], known: Container[str], answer: CasesEntrusted, told: DeskWords
) -> Iterator[_Named]:
    """Of what was asked for and waits, what was tried: its name in the list, what to do.

    Where an arrival cannot be opened its situation is given without it.

    Args:
        known: the arrivals that waited before: others have come meanwhile.
    """
    refused = {one.event or one.case: one.code for one in answer.refused}
    whole = not answer.more and len(refused) < MOST  # nothing was left untried
    for line in asked:
        for event, name in line.events or ((line.case, line.name),):
            code = refused.get(event, "")
            if code not in ("", "entrusted"):
                yield name, told_problem(code, told.lang)
            elif answer.to not in line.heirs:
                yield name, _ANOTHERS.say(told.lang, desk=line.to)
            elif code or (event in known and whole):
                yield name, _NOT_READ.say(told.lang)


class DeskPages(BaseRoute):
    """Everything below `/desk`, as one route: metrics tell no page from another."""

    def __init__(self, parts: Parts, access: DeskAccess) -> None:
        self.path = BASE
        self.door = DeskDoor(parts, access)
        self.arrivals = ArrivalPages(self.door)
        self.sendings = SendingPages(self.door, self.arrivals.children)
        self.writing = WritingPages(self.door, self.arrivals)
        self.duties = DutyPages(self.door, self.arrivals)
        routes = [
            self.door.route("", self._home),
            *self._ways_in().all,
            *self.writing.all,
            *self.arrivals.all,
            *self.duties.all,
            *self.sendings.all,
        ]
        hosts = Middleware(TrustedHostMiddleware, allowed_hosts=list(access.hosts))
        self._app = Starlette(
            routes=routes,
            middleware=[hosts],
            exception_handlers={HTTPException: self._nowhere, ClientDisconnect: answer_nobody},
        )

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """What lies below; metrics ask for the route as FastAPI's name themselves."""
        path = scope.get("path", "")
        if scope["type"] == "http" and (path == BASE or path.startswith(f"{BASE}/")):
            return Match.FULL, {"route": self}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._app(scope, receive, send)

    def _ways_in(self) -> SignInRoutes:
        door, access = self.door, self.door.access
        shared = door.sessions, access.accesses, door.sign_in_page, door.place
        if isinstance(access.way, LocalAccounts):
            return PasswordSignIn(access.way, *shared)
        from services.platform.browser.sign_in.by_provider import ProviderSignIn

        return ProviderSignIn(access.way, *shared)

    async def _home(self, request: Request, session: Session) -> Response:
        """Where action is needed, what came last, what one may write."""
        told, desk = self.door.told(request), session.role
        duties = await self.duties.owed(desk, told, _FEW)
        arrivals = await self.arrivals.newest(desk, 0, _FEW, told)
        sendings = await self.sendings.newest(desk, "", _FEW, told)
        named = {(one["event"], one["child"]) for one in (*duties, *sendings) if one["child"]}
        named |= {(one.event, one.child) for one in arrivals if one.child}
        self.door.looked(request, session, "home", named=len(named))
        kinds = self.writing.offered(session, told.lang)
        return self.door.page(
            request, "home", _HOME, session, kinds=kinds, duties=duties, arrivals=arrivals,
            sendings=sendings,
        )  # fmt: skip

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """An address that there is not, told in the same way to whoever asks."""
        session = self.door.session(request)
        if session is None:
            return elsewhere(f"{BASE}/sign-in")
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.door.refused(request, session, "no_such_route", status)

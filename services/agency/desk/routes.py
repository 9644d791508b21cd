"""A desk's page: all its addresses, below `/desk` of its agency's own service.

It calls what the routes for software call (`office`, `publisher`, `incoming`): there is no second
way to send.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.agency.desk.arrival_shown import whom
from services.agency.desk.arrivals import ArrivalPages, on_its_way
from services.agency.desk.door import DeskDoor
from services.agency.desk.sendings import SendingPages
from services.agency.desk.told import DeskWords
from services.agency.desk.way_in import BASE, DeskAccess
from services.agency.desk.writing import WritingPages
from services.agency.http.desk_request import Parts
from services.platform.browser.answers import elsewhere
from services.platform.browser.sessions import Session
from services.platform.browser.sign_in.local_accounts import LocalAccounts, PasswordSignIn
from services.platform.browser.sign_in.routes import SignInRoutes
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer_nobody
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

_DUTIES: Final = _("To be done")
_HOME: Final = _("Home")
_FEW: Final = 5  # arrivals and sendings on the first page


class DutyPages:
    """The address of what is to be done."""

    def __init__(self, door: DeskDoor, arrivals: ArrivalPages) -> None:
        self._door, self._parts, self._arrivals = door, door.parts, arrivals
        self.all: list[BaseRoute] = [door.route("/duties", self._duties)]

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
                "event": duty.event if view.names.arrival(duty.event) else "",
                "child": whom(view, (duty.realm, duty.case), children.get(duty.event, ""), told),
            }
            for duty in owes
        ]

    async def _duties(self, request: Request, session: Session) -> Response:
        duties = await self.owed(session.role, self._door.told(request))
        named = {(duty["event"], duty["child"]) for duty in duties if duty["child"]}
        self._door.looked(request, session, "duties", named=len(named))
        return self._door.page(request, "duties", _DUTIES, session, duties=duties)


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
            self.door.route("/as", self._act_for, "POST"),
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
        others = [(one, told.desk(one)) for one in self.door.others(session) if one != desk]
        return self.door.page(
            request, "home", _HOME, session, kinds=kinds, duties=duties, arrivals=arrivals,
            sendings=sendings, others=others,
        )  # fmt: skip

    async def _act_for(self, request: Request, session: Session) -> Response:
        """Go on as a desk that ends and that the account's own follows, or as its own again."""
        desk = dict(await self.door.form(request, session)).get("desk", "")
        if desk not in self.door.others(session):
            raise ProblemError(403, "other_desk")
        self.door.looked(request, replace(session, role=desk), "as")
        self.door.go_on(request, desk)
        return elsewhere(BASE)

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """An address that there is not, told in the same way to whoever asks."""
        session = self.door.session(request)
        if session is None:
            return elsewhere(f"{BASE}/sign-in")
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.door.refused(request, session, "no_such_route", status)

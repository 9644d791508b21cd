"""A desk's page: all its addresses, below `/desk` of its agency's own service.

It calls what the routes for software call (`office`, `publisher`, `incoming`): there is no second way to send.
"""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.agency.desk.arrivals import ArrivalPages
from services.agency.desk.door import DeskDoor
from services.agency.desk.duties import DutyPages
from services.agency.desk.sendings import SendingPages
from services.agency.desk.way_in import BASE, DeskAccess
from services.agency.desk.writing import WritingPages
from services.agency.http.desk_request import Parts
from services.labels.record_labels import kind_label
from services.platform.browser.answers import elsewhere
from services.platform.browser.sessions import Session
from services.platform.browser.sign_in.by_password import PasswordSignIn
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.browser.sign_in.routes import SignInRoutes
from services.texts import Catalogue

_ = Catalogue(__name__)

_HOME: Final = _("Home")
_FEW: Final = 5  # arrivals and sendings on the first page


class DeskPages(BaseRoute):
    """Everything below `/desk`, as one route: metrics tell no page from another."""

    def __init__(self, parts: Parts, access: DeskAccess) -> None:
        self.path = BASE
        self.door = DeskDoor(parts, access)
        self.arrivals, self.sendings = ArrivalPages(self.door), SendingPages(self.door)
        self.writing, self.duties = WritingPages(self.door), DutyPages(self.door)
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
            routes=routes, middleware=[hosts], exception_handlers={HTTPException: self._nowhere}
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
        """What needs somebody, what came last, what one may write."""
        self.door.looked(request, session, "home")
        told = self.door.told(request)
        kinds = [(name, kind_label(name, told.lang)) for name in self.writing.kinds(session)]
        return self.door.page(
            request, "home", _HOME, session, kinds=kinds,
            duties=self.duties.owed(session.role, told)[:_FEW],
            arrivals=await self.arrivals.newest(session.role, 0, _FEW, told),
            sendings=self.sendings.newest(session.role, "", _FEW, told),
        )  # fmt: skip

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """An address that there is not, told in the same way to whoever asks."""
        session = self.door.session(request)
        if session is None:
            return elsewhere(f"{BASE}/sign-in")
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.door.refused(request, session, "no_such_route", status)

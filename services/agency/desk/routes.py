"""A desk's page: all its addresses, below `/desk` of its agency's own service.

It calls what the routes for software call (`office`, `publisher`, `incoming`): there is no second
way to send.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.agency.desk import arrivals, sendings, writing
from services.agency.desk.arrival_shown import children, whom
from services.agency.desk.door import DeskDoor, PageRequest, Routes
from services.agency.desk.way_in import BASE, DeskAccess
from services.agency.http.desk_request import Parts
from services.agency.office.responses.sending import DutyStatus
from services.platform.browser.answers import elsewhere
from services.platform.browser.sign_in.local_accounts import sign_in_routes
from services.platform.http.problems import ProblemError
from services.platform.http.responses import answer_nobody
from services.texts import Catalogue

_ = Catalogue(__name__)

_DUTIES: Final = _("To be done")
_HOME: Final = _("Home")
_FEW: Final = 5  # arrivals and sendings on the first page


class OwedLine(NamedTuple):
    """What a desk owes: for which arrival, of which child, whether an answer is on its way."""

    duty: DutyStatus
    event: str
    child: str
    sent: bool


async def _owed(page: PageRequest, most: int | None = None) -> list[OwedLine]:
    """What a desk owes, overdue first, with the child as far as the desk knows it."""
    view = page.view
    owes = view.owes(page.words.at)[:most]
    named = await children(page, (duty.event for duty in owes))
    return [
        OwedLine(
            duty,
            duty.event if view.names.arrival(duty.event) else "",
            whom(view, (duty.realm, duty.case), named.get(duty.event, ""), page.words),
            arrivals.on_its_way(page, duty),
        )
        for duty in owes
    ]


async def _duties(page: PageRequest) -> Response:
    """What is to be done."""
    duties = await _owed(page)
    named = {(duty.event, duty.child) for duty in duties if duty.child}
    page.looked("duties", named=len(named))
    return page.page("duties", _DUTIES, duties=duties)


async def _home(page: PageRequest) -> Response:
    """Where action is needed, what came last, what one may write."""
    duties = await _owed(page, _FEW)
    came = await arrivals.newest_lines(page, 0, _FEW)
    sent = await sendings.newest_lines(page, "", _FEW)
    named: set[tuple[str | None, str]] = {(one.event, one.child) for one in duties if one.child}
    named |= {(one.item.event, one.child) for one in came if one.child}
    named |= {(one.status.event, one.child) for one in sent if one.child}
    page.looked("home", named=len(named))
    others = [one for one in page.door.others(page.session) if one != page.desk]
    return page.page(
        "home", _HOME, kinds=writing.offered(page), duties=duties, arrivals=came, sendings=sent,
        others=[(one, page.words.desk(one)) for one in others],
    )  # fmt: skip


async def _act_for(page: PageRequest) -> Response:
    """Go on as a desk that ends and that the account's own follows, or as its own again."""
    desk = (await page.form()).get("desk", "")
    if desk not in page.door.others(page.session):
        raise ProblemError(403, "other_desk")
    replace(page, session=replace(page.session, role=desk)).looked("as")
    page.door.go_on(page.request, desk)
    return elsewhere(BASE)


ROUTES: Final[Routes] = (
    ("", _home),
    ("/as", _act_for, "POST"),
    ("/duties", _duties),
    *writing.ROUTES,
    *arrivals.ROUTES,
    *sendings.ROUTES,
)


class DeskPages(BaseRoute):
    """Everything below `/desk`, as one route: metrics tell no page from another."""

    def __init__(self, parts: Parts, access: DeskAccess) -> None:
        self.path = BASE
        self.door = door = DeskDoor(parts, access)
        shared = door.sessions, access.accesses, door.sign_in_page, door.place
        routes = [*sign_in_routes(access.way, *shared), *(door.route(*each) for each in ROUTES)]
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

    async def _nowhere(self, request: Request, error: Exception) -> Response:
        """An address that there is not, told in the same way to whoever asks."""
        session = self.door.session(request)
        if session is None:
            return elsewhere(f"{BASE}/sign-in")
        status = error.status_code if isinstance(error, HTTPException) else 404
        return self.door.refused(request, session, "no_such_route", status)

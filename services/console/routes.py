"""What the console answers: pages by role, an event's life, signing in and out.

GET  /<page>    by its name; the overview at /
POST /event     the event of a form, since an address stands in histories and logs
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.encoding import digest
from contracts.log.replaying.finding import EVENT_ID
from services.console import facts
from services.console.auditor import event_page
from services.console.auditor.client import AuditClient
from services.console.roles import PAGES, Page, Role, pages_of, role_of, sees
from services.console.settings import COOKIE, ConsoleSettings
from services.console.watch import ConsoleWatch
from services.pages import render
from services.platform.browser.access_log import AccessLog
from services.platform.browser.answers import (
    elsewhere,
    form_of,
    is_own_form,
    lang_of,
    origin_of,
    page_answer,
)
from services.platform.browser.sessions import Attempts, Session, Sessions, SignInPlace
from services.platform.browser.sign_in.local_accounts import LocalAccounts, sign_in_routes
from services.texts import Catalogue, Text

if TYPE_CHECKING:
    from services.platform.browser.sign_in.provider import Provider

_ = Catalogue(__name__)

PLACE: Final = SignInPlace(COOKIE)

TITLES: Final[dict[Page, Text]] = {
    "overview": _("Overview"), "alerts": _("Alerts"), "topics": _("Topics"),
    "quarantine": _("Quarantine"), "event": _("An event’s life"),
}  # fmt: skip
_SIGN_IN: Final = _("Sign in")
_NOT_THERE: Final = _("There is no such page")


class ConsoleRoutes:
    """All addresses of the console.

    Attributes:
        all: routes beside `/live`, `/ready` and `/metrics`.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        watch: ConsoleWatch,
        way: LocalAccounts | Provider,
        accesses: AccessLog,
        auditors: AuditClient,
    ) -> None:
        self._settings, self._watch, self._accesses = settings, watch, accesses
        self._place = replace(PLACE, secure=settings.secure)
        self._sessions = Sessions()
        self._auditors = auditors
        self._look_ups = Attempts(event_page.LOOK_UPS, event_page.LOOK_UPS_S)
        self._pages: dict[Page, Callable[[Role, str], dict[str, Any]]] = {
            "overview": lambda role, lang: facts.overview(watch, role, lang),
            "alerts": lambda role, lang: facts.needs(watch, role, lang),
            "topics": lambda _role, lang: {"tables": facts.topics(watch.state, lang)},
            "quarantine": lambda _role, lang: facts.quarantine(watch.state, lang),
            "event": lambda _role, _lang: event_page.empty(),
        }
        self.all = [
            *sign_in_routes(way, self._sessions, accesses, self._sign_in_page, self._place),
            Route("/event", self._look_up, methods=["POST"]),
            Route("/", self._page),
            Route("/{page}", self._page),
        ]

    def _sign_in_page(self, request: Request, status: int = 200, **shown: Any) -> Response:
        shown = {"refused": "", "entrance": "", "signed_in": "", **shown}
        return self._answer(request, "sign_in", None, None, status, **shown)

    async def _page(self, request: Request) -> Response:
        """A page that there is for this role; any other is not there."""
        session = self._session(request)
        if session is None:
            return elsewhere("/sign-in")
        role, name = role_of(session), request.path_params.get("page", "overview")
        page = next((page for page in PAGES if page == name and sees(role, page)), None)
        if page is None:
            return self._nowhere(request, session)
        self._note(request, "looked", session, page=page)
        await self._watch.for_reader()
        shown = self._pages[page](role, lang_of(request))
        return self._answer(request, page, session, page, **shown)

    async def _look_up(self, request: Request) -> Response:
        """An event's life; forms of other sites, or of who has no such page, find none."""
        session, form = self._session(request), await form_of(request)
        if session is None:
            return elsewhere("/sign-in")
        if not sees(role_of(session), "event") or not is_own_form(request, session, form):
            return self._nowhere(request, session)
        event, lang = form.get("event", "").strip().lower(), lang_of(request)
        if not EVENT_ID.fullmatch(event):
            shown = event_page.empty(event_page.NO_ID.say(lang))
        elif not self._look_ups.may(session.account):
            shown = event_page.empty(event_page.TOO_MANY.say(lang))
        else:  # the log of looks has a hash of the id (log §9.2)
            self._note(request, "looked_up", session, page="event", about=digest(event))
            shown = await event_page.looked_up(self._auditors, role_of(session), event, lang)
        return self._answer(request, "event", session, "event", **shown)

    def _nowhere(self, request: Request, session: Session) -> Response:
        """What is not there for whoever asks: written down, and not found."""
        self._note(request, "looked", session, page="none")
        return self._answer(request, "nowhere", session, None, 404)

    def _session(self, request: Request) -> Session | None:
        return self._sessions.of(request.cookies.get(PLACE.cookie, ""))

    def _note(self, request: Request, what: str, session: Session, **more: str) -> None:
        self._accesses.note(what, session.account, session.role, origin_of(request), **more)

    def _answer(
        self, request: Request, template: str, session: Session | None, page: Page | None,
        status: int = 200, **shown: Any,
    ) -> Response:  # fmt: skip
        lang = lang_of(request)
        given: dict[str, Any] = {"menu": (), "form": "", "account": ""}
        if session is not None:
            menu = [(name, TITLES[name].say(lang)) for name in pages_of(role_of(session))]
            given |= {"menu": menu, "form": session.form, "account": session.account}
            given["at"] = facts.age(self._watch, lang)
        title = TITLES[page] if page else _NOT_THERE if session else _SIGN_IN
        html = render(
            "services.console", f"pages/{template}.html", lang, served=True, title=title.say(lang),
            here=page, play=self._settings.play, **{**given, **shown},
        )  # fmt: skip
        return page_answer(request, html, status, place=self._place)

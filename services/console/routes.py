"""What the console answers: pages by role, signing in and out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console import facts
from services.console.answers import SharedAnswers
from services.console.auditor.client import AuditClient
from services.console.auditor.event_page import empty
from services.console.auditor.pages import AskedPages
from services.console.auditor.projection import AuditProjection
from services.console.quarantine import page as quarantine
from services.console.quarantine.told import QuarantineTold
from services.console.roles import PAGES, Page, Role, pages_of, role_of, sees
from services.console.settings import COOKIE, ConsoleSettings
from services.console.topics_page import topics
from services.console.watch import ConsoleWatch
from services.pages import render
from services.platform.browser.access_log import AccessLog
from services.platform.browser.answers import elsewhere, page_answer
from services.platform.browser.asked import lang_of, origin_of
from services.platform.browser.sessions import Session, Sessions, SignInPlace
from services.platform.browser.sign_in.by_password import PasswordSignIn
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.browser.sign_in.routes import SignInRoutes
from services.texts import Catalogue, Text

if TYPE_CHECKING:
    from services.platform.browser.sign_in.provider import Provider

_ = Catalogue(__name__)

Shown = dict[str, Any]  # what a template is given

OWN_TEMPLATE: Final = frozenset(
    {
        "overview",
        "alerts",
        "event",
        "duties",
        "convention",
        "quarantine",
    }
)
PLACE: Final = SignInPlace(COOKIE)

TITLES: Final[dict[Page, Text]] = {
    "overview": _("Overview"), "alerts": _("Alerts"), "topics": _("Topics"),
    "event": _("An event’s life"), "duties": _("Duties"), "convention": _("Convention"), "keys": _("Keys and certificates"), "quarantine": _("Quarantine"),
    "accesses": _("Accesses"),
}  # fmt: skip
_SIGN_IN: Final = _("Sign in")
_NOT_THERE: Final = _("There is no such page")


class ConsoleRoutes:
    """All addresses of the console.

    Attributes:
        all: routes beside `/live`, `/ready` and `/metrics`.
        quarantine, asked: those of this page, and of pages that ask auditors.
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
        self._door = SharedAnswers(self._session, self._note, self._answer)
        self.quarantine = QuarantineTold(auditors)
        self.asked = AskedPages(self._door, AuditProjection(auditors), watch)
        pages: dict[Page, Callable[[Role, str], Shown | Awaitable[Shown]]] = {
            "overview": lambda role, lang: facts.overview(watch, role, lang),
            "alerts": self._alerts,
            "topics": lambda _role, lang: {"tables": topics(watch.state, lang)},
            "event": lambda _role, _lang: empty(),
            "duties": self.asked.duties,
            "convention": self.asked.convention,
            "keys": lambda _role, lang: {"tables": facts.keys(watch, lang)},
            "quarantine": self._quarantined,
            "accesses": lambda role, lang: {
                "tables": facts.accesses(accesses.newest(), role, lang, TITLES)
            },
        }
        self._pages = pages
        self.all = [
            *self._ways_in(way, accesses).all,
            *self.asked.all,
            Route("/", self._page),
            Route("/{page}", self._page),
        ]

    def _ways_in(self, way: LocalAccounts | Provider, accesses: AccessLog) -> SignInRoutes:
        shared = self._sessions, accesses, self._sign_in_page, self._place
        if isinstance(way, LocalAccounts):
            return PasswordSignIn(way, *shared)
        from services.platform.browser.sign_in.by_provider import ProviderSignIn

        return ProviderSignIn(way, *shared)

    def _sign_in_page(self, request: Request, status: int = 200, **shown: Any) -> Response:
        shown = {"refused": "", "entrance": "", "signed_in": "", **shown}
        return self._answer(request, "sign_in.html", None, None, status, **shown)

    def _alerts(self, role: Role, lang: str) -> dict[str, Any]:
        return {
            "alerts": facts.alert_rows(self._watch, lang),
            "sees_action": sees(role, "alerts", "action"),
        }

    async def _quarantined(self, role: Role, lang: str) -> Shown:
        await self.quarantine.ask()
        more = quarantine.shown(self.quarantine, role, lang)
        uncounted = facts.uncounted(self._watch, lang)
        tables = facts.quarantine(self._watch, role, lang)
        return {"tables": tables, **more, "told": [*more["told"], *uncounted]}

    async def _page(self, request: Request) -> Response:
        """A page that there is for this role; any other is not there."""
        session = self._session(request)
        if session is None:
            return elsewhere("/sign-in")
        name = request.path_params.get("page", "overview")
        page = next((page for page in PAGES if page == name and sees(role_of(session), page)), None)
        self._note(request, "looked", session, page=page or "none")
        if page is None or page not in self._pages:
            return self._answer(request, "rows.html", session, None, 404, tables=[])
        shown = self._pages[page](role_of(session), lang_of(request))
        if isawaitable(shown):
            shown = await shown
        template = page if page in OWN_TEMPLATE else "rows"
        return self._answer(request, f"{template}.html", session, page, **shown)

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
            "services.console", f"pages/{template}", lang, served=True, title=title.say(lang), here=page,
            play=self._settings.play, **{**given, **shown},
        )  # fmt: skip
        return page_answer(request, html, status, place=self._place)

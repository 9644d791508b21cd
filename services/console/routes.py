"""What the console answers: pages by role, a stream that says when to look again, signing in and out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from services.console import facts
from services.console.access_log import AccessLog
from services.console.local_accounts import LocalAccounts
from services.console.roles import PAGES, Page, Role, pages_of, sees
from services.console.sessions import (
    COOKIE,
    LASTS_S,
    Attempts,
    Session,
    Sessions,
    is_own_form,
)
from services.console.settings import ConsoleSettings
from services.console.topics_page import topics
from services.console.watch import LOOK_S, ConsoleWatch
from services.pages import policy_of, render
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

LANG: Final = "relais-lang"
LIVE: Final = "x-relais-live"  # a page that is open fetches itself again: the same look goes on
MOST_BYTES: Final = 4096  # of a form
MOST_STREAMS: Final = 200
BEAT_S: Final = 15.0  # of a stream on which nothing happens
SCRIPT: Final = files("services.console").joinpath("pages/live.js").read_text("utf-8")

TITLES: Final[dict[Page, Text]] = {
    "overview": _("Overview"), "alerts": _("Alerts"), "topics": _("Topics"),
    "duties": _("Duties"), "keys": _("Keys and certificates"), "quarantine": _("Quarantine"),
    "accesses": _("Accesses"),
}  # fmt: skip
_SIGN_IN: Final = _("Sign in")
_NOT_THERE: Final = _("There is no such page")
_WRONG: Final = _("Account or password is wrong, or there were too many tries: wait a minute.")

Headers: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class ConsoleRoutes:
    """All addresses of the console.

    Attributes:
        all: routes beside `/live`, `/ready` and `/metrics`.
    """

    def __init__(
        self,
        settings: ConsoleSettings,
        watch: ConsoleWatch,
        accounts: LocalAccounts,
        accesses: AccessLog,
    ) -> None:
        self._settings, self._watch = settings, watch
        self._accounts, self._accesses = accounts, accesses
        self._sessions, self._attempts, self._streams = Sessions(), Attempts(), 0
        pages: dict[Page, Callable[[Role, str], dict[str, Any]]] = {
            "overview": lambda role, lang: facts.overview(watch, role, lang),
            "alerts": self._alerts,
            "topics": lambda _role, lang: {"tables": topics(watch, lang)},
            "duties": lambda _role, lang: {"tables": facts.duties(watch, lang)},
            "keys": lambda _role, lang: {"tables": facts.keys(watch, lang)},
            "quarantine": lambda role, lang: {"tables": facts.quarantine(watch, role, lang)},
            "accesses": lambda role, lang: {
                "tables": facts.accesses(accesses.newest(), role, lang, TITLES)
            },
        }
        self._pages = pages
        self.all = [
            Route("/sign-in", self._sign_in, methods=["GET", "POST"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/stream", self._stream),
            Route("/", self._page),
            Route("/{page}", self._page),
        ]

    def _alerts(self, role: Role, lang: str) -> dict[str, Any]:
        return {
            "alerts": facts.alert_rows(self._watch, lang),
            "sees_action": sees(role, "alerts", "action"),
        }

    async def _page(self, request: Request) -> Response:
        """A page that there is for this role; any other is not there."""
        session = self._session(request)
        if session is None:
            return RedirectResponse("/sign-in", 303, headers=Headers)
        name = request.path_params.get("page", "overview")
        page = next((page for page in PAGES if page == name and sees(session.role, page)), None)
        looked = page or "none"
        if request.headers.get(LIVE) is None or looked != session.page:
            self._note(request, "looked", session, page=looked)
            session.page = looked
        if page is None or page not in self._pages:
            return self._answer(request, "rows.html", session, None, 404, tables=[])
        shown = self._pages[page](session.role, _lang(request))
        template = page if page in ("overview", "alerts") else "rows"
        return self._answer(request, f"{template}.html", session, page, **shown)

    async def _sign_in(self, request: Request) -> Response:
        if request.method == "GET":
            return self._answer(request, "sign_in.html", None, None, refused="")
        form = await _form(request)
        name, password = form.get("account", ""), form.get("password", "")
        account = None
        if _is_own(request) and self._attempts.may(f"from {_origin(request)}", f"name {name}"):
            account = await asyncio.to_thread(self._accounts.check, name, password)
        if account is None:
            self._accesses.note("refused", "", "", _origin(request))
            refused = _WRONG.say(_lang(request))
            return self._answer(request, "sign_in.html", None, None, 403, refused=refused)
        self._accesses.note("signed_in", account.name, account.role, _origin(request))
        answer = RedirectResponse("/", 303, headers=Headers)
        answer.set_cookie(
            COOKIE, self._sessions.begin(account.name, account.role), max_age=LASTS_S,
            httponly=True, samesite="strict", secure=self._settings.secure,
        )  # fmt: skip
        return answer

    async def _sign_out(self, request: Request) -> Response:
        session = self._session(request)
        form = await _form(request)
        if session is not None and _is_own(request) and is_own_form(session, form.get("form", "")):
            self._sessions.end(request.cookies[COOKIE])
            self._note(request, "signed_out", session)
        return RedirectResponse("/sign-in", 303, headers=Headers)

    async def _stream(self, request: Request) -> Response:
        """Says after each look that there was one; no figure stands in it."""
        session = self._session(request)
        if session is None or self._streams >= MOST_STREAMS:
            return Response(status_code=403 if session is None else 503, headers=Headers)
        secret = request.cookies[COOKIE]
        return StreamingResponse(
            self._looks(secret), media_type="text/event-stream", headers=Headers
        )

    async def _looks(self, secret: str) -> AsyncIterator[str]:
        self._streams += 1
        try:
            yield f"retry: {int(1000 * LOOK_S)}\n\n"
            while self._sessions.of(secret, is_use=False) is not None:
                try:
                    async with asyncio.timeout(BEAT_S), self._watch.changed:
                        await self._watch.changed.wait()
                    yield f"event: look\nid: {self._watch.number}\ndata:\n\n"
                except TimeoutError:
                    yield ":\n\n"
        finally:
            self._streams -= 1

    def _session(self, request: Request) -> Session | None:
        is_use = request.url.path != "/stream" and request.headers.get(LIVE) is None
        return self._sessions.of(request.cookies.get(COOKIE, ""), is_use=is_use)

    def _note(self, request: Request, what: str, session: Session, **more: str) -> None:
        self._accesses.note(what, session.account, session.role, _origin(request), **more)

    def _answer(
        self, request: Request, template: str, session: Session | None, page: Page | None,
        status: int = 200, **shown: Any,
    ) -> Response:  # fmt: skip
        lang = _lang(request)
        given: dict[str, Any] = {"menu": (), "form": "", "account": "", "introduction": ""}
        if session is not None:
            menu = [(name, TITLES[name].say(lang)) for name in pages_of(session.role)]
            given |= {"menu": menu, "form": session.form, "account": session.account}
            given["at"] = facts.age(self._watch, lang)
        title = TITLES[page] if page else _NOT_THERE if session else _SIGN_IN
        script = SCRIPT if session else ""
        html = render(
            "services.console", f"pages/{template}", lang, served=True, script=script, title=title.say(lang), here=page,
            play=self._settings.play, **{**given, **shown},
        )  # fmt: skip
        answer = Response(html, status, media_type="text/html; charset=utf-8", headers=Headers)
        answer.headers["Content-Security-Policy"] = (
            f"{policy_of(script, served=True)}; frame-ancestors 'none'"
        )
        if "lang" in request.query_params:
            answer.set_cookie(LANG, lang, samesite="lax", secure=self._settings.secure)
        return answer


def _lang(request: Request) -> str:
    """As asked, as asked before, else French."""
    asked = request.query_params.get("lang", request.cookies.get(LANG, "fr"))
    return asked if asked in ("fr", "en") else "fr"


def _origin(request: Request) -> str:
    return request.client.host if request.client else ""


def _is_own(request: Request) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser says."""
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    host = request.headers.get("host", "")
    return site in ("same-origin", "none") and (
        origin is None or origin.partition("://")[2] == host
    )


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form, each once; none of what is too long or no form."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return {}
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=8)
    except (UnicodeDecodeError, ValueError):
        return {}
    return {name: values[0] for name, values in fields.items()}

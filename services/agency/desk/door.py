"""What all addresses of a desk's page share: the session, how a page or refusal is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.decision.state.shelves import LostRowError
from contracts.errors import RelaisError
from services.agency.desk.situations import has_clause
from services.agency.desk.told import UNREAD, DeskWords, told_problem
from services.agency.desk.way_in import BASE, DeskAccess
from services.agency.http.desk_request import Parts
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer
from services.agency.record.record import Record
from services.labels.code_labels import AGENCY_NAMES
from services.pages import render
from services.platform.browser.answers import (
    elsewhere,
    fields_of,
    is_own,
    is_own_form,
    lang_of,
    origin_of,
    page_answer,
)
from services.platform.browser.sessions import Attempts, Session, Sessions, SignInPlace
from services.platform.http.problems import ProblemError, problem_of
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

MOST_BYTES: Final = 256_000  # of a form: more than any record may hold
MOST_FIELDS: Final = 2_000
TRIES: Final = 120  # dry runs, sendings and replies of one session, a minute

Fields = list[tuple[str, str]]

MENU: Final[tuple[tuple[str, Text], ...]] = (
    ("", _("Home")),
    ("/write", _("Write")),
    ("/inbox", _("Received")),
    ("/duties", _("To be done")),
    ("/sendings", _("Sent")),
)


def _of(session: Session) -> str:
    """What a form says of the desk that it was shown to: in another tab one may be another."""
    return f" {session.role}"


_SIGN_IN: Final = _("Sign in")
_ENDED: Final = _("Your session has ended")
_REFUSED: Final = _("This could not be done")


@dataclass(slots=True)
class DeskDoor:
    """What the pages share.

    Attributes:
        place: where one signs in; a browser keeps the cookies of all agencies of one host together.
    """

    parts: Parts
    access: DeskAccess
    sessions: Sessions = field(default_factory=Sessions)
    tries: Attempts = field(default_factory=lambda: Attempts(TRIES))
    place: SignInPlace = field(init=False)

    def __post_init__(self) -> None:
        cookie = f"relais-desk-{self.parts.office.agency.name}"
        self.place = SignInPlace(cookie, BASE, secure=self.access.secure)

    def session(self, request: Request) -> Session | None:
        """Who has signed in, as one request sees it; of a desk that is this agency's still.

        A copy: as another desk another tab may go on meanwhile.
        """
        session = self.sessions.of(request.cookies.get(self.place.cookie, ""))
        if session is None or session.own not in self.parts.office.agency.desks:
            return None
        if session.role != session.own and session.role not in self.others(session):
            session.role = session.own  # no order lets it act for that one any more
        return replace(session)

    def go_on(self, request: Request, desk: str) -> None:
        """From the next request on, act for one of `others`."""
        if (session := self.sessions.of(request.cookies.get(self.place.cookie, ""))) is not None:
            session.role = desk

    def others(self, session: Session) -> list[str]:
        """The desks that an account may act for, its own first; only its own, if none ends."""
        agency, now = self.parts.office.agency, self.parts.clock.now()
        return [session.own, *agency.followed(session.own, now)]

    def route(self, path: str, handler: Handler, *methods: str) -> Route:
        """An address for who has signed in; what is refused is told on a page."""

        async def answered(request: Request) -> Response:
            session = self.session(request)
            if session is None:
                return await self._ended(request)
            try:
                return await handler(PageRequest(self, request, session, self._words(request)))
            except (ProblemError, RelaisError, LostRowError) as error:
                problem = problem_of(error)
                is_unread = request.method == "GET" and problem.code == "kafka_unreachable"
                code = UNREAD if is_unread else problem.code
                # The page of a session names its desk, by the directory that is not there now.
                is_lost = LostRowError in (type(error), type(error.__cause__))
                shown = None if is_lost else session
                told = self.refused(request, shown, code, problem.status)
                told.headers.update(problem.headers)
                return told

        return Route(BASE + path, answered, methods=list(methods or ("GET",)))

    def _words(self, request: Request) -> DeskWords:
        return DeskWords(self.parts.office.agency, self.parts.clock.now(), lang_of(request))

    def page(
        self, request: Request, name: str, title: Text | str, session: Session | None = None,
        status: int = 200, script: str = "", **shown: Any,
    ) -> Response:  # fmt: skip
        """A page of the desk's; without a session one that anybody may see."""
        lang = lang_of(request)
        given: dict[str, Any] = {"menu": (), "form": "", "desk": "", "here": "", "again": ""}
        given["address"] = ""  # of the page in another language, if not its own
        if session is not None:
            menu = [(BASE + path, text.say(lang)) for path, text in MENU]
            desk = self._words(request).desk(session.role)
            path = request.url.path
            here = max((at for at, _t in menu if path.startswith(at)), key=len, default="")
            given |= {"menu": menu, "form": session.form + _of(session), "desk": desk, "here": here}
        said = title if isinstance(title, str) else title.say(lang)
        html = render(
            "services.agency", name if "/" in name else f"desk/pages/{name}.html", lang,
            served=True,
            script=script, base=BASE, title=said, play=self.access.play, say=self._words(request),
            **{**given, **shown},
        )  # fmt: skip
        return page_answer(request, html, status, place=self.place, script=script)

    def sign_in_page(self, request: Request, status: int = 200, **shown: Any) -> Response:
        """Where one signs in."""
        name = self.parts.office.agency.name
        house = AGENCY_NAMES[name].say(lang_of(request)) if name in AGENCY_NAMES else name
        empty = dict.fromkeys(("refused", "entrance", "signed_in", "account"), "")
        shown = {**empty, "desk": house, **shown}
        return self.page(request, "sign_in", _SIGN_IN, None, status, **shown)

    def refused(
        self, request: Request, session: Session | None, code: str, status: int, **draft: Any
    ) -> Response:
        """Why something was not done, and what to do; what was being written is handed back."""
        words = told_problem(code, lang_of(request))
        shown = {"sheet": None, **draft}
        return self.page(request, "refused", _REFUSED, session, status, why=words, **shown)

    async def _ended(self, request: Request) -> Response:
        """Nobody has signed in, or no longer: what was written on our page is handed back."""
        if request.method != "POST":
            return elsewhere(f"{BASE}/sign-in")
        fields = await fields_of(request, MOST_BYTES, MOST_FIELDS) or []
        kept = [(name, value) for name, value in fields if name not in ("form", "do")]
        writing = request.url.path.startswith(f"{BASE}/write/") and is_own(request)
        return self.page(
            request, "ended", _ENDED, None, 403, kept=kept if writing else [], at=request.url.path,
            aside=writing and ("do", "preview") in fields,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request of a browser in which a desk has signed in.

    Attributes:
        words: in the reader's language, at the instant of the request.
    """

    door: DeskDoor
    request: Request
    session: Session
    words: DeskWords

    @property
    def parts(self) -> Parts:
        """What all routes work with."""
        return self.door.parts

    @property
    def desk(self) -> str:
        """Short id of the desk that the account acts for."""
        return self.session.role

    @property
    def role(self) -> str:
        """The convention's role of the desk."""
        return self.words.book.role(self.desk)

    def may_send(self, kind: type[Record], author: str = "") -> bool:
        """Whether a clause lets the desk send a kind of record, in answer to a role if one is."""
        return has_clause(kind, self.role, self.words.agency, self.words.at, author)

    @property
    def view(self) -> DeskFold:
        """The desk's fold."""
        return self.parts.office.view(self.desk)

    @property
    def event(self) -> str:
        """The event that the address names."""
        return str(self.request.path_params["event"])

    def query(self, name: str) -> str:
        """A parameter of the address, empty if it is not there."""
        return self.request.query_params.get(name, "")

    def page(
        self, name: str, title: Text | str, status: int = 200, script: str = "", **shown: Any
    ) -> Response:
        """A page of the desk's."""
        return self.door.page(self.request, name, title, self.session, status, script, **shown)

    def looked(self, page: str, event: str = "", **more: Any) -> None:
        """Write a look down before it is answered; of an event its hash alone.

        Args:
            more: `named`: of how many events it says which child.
        """
        self._note("looked", event, page=page, **more)

    def _note(self, what: str, event: str, **more: Any) -> None:
        more |= {"event": sha256(event.encode()).hexdigest()} if event else {}
        origin = origin_of(self.request)
        self.door.access.accesses.note(what, self.session.account, self.desk, origin, **more)

    async def fields(self) -> Fields:
        """The fields of a form, whoever's it is."""
        fields = await fields_of(self.request, MOST_BYTES, MOST_FIELDS)
        if fields is None:
            raise ProblemError(413, "too_large")
        return fields

    async def form(self) -> dict[str, str]:
        """The fields of a form of this session's own."""
        fields = await self.fields()
        self.check(fields)
        return dict(fields)

    def check(self, fields: Fields) -> None:
        """Hold that a form is this session's own, as this desk, and comes not too often.

        What is done for another desk is written down, as it is for who asks by HTTP.
        """
        session, form = self.session, dict(fields)
        if not (is_own_form(self.request, session, form) and form["form"].endswith(_of(session))):
            raise ProblemError(403, "form_not_own")
        if not self.door.tries.may(session.account):
            raise ProblemError(429, "too_many_at_once")
        if session.role != session.own:
            page = self.request.url.path.rpartition("/")[2]
            self._note("acted", self.request.path_params.get("event", ""), page=page)

    async def publish(
        self, kind: str, body: Mapping[str, Any], event: str = "", key: str = ""
    ) -> SendAnswer:
        """Publish by the one way that there is; once for each key."""
        return await self.parts.publisher.publish(DeskRequest(self.desk, kind, body, event, key))


Handler = Callable[[PageRequest], Awaitable[Response]]
Routes = tuple[tuple[str, Handler, *tuple[str, ...]], ...]  # path below `BASE`, handler, methods

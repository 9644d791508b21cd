"""The training's own pages: one signs in, chooses whom one plays, and a trainer sees who is where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.agency.desk.door import DeskDoor
from services.agency.desk.way_in import BASE
from services.agency.training.cases import CASES, GuidedCase
from services.agency.training.passes import desk_of_pass, new_pass
from services.agency.training.seats import Seat, SeatFiles
from services.platform.browser.answers import elsewhere
from services.platform.browser.asked import lang_of
from services.platform.browser.sessions import Session, Sessions, SignInPlace
from services.platform.browser.sign_in.by_password import PasswordSignIn
from services.platform.browser.sign_in.local_accounts import LocalAccounts
from services.platform.browser.sign_in.routes import SignInRoutes
from services.platform.process.paris_time import when
from services.platform.sign_in_settings import TRAINING_ROLES
from services.texts import Catalogue

_ = Catalogue(__name__)

TRAINEE, _TRAINER = TRAINING_ROLES
HERE: Final = f"{BASE}/training"
_PAGES: Final = "training/pages/"
AGAIN_S: Final = 10  # after which a page is asked for again, for who wants that

_TITLE: Final = _("Training")
_CHOOSE: Final = _("Whom do you play?")
_WHERE: Final = _("Who is where")
_ENDED: Final = _("the case is ended")
_NOT_BEGUN: Final = _("not begun")


@dataclass(frozen=True, slots=True)
class TrainingWays:
    """What all agencies of a training share.

    Attributes:
        accounts: of trainees and trainers; no desk's.
        key: signs passes from one agency's pages to another's.
        addresses: desk that is played -> its agency's address.
    """

    accounts: LocalAccounts
    key: bytes = field(repr=False)
    addresses: Mapping[str, str]
    seats: SeatFiles

    @property
    def place(self) -> str:
        """Where all sign in: every agency has these pages, and the first one's are shown to everybody."""
        return f"{next(iter(self.addresses.values()))}{HERE}"


@dataclass(slots=True)
class TrainingPages:
    """The addresses of a training on one agency's pages; each agency has them all."""

    training: TrainingWays
    door: DeskDoor
    sessions: Sessions = field(default_factory=Sessions)

    @property
    def place(self) -> SignInPlace:
        """Where one signs in to the training."""
        return SignInPlace(
            f"relais-training-{self.door.parts.office.agency.name}", HERE,
            secure=self.door.access.secure,
        )  # fmt: skip

    @property
    def all(self) -> list[BaseRoute]:
        """Its routes."""
        accesses = self.door.access.accesses
        sign_in = PasswordSignIn(
            self.training.accounts, self.sessions, accesses, self._sign_in_page, self.place
        )
        entrance = Entrance(self)
        return [Route(HERE, self._first), *sign_in.all, *entrance.ways]

    async def _first(self, request: Request) -> Response:
        follows = "follow" in request.query_params  # a page asks for itself: nobody need be there
        session = self.sessions.of(request.cookies.get(self.place.cookie, ""), is_use=not follows)
        if session is None:
            return elsewhere(f"{HERE}/sign-in")
        page = "training_follow" if follows else "training"
        if not follows or page != session.page:
            self.door.looked(request, session, page)
            session.page = page
        return (
            self._choice(request, session)
            if session.role == TRAINEE
            else self._where(request, session)
        )

    def _sign_in_page(self, request: Request, status: int = 200, refused: str = "") -> Response:
        return self.door.page(
            request, f"{_PAGES}sign_in.html", _TITLE, None, status, refused=refused, here=HERE
        )

    def _choice(self, request: Request, session: Session) -> Response:
        """A trainee chooses a profession; the link takes her to that desk, in whatever agency."""
        seats = self.training.seats.read()
        at = self.door.parts.clock.now()
        choices = [
            (
                case,
                f"{url}{HERE}/enter?pass={new_pass(self.training.key, desk, at)}",
                _people(seats, desk),
            )
            for desk, case in CASES.items()
            if (url := self.training.addresses.get(desk))
        ]
        return self.door.page(
            request,
            f"{_PAGES}choice.html",
            _CHOOSE,
            None,
            choices=choices,
            out=session.form,
        )

    def _where(self, request: Request, session: Session) -> Response:
        """Desks, steps and instants; nothing of what anybody wrote."""
        lang, seats = lang_of(request), self.training.seats.read()
        rows = [
            _row(CASES[desk], seats.get(desk, Seat(desk)), lang) for desk in self.training.addresses
        ]
        others = sum(seat.people for desk, seat in seats.items() if desk not in CASES)
        follows = "follow" in request.query_params
        answer = self.door.page(
            request, f"{_PAGES}trainer.html", _WHERE, None, rows=rows, others=others, follows=follows,
            now=when(self.door.parts.clock.now(), lang), out=session.form,
        )  # fmt: skip
        if follows:
            answer.headers["Refresh"] = str(AGAIN_S)
        return answer


class Entrance(SignInRoutes):
    """The way from the first page to a desk: a pass begins that desk's session."""

    def __init__(self, pages: TrainingPages) -> None:
        door = pages.door
        super().__init__(door.sessions, door.access.accesses, door.sign_in_page, door.place)
        self._pages = pages
        self.ways: list[BaseRoute] = [Route(f"{HERE}/enter", self._enter)]

    async def _enter(self, request: Request) -> Response:
        """A desk of this agency's alone; a pass that does not open leads to where passes are given."""
        training, parts = self._pages.training, self._pages.door.parts
        desk = desk_of_pass(training.key, request.query_params.get("pass", ""), parts.clock.now())
        if desk not in parts.office.agency.desks or desk not in CASES:
            return elsewhere(training.place)
        return self._begin(request, elsewhere(BASE), desk, desk)


def _people(seats: dict[str, Seat], desk: str) -> int:
    return seats[desk].people if desk in seats else 0


def _row(case: GuidedCase, seat: Seat, lang: str) -> dict[str, object]:
    """One desk's line: where, since when, how many, how often to the end."""
    steps = case.steps
    if not seat.since and not seat.step:
        step = _NOT_BEGUN.say(lang) if case.opened_by else steps[0].name.say(lang)
    else:
        step = steps[seat.step].name.say(lang) if seat.step < len(steps) else _ENDED.say(lang)
    return {
        "profession": case.profession.say(lang),
        "people": seat.people,
        "number": min(seat.step + 1, len(steps)),
        "of": len(steps),
        "step": step,
        "since": when(seat.since, lang) if seat.since else "",
        "ended": seat.ended,
    }

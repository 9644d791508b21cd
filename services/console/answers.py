"""What the console's addresses share, and every answer of it carries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response

from services.console.roles import Page
from services.platform.browser.answers import elsewhere
from services.platform.browser.sessions import Session


class Answers(Protocol):
    """Answers with a page."""

    def __call__(
        self, request: Request, template: str, session: Session | None, page: Page | None,
        status: int = 200, **shown: Any,
    ) -> Response:  # fmt: skip
        """The page, as `ConsoleRoutes` makes every one."""


@dataclass(frozen=True)
class SharedAnswers:
    """What the console's addresses share.

    Attributes:
        session: of a request; None: nobody has signed in.
        note: writes a look down before it is answered.
    """

    session: Callable[[Request], Session | None]
    note: Callable[..., None]
    answer: Answers

    def nowhere(self, request: Request) -> Response:
        """What is not there for whoever asks: written down, and not found; without a session, the way in."""
        session = self.session(request)
        if session is None:
            return elsewhere("/sign-in")
        self.note(request, "looked", session, page="none")
        return self.answer(request, "rows.html", session, None, 404, tables=[])

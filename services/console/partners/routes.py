"""The addresses of partners: a desk's nine rows, and having one tried again. Nothing is tried here.

GET  /partners/{desk}         its page
POST /partners/{desk}/again   a form → its service tries, and back to the page
"""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console.answers import SharedAnswers
from services.console.partners.page import partners
from services.console.partners.tests_told import PartnerTests
from services.console.roles import Page, Role, role_of, sees
from services.platform.browser.answers import elsewhere
from services.platform.browser.asked import form_of, is_own_form, lang_of
from services.platform.self_test.rows import ROWS

PAGE: Final[Page] = "partners"


class PartnersRoutes:
    """Pages and forms of partners.

    Attributes:
        all: routes before `/{page}`.
        tests: what services told last.
    """

    def __init__(self, door: SharedAnswers, tests: PartnerTests) -> None:
        self._door, self.tests = door, tests
        self.all = [
            Route("/partners/{desk}", self._desk),
            Route("/partners/{desk}/again", self._again, methods=["POST"]),
        ]

    async def page(self, role: Role, lang: str, desk: str = "") -> dict[str, Any]:
        """All desks, and the rows of one."""
        await self.tests.look()
        return partners(self.tests, desk, role, lang)

    async def _desk(self, request: Request) -> Response:
        session = self._door.session(request)
        if session is None or not sees(role_of(session), PAGE):
            return self._door.nowhere(request)
        lang = lang_of(request)
        shown = await self.page(role_of(session), lang, request.path_params["desk"])
        if not shown["desk"]:
            return self._door.nowhere(request)
        self._door.looked(request, session, PAGE)
        return self._door.answer(request, "partners.html", session, PAGE, **shown)

    async def _again(self, request: Request) -> Response:
        session, form = self._door.session(request), await form_of(request)
        if session is None or not sees(role_of(session), PAGE, "again"):
            return self._door.nowhere(request)
        desk, row = request.path_params["desk"], form.get("row")
        if not is_own_form(request, session, form) or row not in (None, *ROWS):
            return self._door.nowhere(request)
        self._door.note(request, "tried", session, page=PAGE)
        known = await self.tests.again(desk, row)
        return elsewhere(f"/partners/{desk}") if known else self._door.nowhere(request)

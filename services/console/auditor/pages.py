"""The pages that ask auditors: an event's life, what desks owe, the convention.

POST /event                   the event of a form, since an address stands in histories and logs
GET  /convention/{digest}     the matrix of one version
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.console import facts
from services.console.answers import SharedAnswers
from services.console.auditor import event_page
from services.console.auditor.convention_page import convention_page
from services.console.auditor.desk_duties import desk_duties
from services.console.auditor.projection import AuditProjection
from services.console.roles import Role, role_of, sees
from services.console.watch import ConsoleWatch
from services.platform.browser.asked import form_of, is_own_form, lang_of
from services.platform.browser.sessions import Attempts


class AskedPages:
    """What they show.

    Attributes:
        all: routes beside those of pages that are opened by their name.

    Args:
        watch: what was seen of metrics, which stands beside.
    """

    def __init__(
        self, door: SharedAnswers, projection: AuditProjection, watch: ConsoleWatch
    ) -> None:
        self._door, self._projection, self._watch = door, projection, watch
        self._look_ups = Attempts(event_page.LOOK_UPS, event_page.LOOK_UPS_S)
        self.all = [
            Route("/event", self._look_up, methods=["POST"]),
            Route("/convention/{digest}", self._version),
        ]

    async def duties(self, role: Role, lang: str) -> dict[str, Any]:
        """By role, and by desk for whom it is a duty to know."""
        by_desk = await desk_duties(self._projection, role, lang)
        return {**by_desk, "tables": [*facts.duties(self._watch, lang), *by_desk["tables"]]}

    async def convention(self, role: Role, lang: str) -> dict[str, Any]:
        """In force, with its matrix, and announced."""
        return await convention_page(self._projection, role, "", lang)

    async def _version(self, request: Request) -> Response:
        session = self._door.session(request)
        if session is None or not sees(role_of(session), "convention"):
            return self._door.nowhere(request)
        self._door.note(request, "looked", session, page="convention")
        wanted, lang = request.path_params["digest"], lang_of(request)
        shown = await convention_page(self._projection, role_of(session), wanted, lang)
        return self._door.answer(request, "convention.html", session, "convention", **shown)

    async def _look_up(self, request: Request) -> Response:
        session, form = self._door.session(request), await form_of(request)
        if session is None or not sees(role_of(session), "event"):
            return self._door.nowhere(request)
        if not is_own_form(request, session, form):
            return self._door.nowhere(request)
        event, lang = form.get("event", "").strip().lower(), lang_of(request)
        refused = event_page.refused_id(event)
        if refused is None and not self._look_ups.may(session.account):
            refused = event_page.TOO_MANY
        if refused is not None:
            shown = event_page.empty(refused.say(lang))
        else:
            about = event_page.about(event)
            self._door.note(request, "looked_up", session, page="event", about=about)
            shown = await event_page.looked_up(self._projection, role_of(session), event, lang)
        return self._door.answer(request, "event.html", session, "event", **shown)

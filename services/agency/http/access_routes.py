"""Routes of whose access: look a case up, be told of first accesses, ask why; and of webhooks (webhooks §6)."""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import Response

from contracts.encoding import rfc3339
from services.agency.http.desk_request import (
    EventPath,
    Parts,
    body_of,
    caller_of,
    key_of,
    published,
)
from services.agency.http.interface.openapi import operation
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.responses.sending import SendAnswer
from services.agency.office.responses.standing import AccessAnswer, FirstAccesses
from services.agency.office.responses.webhook import WebhookStatus
from services.agency.office.standing import look_up_of
from services.platform.http.problems import ProblemError

if TYPE_CHECKING:
    from services.agency.webhooks.push import DeskWebhooks


def add_accesses(app: FastAPI, parts: Parts) -> None:
    """POST and GET /v1/accesses, a look-up's answer, a question about an access."""
    office, caller = parts.office, caller_of(parts)

    @app.post(
        "/v1/accesses",
        status_code=202,
        tags=["accesses"],
        **operation(
            "look_up",
            "Look up who received what of a case",
            ("publish", "body"),
            success="Published: the look-up, which the log records",
        ),
    )
    async def look_up(
        request: Request, response: Response, desk: Annotated[str, Depends(caller)]
    ) -> SendAnswer:
        """Ask the bus, as a reference service of the case; the answer stands at `/v1/accesses/{event_id}`."""
        asked = DeskRequest(desk, "look_up", await body_of(request), key=key_of(request))
        return await published(parts, asked, response.headers)

    @app.get(
        "/v1/accesses",
        tags=["accesses"],
        **operation("get_accesses", "See first accesses", (), success="First accesses, as told"),
    )
    async def get_accesses(desk: Annotated[str, Depends(caller)]) -> FirstAccesses:
        """Desks that gained access to a case of this desk's for the first time, where a clause tells it."""
        return office.view(desk).accesses.told(desk)

    @app.get(
        "/v1/accesses/{event_id}",
        tags=["accesses"],
        **operation("get_access", "Read a look-up's answer", ("event",), success="The answer"),
    )
    async def get_access(
        event_id: EventPath, desk: Annotated[str, Depends(caller)]
    ) -> AccessAnswer:
        """Which desks received which data of the case, when, by which clause; a page of it."""
        return look_up_of(office.view(desk), event_id)

    @app.post(
        "/v1/accesses/{event_id}/ask",
        status_code=202,
        tags=["accesses"],
        **operation(
            "ask",
            "Ask a desk why it had access",
            ("publish", "body", "event"),
            success="Published: the question, which opens a duty",
        ),
    )
    async def ask(
        event_id: EventPath,
        request: Request,
        response: Response,
        desk: Annotated[str, Depends(caller)],
    ) -> SendAnswer:
        """Of an event that a look-up or a notice has named; answered by a motive within five working days."""
        asked = DeskRequest(desk, "ask", await body_of(request), event_id, key_of(request))
        return await published(parts, asked, response.headers)


def add_webhook(app: FastAPI, parts: Parts) -> None:
    """GET /v1/webhook, POST /v1/webhook/resume."""
    caller = caller_of(parts)

    @app.get(
        "/v1/webhook",
        tags=["inbox"],
        **operation(
            "get_webhook", "See the desk's webhooks", ("webhook",), success="Keys, and what waits"
        ),
    )
    async def get_webhook(desk: Annotated[str, Depends(caller)]) -> WebhookStatus:
        """With what the receiver verifies them, and what it does not know yet."""
        return _told(_of(parts, desk))

    @app.post(
        "/v1/webhook/resume",
        tags=["inbox"],
        **operation(
            "resume_webhook",
            "Go on with the desk's webhooks",
            ("webhook",),
            success="As they stand now",
        ),
    )
    async def resume_webhook(desk: Annotated[str, Depends(caller)]) -> WebhookStatus:
        """After they stopped, or to have what waits posted now; nothing that waits is lost."""
        webhooks = _of(parts, desk)
        await webhooks.resume()
        return _told(webhooks)


def _of(parts: Parts, desk: str) -> "DeskWebhooks":
    webhooks = parts.webhooks.desks.get(desk) if parts.webhooks is not None else None
    if webhooks is None:
        raise ProblemError(
            404, "webhook_unset", "no receiver of this desk", "one in the settings of the service"
        )
    return webhooks


def _told(webhooks: "DeskWebhooks") -> WebhookStatus:
    progress, last, next_at = webhooks.progress, webhooks.last, webhooks.next_at
    return WebhookStatus(
        desk=webhooks.desk,
        public_key=webhooks.keys.public,
        shared_key=webhooks.keys.shared,
        state="stopped" if progress.stopped else "open",
        why=progress.stopped or None,
        pending=webhooks.pending,
        given_up=progress.given_up,
        taken_at=rfc3339(int(progress.taken)) if progress.taken else None,
        last_result=last.result.value if last else None,
        last_status=last.status if last else None,
        next_try_at=rfc3339(int(next_at)) if next_at is not None else None,
    )

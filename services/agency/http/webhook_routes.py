"""Routes of a desk's webhooks: how they stand, and to go on where they stopped (webhooks §6).

Neither says or takes an address: where webhooks go is the operator's to say.
"""

# No `from __future__ import annotations` here: FastAPI could not resolve `Depends(caller)`, a local
# name, from a string, and would then leave the dependency out.

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI

from contracts.encoding import rfc3339
from services.agency.http.desk_request import Parts, caller_of
from services.agency.http.interface.openapi import operation
from services.agency.office.responses.webhook import WebhookStatus
from services.platform.http.problems import ProblemError

if TYPE_CHECKING:
    from services.agency.webhooks.push import DeskWebhooks


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

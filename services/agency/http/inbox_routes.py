"""Routes of what a desk is sent and owes: arrivals, the replies to them, duties, webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import FastAPI, Query

from contracts.encoding import rfc3339
from services.agency.http.desk_request import Caller, EventPath, Limit
from services.agency.http.interface.openapi import operation
from services.agency.loops.incoming import PAGE
from services.agency.office.inbox import cursor
from services.agency.office.requests.desk_request import duties_of
from services.agency.office.responses.inbox import Inbox, WebhookStatus
from services.agency.office.responses.sending import Duties, SendAnswer
from services.platform.http.problems import ProblemError

if TYPE_CHECKING:
    from services.agency.webhooks.push import DeskWebhooks

MAX_WAIT: Final = 30.0  # seconds of a long poll
RECEIVED: Final = "received"  # the stage that an acknowledgement without a body means


def add_inbox(app: FastAPI) -> None:
    """GET /v1/inbox, acknowledging, outcomes, GET /v1/duties."""

    @app.get(
        "/v1/inbox",
        **operation("inbox", "Read the inbox", "Arrivals with their content, a page", "inbox"),
    )
    async def get_inbox(
        call: Caller,
        after: Annotated[
            str,
            Query(
                max_length=4096,
                description="Cursor of the last answer; none: from the oldest that is kept.",
                examples=["eyJjaXZpbCI6eyIwIjo0Mn19.2Yh0k3v0uQz1m0s8c7bQfA"],
            ),
        ] = "",
        wait: Annotated[
            float,
            Query(
                ge=0, le=MAX_WAIT, description="Seconds to wait for a first arrival.", examples=[20]
            ),
        ] = 0,
        limit: Limit = PAGE,
    ) -> Inbox:
        """Arrivals in order, opened for this answer and stored nowhere; long poll."""
        parts, desk = call.parts, call.desk
        secret = parts.office.agency.place_secret
        start = cursor.read(secret, desk, after) if after else {}
        items, end, more = await parts.incoming.page(desk, start, wait, limit)
        return Inbox(
            desk=desk,
            items=tuple(items),
            cursor=cursor.write(secret, desk, end),
            more=more,
            missing=tuple(gap.told() for gap in call.view.numbers.gaps),
        )

    @app.post(
        "/v1/inbox/{event_id}/acknowledge",
        **operation(
            "inbox",
            "Acknowledge an arrival",
            "Published: the acknowledgement",
            "publish body event acknowledge",
        ),
    )
    async def acknowledge(event_id: EventPath, call: Caller) -> SendAnswer:
        """The receipt that the convention asks for, as a signed event; once a stage."""
        body = await call.body(optional=True)
        if body == {"stage": RECEIVED}:
            body = {}  # they mean the same, and so are the same request
        key = call.key or f"acknowledge {event_id} {body.get('stage', RECEIVED)}"
        return await call.publish("acknowledge", body, event_id, key)

    @app.post(
        "/v1/inbox/{event_id}/outcome",
        **operation(
            "inbox",
            "Give an arrival's outcome",
            "Published: the outcome",
            "publish body event outcome",
        ),
    )
    async def outcome(event_id: EventPath, call: Caller) -> SendAnswer:
        """Feedback to the author of an arrival, by code (clauses R39 to R41)."""
        return await call.publish("outcome", await call.body(), event_id)

    @app.get("/v1/duties", **operation("inbox", "See what is owed", "Open duties of the desk"))
    async def get_duties(call: Caller) -> Duties:
        """What the desk owes and by when, overdue first."""
        return duties_of(call.view, call.now)


def add_webhook(app: FastAPI) -> None:
    """GET /v1/webhook, POST /v1/webhook/resume."""

    @app.get(
        "/v1/webhook",
        **operation("inbox", "See the desk's webhooks", "Keys, and what waits", "webhook"),
    )
    async def get_webhook(call: Caller) -> WebhookStatus:
        """With what the receiver verifies them, and what it does not know yet."""
        return _standing(_of(call))

    @app.post(
        "/v1/webhook/resume",
        **operation("inbox", "Go on with the desk's webhooks", "As they stand now", "webhook"),
    )
    async def resume_webhook(call: Caller) -> WebhookStatus:
        """After they stopped, or to have what waits posted now; nothing that waits is lost."""
        webhooks = _of(call)
        await webhooks.resume()
        return _standing(webhooks)


def _of(call: Caller) -> DeskWebhooks:
    known = call.parts.webhooks
    webhooks = known.desks.get(call.desk) if known is not None else None
    if webhooks is None:
        raise ProblemError(
            404, "webhook_unset", "no receiver of this desk", "one in the settings of the service"
        )
    return webhooks


def _standing(webhooks: DeskWebhooks) -> WebhookStatus:
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

"""What a webhook says (webhooks §2), how a desk's stand, and what verifies them (webhooks §6)."""

from __future__ import annotations

from typing import Annotated, Literal

from services.agency.office.responses.common import Desk, EventId, Moment, ResponseModel, member


class ArrivalTold(ResponseModel):
    """Which event has arrived, whose, of which type; never what it holds."""

    desk: Annotated[Desk, member("Short id of the desk in whose inbox it waits.")]
    event: Annotated[
        EventId | None,
        member("Answers to the same name in the inbox; absent of a delivery that did not verify."),
    ] = None
    kind: Annotated[
        str, member("Type of the event; `unverified` of a delivery that did not verify.", "IP")
    ]


class ArrivalNotice(ResponseModel):
    """Something waits in a desk's inbox (Standard Webhooks): what it is, `GET /v1/inbox` tells."""

    data: Annotated[ArrivalTold, member("What has arrived.")]
    timestamp: Annotated[Moment, member("When it was delivered.")]
    type: Annotated[Literal["inbox.arrival"], member("What has happened.", "inbox.arrival")] = (
        "inbox.arrival"
    )


class WebhookStatus(ResponseModel):
    """A desk's webhooks: keys, and what the receiver does not know yet."""

    desk: Desk
    public_key: Annotated[
        str,
        member(
            "Ed25519, in the form of Standard Webhooks: verifies `v1a`; no secret.",
            "whpk_d75aXqC3JGpoStOrKzJHVVZWJ4VLmHlKXVBuKL4dQBE=",
        ),
    ]
    shared_key: Annotated[
        str,
        member(
            "In the form of Standard Webhooks: verifies `v1`. A secret, for the receiver alone.",
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
        ),
    ]
    state: Annotated[
        Literal["open", "stopped"],
        member("`stopped`: nothing is posted until it is resumed.", "open"),
    ]
    why: Annotated[
        Literal["gone", "silent"] | None,
        member(
            "Of `stopped`: the receiver answered 410, or took nothing in ten tries of a message.",
            "gone",
        ),
    ] = None
    pending: Annotated[int, member("Arrivals of which the receiver does not know yet.", 1)]
    given_up: Annotated[
        int, member("Not taken in ten tries though others were; the inbox has them.", 0)
    ]
    taken_at: Annotated[Moment | None, member("When the receiver last took something.")] = None
    last_result: Annotated[
        Literal["taken", "refused", "away", "forbidden", "gone"] | None,
        member(
            "What came of the last try since the service started. `refused`: a status that is not "
            "2xx; "
            "`away`: no answer, or 429, 502, 504; `forbidden`: its name leads to an address where "
            "it may not; "
            "`gone`: 410.",
            "refused",
        ),
    ] = None
    last_status: Annotated[
        int | None, member("The status of that answer, if there was one.", 401)
    ] = None
    next_try_at: Annotated[Moment | None, member("When what waits is tried next.")] = None

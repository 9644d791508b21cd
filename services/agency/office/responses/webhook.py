"""What a webhook says (webhooks §2), how a desk's stand, and what verifies them (webhooks §6)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from services.agency.office.responses.common import Desk, EventId, Moment, ResponseModel


class ArrivalTold(ResponseModel):
    """Which event has arrived, whose, of which type; never what it holds."""

    desk: Annotated[Desk, Field(description="Short id of the desk in whose inbox it waits.")]
    event: Annotated[
        EventId | None,
        Field(
            description="Answers to the same name in the inbox; absent of a delivery that did not verify."
        ),
    ] = None
    kind: Annotated[
        str,
        Field(
            description="Type of the event; `unverified` of a delivery that did not verify.",
            examples=["IP"],
        ),
    ]


class ArrivalNotice(ResponseModel):
    """Something waits in a desk's inbox (Standard Webhooks): what it is, `GET /v1/inbox` tells."""

    data: Annotated[ArrivalTold, Field(description="What has arrived.")]
    timestamp: Annotated[Moment, Field(description="When it was delivered.")]
    type: Annotated[
        Literal["inbox.arrival"],
        Field(description="What has happened.", examples=["inbox.arrival"]),
    ] = "inbox.arrival"


class WebhookStatus(ResponseModel):
    """A desk's webhooks: keys, and what the receiver does not know yet."""

    desk: Desk
    public_key: Annotated[
        str,
        Field(
            description="Ed25519, in the form of Standard Webhooks: verifies `v1a`; no secret.",
            examples=["whpk_d75aXqC3JGpoStOrKzJHVVZWJ4VLmHlKXVBuKL4dQBE="],
        ),
    ]
    shared_key: Annotated[
        str,
        Field(
            description="In the form of Standard Webhooks: verifies `v1`. A secret, for the receiver alone.",
            examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="],
        ),
    ]
    state: Annotated[
        Literal["open", "stopped"],
        Field(description="`stopped`: nothing is posted until it is resumed.", examples=["open"]),
    ]
    why: Annotated[
        Literal["gone", "silent"] | None,
        Field(
            description="Of `stopped`: the receiver answered 410, or took nothing in ten tries of a message.",
            examples=["gone"],
        ),
    ] = None
    pending: Annotated[
        int, Field(description="Arrivals of which the receiver does not know yet.", examples=[1])
    ]
    given_up: Annotated[
        int,
        Field(
            description="Not taken in ten tries though others were; the inbox has them.",
            examples=[0],
        ),
    ]
    taken_at: Annotated[
        Moment | None, Field(description="When the receiver last took something.")
    ] = None
    last_result: Annotated[
        Literal["taken", "refused", "away", "forbidden", "gone"] | None,
        Field(
            description="What came of the last try since the service started. `refused`: a status that is not 2xx; "
            "`away`: no answer, or 429, 502, 504; `forbidden`: its name leads to an address where it may not; "
            "`gone`: 410.",
            examples=["refused"],
        ),
    ] = None
    last_status: Annotated[
        int | None,
        Field(description="The status of that answer, if there was one.", examples=[401]),
    ] = None
    next_try_at: Annotated[Moment | None, Field(description="When what waits is tried next.")] = (
        None
    )

"""What a desk that ends has given away at once: many cases, or all, to one that follows it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.agency.office.responses.common import CaseToken, Desk, EventId, ResponseModel


class EntrustRefused(ResponseModel):
    """What could not be given or passed on; it still waits."""

    case: CaseToken
    event: Annotated[EventId | None, Field(description="The arrival; none: the case alone.")] = None
    code: Annotated[
        str, Field(description="Code of the refusal, as of `entrust`.", examples=["entrusted"])
    ]


class CasesEntrusted(ResponseModel):
    """What was published; where `more` waits, the same request goes on."""

    desk: Desk
    to: Annotated[Desk, Field(description="Who has the cases.", examples=["home-2"])]
    events: Annotated[
        tuple[EventId, ...],
        Field(
            description="The events by which they were given, at most 100.",
            examples=[["01939e3a-0000-7000-8000-000000000001"]],
        ),
    ]
    refused: Annotated[
        tuple[EntrustRefused, ...],
        Field(
            description="What was not, and why, at most 100: others behind them are given by naming their cases."
        ),
    ]
    more: Annotated[
        bool,
        Field(
            description="Whether more waits that the same request would come to.", examples=[False]
        ),
    ]

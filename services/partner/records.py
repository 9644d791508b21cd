"""What a partner files: an event in the bus's own words, scope by scope."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from contracts.envelope.model import Realm, Reference
from contracts.vocabulary.fields import Day
from contracts.vocabulary.scopes import CIVIL
from services.agency.record.record import Answer, DeskId, PhoneCall, Record, Told, kinds

EventType = Literal[
    "IP", "SIG", "EVALREQ", "EVALREP", "SPECREF", "ST", "MEASURE", "MISSING", "HEARING", "FEEDBACK",
    "COORD",
]  # fmt: skip
Scope = Annotated[str, Field(pattern=r"^[A-Z]{2,12}(\.[a-z_]{2,16})?$")]
Purpose = Annotated[str, Field(pattern=r"^[a-z_0-9]{2,32}$")]


class PartnerEvent(Record):
    """Any act of the convention, to the desks that `to` names, for one purpose.

    Attributes:
        content: scope -> its body, as `contracts.vocabulary.categories` types it.
    """

    kind: Literal["event"]
    event: EventType
    purpose: Purpose
    realm: Realm = CIVIL
    to: Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]
    content: Annotated[dict[Scope, dict[str, Any]], Field(max_length=16)] = Field(default={})
    told: Told | None = None
    call: PhoneCall | None = None
    authorisation: Reference | None = None
    danger: bool | None = None
    inquiry: bool | None = None
    parents_told: Literal["written", "deferred"] | None = None
    parents_agree: bool | None = None
    measure_open: bool | None = None
    final: bool | None = None
    ends: Annotated[tuple[Answer, ...], Field(max_length=16)] = ()
    decided_on: Day | None = None
    received_on: Day | None = None
    ends_on: Day | None = None
    due: Day | None = None


KINDS: Final = kinds(PartnerEvent)

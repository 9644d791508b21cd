"""What a partner files: an event in the bus's own words, scope by scope."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import Field, ValidationError

from contracts.decision.draft import Draft, Portion
from contracts.errors import EnvelopeError, IntakeError
from contracts.vocabulary.events import body_of
from contracts.vocabulary.fields import Day, Due, Past
from contracts.vocabulary.schema import Realm
from contracts.vocabulary.schema_faults import every
from contracts.vocabulary.scopes import CIVIL
from services.agency.record.form import (
    Authorised,
    Called,
    DeskId,
    EventReference,
    InDanger,
    IsLast,
    WhetherTold,
)
from services.agency.record.mapping import each
from services.agency.record.marks import Becomes, ClearFact, Says
from services.agency.record.record import Record, Writing, kinds

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
    told: WhetherTold = None
    call: Called = None
    authorisation: Authorised = None
    danger: InDanger = None
    inquiry: Annotated[bool | None, Says("inquiry")] = None
    parents_told: Annotated[Literal["written", "deferred"] | None, Says("parents_told")] = None
    parents_agree: Annotated[bool | None, Says("parents_agree")] = None
    measure_open: Annotated[bool | None, Says("measure_open")] = None
    final: IsLast = None
    ends: Annotated[tuple[EventReference, ...], Field(max_length=16)] = ()
    decided_on: Annotated[Past | None, ClearFact("decided_on")] = None
    received_on: Annotated[Past | None, ClearFact("received_on")] = None
    ends_on: Annotated[Day | None, ClearFact("ends_on")] = None
    due: Annotated[Due | None, ClearFact("due")] = None

    def drafts(self, writing: Writing) -> list[Draft]:
        """The event as the record has it: the scopes are its own, the bodies are checked."""
        made = partial(_portion, self.event, writing.issuer.day)
        content = each({scope: partial(made, scope, body) for scope, body in self.content.items()})
        roles = (writing.role(desk, self.realm, f"to[{at}]") for at, desk in enumerate(self.to))
        event = Becomes(self.event, dict.fromkeys(roles, self.purpose), self.realm)
        return [writing.event(event, portions=content)]


def _portion(etype: str, day: str, scope: str, body: Mapping[str, Any]) -> Portion:
    place = f"content.{scope}"
    try:
        model = body_of(etype, scope)
    except EnvelopeError as error:
        raise IntakeError(error.code, "another scope", error.expected, "content") from None
    try:
        made = model.model_validate_json(orjson.dumps(body), context={"day": day})
        return Portion(made, (place,))
    except ValidationError as error:
        raise IntakeError.of(
            IntakeError(
                fault.code, fault.got, fault.expected, ".".join(filter(None, (place, fault.place)))
            )
            for fault in every(error, model)
        ) from None


KINDS: Final = kinds(PartnerEvent)

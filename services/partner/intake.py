"""A partner's record becomes a draft: the scopes are the record's own, the bodies are checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson
from pydantic import ValidationError

from contracts.decision.draft import AddressBook, Draft, Issuer, Portion
from contracts.errors import EnvelopeError, IntakeError
from contracts.vocabulary.events import body_of
from contracts.vocabulary.schema_faults import first
from services.agency.record.drafting import Content, Drafter, Writing, run
from services.agency.record.record import declared
from services.partner.records import KINDS, PartnerEvent

_FACTS: Final = ("final", "decided_on", "received_on", "ends_on", "due")


def intake(record: Mapping[str, Any], issuer: Issuer, book: AddressBook) -> list[Draft]:
    """The draft of one record.

    Raises:
        IntakeError: the record cannot become an event; says field and expectation, no value.
    """
    return run(KINDS, _DRAFTERS, record, issuer, book)


def _event(record: PartnerEvent, writing: Writing) -> list[Draft]:
    content = Content(record, record.event)
    for scope, body in record.content.items():
        content.portions[scope] = _portion(record.event, scope, body)
    desks = writing.desks(realm=record.realm)
    purposes = {writing.role(desk, record.realm): record.purpose for desk in desks}
    return [
        writing.draft(
            content,
            purposes,
            desks,
            realm=record.realm,
            declared=declared(
                told=record.told,
                call=record.call,
                authorisation=record.authorisation,
                danger=record.danger,
                inquiry=record.inquiry,
                parents_told=record.parents_told,
                parents_agree=record.parents_agree,
                measure_open=record.measure_open,
            ),
            ends=record.ends,
            facts={name: getattr(record, name) for name in _FACTS},
        )
    ]


def _portion(etype: str, scope: str, body: Mapping[str, Any]) -> Portion:
    place = f"content.{scope}"
    try:
        model = body_of(etype, scope)
    except EnvelopeError as error:
        raise IntakeError(error.code, "another scope", error.expected, "content") from None
    try:
        return Portion(model.model_validate_json(orjson.dumps(body)), (place,))
    except ValidationError as error:
        found = first(error, model)
        at = f"{place}.{found.place}" if found.place else place
        raise IntakeError(found.code, found.got, found.expected, at) from None


_DRAFTERS: Final[dict[str, Drafter]] = {"event": _event}

"""The acts that travel: one module a family, one closed model an event type.

`ACTS` maps each event type to its model; `body_of` names the body of a scope in an event;
`read_body` reads one that arrived; `version_of` is what desks say that they read (keys §2.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from contracts.encoding import canonical
from contracts.errors import EnvelopeError
from contracts.vocabulary.categories import BODIES
from contracts.vocabulary.events.act import Act
from contracts.vocabulary.events.alerts import Concern, Feedback, Missing, Report
from contracts.vocabulary.events.cooperation import (
    Coordination,
    EvaluationReport,
    EvaluationRequest,
    SpecialistReferral,
    Statistics,
)
from contracts.vocabulary.events.justice import Hearing, Instruction, MeasureOrder
from contracts.vocabulary.schema_faults import first
from contracts.vocabulary.sealed_body import Body

__all__ = ["ACTS", "Act", "body_of", "read_body", "version_of"]

ACTS: Final[dict[str, type[Act]]] = {
    act.etype: act
    for act in (
        Concern, Report, EvaluationRequest, EvaluationReport, SpecialistReferral, Instruction,
        MeasureOrder, Missing, Hearing, Feedback, Coordination, Statistics,
    )
}  # fmt: skip
_BODIES: Final = {
    (etype, scope): body for etype, act in ACTS.items() for scope, body in act.bodies().items()
}


def version_of(etype: str) -> str:
    """The type of an act with the version in which we write it: `IP/1`."""
    return f"{etype}/{ACTS[etype].version}"


def body_of(etype: str, scope: str) -> type[Body]:
    """The typed body of a scope in an event of a type.

    Where the act has no body of its own for the scope, the scope's usual one: a convention may
    let a further scope through without a change of code, and intake types what it will leave out.

    Raises:
        EnvelopeError: `scope_unknown`.
    """
    body = _BODIES.get((etype, scope)) or BODIES.get(scope)
    if body is None:
        raise EnvelopeError(
            "scope_unknown", "another scope", "a scope of `contracts.vocabulary.scopes`"
        )
    return body


def read_body(etype: str, scope: str, value: Mapping[str, Any]) -> Body:
    """The typed body of what a part held.

    Raises:
        EnvelopeError: `scope_unknown`, or `body_…` (one code a fault) with its place in the body.
    """
    model = body_of(etype, scope)
    try:
        return model.model_validate_json(canonical(value))
    except TypeError:
        raise EnvelopeError("body_not_json", "another value", "a JSON object", scope) from None
    except ValidationError as error:
        fault = first(error, model)
        place = f"{scope}:{fault.place}" if fault.place else scope
        raise EnvelopeError(f"body_{fault.code}", fault.got, fault.expected, place) from None

"""An operation of `/openapi.json` asked by schemathesis, rightly and wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.patience import PATIENCE
from tests.samples import desk_of, filed, kinds, roles_of

EXAMPLES: Final = 8  # requests of each operation that the document allows, and as many it does not
CHECKS: Final = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance, negative_data_rejection,
]  # fmt: skip

# Of each agency the desk that others write to.
DESKS: Final = {
    "education": "edu-s", "police": "pol", "justice": "parq-civ", "child_welfare": "crip",
    "association": "asso",
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A service that is asked.

    Attributes:
        headers: of one of its desks.
        events: ids of events that the desk sent or was sent.
        records: that the desk may send.
    """

    url: str
    headers: dict[str, str]
    events: list[str]
    records: list[dict[str, Any]]


def records(agency: str) -> list[tuple[str, dict[str, Any]]]:
    """(desk, record) of each kind, as each role files it."""
    return [
        (desk_of(role), filed(agency, kind, role))
        for kind in kinds(agency)
        for role in roles_of(agency, kind)
    ]


def promised(service: Asked) -> set[int]:
    """Ask every operation of its document, and give the statuses of its answers."""
    schema = schemathesis.openapi.from_url(f"{service.url}/openapi.json")
    statuses = set[int]()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        statuses |= explored(found.ok(), service)
    return statuses


def explored(operation: Any, service: Asked) -> set[int]:
    """Ask one operation, and give the statuses of its answers."""
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])
    statuses: set[int] = set()

    @settings(
        max_examples=2 * EXAMPLES, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(cases, st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        if case.meta.generation.mode.is_negative:
            seen(case)
        else:
            sensible(case, service, data)
        answer = case.call_and_validate(headers=service.headers, checks=CHECKS, timeout=PATIENCE)
        statuses.add(answer.status_code)

    ask()
    return statuses


def seen(case: Any) -> None:
    """Make a wrong request one whose fault is on the wire: a nothing would not be sent.

    Its other fault, no authorisation, may be the one that we mend by our own; which values
    Hypothesis draws changes with every constant of this repository.
    """
    for name, value in (case.query or {}).items():
        if holds_nothing(value):
            case.query[name] = "nothing"


def holds_nothing(value: Any) -> bool:
    """Whether a list or an object has no value in it, however deep."""
    if isinstance(value, dict | list):
        return all(map(holds_nothing, value.values() if isinstance(value, dict) else value))
    return value is None


def sensible(case: Any, service: Asked, data: st.DataObject) -> None:
    """Make a right request one that reaches something: own desk, known events, a real record."""
    for name in ("desk", "wait"):
        (case.query or {}).pop(name, None)
    if "event_id" in (case.path_parameters or {}):
        case.path_parameters["event_id"] = data.draw(st.sampled_from(service.events))
    if case.operation.label == "POST /v1/referrals":
        case.body = data.draw(st.sampled_from([case.body, *service.records]))

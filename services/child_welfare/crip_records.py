"""What the CRIP files: its qualification, requests, links, and the outcome that it owes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from contracts.envelope.model import Closed, Reference, Token
from contracts.vocabulary.fields import Day, Line, MeasureKind, Phone, Summary
from contracts.vocabulary.schema_faults import fault
from contracts.vocabulary.scopes import OUTCOME_CODES
from services.agency.record.record import DeskId, PhoneCall, Record, Told
from services.agency.record.shared_blocks import NamedPersons, Parents, Siblings
from services.child_welfare.child import Child, Situation, Whereabouts

# How the CRIP qualifies what it received; its word for the level of risk.
Qualification = Literal["no_danger", "risk", "danger", "grave_and_immediate_danger"]


class Alerter(Closed):
    """Who alerted, if a private person. The file holds it; no clause lets it out."""

    kind: Literal["family", "neighbour", "minor", "anonymous", "other"]
    name: Line | None = None
    phone: Phone | None = None


class CripSignalement(Situation):
    """The CRIP seizes the parquet (R12, L.226-4)."""

    roles: ClassVar[tuple[str, ...]] = ("CRIP",)
    kind: Literal["crip_signalement"]
    qualification: Qualification | None = None
    alerter: Alerter | None = None
    exploiters: NamedPersons = ()
    measure_in_force: MeasureKind | None = None
    custodian: Line | None = None
    whereabouts: Whereabouts | None = None
    call: PhoneCall | None = None
    parents_told: Literal["written", "deferred"] | None = None
    authorisation: Reference | None = None


class EvaluationRequest(Situation):
    """Asks the ASE's evaluators (R13).

    `received_on`: when the concern reached the CRIP off the bus (SNATED-119); three months from it.
    """

    roles: ClassVar[tuple[str, ...]] = ("CRIP",)
    kind: Literal["evaluation_request"]
    received_on: Day | None = None
    snated_number: Line | None = None
    qualification: Qualification | None = None
    alerter: Alerter | None = None


class ContributionRequest(Record):
    """Asks a professional for coded answers: a school's social service (R14), the PMI (R15)."""

    roles: ClassVar[tuple[str, ...]] = ("CRIP",)
    kind: Literal["contribution_request"]
    child: Child
    parents: Parents = ()
    siblings: Siblings = ()
    questions: Annotated[
        tuple[
            Literal[
                "attendance", "change_of_behaviour", "known_adults", "health_followup",
                "contact_with_parents", "known_to_service", "mother_child_bond", "vaccination",
            ],
            ...,
        ],
        Field(min_length=1, max_length=8),
    ]  # fmt: skip
    due: Day | None = None
    alert_summary: Summary | None = None
    alerter: Alerter | None = None
    told: Told | None = None


class Pairing(Record):
    """Two tokens, and the earlier date of the two; a human confirmed the match, never the bus."""

    roles: ClassVar[tuple[str, ...]] = ("CRIP",)
    peer: Token
    earlier_on: Day
    confirmed: Literal[True]

    @model_validator(mode="after")
    def _two_cases(self) -> Self:
        if self.case is None or self.case == self.peer:
            raise fault("not_two_cases", "case and peer, two tokens")
        return self


class Link(Pairing):
    """The two tokens are one child's."""

    kind: Literal["link"]


class Unlink(Pairing):
    """They are not, after all."""

    kind: Literal["unlink"]


class OutcomeFeedback(Record):
    """The outcome given to a professional who alerted (R39, L.226-5), or to the parquet's R22."""

    roles: ClassVar[tuple[str, ...]] = ("CRIP",)
    kind: Literal["feedback"]
    outcome: Literal[OUTCOME_CODES]  # type: ignore[valid-type]
    on: Day | None = None
    explanation: Summary | None = None
    to: Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]

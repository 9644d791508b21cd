"""What the CRIP files: its qualification, requests, links, and the outcome that it owes.

The CRIP knows who alerted: FACTS.source says so, and no clause lets it out.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from contracts.decision.draft import Draft
from contracts.vocabulary.fields import Day, Due, Line, MeasureKind, Phone, Summary
from contracts.vocabulary.schema import Token
from contracts.vocabulary.schema_faults import fault
from contracts.vocabulary.scopes import FINAL_OUTCOMES, OUTCOME_CODES
from services.agency.record.form import Authorised, Called, DeskId, WhetherTold
from services.agency.record.marks import OWN, Becomes, Block, ClearFact, Says, To
from services.agency.record.record import Record, Writing, linking
from services.agency.record.shared_blocks import NamedPersons, Parents, Siblings
from services.child_welfare.child_records import Child, Situation, Where

# How the CRIP qualifies what it received; its word for the level of risk.
_LEVEL: Final = {
    "no_danger": "low",
    "risk": "moderate",
    "danger": "high",
    "grave_and_immediate_danger": "grave_and_immediate",
}
_AUTHORS: Final = (
    "EDU-S", "EDU-H", "PMI", "SSD", "PSP", "ASSO", "HOME", "MO", "ASE", "PJJ", "POL", "PARQ-CIV",
    "SNATED", "UAPED",
)  # fmt: skip
# Without one the appraisal's own level stands; it comes after the appraisal, and so it counts.
Qualification = Annotated[
    Literal["no_danger", "risk", "danger", "grave_and_immediate_danger"] | None,
    To("RISK:level", _LEVEL.__getitem__),
]


class Alerter(Block):
    """Who alerted, if a private person. The file holds it; no clause lets it out."""

    scope = "FACTS.source"

    kind: Literal["family", "neighbour", "minor", "anonymous", "other"]
    name: Line | None = None
    phone: Phone | None = None


class CripSignalement(Situation):
    """The CRIP seizes the parquet (R12, L.226-4)."""

    roles = ("CRIP",)
    becomes = Becomes("SIG", {"PARQ-CIV": "seize_judge"})
    kind: Literal["crip_signalement"]
    qualification: Qualification = None
    alerter: Alerter | None = None
    exploiters: NamedPersons = ()
    measure_in_force: Annotated[MeasureKind | None, To("MEASURE:measure")] = None
    custodian: Annotated[Line | None, To("MEASURE")] = None
    whereabouts: Where = None
    call: Called = None
    parents_told: Annotated[Literal["written", "deferred"] | None, Says("parents_told")] = None
    authorisation: Authorised = None


class EvaluatorsRequest(Situation):
    """Asks the ASE's evaluators (R13).

    `received_on`: when the concern reached the CRIP off the bus (SNATED-119); three months from it.
    """

    roles = ("CRIP",)
    becomes = Becomes("EVALREQ", {"ASE": "evaluate"})
    kind: Literal["evaluation_request"]
    received_on: Annotated[
        Day | None, To("FACTS:received_on", alone=False), ClearFact("received_on")
    ] = None
    snated_number: Annotated[Line | None, OWN] = None
    qualification: Qualification = None
    alerter: Alerter | None = None


class ContributionRequest(Record):
    """Asks a professional for coded answers: a school's social service (R14), the PMI (R15).

    The summary of the alert and its author are traps: the question tells nothing.
    """

    roles = ("CRIP",)
    becomes = Becomes(
        "EVALREQ", dict.fromkeys(("EDU-S", "PMI", "SSD"), "contribute"), usual=("EDU-S",)
    )
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
        To("CODE.questions"),
    ]  # fmt: skip
    due: Annotated[Due | None, ClearFact("due")] = None
    alert_summary: Annotated[Summary | None, To("FACTS.summary:summary")] = None
    alerter: Alerter | None = None
    told: WhetherTold = None


class Pairing(Record):
    """Two tokens, and the earlier date of the two; a human confirmed the match, never the bus."""

    roles = ("CRIP",)
    peer: Token
    earlier_on: Day
    confirmed: Literal[True]

    @model_validator(mode="after")
    def _two_cases(self) -> Self:
        if self.case is None or self.case == self.peer:
            raise fault("not_two_cases", "case and peer, two tokens")
        return self

    def drafts(self, writing: Writing) -> list[Draft]:
        """LINK or UNLINK, one to each case."""
        return linking(writing, self.kind.upper(), (self.case or "", self.peer), self.earlier_on)


class LinkRecord(Pairing):
    """The two tokens are one child's."""

    kind: Literal["link"]


class UnlinkRecord(Pairing):
    """They are not, after all."""

    kind: Literal["unlink"]


class OutcomeFeedback(Record):
    """The outcome given to a professional who alerted (R39, L.226-5), or to the parquet's R22."""

    roles = ("CRIP",)
    becomes = Becomes("FEEDBACK", dict.fromkeys(_AUTHORS, "close_loop"), usual=())
    kind: Literal["feedback"]
    outcome: Annotated[
        Literal[OUTCOME_CODES],  # type: ignore[valid-type]
        To("CODE.outcome"),
        ClearFact("final", FINAL_OUTCOMES.__contains__),
    ]
    on: Annotated[Day | None, To("CODE.outcome")] = None
    explanation: Annotated[Summary | None, To("FACTS.summary:summary")] = None
    to: Annotated[tuple[DeskId, ...], Field(min_length=1, max_length=16)]

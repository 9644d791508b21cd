"""What the police's system files, and beside each field what becomes of it.

Statements, witnesses and suspects are PROCEDURE and FACTS.third_party, which no clause lets out:
the answer says so. `procedure_number` and `unit` are the police's own business and never leave.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from contracts.vocabulary.fields import Line, Summary, Text
from contracts.vocabulary.scopes import CRIMINAL
from services.agency.record.form import Authorised, DeskId, Moment, WhetherTold, instant
from services.agency.record.marks import OWN, Becomes, Block, ClearFact, Keeps, Names, Says, To
from services.agency.record.record import Record, kinds
from services.agency.record.shared_blocks import (
    HealthNote,
    Minor,
    NamedPersons,
    Parents,
    Place,
    Signs,
)

Statements = Annotated[Text | None, To("PROCEDURE:text")]
InquiryOpen = Annotated[bool | None, Says("inquiry")]


class FindingPlace(Place):
    """Where the minor was found, and when."""

    at: Annotated[Moment | None, To("at", instant)] = None


class HearingAppointment(Block):
    """When and where the minor is heard (CPP 706-52)."""

    scope = "PROCEDURE.hearing"

    at: Annotated[Moment, To("at", instant)]
    place: Line
    minutes: Annotated[Annotated[int, Field(ge=5, le=600)] | None, To("duration_minutes")] = None


class Filed(Record):
    """What every record of the police has."""

    roles = ("POL",)
    procedure_number: Annotated[Line | None, OWN] = None
    unit: Annotated[Line | None, OWN] = None


class MinorInformation(Filed):
    """A minor met in police work who may be in danger (R07): to the CRIP."""

    becomes = Becomes("IP", {"CRIP": "assess"})
    kind: Literal["minor_information"]
    minor: Minor
    parents: Parents = ()
    finding_place: Annotated[FindingPlace | None, Keeps("at")] = None
    summary: Annotated[Summary, To("FACTS.summary")]
    statements: Statements = None
    witnesses: NamedPersons = ()
    inquiry_open: InquiryOpen = None
    authorisation: Authorised = None


class FoundMinor(Filed):
    """A missing minor is found (R35): to home and ASE, or who declared it. `closed` ends it."""

    becomes = Becomes(
        "MISSING", dict.fromkeys(("HOME", "ASE", "PJJ"), "return"), usual=("HOME", "ASE"),
        const={"LOCATION:seen": "found"},
    )  # fmt: skip
    kind: Literal["found_minor"]
    minor: Annotated[Minor, Keeps("phone")]
    finding_place: FindingPlace
    condition: Signs = ()
    condition_note: HealthNote = None
    statements: Statements = None
    inquiry_open: InquiryOpen = None
    authorisation: Authorised = None
    returned_to: Annotated[DeskId | None, Names("HOME")] = None
    closed: Annotated[bool | None, ClearFact("final")] = None


class HearingNotice(Filed):
    """Asks the association, or the hospital's unit, to be beside a minor who is heard (R37)."""

    becomes = Becomes("HEARING", dict.fromkeys(("ASSO", "UAPED"), "be_present"), usual=("ASSO",))
    kind: Literal["hearing_notice"]
    minor: Annotated[Minor, Keeps("phone")]
    hearing: HearingAppointment
    case_summary: Annotated[Summary | None, To("FACTS.summary:summary")] = None
    suspects: NamedPersons = ()
    authorisation: Authorised = None
    told: WhetherTold = None


class InquiryReport(Filed):
    """A report back to the prosecutor. No clause has it: on this bus it becomes an attempt."""

    becomes = Becomes("EVALREP", {"PARQ-CRIM": None}, CRIMINAL)
    kind: Literal["inquiry_report"]
    procedure_number: Annotated[Line, To("PROCEDURE:number")]
    minor: Annotated[Minor | None, Keeps("phone")] = None
    report: Annotated[Text, To("PROCEDURE:text")]


KINDS: Final = kinds(MinorInformation, FoundMinor, HearingNotice, InquiryReport)

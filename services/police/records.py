"""What the police's system files, in its own words.

`procedure_number` and `unit` are its own business: no clause asks for them, and they never leave.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from contracts.envelope.model import Closed, Reference
from contracts.vocabulary.fields import Age, Day, Line, Phone, Sex, Sign, Summary, Text
from services.agency.record.record import DeskId, Moment, Record, Told, kinds
from services.agency.record.shared_blocks import NamedPersons, Parents


class Minor(Closed):
    """The minor as identified or as she or he says."""

    first_name: Line
    surname: Line | None = None
    birth_date: Day | None = None
    approximate_age: Age | None = None
    sex: Sex | None = None
    phone: Phone | None = None


class FindingPlace(Closed):
    """Where the minor was found; one place, never a trail."""

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None
    at: Moment | None = None


class Hearing(Closed):
    """When and where the minor is heard (CPP 706-52)."""

    at: Moment
    place: Line
    minutes: Annotated[int, Field(ge=5, le=600)] | None = None


class MinorInformation(Record):
    """A minor met in police work who may be in danger (R07): to the CRIP."""

    roles: ClassVar[tuple[str, ...]] = ("POL",)
    kind: Literal["minor_information"]
    procedure_number: Line | None = None
    unit: Line | None = None
    minor: Minor
    parents: Parents = ()
    finding_place: FindingPlace | None = None
    summary: Summary
    statements: Text | None = None
    witnesses: NamedPersons = ()
    inquiry_open: bool | None = None
    authorisation: Reference | None = None


class FoundMinor(Record):
    """A missing minor is found (R35): to the home and the ASE. `closed` ends the search."""

    roles: ClassVar[tuple[str, ...]] = ("POL",)
    kind: Literal["found_minor"]
    procedure_number: Line | None = None
    unit: Line | None = None
    minor: Minor
    finding_place: FindingPlace
    condition: Annotated[tuple[Sign, ...], Field(max_length=12)] = ()
    condition_note: Summary | None = None
    statements: Text | None = None
    inquiry_open: bool | None = None
    authorisation: Reference | None = None
    returned_to: DeskId | None = None
    closed: bool | None = None


class HearingNotice(Record):
    """Asks the association to be beside a minor who is heard (R37)."""

    roles: ClassVar[tuple[str, ...]] = ("POL",)
    kind: Literal["hearing_notice"]
    procedure_number: Line | None = None
    unit: Line | None = None
    minor: Minor
    hearing: Hearing
    case_summary: Summary | None = None
    suspects: NamedPersons = ()
    authorisation: Reference | None = None
    told: Told | None = None


class InquiryReport(Record):
    """A report back to the prosecutor. No clause has it: on this bus it becomes an attempt."""

    roles: ClassVar[tuple[str, ...]] = ("POL",)
    kind: Literal["inquiry_report"]
    procedure_number: Line
    unit: Line | None = None
    minor: Minor | None = None
    report: Text


KINDS: Final = kinds(MinorInformation, FoundMinor, HearingNotice, InquiryReport)

"""The child's file as the Département's desks share it, and how it fills scopes.

`departmental_file` is the Département's own number: it never leaves.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from contracts.envelope.model import Closed
from contracts.vocabulary.fields import Age, ClassLevel, Day, Line, Phone, Sex, Sign, Summary, Text
from services.agency.record.drafting import Content
from services.agency.record.record import Moment, Record
from services.agency.record.shared_blocks import (
    Appraisal,
    Observations,
    Parents,
    Siblings,
    put_contact,
    put_facts,
    put_family,
    take_appraisal,
)

INTERNAL_FIELDS: Final = ("child.departmental_file",)

Signs = Annotated[tuple[Sign, ...], Field(max_length=12)]


class Child(Closed):
    """The child as the file names her or him."""

    last_name: Line | None = None
    first_name: Line
    birth_date: Day | None = None
    approximate_age: Age | None = None
    sex: Sex | None = None
    phone: Phone | None = None
    departmental_file: Line | None = None


class Whereabouts(Closed):
    """One place, never a trail; `at` when it was so."""

    place: Line
    kind: Literal["home", "street", "hotel", "station", "school", "health", "police", "other"]
    city: Line | None = None
    at: Moment | None = None


class School(Closed):
    """What the file knows of school."""

    establishment: Line | None = None
    level: ClassLevel | None = None
    remarks: Text | None = None


class Situation(Record):
    """The child, the family and what was seen: the body of most records."""

    child: Child | None = None
    parents: Parents = ()
    siblings: Siblings = ()
    family_situation: Text | None = None
    school: School | None = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    signs: Signs = ()
    health_note: Summary | None = None


def situation(record: Situation, etype: str) -> Content:
    """The content of all fields of a `Situation`."""
    content = Content(record, etype)
    take_child(content)
    phone = None if record.child is None else record.child.phone
    put_contact(content, record.parents, "child", phone)
    put_family(content, record.parents, record.siblings, record.family_situation)
    content.take(
        "SCHOOLING",
        establishment="school.establishment",
        level="school.level",
        remarks="school.remarks",
    )
    put_facts(content, record.observations)
    take_appraisal(content)
    content.take("HEALTH.vital", signs="signs", observed="health_note")
    return content


def take_child(content: Content) -> None:
    """IDENTITY of the record's field `child`."""
    content.take(
        "IDENTITY",
        name="child.last_name",
        first_name="child.first_name",
        birth_date="child.birth_date",
        approximate_age="child.approximate_age",
        sex="child.sex",
    )


def take_whereabouts(content: Content) -> None:
    """LOCATION of the record's field `whereabouts`."""
    content.take(
        "LOCATION", place="whereabouts.place", kind="whereabouts.kind", city="whereabouts.city"
    )

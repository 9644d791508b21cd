"""The child's file as the Département's desks share it, with what becomes of each field.

`departmental_file` is the Département's own number: it never leaves.
"""

from __future__ import annotations

from typing import Annotated

from contracts.vocabulary.fields import ClassLevel, Line, Text
from services.agency.record.form import Moment, instant
from services.agency.record.marks import OWN, Block, Keeps, To
from services.agency.record.record import Record
from services.agency.record.shared_blocks import (
    Appraisal,
    FamilySituation,
    HealthNote,
    Observations,
    Parents,
    Person,
    Place,
    Siblings,
    Signs,
)


class Child(Person):
    """The child as the file names her or him."""

    last_name: Annotated[Line | None, To("name")] = None
    departmental_file: Annotated[Line | None, OWN] = None


NamedChild = Annotated[Child, Keeps("phone")]  # who the child is, not how to reach her or him
PerhapsNamedChild = Annotated[Child | None, Keeps("phone")]


class Whereabouts(Place):
    """Where the child is; `at` when it was so."""

    at: Annotated[Moment | None, To("at", instant)] = None


Where = Annotated[Whereabouts | None, Keeps("at")]


class School(Block):
    """What the file knows of school."""

    scope = "SCHOOLING"

    establishment: Line | None = None
    level: ClassLevel | None = None
    remarks: Text | None = None


class Situation(Record):
    """The child, the family and what was seen: the body of most records."""

    child: Child | None = None
    parents: Parents = ()
    siblings: Siblings = ()
    family_situation: FamilySituation = None
    school: School | None = None
    observations: Observations = ()
    appraisal: Appraisal | None = None
    signs: Signs = ()
    health_note: HealthNote = None

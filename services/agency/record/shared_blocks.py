"""Blocks that all agencies' forms share (parents, siblings, appraisal) and how they fill scopes.

Each agency has its own words for the minor, for what was seen, and for its own numbers; the
contact sheet of a family is the same paper everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from contracts.envelope.model import Closed
from contracts.vocabulary.categories import ContactPoint, Fact, Holder, ThirdPerson
from contracts.vocabulary.categories import Sibling as SiblingBody
from contracts.vocabulary.fields import (
    Age,
    Day,
    Flag,
    Level,
    Line,
    Phone,
    PostalCode,
    Relation,
    Short,
    Text,
)
from services.agency.record.drafting import Content, made, several


class Parent(Closed):
    """A holder of parental authority, with what reaches her or him."""

    name: Line
    relation: Relation
    phone: Phone | None = None
    street: Line | None = None
    postal_code: PostalCode | None = None
    city: Line | None = None


class Sibling(Closed):
    """A brother or sister."""

    first_name: Line
    approximate_age: Age | None = None
    same_home: bool | None = None


class Appraisal(Closed):
    """How the danger is appraised: level, flags, reasons, and what protects."""

    level: Level | None = None
    flags: Annotated[tuple[Flag, ...], Field(max_length=9)] = ()
    reasons: Text | None = None
    resources: Text | None = None


class Observation(Closed):
    """What was seen, when, and the words as they were said."""

    on: Day | None = None
    observed: Text
    quoted: Text | None = None


class NamedPerson(Closed):
    """Somebody other than the minor and the family who is named in the facts."""

    name: Line
    role: Literal["suspected_exploiter", "peer", "resident", "relative", "witness", "other"]
    link: Short | None = None


Parents = Annotated[tuple[Parent, ...], Field(max_length=6)]
Siblings = Annotated[tuple[Sibling, ...], Field(max_length=16)]
Observations = Annotated[tuple[Observation, ...], Field(max_length=12)]
NamedPersons = Annotated[tuple[NamedPerson, ...], Field(max_length=12)]


def put_contact(
    content: Content, parents: Sequence[Parent], minor: str = "", phone: str | None = None
) -> None:
    """CONTACT of the record's `parents`, and of the minor at field `minor` with its phone."""
    points = [
        made(
            ContactPoint,
            f"parents[{at}]",
            who=parent.relation,
            name=parent.name,
            phone=parent.phone,
            street=parent.street,
            postal_code=parent.postal_code,
            city=parent.city,
        )
        for at, parent in enumerate(parents)
        if parent.phone or parent.street or parent.city
    ]
    if phone is not None:
        points.insert(0, made(ContactPoint, minor, who="minor", phone=phone))
    if points:
        fields = ("parents", f"{minor}.phone") if minor else ("parents",)
        content.put("CONTACT", fields, points=several(points))


def put_family(
    content: Content,
    parents: Sequence[Parent],
    siblings: Sequence[Sibling] = (),
    situation: str | None = None,
) -> None:
    """FAMILY of the record's fields `parents`, `siblings` and `family_situation`, as it has them."""
    holders = several(
        made(Holder, f"parents[{at}]", name=parent.name, relation=parent.relation)
        for at, parent in enumerate(parents)
    )
    brothers_and_sisters = several(
        made(
            SiblingBody,
            f"siblings[{at}]",
            first_name=sibling.first_name,
            approximate_age=sibling.approximate_age,
            same_home=sibling.same_home,
        )
        for at, sibling in enumerate(siblings)
    )
    given = {"parents": parents, "siblings": siblings, "family_situation": situation}
    content.put(
        "FAMILY",
        tuple(name for name, value in given.items() if value),
        holders=holders,
        siblings=brothers_and_sisters,
        situation=situation,
    )


def put_facts(content: Content, observations: Sequence[Observation], **more: object) -> None:
    """FACTS of the record's field `observations`; `more` are fields of the act's own body."""
    facts = several(
        made(
            Fact,
            f"observations[{at}]",
            observed_on=one.on,
            observed=one.observed,
            quoted=one.quoted,
        )
        for at, one in enumerate(observations)
    )
    content.put("FACTS", ("observations",), facts=facts, **more)


def put_text(content: Content, name: str, text: str | None) -> None:
    """FACTS of a field of the record that is one free text."""
    fact = made(Fact, name, observed=text)
    content.put("FACTS", (name,), facts=several([fact]))


def put_named(content: Content, persons: Sequence[NamedPerson], field: str) -> None:
    """FACTS.third_party of a field of the record that lists named persons."""
    named = several(
        made(ThirdPerson, f"{field}[{at}]", name=one.name, role=one.role, link=one.link)
        for at, one in enumerate(persons)
    )
    content.put("FACTS.third_party", (field,), persons=named)


def take_appraisal(content: Content) -> None:
    """RISK of the record's field `appraisal`."""
    content.take(
        "RISK",
        level="appraisal.level",
        flags="appraisal.flags",
        appraisal="appraisal.reasons",
        resources="appraisal.resources",
    )

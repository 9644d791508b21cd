"""Each mark beside a field names what there is: a scope's field, a condition, a clear fact, a role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, get_args

import pytest

from contracts.decision.draft import Issuer
from contracts.errors import IntakeError
from contracts.vocabulary.categories import BODIES
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.events import ACTS, body_of
from contracts.vocabulary.fields import Day, Line
from contracts.vocabulary.scopes import ROLES
from services.agency.folders import agencies
from services.agency.record.form import _FORMS
from services.agency.record.mapping import target
from services.agency.record.marks import OWN, Becomes, Block, ClearFact, Keeps, Names, Says, To
from services.agency.record.record import Record, kinds
from services.agency.record.shared_blocks import Place
from services.agency.trade import drafts_of, trade_of
from tests.samples import BOOK

EVERY = [(agency, kind) for agency in agencies() for kind in trade_of(agency).kinds]


def blocks(annotation: Any) -> list[type[Block]]:
    """The blocks that a field holds."""
    if isinstance(annotation, type):
        return [annotation] if issubclass(annotation, Block) else []
    return [block for part in get_args(annotation) for block in blocks(part)]


def marks(
    model: type[Any], scope: str = "", kept: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str, Any]]:
    """(scope of the block, field, mark) of a kind of record and of its blocks."""
    for name, info in model.model_fields.items():
        own = [mark for mark in info.metadata if isinstance(mark, To | Says | ClearFact | Names)]
        within = [block for block in blocks(info.annotation) if block.scope]
        stay = frozenset(mark.field for mark in info.metadata if isinstance(mark, Keeps))
        for block in within:
            assert stay <= set(block.model_fields), name
            yield from marks(block, block.scope, stay)
        if name in kept or OWN in info.metadata:
            continue
        if scope and not own and not within:
            own = [To(name)]
        yield from ((scope, name, mark) for mark in own)


def bodies(model: type[Record], scope: str) -> list[type[Any]]:
    """The bodies that a scope has in the events that a kind may become."""
    becomes = getattr(model, "becomes", None)
    types = [becomes.etype] if becomes and "drafts" not in vars(model) else list(ACTS)
    return [body_of(etype, scope) for etype in types]


def covered(condition: str) -> str:
    """The name in the cover of a condition that a record says."""
    return _FORMS.get(condition, (condition, None))[0]


@pytest.mark.parametrize(("agency", "kind"), EVERY)
def test_a_mark_names_a_field_of_a_body_of_its_scope(agency: str, kind: str) -> None:
    """A misspelt scope or field would fail only when a record comes."""
    model = trade_of(agency).kinds[kind]

    for scope, name, mark in marks(model):
        if isinstance(mark, To):
            where, field = target(mark, scope, name)

            assert where in BODIES, (name, where)
            assert any(field in body.model_fields for body in bodies(model, where)), (name, field)
        elif isinstance(mark, Says):
            assert covered(mark.condition) in Declared.model_fields, name
        elif isinstance(mark, ClearFact):
            assert any(mark.name in act.clear for act in ACTS.values()), name
        elif isinstance(mark, Names):
            assert mark.role in ROLES, name


# --- the engine, by a form of its own -----------------------------------------------------------------


class Spot(Place):
    """A place with a day that stays."""

    on: Annotated[Day | None, To("observed_on")] = None


class Note(Record):
    """Every kind of mark once."""

    becomes = Becomes(
        "MISSING",
        {"HOME": "return"},
        const={"LOCATION:seen": "found", "MEASURE:measure": "aed"},
        facts={"phase": "start"},
        also={"extra": "FACTS.summary:summary"},
        own=("mine",),
    )
    kind: Literal["note"]
    first: Annotated[Line | None, To("IDENTITY:first_name")] = None
    again: Annotated[Line | None, To("IDENTITY:first_name")] = None
    spot: Annotated[Spot | None, Keeps("on")] = None
    extra: Line | None = None
    mine: Annotated[Line | None, To("IDENTITY:name")] = None
    secret: Annotated[Line | None, OWN] = None
    along: Annotated[Line | None, To("PROCEDURE:number", alone=False)] = None
    end: Annotated[bool | None, ClearFact("final")] = None
    home: Annotated[Line | None, Names("HOME")] = None


def noted(**fields: Any) -> Any:
    """The draft of a note of the police."""
    record = {"kind": "note", "reference": "r", "home": "home-2"} | fields
    (draft,) = drafts_of(kinds(Note), record, Issuer("pol", "POL"), BOOK)
    return draft


def test_a_field_becomes_what_its_mark_says() -> None:
    """Scope and field, a constant of the kind with them, the desk that a field names."""
    draft = noted(spot={"place": "Gare", "kind": "station"}, extra="peu", end=True)

    (to,) = draft.to
    assert to.desk == "home-2"
    assert {scope: portion.body.wire() for scope, portion in to.portions.items()} == {
        "LOCATION": {"place": "Gare", "kind": "station", "seen": "found"},
        "FACTS.summary": {"summary": "peu"},
    }
    assert to.portions["LOCATION"].fields == ("spot.place", "spot.kind")
    assert draft.facts == {"phase": "start", "final": True}


def test_what_is_kept_goes_nowhere_and_is_told() -> None:
    """By the field, by the block that holds it, by the kind."""
    draft = noted(
        secret="s", mine="m", spot={"place": "Gare", "kind": "station", "on": "2026-09-07"}
    )

    assert draft.unpublished == dict.fromkeys(("spot.on", "mine", "secret"), "internal")
    assert set(draft.to[0].portions) == {"LOCATION"}


def test_a_constant_or_what_goes_along_fills_no_scope() -> None:
    """A kind's own word needs something of the record beside it."""
    assert noted(along="4711").to[0].portions == {}


def test_a_fault_of_a_body_is_told_at_the_record_s_field() -> None:
    """Not at the body's, which the partner does not know."""

    class Wrong(Record):
        """Its text is longer than the body's."""

        becomes = Becomes("MISSING", {"ASE": "return"})
        kind: Literal["wrong"]
        age: Annotated[int | None, To("IDENTITY:approximate_age")] = None

    with pytest.raises(IntakeError) as caught:
        drafts_of(
            kinds(Wrong), {"kind": "wrong", "reference": "r", "age": 99}, Issuer("pol", "POL"), BOOK
        )

    assert (caught.value.code, caught.value.place) == ("number_too_large", "age")

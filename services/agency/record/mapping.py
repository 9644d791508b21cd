"""Reads a record by its marks: portions by scope, declared conditions, clear facts, own fields.

The engine of every agency's intake, pure. It maps also what no clause may release: the convention
decides, not the record, and the answer lists what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from contracts.decision.draft import Portion
from contracts.errors import IntakeError
from contracts.vocabulary.categories import Body
from contracts.vocabulary.events import body_of
from contracts.vocabulary.schema_faults import every
from services.agency.record.marks import Becomes, Block, ClearFact, Keeps, Names, Own, Says, To

First = TypeVar("First")
Second = TypeVar("Second")
EMPTY: Final[tuple[Any, ...]] = (None, ())


@dataclass(slots=True)
class Filling:
    """The body of one scope while a record is read.

    Attributes:
        values: body field → value.
        places: body field → the record's field, for errors.
        fields: the record's fields that are there.
        alone: whether any of them is reason enough to fill the scope.
    """

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    fields: list[str] = field(default_factory=list)
    alone: bool = False

    def add(self, name: str, path: str, mark: To, value: Any) -> None:
        """Take one field of the record for the body's field `name`."""
        self.places[name] = path
        read = None if value in EMPTY else _plain(mark.read(value))
        if read in EMPTY:
            return
        before = self.values.get(name)
        if isinstance(before, tuple) and isinstance(read, tuple):
            read = (*before, *read)
        self.values[name] = read
        self.fields.append(path)
        self.alone |= mark.alone


@dataclass(slots=True)
class Reading:
    """What a record says, as its marks tell."""

    becomes: Becomes
    scopes: dict[str, Filling] = field(default_factory=dict)
    says: dict[str, Any] = field(default_factory=dict)
    declares: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    named: dict[str, str | None] = field(default_factory=dict)
    own: list[str] = field(default_factory=list)

    def portions(self) -> dict[str, Portion]:
        """The portions of all scopes that something fills.

        Raises:
            IntakeError: all faults of the bodies, each at the record's field.
        """
        portions, faults = {}, []
        for scope, filling in self.scopes.items():
            if filling.alone:
                values = filling.values | _constants(self.becomes, scope)
                try:
                    body = made(body_of(self.becomes.etype, scope), filling.places, values)
                except IntakeError as error:
                    faults.append(error)
                else:
                    portions[scope] = Portion(body, tuple(dict.fromkeys(filling.fields)))
        if faults:
            raise IntakeError.of(faults)
        return portions


def read(record: BaseModel, becomes: Becomes) -> Reading:
    """What a record says in the event that it becomes."""
    reading = Reading(becomes)
    _walk(record, "", "", frozenset(becomes.own), reading)
    return reading


def made(model: type[Body], places: Mapping[str, str], values: Mapping[str, Any]) -> Body:
    """A body.

    Raises:
        IntakeError: code, place in the record and expectation of all faults.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise IntakeError.of(
            IntakeError(fault.code, fault.got, fault.expected, _place(places, fault.place))
            for fault in every(error, model)
        ) from None


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """What two steps give that do not need each other.

    Raises:
        IntakeError: the faults of both.
    """
    try:
        value = first()
    except IntakeError as error:
        try:
            second()
        except IntakeError as other:
            raise IntakeError.of([error, other]) from None
        raise
    return value, second()


def _walk(model: BaseModel, above: str, scope: str, kept: frozenset[str], reading: Reading) -> None:
    for name, info in type(model).model_fields.items():
        path, value = f"{above}{name}", getattr(model, name)
        marks = [*info.metadata, *_also(reading.becomes, path)]
        if path in kept or any(isinstance(mark, Own) for mark in marks):
            reading.own += [] if value in EMPTY else [path]
        elif isinstance(value, Block):
            stay = {f"{path}.{mark.field}" for mark in marks if isinstance(mark, Keeps)}
            _walk(value, f"{path}.", value.scope, kept | stay, reading)
        else:
            _take(name, path, value, _marks(marks, scope, name), scope, reading)


def _also(becomes: Becomes, path: str) -> Iterator[To]:
    if path in becomes.also:
        yield To(becomes.also[path])


def _marks(marks: list[Any], scope: str, name: str) -> list[Any]:
    """A field's own marks; in a block, a field without any keeps its name."""
    own = [mark for mark in marks if isinstance(mark, To | Says | ClearFact | Names)]
    return own or ([To(name)] if scope else [])


def _take(name: str, path: str, value: Any, marks: list[Any], scope: str, reading: Reading) -> None:
    for mark in marks:
        if isinstance(mark, To):
            where, at = target(mark, scope, name)
            reading.scopes.setdefault(where, Filling()).add(at, path, mark, value)
        elif isinstance(mark, Says):
            reading.says[mark.condition] = value
            reading.declares[mark.condition] = path
        elif isinstance(mark, ClearFact):
            reading.facts[mark.name] = mark.read(value)
        else:
            reading.named[mark.role] = value


def target(mark: To, scope: str, name: str) -> tuple[str, str]:
    """(scope, field of its body) of a mark beside the field `name` in a block of `scope`."""
    where, _, at = mark.target.partition(":")
    if not where[0].isupper():
        return scope, where
    return where, at or name


def _plain(value: Any) -> Any:
    """A list of blocks as the bodies that their fields' marks make; any other value as it is."""
    if isinstance(value, tuple):
        return tuple(_item(one) if isinstance(one, Block) else one for one in value)
    return value


def _item(block: Block) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, info in type(block).model_fields.items():
        mark = next((one for one in info.metadata if isinstance(one, To)), To(name))
        value = getattr(block, name)
        if value not in EMPTY:
            made[mark.target] = mark.read(value)
    return made


def _constants(becomes: Becomes, scope: str) -> dict[str, Any]:
    split = ((where.partition(":"), value) for where, value in becomes.const.items())
    return {name: value for (where, _, name), value in split if where == scope}


def _place(places: Mapping[str, str], at: str) -> str:
    """The record's field for a place in a body."""
    name = at.split(".")[0].split("[")[0]
    return places.get(name, next(iter(places.values())))

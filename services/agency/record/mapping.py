"""Reads a record by its marks: portions by scope, declared conditions, clear facts, own fields.

The engine of every agency's intake, pure. It maps also what no clause may release: the convention
decides, not the record, and the answer lists what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from contracts.decision.draft import Portion
from contracts.errors import IntakeError
from contracts.vocabulary.events import body_of
from contracts.vocabulary.schema_faults import every
from contracts.vocabulary.sealed_body import Body
from services.agency.record.marks import Becomes, Block, ClearFact, Keeps, Names, Own, Says, To

Value = TypeVar("Value")
EMPTY: Final[tuple[Any, ...]] = (None, ())
Also = tuple[tuple[str, str], ...]  # `Becomes.also`


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

    def portions(self, day: str = "") -> dict[str, Portion]:
        """The portions of all scopes that something fills, on a day."""
        return each(
            {
                scope: partial(self._portion, scope, filling, day)
                for scope, filling in self.scopes.items()
                if filling.alone
            }
        )

    def _portion(self, scope: str, filling: Filling, day: str) -> Portion:
        split = ((where.partition(":"), value) for where, value in self.becomes.const.items())
        const = {name: value for (where, _, name), value in split if where == scope}
        values = filling.values | const
        body = made(body_of(self.becomes.etype, scope), filling.places, values, day)
        return Portion(body, tuple(dict.fromkeys(filling.fields)))


def read(record: BaseModel, becomes: Becomes) -> Reading:
    """What a record says in the event that it becomes."""
    reading = Reading(becomes)
    for step in steps_of(type(record), becomes):
        value = _value(record, step.path)
        if step.own:
            reading.own += [] if value in EMPTY else [step.path]
        else:
            _take(step, value, reading)
    return reading


def _value(record: Any, path: str) -> Any:
    """What a record has there; None below a block that it has not."""
    for name in path.split("."):
        record = getattr(record, name, None)
    return record


def made(model: type[Body], places: Mapping[str, str], values: Mapping[str, Any], day: str) -> Body:
    """A body, filled in on a day."""
    try:
        return model.model_validate(values, context={"day": day})
    except ValidationError as error:
        raise IntakeError.of(
            IntakeError(fault.code, fault.got, fault.expected, _place(places, fault.place))
            for fault in every(error, model)
        ) from None


def each(steps: Mapping[str, Callable[[], Value]]) -> dict[str, Value]:
    """What steps give that do not need each other; raises `IntakeError` with the faults of all."""
    values, faults = dict[str, Value](), list[IntakeError]()
    for name, step in steps.items():
        try:
            values[name] = step()
        except IntakeError as error:
            faults.append(error)
    if faults:
        raise IntakeError.of(faults)
    return values


def steps_of(model: type[BaseModel], becomes: Becomes) -> tuple[FieldStep, ...]:
    """What is done with each field of a kind of record, in order; a block's one by one."""
    return _steps(model, "", "", frozenset(becomes.own), tuple(becomes.also.items()))


@lru_cache(maxsize=4096)  # marks stand in the source: of each kind of record they are read once
def _steps(
    model: type[BaseModel], above: str, scope: str, kept: frozenset[str], also: Also
) -> tuple[FieldStep, ...]:
    steps: list[FieldStep] = []
    for name, info in model.model_fields.items():
        step = _step(name, f"{above}{name}", info.metadata, scope, kept, dict(also))
        block = None if step.own else _block_of(info.annotation)
        if block is None:
            steps.append(step)
        else:
            steps += _steps(block, f"{step.path}.", block.scope, step.kept, also)
    return tuple(steps)


def _block_of(annotation: Any) -> type[Block] | None:
    """The block that a field holds; none of a list of them, whose marks stand beside the list."""
    if isinstance(annotation, type):
        return annotation if issubclass(annotation, Block) else None
    if get_origin(annotation) is tuple:
        return None
    return next(filter(None, map(_block_of, get_args(annotation))), None)


class FieldStep(NamedTuple):
    """What is to be done with a field.

    Attributes:
        own: it stays here.
        kept: paths that stay here, if it holds a block.
        to: scope and field of a body, for each mark that names one; then the other marks.
    """

    path: str
    own: bool
    kept: frozenset[str]
    to: tuple[tuple[str, str, To], ...]
    marks: tuple[Says | ClearFact | Names, ...]


def _step(
    name: str,
    path: str,
    metadata: list[Any],
    scope: str,
    kept: frozenset[str],
    also: Mapping[str, str],
) -> FieldStep:
    marks = [*metadata, *([To(also[path])] if path in also else [])]
    own = path in kept or any(isinstance(mark, Own) for mark in marks)
    stay = {f"{path}.{mark.field}" for mark in marks if isinstance(mark, Keeps)}
    said = [mark for mark in marks if isinstance(mark, To | Says | ClearFact | Names)]
    if not said and scope:  # in a block, a field without any keeps its name
        said = [To(name)]
    to = tuple((*target(mark, scope, name), mark) for mark in said if isinstance(mark, To))
    others = tuple(mark for mark in said if not isinstance(mark, To))
    return FieldStep(path, own, kept | stay, to, others)


def _take(step: FieldStep, value: Any, reading: Reading) -> None:
    for where, at, mark in step.to:
        filling = reading.scopes.get(where)
        if filling is None:
            filling = reading.scopes[where] = Filling()
        filling.add(at, step.path, mark, value)
    for other in step.marks:
        if isinstance(other, Says):
            reading.says[other.condition] = value
            reading.declares[other.condition] = step.path
        elif isinstance(other, ClearFact):
            reading.facts[other.name] = other.read(value)
        else:
            reading.named[other.role] = value


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
    for step in _steps(type(block), "", "item", frozenset(), ()):  # of a list, not of a scope
        value = getattr(block, step.path)
        if value not in EMPTY:
            made |= {at: mark.read(value) for _, at, mark in step.to}
    return made


def _place(places: Mapping[str, str], at: str) -> str:
    """The record's field for a place in a body."""
    name = at.split(".")[0].split("[")[0]
    return places.get(name, next(iter(places.values())))

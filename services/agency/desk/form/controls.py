"""A kind of record as a form: each member as what a person fills in, read off the model itself.

A kind of which a member has no such form (free bodies of the bus's own words, a photograph that it
must have) is offered to software alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from contracts.vocabulary.fields import SHORT
from services.agency.record.form import EventReference
from services.agency.record.marks import Names, Own
from services.agency.record.record import Record

ControlForm = Literal[
    "line", "text", "day", "month", "moment", "number", "choice", "choices", "truth", "desk",
    "desks", "reference", "events", "block", "rows",
]  # fmt: skip

# By the pattern of a text: what a browser offers for it.
_BY_PATTERN: Final[Mapping[str, ControlForm]] = {
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$": "day",
    r"^[0-9]{4}-(0[1-9]|1[0-2])$": "month",
    r"^[0-9T:.+Z-]{16,32}$": "moment",
    r"^[A-Za-z][A-Za-z0-9-]{0,40}$": "desk",
    r"^[A-Za-z0-9_-]*$": "reference",
}
_LEFT: Final = frozenset({"kind", "case"})  # the page knows them
EVENT: Final = ("issuer", "event", "realm")  # of one that is quoted
QUOTES: Final = ("answers", "ends")  # nobody fills them in: a form is begun from an event
_ROWS: Final = 12  # of a list that says no number


class NoFormError(Exception):
    """A member that no form has."""


@dataclass(frozen=True, slots=True)
class FormControl:
    """What a person fills in for one member.

    Attributes:
        schema: name of the model that the member is of, by which its label may differ.
        stays: never sent to anybody.
        role: of the desks among which one is chosen; empty: any.
        most: characters of a text, rows of a list.
        below: members of a block, or of each row.
    """

    name: str
    form: ControlForm
    schema: str
    required: bool = False
    stays: bool = False
    role: str = ""
    most: int = 0
    options: tuple[str, ...] = ()
    below: tuple[FormControl, ...] = field(default=())


@cache
def controls_of(kind: type[Record]) -> tuple[FormControl, ...]:
    """The members of a kind in the order in which one tells them."""
    return tuple(sorted(_members(kind, _LEFT), key=_rank))


@cache
def has_form(kind: type[Record]) -> bool:
    """Whether a person can fill it in."""
    try:
        return bool(controls_of(kind))
    except NoFormError:
        return False


def _members(model: type[BaseModel], left: frozenset[str] = frozenset()) -> Iterator[FormControl]:
    for name, info in model.model_fields.items():
        if name in left:
            continue
        try:
            yield _control(name, info, model.__name__)
        except NoFormError:
            if info.is_required():
                raise


def _control(name: str, info: FieldInfo, schema: str) -> FormControl:
    told = dict[str, Any](
        required=info.is_required(),
        stays=any(isinstance(mark, Own) for mark in info.metadata),
        role=next((mark.role for mark in info.metadata if isinstance(mark, Names)), ""),
    )
    return _shaped(name, info.annotation, [*info.metadata], schema, told)


def _shaped(
    name: str, kind: Any, marks: list[Any], schema: str, told: dict[str, Any]
) -> FormControl:
    kind, marks = _bare(kind, marks)
    if get_origin(kind) is tuple:
        return _listed(name, get_args(kind)[0], marks, schema, told)
    if get_origin(kind) is Literal:
        return FormControl(name, "choice", schema, options=tuple(map(str, get_args(kind))), **told)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return FormControl(
            name, "block", schema, below=tuple(sorted(_members(kind), key=_named_first)), **told
        )
    if kind is bool:
        return FormControl(name, "truth", schema, **told)
    if kind is int:
        return FormControl(name, "number", schema, **told)
    if kind is str:
        return _text(name, marks, schema, told)
    raise NoFormError(name)


def _listed(
    name: str, item: Any, marks: list[Any], schema: str, told: dict[str, Any]
) -> FormControl:
    most = next((mark.max_length for mark in marks if getattr(mark, "max_length", 0)), _ROWS)
    kind, inner = _bare(item, [])
    if kind is EventReference:
        below = tuple(FormControl(one, "line", schema) for one in EVENT)
        return FormControl(name, "events", schema, most=most, below=below, **told)
    if get_origin(kind) is Literal:
        return FormControl(name, "choices", schema, options=tuple(map(str, get_args(kind))), **told)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return FormControl(name, "rows", schema, most=most, below=tuple(_members(kind)), **told)
    if kind is str and _text(name, inner, schema, {}).form == "desk":
        return FormControl(name, "desks", schema, most=most, **told)
    raise NoFormError(name)


def _text(name: str, marks: list[Any], schema: str, told: dict[str, Any]) -> FormControl:
    limits = [mark for mark in marks if isinstance(mark, StringConstraints)]
    most = next((one.max_length for one in limits if one.max_length), 0)
    patterns = (_BY_PATTERN.get(str(one.pattern)) for one in limits if one.pattern)
    form: ControlForm = next(filter(None, patterns), "text" if most > SHORT else "line")
    if (form == "reference" and most > 22) or most > 100_000:
        raise NoFormError(name)
    return FormControl(name, form, schema, most=most, **told)


def _bare(kind: Any, marks: list[Any]) -> tuple[Any, list[Any]]:
    """A type without `Annotated` and `None`, with the marks of both."""
    while True:
        if get_origin(kind) is Annotated:
            marks = [*marks, *kind.__metadata__]
            kind = kind.__origin__
        elif get_origin(kind) in (Union, UnionType):
            others = [one for one in get_args(kind) if one is not NoneType]
            if len(others) != 1:
                raise NoFormError(str(kind))
            kind = others[0]
        else:
            return kind, marks


# As one tells it: whose file, the minor, the family, what happened, how grave, what is declared.
_FIRST: Final = (
    "reference", "to", "pupil", "young_person", "child", "minor", "establishment", "school",
    "absences",
    "remarks", "parents", "siblings", "family_situation", "observations",
)  # fmt: skip
_LAST: Final = ("told", "danger", "call", "inquiry_open", "authorisation", "final")


_NAMES: Final = (
    "known_as",
    "first_name",
    "name",
    "last_name",
    "family_name",
    "surname",
    "birth_date",
)


def _named_first(control: FormControl) -> int:
    """Whoever it is, by name first; own numbers of the service last."""
    known = control.name in _NAMES
    return _NAMES.index(control.name) if known else len(_NAMES) + control.stays


def _rank(control: FormControl) -> tuple[int, int]:
    if control.name in _FIRST:
        return 0, _FIRST.index(control.name)
    if control.stays:
        return 3, 0
    return (2, _LAST.index(control.name)) if control.name in _LAST else (1, 0)

"""A form as it was filled in: flat names and texts, and the record that they make.

    pupil.first_name=Zoé   observations.0.seen=…   signs=insulin&signs=asthma   told.parents=told

What is empty is absent. What is no number, day or instant stays as it was typed: the record's own
model says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from unicodedata import category

from services.agency.desk.form.controls import QUOTES, FormControl, controls_of
from services.agency.record.record import Record
from services.platform.ports import random_token
from services.platform.process.paris_time import instant, paris_offset

Values = dict[str, list[str]]  # name → what was typed or chosen
YES: Final = "yes"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_AS: Final = str.maketrans("\t\v\u2028\u2029", " \n\n\n")  # as word processors have it
_KEPT: Final = "\n\u200c\u200d"  # the last two join letters and emoji
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}")
_WALL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}")


def row_numbers(name: str, given: Mapping[str, list[str]]) -> list[int]:
    """The numbers of a list's rows of which something is filled in."""
    row = re.compile(rf"{re.escape(name)}\.([0-9]{{1,3}})\.")
    return sorted({int(found[1]) for key in given if (found := row.match(key))})


def _members(
    controls: Iterable[FormControl], above: str, given: Values
) -> tuple[Values, dict[str, Any]]:
    """What was filled in of some members, and the members that it makes.

    Empty rows are left out, others move up.

    Args:
        above: what stands before each name.
    """
    kept, made = Values(), dict[str, Any]()
    for control in controls:
        values, value = _member(control, f"{above}{control.name}", given)
        if value is not None:
            kept |= values
            made[control.name] = value
    return kept, made


def _member(control: FormControl, name: str, given: Values) -> tuple[Values, Any]:
    """What was filled in of a member, and what it makes; None if nothing was."""
    if control.form == "block":
        kept, made = _members(control.below, f"{name}.", given)
        is_begun = made.keys() - {one.name for one in control.below if one.form == "reference"}
        return (kept, made) if is_begun else ({}, None)
    if control.form in ("rows", "events"):
        return _rows(control, name, given)
    if (texts := given.get(name)) is None:
        return {}, None
    several = control.form in ("choices", "desks")
    return {name: texts}, texts if several else _plain(control, texts[0])


def _rows(control: FormControl, name: str, given: Values) -> tuple[Values, Any]:
    kept, rows = Values(), list[dict[str, Any]]()
    for number in row_numbers(name, given):
        there, new = f"{name}.{number}.", f"{name}.{len(rows)}."
        values, row = _members(control.below, there, given)
        if row:
            kept |= {new + key.removeprefix(there): texts for key, texts in values.items()}
            rows.append(row)
    return kept, rows or None


def _plain(control: FormControl, text: str) -> Any:
    if control.form == "truth":
        return text == YES
    if control.form == "number" and _NUMBER.fullmatch(text):
        return int(text)
    if control.form == "moment" and _WALL.fullmatch(text):
        return _moment(text)
    return text


def _moment(text: str) -> str:
    """Wall time in Paris with its offset; as it was typed if there is no such day."""
    try:
        wall, offset = paris_offset(instant(datetime.fromisoformat(text)))
    except (ValueError, OverflowError):
        return text
    return wall.isoformat() + offset


def name_of(place: str) -> str:
    """A member as a form names it: `observations[0].seen` → `observations.0.seen`."""
    return re.sub(r"\[([0-9]+)\]", r".\1", place)


@dataclass(slots=True)
class Sheet:
    """One form in hand.

    Attributes:
        key: of this form alone: sent twice, it is published once.
        case: token that it quotes, of an arrival or of an own event.
        about: what it goes on from in words, with the child where that tells it.
    """

    kind: str
    model: type[Record]
    key: str
    case: str = ""
    values: Values = field(default_factory=dict)
    about: str = ""

    @property
    def controls(self) -> tuple[FormControl, ...]:
        """What is filled in."""
        return controls_of(self.model)

    @property
    def has_nobody(self) -> bool:
        """Whether a desk has to be chosen, and none is."""
        becomes = getattr(self.model, "becomes", None)
        usual_is_nobody = becomes is not None and becomes.usual == () and not self.model.otherwise
        return usual_is_nobody and not self.values.get("to")

    def record(self) -> dict[str, Any]:
        """The record."""
        quoted = {"case": self.case} if self.case else {}
        return {"kind": self.kind, **quoted, **_members(self.controls, "", self.values)[1]}

    def hidden(self) -> list[tuple[str, str]]:
        """All of it, as a page carries it on."""
        kept = [(name, text) for name, texts in self.values.items() for text in texts]
        return [("key", self.key), ("case", self.case), *kept]


def sheet_of(name: str, model: type[Record], fields: Sequence[tuple[str, str]]) -> Sheet:
    """The form that a page carries, under its own key, else under a new one."""
    told, given = dict(fields), Values()
    for field_name, text in fields:
        # A browser counts a line's end as one.
        if text := _shown(text.replace("\r\n", "\n")).strip():
            given.setdefault(field_name, []).append(text)
    key = told.get("key", "")
    key = key if _KEY.fullmatch(key) else random_token(16)
    values, _record = _members(controls_of(model), "", given)
    return Sheet(name, model, key, told.get("case", ""), values)


def _shown(text: str) -> str:
    """Pasted text without what nobody sees and no body takes: soft hyphens, marks of order."""
    if text.isprintable():
        return text
    text = text.translate(_AS)
    return "".join(each for each in text if each in _KEPT or category(each) not in ("Cc", "Cf"))


def goes_on_only(kind: type[Record]) -> bool:
    """Whether a kind has to quote an earlier event."""
    fields = kind.model_fields
    return any(name in fields and fields[name].is_required() for name in QUOTES)

"""The body of a scope for people: labels and values in words, lists as lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from contracts.vocabulary.events import read_body
from services.labels.body_labels import field_label, value_label
from services.platform.process.paris_time import when
from services.texts import day

_INSTANT: Final = "at"
_UNSHOWN: Final = frozenset({"data", "media"})  # of a photograph


@dataclass(slots=True)
class BodyRow:
    """A member: its label, and either a text or the members of each item."""

    label: str
    text: str = ""
    items: list[list[BodyRow]] = field(default_factory=list)


def body_shown(etype: str, scope: str, body: Mapping[str, Any], lang: str) -> list[BodyRow]:
    """The members of the body that a scope has in an event of a type, as its model has them and not by the alphabet.

    Raises:
        EnvelopeError: those of `read_body`.
    """
    typed = read_body(etype, scope, body).model_dump(mode="json", exclude_unset=True)
    return _rows(typed, lang)


def _rows(members: Mapping[str, Any], lang: str) -> list[BodyRow]:
    return [_row(name, value, lang) for name, value in members.items() if name not in _UNSHOWN]


def _row(name: str, value: Any, lang: str) -> BodyRow:
    row = BodyRow(field_label(name, lang))
    if isinstance(value, Mapping):
        row.items = [_rows(value, lang)]
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        row.items = [_rows(one, lang) for one in value]
    elif isinstance(value, list):
        row.text = ", ".join(_said(name, one, lang) for one in value)
    else:
        row.text = _said(name, value, lang)
    return row


def _said(name: str, value: Any, lang: str) -> str:
    if name == _INSTANT and isinstance(value, int):
        return when(value, lang)
    said = value_label(name, value, lang)
    return said if said != str(value) else _day(said, lang)


def _day(text: str, lang: str) -> str:
    try:
        return day(date.fromisoformat(text), lang) if len(text) == 10 else text
    except ValueError:
        return text

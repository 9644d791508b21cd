"""A form in hand: its kind, the key under which it is sent once, and what was filled in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.agency.desk.form.controls import FormControl, controls_of
from services.agency.desk.form.faults import QUOTES
from services.agency.desk.form.filled import Values, record_of, tidied
from services.agency.record.record import Record
from services.platform.ports import random_token

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{22}")


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
        return {"kind": self.kind, **quoted, **record_of(self.controls, self.values)}

    def hidden(self) -> list[tuple[str, str]]:
        """All of it, as a page carries it on."""
        kept = [(name, text) for name, texts in self.values.items() for text in texts]
        return [("key", self.key), ("case", self.case), *kept]


def sheet_of(name: str, model: type[Record], fields: Sequence[tuple[str, str]]) -> Sheet:
    """The form that a page carries, under its own key, else under a new one."""
    told = dict(fields)
    key = told.get("key", "")
    key = key if _KEY.fullmatch(key) else random_token(16)
    return Sheet(name, model, key, told.get("case", ""), tidied(controls_of(model), fields))


def goes_on_only(kind: type[Record]) -> bool:
    """Whether a kind has to quote an earlier event."""
    fields = kind.model_fields
    return any(name in fields and fields[name].is_required() for name in QUOTES)

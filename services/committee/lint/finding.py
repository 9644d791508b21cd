"""What lint says of a convention: a coded finding, its place, what it is, what ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.texts.clause_sentence import conditions_text, named
from services.committee.texts.finding_texts import TEXTS
from services.committee.texts.french import from_whom, sentence, to_whom
from services.committee.texts.labels import act_text, realm_label, scope_label, within_text
from services.committee.texts.legal_texts import citation, unchecked_text
from services.texts import day, number

PROBLEM: Final = "problem"
NOTE: Final = "note"
Level = Literal["problem", "note"]
_LANGUAGES: Final = {"fr": "French", "en": "English"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: stable snake-case cause.
        level: `problem` or `note`.
        line: of the file.
        grant: id of the grant that it is about, empty if of a table.
        facts: codes and dates, of the kinds that `TEXTS` names for this code.
        convention: what gives the codes their names.
    """

    code: str
    level: Level
    file: str
    line: int
    grant: str
    facts: tuple[str, ...]
    convention: Convention = field(repr=False, compare=False)

    def what(self) -> str:
        """What was found."""
        text = TEXTS[self.code].what.format(**self._written())
        return sentence(f"{self.grant}: {text}" if self.grant else text)

    def mend(self) -> str:
        """What would end it, or why nothing need."""
        return sentence(TEXTS[self.code].mend.format(**self._written()))

    def _written(self) -> dict[str, str]:
        """The facts for a reader, under the names that texts give them."""
        written: dict[str, str] = {}
        for kind, fact in zip(TEXTS[self.code].facts, self.facts, strict=True):
            if kind in _ROLES:
                name = named(self.convention, fact, "en")
                written |= {f"to_{kind}": to_whom(name, "en"), f"of_{kind}": from_whom(name, "en")}
            else:
                name = _WRITERS[kind](self.convention, fact) if kind in _WRITERS else fact
            written[kind] = name
        return written

    def wire(self) -> dict[str, object]:
        """As `--format json` gives it."""
        return {
            "code": self.code, "level": self.level, "file": self.file, "line": self.line,
            "what": self.what(), "mend": self.mend(),
        }  # fmt: skip


def at(
    convention: Convention, place: Grant | str, code: str, *facts: str, level: Level = NOTE
) -> Finding:
    """A finding at a grant, or at a place that `Convention.lines` knows."""
    if isinstance(place, Grant):
        return Finding(code, level, convention.file, place.line, place.id, facts, convention)
    lines = convention.lines | {
        f"invariants.{promise.id}": promise.line for promise in convention.invariants
    }
    line = lines.get(place, lines.get(place.split(".")[0], 1))
    return Finding(code, level, convention.file, line, "", facts, convention)


def _since(fact: str) -> tuple[str, str, str]:
    """`3mo transmission`, a delay and what it runs from, as `within_text` asks for it."""
    within, start = fact.split(" ")
    return within, "en", start


_ROLES: Final = frozenset({"role", "debtor", "creditor"})
_Writer = Callable[[Convention, str], str]
# kind -> how a fact of it is written; of a kind that is not here, as it stands
_WRITERS: Final[dict[str, _Writer]] = {
    "act": lambda convention, fact: act_text(fact, "en", convention),
    "all": lambda _convention, fact: number(int(fact), "en"),
    "conditions": lambda _convention, fact: conditions_text(fact.split(", "), "en"),
    "count": lambda _convention, fact: number(int(fact), "en"),
    "day": lambda _convention, fact: day(date.fromisoformat(fact), "en"),
    "language": lambda _convention, fact: _LANGUAGES[fact],
    "realm": lambda _convention, fact: realm_label(fact, "en"),
    "scope": lambda convention, fact: scope_label(fact, "en", convention),
    "successor": lambda convention, fact: citation(convention, fact, "en"),
    "text": lambda convention, fact: citation(convention, fact, "en"),
    "unchecked": lambda convention, _fact: unchecked_text(convention, "en"),
    "within": lambda _convention, fact: within_text(*_since(fact)),
}

"""What lint says of a convention: a coded finding, its place, what it is, what ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.texts.clause_sentence import named
from services.committee.texts.finding_texts import TEXTS
from services.committee.texts.french import from_whom, sentence, to_whom
from services.committee.texts.labels import act_text, realm_label, scope_label, within_text
from services.committee.texts.legal_texts import citation, unchecked_text
from services.texts import Catalogue, day, number

_ = Catalogue(__name__)
PROBLEM: Final = "problem"
NOTE: Final = "note"
Level = Literal["problem", "note"]
_LANGUAGES: Final = {"fr": _("French"), "en": _("English")}
_COLON: Final = _(": ")  # between a clause and what is found in it


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

    def what(self, lang: str = "en") -> str:
        """What was found."""
        text = TEXTS[self.code].what.say(lang, **self._written(lang))
        return sentence(f"{self.grant}{_COLON.say(lang)}{text}" if self.grant else text)

    def mend(self, lang: str = "en") -> str:
        """What would end it, or why nothing need."""
        return sentence(TEXTS[self.code].mend.say(lang, **self._written(lang)))

    def _written(self, lang: str) -> dict[str, str]:
        """The facts for a reader, under the names that texts give them."""
        written: dict[str, str] = {}
        for kind, fact in zip(TEXTS[self.code].facts, self.facts, strict=True):
            if kind in _ROLES:
                name = named(self.convention, fact, lang)
                written |= {f"to_{kind}": to_whom(name, lang), f"of_{kind}": from_whom(name, lang)}
            else:
                name = _WRITERS[kind](self.convention, fact, lang) if kind in _WRITERS else fact
            written[kind] = name
        return written

    def wire(self, lang: str = "en") -> dict[str, object]:
        """As `--format json` gives it."""
        return {
            "code": self.code, "level": self.level, "file": self.file, "line": self.line,
            "what": self.what(lang), "mend": self.mend(lang),
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


def _within(_convention: Convention, fact: str, lang: str) -> str:
    """`3mo transmission`: a delay and what it runs from."""
    within, start = fact.split(" ")
    return within_text(within, lang, start)


_ROLES: Final = frozenset({"role"})
_Writer = Callable[[Convention, str, str], str]
# kind -> how a fact of it is written; of a kind that is not here, as it stands
_WRITERS: Final[dict[str, _Writer]] = {
    "act": lambda convention, fact, lang: act_text(fact, lang, convention),
    "all": lambda _convention, fact, lang: number(int(fact), lang),
    "day": lambda _convention, fact, lang: day(date.fromisoformat(fact), lang),
    "language": lambda _convention, fact, lang: _LANGUAGES[fact].say(lang),
    "realm": lambda _convention, fact, lang: realm_label(fact, lang),
    "scope": lambda convention, fact, lang: scope_label(fact, lang, convention),
    "text": citation,
    "unchecked": lambda convention, _fact, lang: unchecked_text(convention, lang),
    "within": _within,
}

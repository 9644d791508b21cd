"""What a record's own reference asks of the sandbox: `sandbox:WORD[=VALUE] … [# anything]`.

So tested software needs no interface of its own to be led into each state: it sends a record with such a
reference, and all that befalls the case follows from it. Nothing outside this package reads them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from contracts.vocabulary.reasons import REASONS
from contracts.vocabulary.scopes import JUDICIAL_OUTCOMES, STANDING_STAGES
from services.agency.http.interface.problem_codes import CODES
from services.platform.http.problems import ProblemError
from services.sandbox.broken_answers import ANSWERS
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

PREFIX: Final = "sandbox:"
REST: Final = "#"  # what follows it says nothing, and makes another case of it
SECONDS: Final = "SECONDS"
MOST_S: Final = 86_400


class Word(NamedTuple):
    """One word of a reference.

    Attributes:
        value: what its value is called; empty if it has none.
        known: the values that it may have; empty: any number of seconds.
        means: what single values mean, where their names do not say it.
    """

    meaning: Text
    value: str = ""
    known: Collection[str] = ()
    means: Mapping[str, Text] = MappingProxyType({})


WORDS: Final[Mapping[str, Word]] = {
    "silent": Word(_("whoever gets it never answers")),
    "late": Word(_("whoever gets it answers an hour after its term: move the clock")),
    "stage": Word(
        _("whoever gets it acknowledges this stage too"), "STAGE", STANDING_STAGES
    ),
    "declined": Word(_("the same as stage=declined")),
    "outcome": Word(_("the CRIP or the prosecutor gives this outcome"), "CODE", JUDICIAL_OUTCOMES),
    "withdrawn": Word(_("what comes to you in the case is taken back a second later")),
    "asks": Word(_("the CRIP asks a school's social service or the PMI to contribute")),
    "refuse": Word(_("the bus refuses the event for this reason"), "REASON", REASONS),
    "quarantined": Word(
        _("the bus puts the event aside, for it could not be routed: `internal_error`")
    ),
    "drop": Word(_("what the bus sends you in the case is lost on its way")),
    "delay": Word(_("what the bus sends you in the case waits, and all behind it"), SECONDS),
    "duplicate": Word(_("what the bus sends you in the case comes twice")),
    "erased": Word(_("what the bus sends you in the case is told of, and no longer kept")),
    "cut": Word(
        _("nothing of what the bus sent you so far in the case’s partition is kept: an older cursor gets 410")
    ),
    "corrupt": Word(_("what the bus sends you in the case does not verify")),
    "unopenable": Word(_("what others send you in the case is sealed to a key that you do not have")),
    "problem": Word(
        _("the first request is refused with this problem, a second is taken"), "CODE", tuple(CODES)
    ),
    "answer": Word(
        _("the first request is answered in this way, a second one as usual"),
        "HOW",
        tuple(ANSWERS),
        {name: how.meaning for name, how in ANSWERS.items()},
    ),
    "unanswered": Word(_("the first request is taken, and answered as if Kafka were away")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Steering:
    """What is to befall a case: word -> value, empty for a word without one."""

    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __contains__(self, word: str) -> bool:
        return word in self.words

    @property
    def delay_s(self) -> int:
        """Seconds for which what the bus sends waits."""
        return int(self.words.get("delay", 0))


UNSTEERED: Final = Steering()


def steering_of(reference: object) -> Steering | None:
    """What a reference asks for; None if it is none of ours.

    Raises:
        ProblemError: 422 `code_unknown`: a word that is not in the table.
    """
    if not isinstance(reference, str) or not reference.startswith(PREFIX):
        return None
    return read_words(reference.removeprefix(PREFIX).partition(REST)[0])


def read_words(text: str) -> Steering:
    """Words with their values, separated by spaces; errors as `steering_of`."""
    words: dict[str, str] = {}
    for written in text.split():
        name, _equals, value = written.partition("=")
        _check(name, value)
        words[name] = value
    if "declined" in words:
        words["stage"] = "declined"
    return Steering(MappingProxyType(words))


def _check(name: str, value: str) -> None:
    word = WORDS.get(name)
    if word is None:
        raise _unknown("another word", " or ".join(WORDS))
    if word.value == SECONDS:
        if not value.isdecimal() or int(value) > MOST_S:
            raise _unknown("another value", f"{name}=0 to {MOST_S}")
    elif word.value:
        if value not in word.known:
            raise _unknown("another value", f"{name}= " + " or ".join(word.known))
    elif value:
        raise _unknown("a value", f"{name} alone")


def _unknown(got: str, expected: str) -> ProblemError:
    return ProblemError(422, "code_unknown", got, expected, "reference")

"""What a committee looks at first, of the civil bus: an indicator, its last month and the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from contracts.vocabulary.scopes import CIVIL
from services.committee.friction.rows import UNTOLD, counted, shared, timed
from services.committee.friction.told import ToldMonth, ToldReport
from services.committee.friction.words import column_words, row_words
from services.suppression import ALL
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.convention.model import Convention

_ = Catalogue(__name__)

MOST: Final = 12  # lines that a sheet has room for
_IN_TIME: Final = _("{what}: in time")
_HALF: Final = _("Receipt acknowledged, half of the files within: {who}")
_ANSWERED: Final = _("First outcome, half of the files within: {who}")
_REFUSED: Final = _("Files with a refusal")
_CORRECTED: Final = _("Refusals that were corrected")
_MEASURE: Final = _("Files with a measure: {what}, {who}")
_OVERDUE: Final = _("Files with something overdue: {who}")

Told = Callable[[ToldMonth], str]


def headlines(
    report: ToldReport, lang: str, convention: Convention | None
) -> Iterator[tuple[str, str, str]]:
    """Words, the last month, the month before (empty if there is none): of what is told of the last month."""
    last, before = report.months[-1], report.months[-2:-1]
    lines = 0
    for words, told in _indicators(report, lang, convention):
        if lines < MOST and (now := told(last)) != UNTOLD:
            lines += 1
            yield words, now, told(before[0]) if before else ""


def _indicators(
    report: ToldReport, lang: str, convention: Convention | None
) -> Iterator[tuple[str, Told]]:
    def named(table: str) -> Iterator[tuple[str, str]]:
        for row in report.rows(CIVIL, table)[0]:
            if row != ALL:
                yield row, row_words(table, row, lang, convention)

    for table, words in (("acknowledged", _HALF), ("answered", _ANSWERED)):
        for row, who in named(table):
            yield words.say(lang, who=who), _time(table, row, lang)
    for row, what in named("law"):
        yield _IN_TIME.say(lang, what=what), _share("law", row, "kept", lang)
    yield _REFUSED.say(lang), _count("refused_reason", (ALL, ALL), lang)
    yield _CORRECTED.say(lang), _share("refused_reason", ALL, "corrected", lang)
    for row, what in named("measures"):
        for role in report.rows(CIVIL, "measures")[1]:
            who = column_words("measures", role, lang, convention)
            yield _MEASURE.say(lang, what=what, who=who), _count("measures", (row, role), lang)
    for row, who in named("overdue"):
        yield _OVERDUE.say(lang, who=who), _count("overdue", (row, ALL), lang)


def _time(table: str, row: str, lang: str) -> Told:
    return lambda each: timed(each.times(CIVIL, table, row)[0], lang)


def _share(table: str, row: str, column: str, lang: str) -> Told:
    return lambda each: shared(each.share(CIVIL, table, row, column), lang)


def _count(table: str, labels: tuple[str, ...], lang: str) -> Told:
    return lambda each: counted(each.count(CIVIL, table, *labels), lang)

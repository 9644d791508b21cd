"""What lint finds in a convention that loads."""

from __future__ import annotations

import re
from typing import Final

import pytest

from contracts.convention.calendar import easter
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES, SCOPES
from services.committee.lint.finding import Finding
from services.committee.lint.run import NOTE, PROBLEM, lint
from services.committee.texts.finding_texts import TEXTS
from services.texts import typed as as_typed
from tests.contracts.convention.amended import SECOND_TEXT, role, second
from tests.contracts.convention.hospital import LAST, PARTY
from tests.contracts.convention.kit import Edit, convention, edited, text

# What a reader never meets outside of words to be typed; a condition's code that is one word is
# English too ("authorised").
CODES = {
    *ROLES, *SCOPES, *RETENTION_CLASSES, *convention().texts,
    *(one for one in CONDITIONS if "_" in one),
} - {
    "CRIP", "ASE", "PMI", "PJJ",  # as people call them, in the names that the file gives them
}  # fmt: skip

# The shipped file's findings, each true on purpose: the reason stands beside it.
SHIPPED_NOTES = {
    "calendar_ends",  # 2031 is far enough for a version that will be replaced
    "never_released",  # FACTS.source: deliberately (rules §3)
    "never_released_whole",  # HEALTH: deliberately too
    "text_not_checked",  # no lawyer has read it: said in the file and in SECURITY.md
    "never_answers",  # POL in the criminal realm: an instruction is acknowledged and carried out
}


# code, level, edits of the second version, how the line begins that it names, words that it says
FAULTY: Final[list[tuple[str, str, tuple[Edit, ...], str, str]]] = [
    ("sentence_differs", PROBLEM, (("Exclus : santé", "Santé", "R01"),), "  - id: R01", "R01"),
    # The parties sign what is done: a sentence of the bus's own says what the bus does.
    ("sentence_differs", PROBLEM, (("rapprocher deux dossiers", "fusionner deux dossiers"),),
     "  LINK:", "peut rapprocher deux dossiers"),
    ("sentence_differs", PROBLEM, (("part in it, and\n        nothing else.", "part in it, why."),),
     "  LOOKUP:", "part in it, and nothing else."),
    ("kept_too_long", PROBLEM, (("keep: P7", "keep: P30", "R21"),), "  - id: R21", "68 days"),
    ("text_unused", NOTE, (("    successor: CPP2029-L3133-22\n", ""),),
     "  CPP2029-L3133-22:", "2029"),
    ("text_not_checked", NOTE, (), "texts:", "34"),
    ("calendar_ends", NOTE, (), "calendar:", "2031"),
    ("never_released", NOTE, (), "  FACTS.source:", "private person"),
    ("never_released_whole", NOTE, (), "  HEALTH:", "health"),
    ("label_differs", PROBLEM, (("{fr: identité,", "{fr: identité civile,"),),
     "  IDENTITY:", "“identité”"),
    # Of a role in sentences too: no uniqueness shows that the police is called a service.
    ("label_differs", PROBLEM,
     (("fr: les services de police et de gendarmerie", "fr: le service de garde"),),
     "  POL:", "“les services de police"),
    ("reader_unused", NOTE, (("readers:\n", "readers:\n  MAYOR: {fr: le maire, en: the mayor}\n"),),
     "  MAYOR:", "the mayor"),
    # A desk of it would get no topic and no right.
    ("role_unused", NOTE, ((LAST, LAST + PARTY), role("DOC", "hospital")),
     "  DOC:", "new role DOC"),
    ("never_answers", NOTE, (), "  POL:", "police"),
    ("promise_forbids_nothing", PROBLEM,
     (("only_if: {events: [EVALREP], conditions: [assigned]}",
       "only_if: {events: [EVALREP], conditions: []}"),), "  - id: I07", "I07"),
    ("promise_forbids_nothing", PROBLEM,
     (("at_most: {realms: [criminal], keep: P30}", "at_most: {realms: [criminal], keep: P90}"),),
     "  - id: I08", "I08"),
]  # fmt: skip


def found_in(data: str, code: str) -> list[Finding]:
    """The findings of one code in a file."""
    return [one for one in lint(load(data.encode(), "changed.yaml")) if one.code == code]


@pytest.mark.parametrize("version", [convention(), second()], ids=["first", "second"])
def test_no_version_has_a_problem_and_each_only_known_notes(version: Convention) -> None:
    """They are listed with their reasons."""
    findings = lint(version)

    assert {finding.code for finding in findings} == SHIPPED_NOTES
    assert {finding.level for finding in findings} == {NOTE}


@pytest.mark.parametrize(("code", "level", "edits", "line", "words"), FAULTY)
def test_each_fault_is_found_at_its_line_with_what_would_mend_it(
    code: str, level: str, edits: tuple[Edit, ...], line: str, words: str
) -> None:
    """One small faulty file a code, which has no other fault of it."""
    data = edited(SECOND_TEXT, *edits)

    (found,) = found_in(data, code)

    assert (found.level, found.file) == (level, "changed.yaml")
    assert data.splitlines()[found.line - 1].startswith(line)
    assert words in as_typed(found.what() + found.mend())
    for lang in ("fr", "en"):
        assert found.what(lang)
        assert found.mend(lang)
        said = found.what(lang) + found.mend(lang)
        assert "{" not in said
        assert CODES.isdisjoint(re.findall(r"[\w.:|-]+", re.sub("`.*`", "", said)))


def test_a_delay_beyond_the_tables_of_days_is_a_problem() -> None:
    """In force from 20 December, and the calendar ends with the year: three months lead nowhere."""
    data = edited(
        text(),
        ("effective: 2026-01-01", "effective: 2026-12-20", ""),
        ("last: 2031-12-31", "last: 2026-12-31", ""),
    )
    data = re.sub(r"^    20(2[7-9]|3\d)(:|-).*\n", "", data, flags=re.MULTILINE)

    found = found_in(data, "deadline_without_calendar")

    assert {one.level for one in found} == {PROBLEM}
    assert "R01: a reply on the final outcome (R39), within 3 months" in found[0].what()


def test_every_code_of_lint_has_its_faulty_file() -> None:
    """A code that is not tried here is found by nobody when it breaks."""
    assert set(TEXTS) == {code for code, *_ in FAULTY} | {"deadline_without_calendar"}


def test_easter_is_computed_for_every_year() -> None:
    """Other days of the tables are held to the law as each version loads."""
    days = ["1954-04-18", "1981-04-19", "2000-04-23", "2038-04-25", "2049-04-18", "2285-03-22"]

    assert [easter(int(day[:4])).isoformat() for day in days] == days

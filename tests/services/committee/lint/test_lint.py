"""What lint finds in a convention that loads."""

from __future__ import annotations

import re
from functools import cache

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, read, shipped
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES, SCOPES
from services.committee.lint.run import NOTE, PROBLEM, lint
from services.committee.texts.finding_texts import TEXTS
from tests.contracts.convention.hospital import CLAUSES, PARTY, ROLE, joined
from tests.contracts.convention.kit import changed, convention, text
from tests.services.committee.lint.linting import FAULTY, HOLLOW, edited, found_in

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
    "reply_elsewhere",  # R26 and R27 discharge the judge's duty to whomever they go (rules §12.2)
    "never_answers",  # POL in the criminal realm: an instruction is acknowledged and carried out
    "basis_ends",  # the criminal-procedure code is renumbered on 1 January 2029
}


def test_the_shipped_convention_has_no_problem_and_only_known_notes() -> None:
    """Its findings are listed with their reasons."""
    findings = lint(convention())

    assert {finding.code for finding in findings} == SHIPPED_NOTES
    assert {finding.level for finding in findings} == {NOTE}


@pytest.mark.parametrize(
    ("word", "lie", "line"),
    [
        ("Exclus : santé", "Santé", "  - id: R01"),
        ("rapprocher deux dossiers", "fusionner deux dossiers", "  LINK:"),
        ("the content no more", "the content for ever", "  WITHDRAW:"),
    ],
)
def test_a_sentence_that_says_another_thing_than_the_data_is_given_as_it_should_be(
    word: str, lie: str, line: str
) -> None:
    """A clause's, and those about the bus's own events: there the data cannot lie."""
    (finding,) = found_in(changed(word, lie).decode(), "sentence_differs")

    assert finding.level == PROBLEM
    assert word in finding.mend()
    assert text().splitlines()[finding.line - 1] == line


@cache
def known() -> frozenset[tuple[str, tuple[str, ...]]]:
    """Codes and facts of the findings in the file that ships."""
    return frozenset((one.code, one.facts) for one in lint(convention()))


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("code", FAULTY)
def test_each_fault_is_found_at_its_line_with_what_would_mend_it(code: str, lang: str) -> None:
    """One small faulty file a code."""
    level, edits, shown = FAULTY[code]
    data = edited(*edits)

    found = found_in(data, code)

    assert {(one.level, one.file) for one in found if one.level == level} == {
        (level, "changed.yaml")
    }
    lines = data.splitlines()
    assert any(shown in lines[one.line - 1] for one in found)
    for one in found:
        assert one.line > 0
        assert one.what(lang)
        assert one.mend(lang)
        said = one.what(lang) + one.mend(lang)
        assert "{" not in said
        assert CODES.isdisjoint(re.findall(r"[\w.:|-]+", re.sub("`.*`", "", said)))
    assert not edits or any((one.code, one.facts) not in known() for one in found)


def test_a_delay_beyond_the_tables_of_days_is_a_problem() -> None:
    """In force from 20 December, and the calendar ends with the year: three months lead nowhere."""
    data = edited(
        ("effective: 2026-01-01", "effective: 2026-12-20", ""),
        ("last: 2031-12-31", "last: 2026-12-31", ""),
    )
    data = re.sub(r"^    20(2[7-9]|3\d)(:|-).*\n", "", data, flags=re.MULTILINE)

    found = found_in(data, "deadline_without_calendar")

    assert {one.level for one in found} == {PROBLEM}
    assert "R01: a reply on the final outcome (R39), within 3 months" in found[0].what()


def test_a_role_that_receives_but_never_sends_is_noted() -> None:
    """A desk that can be told and cannot answer."""
    data = joined(shipped()).decode()
    start, end = data.index("  - id: R97\n"), data.index("  - id: R98\n")
    data = data[:start] + data[end:].replace("conditions: [own_ip]", "conditions: []", 1)

    (found,) = [one for one in found_in(data, "never_answers") if one.facts[0] == "UMJ"]

    assert (found.level, data.splitlines()[found.line - 1]) == (NOTE, "  UMJ:")


def test_a_role_that_answers_in_the_other_realm_alone_is_noted() -> None:
    """The police send on the civil bus, and on the criminal one only acknowledge."""
    (found,) = found_in(text(), "never_answers")

    assert (found.level, found.facts) == (NOTE, ("POL", "criminal"))
    assert found.what().startswith("On the criminal bus, no clause allows the police")
    assert text().splitlines()[found.line - 1] == "  POL:"


def test_a_role_that_no_clause_names_is_noted() -> None:
    """A desk of it would get no topic and no right."""
    data = joined(shipped()).decode()
    data = data[: data.index("  - id: R97\n")] + data[data.index("# The bus's own events") :]

    (found,) = found_in(data, "role_unused")

    assert data.splitlines()[found.line - 1] == "  UMJ:"
    assert PARTY + ROLE + CLAUSES  # what the hospital's file is made of


def test_each_version_has_only_known_notes() -> None:
    """Those of the first."""
    assert {one.code for one in lint(load(read(SECOND), SECOND))} == SHIPPED_NOTES


def test_every_code_of_lint_has_its_faulty_file() -> None:
    """A code that is not tried here is found by nobody when it breaks."""
    tried = {*FAULTY, *(code for code, _, _ in HOLLOW)}
    elsewhere = {
        "deadline_without_calendar", "never_answers", "role_unused", "more_findings",
        "off_bus_permitted",
    }  # fmt: skip
    assert set(TEXTS) == tried | elsewhere

"""What lint finds in a convention that loads."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import pytest

from contracts.convention.calendar import easter
from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read, shipped
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import RETENTION_CLASSES, ROLES, SCOPES
from services.committee.lint.run import NOTE, PROBLEM, lint
from services.committee.texts.finding_texts import TEXTS
from tests.contracts.convention.amended import SECOND_TEXT
from tests.contracts.convention.hospital import joined
from tests.contracts.convention.kit import Edit, convention, edited, text
from tests.services.committee.lint.linting import FAULTY, HOLLOW, found_in
from tests.services.texts.typed import as_typed

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


@pytest.mark.parametrize("version", [SHIPPED, SECOND])
def test_no_version_has_a_problem_and_each_only_known_notes(version: str) -> None:
    """They are listed with their reasons."""
    findings = lint(load(read(version), version))

    assert {finding.code for finding in findings} == SHIPPED_NOTES
    assert {finding.level for finding in findings} == {NOTE}


@pytest.mark.parametrize(
    ("word", "lie", "line"),
    [
        ("rapprocher deux dossiers", "fusionner deux dossiers", "  LINK:"),
        ("part in it, and\n        nothing else.", "part in it, and why.", "  LOOKUP:"),
    ],
)
def test_a_sentence_that_says_another_thing_than_the_bus_does_is_given_as_it_should_be(
    word: str, lie: str, line: str
) -> None:
    """The parties sign what is done."""
    data = edited(SECOND_TEXT, (word, lie, ""))

    (finding,) = found_in(data, "sentence_differs")

    assert finding.level == PROBLEM
    assert " ".join(word.split()) in as_typed(finding.mend())
    assert data.splitlines()[finding.line - 1] == line


def test_a_name_that_is_not_ours_is_a_problem_wherever_it_stands() -> None:
    """Of a role in sentences too: no uniqueness shows that the police is called a service."""
    police = "fr: les services de police et de gendarmerie"
    (found,) = found_in(edited(text(), (police, "fr: le service de garde", "")), "label_differs")

    assert (found.level, found.facts[:2]) == (PROBLEM, ("POL", "named"))


@cache
def known() -> frozenset[tuple[str, tuple[str, ...]]]:
    """Codes and facts of the findings in the file that ships."""
    return frozenset((one.code, one.facts) for one in lint(convention()))


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("code", FAULTY)
def test_each_fault_is_found_at_its_line_with_what_would_mend_it(code: str, lang: str) -> None:
    """One small faulty file a code."""
    level, edits, shown = FAULTY[code]
    data = edited(text(), *edits)

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
        text(),
        ("effective: 2026-01-01", "effective: 2026-12-20", ""),
        ("last: 2031-12-31", "last: 2026-12-31", ""),
    )
    data = re.sub(r"^    20(2[7-9]|3\d)(:|-).*\n", "", data, flags=re.MULTILINE)

    found = found_in(data, "deadline_without_calendar")

    assert {one.level for one in found} == {PROBLEM}
    assert "R01: a reply on the final outcome (R39), within 3 months" in found[0].what()


def test_a_role_that_no_clause_names_is_noted() -> None:
    """A desk of it would get no topic and no right."""
    data = joined(shipped()).decode()
    data = data[: data.index("  - id: R97\n")] + data[data.index("# The bus's own events") :]

    (found,) = found_in(data, "role_unused")

    assert data.splitlines()[found.line - 1] == "  UMJ:"


def test_every_code_of_lint_has_its_faulty_file() -> None:
    """A code that is not tried here is found by nobody when it breaks."""
    tried = {*FAULTY, *(code for code, _, _ in HOLLOW)}
    elsewhere = {"deadline_without_calendar", "role_unused"}
    assert set(TEXTS) == tried | elsewhere


DECIDED: Final = "      - {act: ACK:decided, debtor: recipient, creditor: issuer, within: 5wd}\n"
OUTCOME: Final = "      - {act: R39:final, debtor: recipient, creditor: EDU-S, within: 5wd}\n"
SAME: Final = [  # what the finding names, its English text, its French one, the line
    ("police", "National police and gendarmerie", "Police et gendarmerie nationales", "  police:"),
    ("POL.named", "the police and gendarmerie", "les services de police et de gendarmerie",
     "  POL:"),
    ("LOCATION", "last known place", "dernier lieu connu", "  LOCATION:"),
    ("I05", '"The identity of the private person who alerted is never sent."',
     "\"L'identité du particulier qui a alerté n'est jamais transmise.\"", "  - id: I05"),
    ("LINK.label", "link}", "rapprochement}", "  LINK:"),
]  # fmt: skip


@pytest.mark.parametrize(("named", "english", "french", "line"), SAME)
def test_every_text_that_was_not_translated_is_found(
    named: str, english: str, french: str, line: str
) -> None:
    """Titles, parties, names in sentences, legal texts, promises, the bus's own events."""
    data = edited(SECOND_TEXT, (f"en: {english}", f"en: {french}", line.strip()))

    (found,) = found_in(data, "not_translated")

    assert found.facts[0] == named
    assert as_typed(found.facts[1]) in as_typed(found.what())
    assert data.splitlines()[found.line - 1].startswith(line)


def test_a_basis_is_followed_through_its_successors_to_the_end_of_the_calendar() -> None:
    """The successor ends too, in 2029, and nothing comes after it: the clause has no basis left."""
    ends = edited(text(), ('    until: ""', "    until: 2029-06-30", "CPP2029"))

    (lost,) = found_in(ends, "basis_lost")

    assert (lost.grant, lost.facts) == ("R24", ("CPP2029-L3133-22", "2029-06-30"))
    assert [one.facts[0] for one in found_in(ends, "basis_ends")] == ["CPP-706-49"]


def test_easter_is_computed_for_every_year() -> None:
    """Other days of the tables are held to the law by lint of each version."""
    days = ["1954-04-18", "1981-04-19", "2000-04-23", "2038-04-25", "2049-04-18", "2285-03-22"]

    assert [easter(int(day[:4])).isoformat() for day in days] == days


def impossible(*edits: Edit) -> list[tuple[str, ...]]:
    """(debtor, act, creditor) of the duties that nothing discharges."""
    return [one.facts for one in found_in(edited(text(), *edits), "reply_impossible")]


@pytest.mark.parametrize(
    ("edit", "lost"),
    [
        # EDU-S is answered by R39; PJJ, beside it, by nothing: a legal duty that nobody can meet
        (("issuers: [EDU-S]", "issuers: [EDU-S, PJJ]", "R01"), ("CRIP", "R39:final", "PJJ")),
        # R12 reaches the prosecutor, and is the CRIP's: the school's R16 no longer counts
        (("R16, debtor: recipient, creditor: issuer",
          "R16|R12, debtor: recipient, creditor: PARQ-CIV", "R14"),
         ("EDU-S", "R16|R12", "PARQ-CIV")),
        # R39 answers alerts and R22 alone: for an evaluation report no event of it passes
        ((DECIDED, DECIDED + OUTCOME, "R18"), ("CRIP", "R39:final", "EDU-S")),
    ],
)  # fmt: skip
def test_each_debtor_must_have_a_clause_that_reaches_each_creditor(
    edit: Edit, lost: tuple[str, ...]
) -> None:
    """And whose event can name what it answers."""
    assert impossible(edit) == [lost]


def test_what_reaches_the_creditor_by_no_clause_may_go_to_anybody() -> None:
    """As the bus has it for the judge's R26: a note, and no problem."""
    edit = (
        "act: R11, debtor: issuer, creditor: CRIP",
        "act: R11, debtor: issuer, creditor: ASE",
        "R08",
    )

    assert impossible(edit) == []
    assert ("R11", "ASE") in [
        one.facts for one in found_in(edited(text(), edit), "reply_elsewhere")
    ]


@pytest.mark.parametrize(("code", "old", "new"), HOLLOW)
def test_a_promise_that_forbids_nothing_is_found(code: str, old: str, new: str) -> None:
    """Nobody is held to anything by it, and its sentence says the contrary."""
    data = edited(SECOND_TEXT, (old, new, ""))

    found = found_in(data, code)

    assert len(found) == 1
    assert data.splitlines()[found[0].line - 1] == f"  - id: {found[0].facts[0]}"
    assert {one.level for one in found} == {PROBLEM}
    assert as_typed(found[0].facts[0]) in as_typed(found[0].what())

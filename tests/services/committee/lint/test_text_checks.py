"""What lint finds in words and dates: untranslated, out of force, other days than the law's."""

from __future__ import annotations

from typing import Final

import pytest

from contracts.convention.calendar import easter
from services.committee.lint.run import PROBLEM
from tests.contracts.convention.amended import SECOND_TEXT
from tests.contracts.convention.kit import Edit, edited, text
from tests.services.committee.lint.linting import FAULTY, HOLLOW, OFF_BUS, found_in
from tests.services.texts.typed import as_typed

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


def test_a_text_that_merely_leads_into_a_circle_is_not_one_of_it() -> None:
    """The finding names those who must be mended."""
    circle = edited(text(), *FAULTY["successor_circle"][1])
    leads = circle.replace('until: ""', "until: 2027-01-01\n    successor: CPP-706-49", 1)

    assert {one.facts[0] for one in found_in(leads, "successor_circle")} == {
        "CPP-706-49", "CPP2029-L3133-22",
    }  # fmt: skip


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


@pytest.mark.parametrize(("old", "new"), OFF_BUS)
def test_what_stays_off_the_bus_is_permitted_by_no_clause(old: str, new: str) -> None:
    """Both would be shown to whoever signs; the finding stands at the clause."""
    (found,) = found_in(edited(SECOND_TEXT, (old, new, "")), "off_bus_permitted")

    assert (found.level, found.grant) == (PROBLEM, "R24")
    assert as_typed(found.facts[1]) in as_typed(found.what())

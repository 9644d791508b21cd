"""What lint finds in words and dates: untranslated, out of force, other days than the law's."""

from __future__ import annotations

from typing import Final

import pytest

from contracts.convention.calendar import clock_changes, easter, holidays
from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from tests.services.committee.lint.linting import FAULTY, edited, found_in

SAME: Final = [  # what the finding names, its English text, its French one, the line
    ("title", "Convention on information sharing in child protection, Seine-Saint-Denis",
     "Convention relative au partage d'informations en protection de l'enfance, Seine-Saint-Denis",
     "title:"),
    ("police", "National police and gendarmerie", "Police et gendarmerie nationales", "  police:"),
    ("POL.named", "the police and gendarmerie", "les services de police et de gendarmerie", "  POL:"),
    ("POL", "Police and gendarmerie", "Police et gendarmerie", "  POL:"),
    ("COPIL", "the steering committee", "le comité de pilotage", "  COPIL:"),
    ("LOCATION", "last known place", "dernier lieu connu", "  LOCATION:"),
    ("CC-375", '"Civil code, art. 375 (educational assistance)"',
     '"Code civil, art. 375 (assistance éducative)"', "  CC-375:"),
    ("I05", '"The identity of the private person who alerted is never sent."',
     "\"L'identité du particulier qui a alerté n'est jamais transmise.\"", "  - id: I05"),
    ("LINK.label", "link}", "rapprochement}", "  LINK:"),
]  # fmt: skip


@pytest.mark.parametrize(("named", "english", "french", "line"), SAME)
def test_every_text_that_was_not_translated_is_found(
    named: str, english: str, french: str, line: str
) -> None:
    """Titles, parties, names in sentences, legal texts, promises, the bus's own events."""
    whole = read(SECOND).decode()
    start = whole.index(f"\n{line}")
    data = whole[:start] + whole[start:].replace(f"en: {english}", f"en: {french}", 1)

    (found,) = found_in(data, "not_translated")

    assert found.facts[0] == named
    assert found.facts[1] in found.what()
    assert data.splitlines()[found.line - 1].startswith(line)


def test_a_basis_is_followed_through_its_successors_to_the_end_of_the_calendar() -> None:
    """The successor ends too, in 2029, and nothing comes after it: the clause has no basis left."""
    ends = edited(('    until: ""', "    until: 2029-06-30", "CPP2029"))
    circle = edited(*FAULTY["successor_circle"][1])

    (lost,) = found_in(ends, "basis_lost")

    assert (lost.grant, lost.facts) == ("R24", ("CPP2029-L3133-22", "2029-06-30"))
    assert [one.facts[0] for one in found_in(ends, "basis_ends")] == ["CPP-706-49"]
    assert {one.facts[0] for one in found_in(circle, "successor_circle")} == {
        "CPP-706-49", "CPP2029-L3133-22",
    }  # fmt: skip


def test_a_text_that_merely_leads_into_a_circle_is_not_one_of_it() -> None:
    """The finding names those who must be mended."""
    circle = edited(*FAULTY["successor_circle"][1])
    leads = circle.replace('until: ""', "until: 2027-01-01\n    successor: CPP-706-49", 1)

    assert len(found_in(leads, "successor_circle")) == 2


def test_the_days_of_the_law_are_computed_for_every_year() -> None:
    """Against known Easters, and the tables of both shipped versions."""
    easters = {1954: "1954-04-18", 1981: "1981-04-19", 2000: "2000-04-23", 2024: "2024-03-31",
               2038: "2038-04-25", 2049: "2049-04-18", 2285: "2285-03-22"}  # fmt: skip

    assert {year: easter(year).isoformat() for year in easters} == easters
    for name in (SHIPPED, SECOND):
        table = load(read(name), name).calendar
        years = range(table.first.year, table.last.year + 1)
        assert table.holidays == {day for year in years for day in holidays(year)}
        assert set(table.offsets[1:]) == {one for year in years for one in clock_changes(year)}

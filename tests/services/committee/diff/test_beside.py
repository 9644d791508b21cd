"""What differs beside the permissions is a line; a clause's remark is a rule in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, read
from services.committee.diff.beside_text import beside
from services.committee.diff.change_text import same_text, sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.page import text, wire
from services.committee.diff.sheet import consulted
from tests.contracts.convention.amended import of, role, second
from tests.contracts.convention.kit import Edit, changed, convention
from tests.services.texts.typed import as_typed

NOTE = """    note:
      fr: "Ni le lieu, ni la cause."
      en: Neither the place nor the cause.
"""


def against(old: str, new: str, inside: str = "") -> Diff:
    """The first version against one with another text."""
    return diff(convention(), load(changed(old, new, inside), "changed.yaml"))


def test_a_file_equals_itself_and_says_so() -> None:
    """In both languages."""
    found = wire(diff(convention(), convention()))

    assert found["same"]
    assert found["text"] == {lang: same_text(lang) for lang in ("fr", "en")}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("2026: [01-01,", "2026: [01-01, 03-02,", "+ calendar.holidays: 2026-01-01, 2026-03-02"),
        ("id: seine-saint-denis", "id: autre", "+ id: autre"),
        ("effective: 2026-01-01", "effective: 2026-02-01", "+ effective: 2026-02-01"),
        ("secrecy: profession", "secrecy: mission", "+ roles.EDU-S.secrecy: mission"),
        ("en: notice of absence", "en: absence", "+ clauses.R36.label.en: absence"),
        ("Exclus : santé", "Santé", "+ clauses.R01.sentence.fr: Il est permis"),  # not by its data
    ],
)
def test_what_stands_beside_the_permissions_is_a_line(old: str, new: str, line: str) -> None:
    """The whole of it, and nothing that may be shared."""
    found = against(old, new)

    assert found.changes == ()
    assert any(one.startswith(line) for one in found.lines), found.lines
    assert {one.split(":")[0][2:] for one in found.lines} == {line.split(":")[0][2:]}
    assert (found.same, found.opens) == (True, False)


def test_a_generated_sentence_is_no_line_beside_its_data() -> None:
    """It says nothing beside them."""
    found = diff(second(), of(("keep: P90", "keep: P30", "R01")))

    assert [one.atom.kind for one in found.changes] == ["retention"]
    assert found.lines == ()


def test_a_version_that_names_another_than_the_one_before_is_told() -> None:
    """Whom it follows is a line if it is not the version that it is compared with."""
    named = load(read(SECOND).replace(convention().digest.encode(), b"A" * 43), "other.yaml")

    told = [one for one in diff(convention(), named).lines if "predecessor" in one]

    assert told == [f"+ predecessor: {'A' * 43}"]
    assert not [one for one in diff(convention(), second()).lines if "predecessor" in one]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_changed_remark_is_a_line_and_no_file_with_it_is_the_same(lang: str) -> None:
    """It says what may be shared where no data do; one that falls, too."""
    found = against('"Ni le lieu, ni la cause."', "Pas le lieu.", "R36")
    fallen = against(NOTE, "", "R36")

    assert found.changes == fallen.changes == ()
    assert found.lines[-1] == "+ clauses.R36.note.fr: Pas le lieu."
    assert len(fallen.lines) == 2
    assert (found.same, fallen.same, found.opens) == (False, False, False)
    assert same_text(lang) not in text(found, lang)
    assert "Pas le lieu." in text(found, lang)
    assert ("(French text)" in text(found, lang)) is (lang == "en")


def test_of_the_holidays_only_those_that_differ_are_told() -> None:
    """A list of years would hide the one day that came or went."""
    more = of(("2026: [01-01,", "2026: [01-01, 03-02,", ""))

    told = [beside(diff(*pair), "fr") for pair in ((second(), more), (more, second()))]

    assert [[(as_typed(one.was), as_typed(one.becomes)) for one in some] for some in told] == [
        [("", "Ajout : 2 mars 2026")], [("Suppression : 2 mars 2026", "")],
    ]  # fmt: skip


def test_a_role_that_is_gone_keeps_the_name_that_it_had() -> None:
    """The new version has none for it."""
    receives: Edit = ("recipients: [EDU-H]", "recipients: [EDU-H, GREFFE]", "R36")
    found = diff(of(role("GREFFE", "justice"), receives), second())

    said = [sentence(found.old, found.new, one, "fr") for one in found.of("closed")]

    assert any("nouveau rôle GREFFE" in as_typed(one) for one in said)


def test_a_party_that_has_left_is_asked_and_does_not_sign() -> None:
    """What it may no longer receive is its to know of."""
    new = replace(second(), parties=tuple(one for one in second().parties if one != "association"))

    *others, gone = consulted(diff(second(), new), "en")

    assert (gone["party"], gone["signs"]) == ("Partner associations", "")
    assert all(one["signs"] for one in others)

"""A clause's remark is a rule in words: a comparison tells it as what it is."""

from __future__ import annotations

import re

import pytest

from contracts.convention.load import load
from services.committee.diff.change_text import same_text, sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.page import text
from tests.contracts.convention.amended import SECOND_TEXT, of, second
from tests.contracts.convention.hospital import third
from tests.contracts.convention.mutating import loaded, plain

NOTE = {"fr": "Ni le lieu, ni la cause.", "en": "Neither the place nor the cause."}


def noted(note: dict[str, str] | None) -> Diff:
    """The shipped file, in which R36 bears a remark, against one in which it bears this one."""
    data = plain()
    clause = next(one for one in data["clauses"] if one["id"] == "R36")
    assert clause.pop("note") == NOTE
    if note is not None:
        clause["note"] = note
    return diff(loaded(plain())[1], loaded(data)[1])


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_a_changed_remark_is_a_line_and_no_file_with_it_is_the_same(lang: str) -> None:
    """It says what may be shared where no data do."""
    found = noted({"fr": "Pas le lieu.", "en": NOTE["en"]})

    assert found.changes == ()
    assert found.lines == (
        "- clauses.R36.note.fr: Ni le lieu, ni la cause.", "+ clauses.R36.note.fr: Pas le lieu.",
    )  # fmt: skip
    assert not found.same
    assert same_text(lang) not in text(found, lang)
    assert "Pas le lieu." in text(found, lang)
    assert ("(French text)" in text(found, lang)) is (lang == "en")
    assert not found.opens


def test_a_remark_that_falls_is_told_in_both_languages() -> None:
    """Before, it was said; now nothing is."""
    found = noted(None)

    assert found.lines == tuple(f"- clauses.R36.note.{lang}: {NOTE[lang]}" for lang in ("en", "fr"))
    assert not found.same


def test_a_changed_label_is_a_line_and_nothing_more() -> None:
    """It names the act, and changes nothing of it."""
    found = diff(second(), of(("en: notice of absence", "en: notice of an absence", "R36")))

    assert found.changes == ()
    assert "+ clauses.R36.label.en: notice of an absence" in found.lines
    assert found.same


def test_a_sentence_written_by_hand_is_a_line_and_a_generated_one_is_not() -> None:
    """What the data make says nothing beside them."""
    by_hand = diff(second(), of(("Exclus : santé", "Santé", "R01")))
    by_data = diff(second(), of(("keep: P90", "keep: P30", "R01")))

    assert [one for one in by_hand.lines if one.startswith("+ clauses.R01.sentence.fr: ")]
    assert [one.atom.kind for one in by_data.changes] == ["retention"]


def told(found: Diff, kind: str, lang: str) -> list[str]:
    """The sentences of one kind of change."""
    return [sentence(found.old, found.new, c, lang) for c in found.changes if c.atom.kind == kind]


def test_a_clause_under_another_number_is_told_and_opens_nothing() -> None:
    """R35 as R90: the act is what it was, and counts as it did."""
    text = re.sub(r"\bR35\b", "R90", SECOND_TEXT)

    found = diff(second(), load(text.encode(), "renumbered.yaml"))

    assert (found.opens, found.same) == (False, True)
    (said,) = told(found, "clause", "en")
    assert said.endswith(
        "clause R35 becomes clause R90; what is owed under one of these numbers stays with it."
    )


def test_a_clause_that_falls_opens_nothing() -> None:
    """Its number is given to nobody."""
    start = SECOND_TEXT.index("  - id: R30\n")
    text = SECOND_TEXT[:start] + SECOND_TEXT[SECOND_TEXT.index("  - id: R31\n") :]

    assert not diff(second(), load(text.encode(), "less.yaml")).opens


def test_a_role_that_moves_to_another_house_opens_all_that_it_receives() -> None:
    """The paediatric unit's inbox would be read by the police."""
    before = third()
    after = before.replace(b"  UMJ:\n    agency: hospital", b"  UMJ:\n    agency: police")
    old, new = load(before, "old.yaml"), load(after, "new.yaml")

    found = diff(old, new)

    assert (found.opens, found.same) == (True, False)
    (said,) = told(found, "agency", "en")
    assert said.endswith("What this role receives will be read there.")
    assert told(found, "agency", "fr")[0].endswith("Ce que ce rôle reçoit y sera lu.")


def test_another_colleague_opens_nothing() -> None:
    """Of a role, its house alone says who reads."""
    assert not diff(second(), of(("    colleague: EDU-S\n", "", ""))).opens

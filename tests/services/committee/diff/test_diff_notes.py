"""A clause's remark is a rule in words: a comparison tells it as what it is."""

from __future__ import annotations

import pytest

from services.committee.diff.change_text import same_text, sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.page import text
from tests.contracts.convention.amended import of, second
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


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("fr", "devient « Pas le lieu. » ; auparavant « Ni le lieu, ni la cause. »."),
        ("en", "becomes “Pas le lieu.”; before “Ni le lieu, ni la cause.”."),
    ],
)
def test_a_changed_remark_is_told_as_its_own_kind(lang: str, words: str) -> None:
    """Not as a wording, and not under the words that nothing differs in what may be shared."""
    found = noted({"fr": "Pas le lieu.", "en": NOTE["en"]})

    (one,) = found.changes
    assert (one.group, one.atom.kind, one.clause) == ("otherwise", "note", "R36")
    assert sentence(found.old, found.new, one, lang).endswith(words)
    assert same_text(lang) not in text(found, lang)
    assert not found.opens


def test_a_remark_that_falls_is_told_in_both_languages() -> None:
    """Before, it was said; now nothing is."""
    found = noted(None)

    assert [one.atom.what for one in found.changes] == [("fr",), ("en",)]
    assert all(one.group == "otherwise" for one in found.changes)
    said = sentence(found.old, found.new, found.changes[1], "en")
    assert said.endswith("becomes nothing; before “Neither the place nor the cause.”.")


def test_a_changed_label_is_only_reworded() -> None:
    """It names the act, and changes nothing of it."""
    found = diff(second(), of(("en: notice of absence", "en: notice of an absence", "R36")))

    assert {one.group for one in found.changes} == {"reworded"}
    assert found.same

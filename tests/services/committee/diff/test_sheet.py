"""The first page of a comparison shows all that opens where a committee looks for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.diff.compare import Diff, diff
from services.committee.diff.sheet import consulted, sheet


def back() -> Diff:
    """From the second version to the first: promises fall."""
    return diff(load(read(SECOND)), load(read(SHIPPED)))


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_whatever_opens_stands_under_what_opens(lang: str) -> None:
    """A promise that falls, too; and nothing that opens stands elsewhere."""
    found = back()

    opened, *others = sheet(found, lang)

    assert opened["group"] == "opened"
    assert opened["count"] == sum(change.atom.opens for change in found.changes)
    assert any("9" in line["what"] and not line["clause"] for line in opened["lines"])
    assert sum(part["count"] for part in others) == len(found.changes) - opened["count"]


def test_a_promise_that_falls_is_every_partys_to_judge() -> None:
    """It was made to all of them."""
    found = back()

    asked = consulted(found, "en")

    assert [one["party"] for one in asked] == [
        found.new.party_labels[party]["en"] for party in found.new.parties
    ]
    assert all(one["opened"].endswith("the whole") for one in asked)


def test_a_party_is_consulted_about_the_clauses_of_its_own_institutions() -> None:
    """What opens for it apart from what changes otherwise; nothing of others."""
    found = diff(load(read(SHIPPED)), load(read(SECOND)))

    asked = {one["party"]: one for one in consulted(found, "fr")}

    assert asked["Éducation nationale (DSDEN 93)"]["opened"] == "R36"
    assert asked["Police et gendarmerie nationales"]["opened"] == ""
    assert asked["Police et gendarmerie nationales"]["other"] == "R07 et l’ensemble"


def test_a_party_that_has_left_is_asked_and_does_not_sign() -> None:
    """What it may no longer receive is its to know of."""
    old = load(read(SECOND))
    new = replace(old, parties=tuple(one for one in old.parties if one != "association"))

    *others, gone = consulted(diff(old, new), "en")

    assert (gone["party"], gone["signs"]) == ("Partner associations", "")
    assert all(one["signs"] for one in others)

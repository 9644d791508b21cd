"""One name an act, role or kind of data on a page, the new version's; real French."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.example import example
from services.committee.diff.page import page
from services.committee.diff.sheet import consulted, sheet
from services.committee.texts.french import bare
from tests.contracts.convention.amended import of, role, second
from tests.services.texts.typed import as_typed

VERSIONS = {1: SHIPPED, 2: SECOND}
VITAL = {1: "signes vitaux ou", 2: "signes cliniques constatés ou"}


def compared(old: int, new: int) -> Diff:
    """One shipped version against the other."""
    first, then = (load(read(VERSIONS[one]), VERSIONS[one]) for one in (old, new))
    return diff(first, then)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 1)])
def test_what_opens_and_closes_is_named_in_the_words_of_the_new_version(old: int, new: int) -> None:
    """It is what they sign; the page says so."""
    found = compared(old, new)
    changes = [one for one in found.changes if one.clause]

    said = [sentence(found.old, found.new, one, "fr") for one in changes]
    said += [str(sheet(found, "fr"))]

    assert any(VITAL[new] in one for one in said)
    assert not any(VITAL[old] in one for one in said)
    assert f"les noms que leur donne la version 2026-{new}" in as_typed(page(found, "fr"))


def test_the_sheet_names_every_recipient() -> None:
    """However many: a number is nobody that a committee knows."""
    found = compared(1, 2)
    (most,) = [one for one in found.changes if len(one.recipients) > 5 and one.clause == "R42"][:1]

    lines = [line["recipients"] for part in sheet(found, "fr") for line in part["lines"]]

    names = [bare(as_typed(found.new.roles[role].named["fr"])) for role in most.recipients]
    assert any(all(name in as_typed(line) for name in names) for line in lines)


def test_a_role_that_is_gone_keeps_the_name_that_it_had() -> None:
    """The new version has none for it."""
    added = of(
        role("GREFFE", "justice"), ("recipients: [EDU-H]", "recipients: [EDU-H, GREFFE]", "R36")
    )
    name = added.roles["GREFFE"].named["fr"]
    found = diff(added, second())

    said = [sentence(found.old, found.new, one, "fr") for one in found.of("closed")]

    assert any(as_typed(name.removeprefix("le ")) in as_typed(one) for one in said)


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_an_example_calls_the_act_as_its_clause_does(lang: str) -> None:
    """Not by the type of event: « mesure » is several acts."""
    found = compared(1, 2)
    told = 0
    for change in found.changes:
        grant = change.grants[1] or change.grants[0]
        if said := example(found, change, lang):
            assert grant is not None
            assert as_typed(said).startswith(as_typed(grant.label[lang]) + ", ")
            told += 1
    assert told > 10


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_whatever_opens_stands_under_what_opens(lang: str) -> None:
    """A promise that falls, too; and nothing that opens stands elsewhere."""
    found = compared(2, 1)

    opened, *others = sheet(found, lang)

    assert opened["group"] == "opened"
    assert opened["count"] == sum(change.atom.opens for change in found.changes)
    assert any("9" in line["what"] and not line["clause"] for line in opened["lines"])
    assert sum(part["count"] for part in others) == len(found.changes) - opened["count"]


def test_a_promise_that_falls_is_every_partys_to_judge() -> None:
    """It was made to all of them."""
    found = compared(2, 1)

    asked = consulted(found, "en")

    assert [one["party"] for one in asked if one["signs"]] == [
        found.new.party_labels[party]["en"] for party in found.new.parties
    ]
    assert all(one["opened"].endswith("the whole") for one in asked)


def test_a_party_is_consulted_about_the_clauses_of_its_own_institutions() -> None:
    """What opens for it apart from what changes otherwise; nothing of others."""
    found = compared(1, 2)

    asked = {one["party"]: one for one in consulted(found, "fr")}

    assert asked["Éducation nationale (DSDEN 93)"]["opened"] == ("R08, R09, R42 et l’ensemble")
    assert asked["Police et gendarmerie nationales"]["opened"] == (
        "R33, R35, R37, R42 et l’ensemble"
    )
    assert asked["Police et gendarmerie nationales"]["other"] == "l’ensemble"


def test_a_party_that_has_left_is_asked_and_does_not_sign() -> None:
    """What it may no longer receive is its to know of."""
    old = load(read(SECOND))
    new = replace(old, parties=tuple(one for one in old.parties if one != "association"))

    *others, gone = consulted(diff(old, new), "en")

    assert (gone["party"], gone["signs"]) == ("Partner associations", "")
    assert all(one["signs"] for one in others)

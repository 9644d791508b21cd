"""One name an act, a role, a kind of data on a page, those of the new version; and French that people write."""

from __future__ import annotations

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from services.committee.diff.change_text import sentence
from services.committee.diff.compare import Diff, diff
from services.committee.diff.example import example
from services.committee.diff.page import page
from services.committee.diff.sheet import sheet
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
    assert f"les noms que leur donne la version {new}" in as_typed(page(found, "fr"))


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

"""The first page of a comparison shows all that opens where a committee looks for it."""

from __future__ import annotations

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

    assert consulted(found, "en") == [
        found.new.party_labels[party]["en"] for party in found.new.parties
    ]

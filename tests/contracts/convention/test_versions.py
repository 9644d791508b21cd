"""Versions are never edited: what was adopted once is kept byte for byte, and chained."""

from __future__ import annotations

import pytest

from contracts.convention.load import load
from contracts.conventions import SECOND, SHIPPED, read
from contracts.encoding import b64u, sha256

# A digest here is never changed: to change a convention, write its next version.
DIGESTS = {
    SHIPPED: "wg6Y2OZmLZ2zLj00Pa4fbDvdDyIIWqNX5qpeVeGd8Cg",
    SECOND: "7oxLHWO-eDduOBSIDNufsk9hS3-DVucNximr4v0AQMQ",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_an_adopted_file_is_never_edited(name: str) -> None:
    """One byte more is another convention, which nobody has signed."""
    assert b64u(sha256(read(name))) == DIGESTS[name]


def test_each_version_names_the_one_before_it() -> None:
    """The first has none, the second names the first, and takes effect later."""
    first, second = (load(read(name), name) for name in (SHIPPED, SECOND))

    assert (first.version, first.predecessor) == (1, "")
    assert (second.version, second.predecessor) == (2, first.digest)
    assert second.starts > first.starts
    assert (first.needed, second.needed) == (5, 7)


def test_publications_answer_no_desk() -> None:
    """What is published is in the table, and `grant` never gives it to a desk or a reader."""
    first = load(read(SHIPPED), SHIPPED)
    published = [question for question, grant in first.by_question.items() if grant.publication]

    assert len(published) == 5
    assert all(first.grant(*question) is None for question in published)

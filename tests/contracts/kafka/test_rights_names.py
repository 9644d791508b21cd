"""Attack by a name: a party called like an office of ours would load and have no rights."""

from __future__ import annotations

import pytest

from contracts.vocabulary.principals import is_agency

OFFICES = (
    "admin",
    "anonymous",
    "audit",
    "broker",
    "console",
    "metrics",
    "owners",
    "partner",
    "routing",
)


@pytest.mark.parametrize("word", OFFICES)
def test_no_party_is_called_like_a_principal_of_ours(word: str) -> None:
    """Neither by the word itself nor by a name that begins with it."""
    names = (word, f"{word}_civil", f"{word}_x", f"{word}_")

    assert not [name for name in names if is_agency(name)]
    assert is_agency(f"{word}s_of_the_town")

"""Attack by a name: a party called like an office of ours would load everywhere and then have no rights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.kafka.forbidden_rights import guard_rights
from contracts.kafka.rights import Right
from contracts.vocabulary.principals import RESERVED, is_agency

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


@given(
    st.one_of(
        st.from_regex(r"\A[a-z][a-z_]{0,30}\Z"),
        st.tuples(
            st.sampled_from([*sorted(RESERVED), "broker", "owner", "cluster", "user"]),
            st.sampled_from(["", "_", "s", "_x", "_civil", "x"]),
        ).map("".join),
    )
)
def test_whatever_may_be_an_agency_may_have_an_agencys_rights(name: str) -> None:
    """The guard has a list of its own; it forbids no name that a convention may have."""
    if is_agency(name):
        guard_rights([Right(name, "topic", f"relais.civil.outbox.{name}", "READ")])

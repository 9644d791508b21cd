"""Every door that an explanation tells leads where the question is answered yes."""

from __future__ import annotations

from itertools import product

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, read
from contracts.decision.doors import MAX_DOORS
from contracts.vocabulary.scopes import EVENT_TYPES, SCOPES
from services.committee.explain.explain import Explanation, explain


def answered(one: Convention, found: Explanation) -> list[bool]:
    """For each door, whether what it is told for passes whole where it leads, asked anew."""
    return [
        any(
            explain(one, sender, door.event, whom, door.purpose, scopes).released == tuple(scopes)
            for sender, whom in sides(one, found.issuer, door.role)
        )
        for door in found.door
        for scopes in [[scope for scope in SCOPES if scope in found.carried(door)]]
    ]


def sides(one: Convention, issuer: str, role: str) -> list[tuple[str, str]]:
    """The issuer to the door's role; or the issuer's colleague, to anybody."""
    colleague = one.roles[issuer].colleague == role
    return [(issuer, role), *((role, whom) for whom in one.roles if colleague)]


@pytest.mark.slow
def test_every_door_told_leads_to_a_yes() -> None:
    """Every issuer, event and recipient, readers of figures among them, with all data and none."""
    one, told_doors = load(read(SECOND), SECOND), 0
    attempts = product(one.roles, EVENT_TYPES, (*one.roles, *one.readers), (list(SCOPES), []))

    for issuer, event, recipient, scopes in attempts:
        found = explain(one, issuer, event, recipient, None, scopes)
        for door in found.door:
            assert found.carried(door) <= frozenset(found.withheld)
            assert found.carried(door) or not found.withheld
        assert all(answered(one, found)), (issuer, event, recipient, scopes)
        assert len(found.door) <= 2 * MAX_DOORS  # three on each bus
        told_doors += len(found.door)

    assert told_doors > 1_000

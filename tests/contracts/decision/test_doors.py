"""The suggested recipients of what was withheld."""

from __future__ import annotations

from itertools import product

import pytest

from contracts.decision.doors import MAX_DOORS, doors
from contracts.vocabulary.scopes import EVENT_TYPES, REALMS, ROLES, SCOPES
from tests.contracts.convention.kit import convention


def found(issuer: str, etype: str, scopes: str, recipient: str, purpose: str | None = None) -> str:
    """Doors as `clause>role` words."""
    ways = doors(convention(), "civil", issuer, etype, scopes.split(), recipient, purpose)
    return " ".join(f"{door.clause}>{door.role}" for door in ways)


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        # Scenario A: absences, a rumour with two names, a nurse's note, to the police.
        (("EDU-H", "IP", "SCHOOLING FACTS FACTS.third_party HEALTH.vital", "POL"),
         "R02>CRIP R08>PARQ-CIV R01>EDU-S"),
        (("EDU-H", "SIG", "FACTS", "POL"), "R08>PARQ-CIV R02>CRIP"),
        # No clause for the school's health data: only its colleague has one.
        (("EDU-H", "IP", "HEALTH.vital", "CRIP"), "R01>EDU-S"),
        # An attempt without any content still shows where to go.
        (("EDU-H", "IP", "", "POL"), "R02>CRIP R08>PARQ-CIV"),
        # The same agency first: the school's social service instead of its head.
        (("ASE", "COORD", "CODE.meeting", "EDU-H"), "R42>EDU-S R42>CRIP R42>PMI"),
        # The same act, same desk, other purpose: the copy.
        (("EDU-H", "SIG", "FACTS", "CRIP", "protect_now"), "R11>CRIP R08>PARQ-CIV R02>CRIP"),
        # A copy is nobody else's door.
        (("HOME", "SIG", "FACTS", "ASE"), "R10>PARQ-CIV R06>ASE"),
        # The clause that was tried is no door.
        (("POL", "IP", "FACTS", "CRIP", "assess"), ""),
        # An answer has its one recipient; there is no other door for its content.
        (("CRIP", "FEEDBACK", "FACTS", "EDU-H"), ""),
        (("EDU-H", "IP", "FACTS", ""), "R02>CRIP R08>PARQ-CIV"),
        (("NOBODY", "IP", "FACTS", "POL"), ""),
    ],
)  # fmt: skip
def test_the_most_useful_doors_come_first(attempt: tuple[str, ...], expected: str) -> None:
    """Written by hand, one case a line."""
    assert found(*attempt) == expected


@pytest.mark.slow
def test_a_door_lets_something_through_that_was_withheld() -> None:
    """Over roles, events and scopes, by a clause of the same bus; three at most, in one order."""
    ours = convention()
    for realm, issuer, etype, recipient in product(REALMS, ROLES, EVENT_TYPES, ROLES):
        ways = doors(ours, realm, issuer, etype, list(SCOPES), recipient)
        assert ways == doors(ours, realm, issuer, etype, list(SCOPES)[::-1], recipient)
        assert len(set(ways)) == len(ways) <= MAX_DOORS
        for scope in SCOPES:
            for door in doors(ours, realm, issuer, etype, [scope], recipient):
                grants = [one for one in ours.by_clause[door.clause] if one.realm == realm]
                own = ours.roles[issuer].colleague == door.role and issuer not in {
                    name for grant in grants for name in grant.issuers
                }
                assert any(
                    (door.role in (grant.issuers if own else grant.recipients))
                    and {s for s in grant.released if s == scope or s.startswith(f"{scope}.")}
                    for grant in grants
                )

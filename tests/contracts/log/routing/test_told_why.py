"""Whoever sent what could not be routed is told why and where, by code and place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts.encoding import digest
from tests.contracts.envelope import kit
from tests.contracts.envelope.kit import Wire
from tests.contracts.log.bus import CONVD, Bus
from tests.contracts.log.routing.test_hostile_issuer import notices
from tests.contracts.log.saying import alarms, same_state

Change = Callable[[dict[str, Any]], None]


def sent(bus: Bus, change: Change) -> Wire:
    """An event of the school's, whose signed cover was changed before it was signed."""
    issued = kit.sample_issue(convd=CONVD)
    changed = kit.reissue(issued, change)
    record = kit.inbound(
        issued, offset=1, value=changed.value(), key=digest(changed.cover).encode()
    )
    bus.route(record)
    return changed


def surprise(claims: dict[str, Any]) -> None:
    """A declared condition that does not exist."""
    claims["declared"] = {"surprise": True}


def nobody(claims: dict[str, Any]) -> None:
    """No addressee."""
    claims["to"] = []


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [(surprise, "cover_malformed", "cover.declared"), (nobody, "no_addressee", "cover.to")],
)
def test_the_issuer_is_told_code_and_place(change: Change, code: str, place: str) -> None:
    """Also of a cover outside the schema, as its signature verifies; the auditor finds the same."""
    bus = Bus()

    issued = sent(bus, change)

    (notice,) = notices(bus, "edu-s")
    assert (notice["kind"], notice["code"], notice["place"]) == ("quarantined", code, place)
    assert (notice["event"]["jti"], notice["cover"]) == (issued.claims["jti"], digest(issued.cover))
    assert alarms(bus, kit.NOW + 1) == []
    same_state(bus)


@pytest.mark.parametrize("name", ["iss", "jti", "sub"])
def test_a_malformed_cover_that_does_not_say_whose_it_is_tells_nobody(name: str) -> None:
    """There is nobody to tell, or nothing to tell of; it is put aside all the same."""
    bus = Bus()

    def spoilt(claims: dict[str, Any]) -> None:
        claims[name] = "urn:relais:civil:desk:crip" if name == "iss" else "x"
        claims["extra"] = "x"

    sent(bus, spoilt)

    assert notices(bus, "edu-s") == notices(bus, "crip") == []
    assert [one.code for one in bus.replay(kit.NOW + 1)] == ["quarantined"]
    assert alarms(bus, kit.NOW + 1) == []

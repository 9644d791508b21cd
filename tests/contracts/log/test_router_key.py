"""A router whose key the directory in force does not know any more writes nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from contracts.errors import LogError
from contracts.keys.keyring import sign_directory
from contracts.vocabulary.schema import router_urn
from tests.contracts.envelope import kit
from tests.flows.acts import draft, raw, same_state
from tests.world import World, realm_keys


def adopt(world: World, version: int, **router: Any) -> None:
    """A next civil directory with another entry of the router's."""
    here = realm_keys("civil")
    payload = copy.deepcopy(here.payload)
    payload["version"] += version
    payload["router"] |= router
    world.order("civil", "adopt_directory", {"directory": sign_directory(payload, here.keeper)})


@pytest.mark.slow
def test_a_directory_without_its_key_stops_a_router_and_spoils_no_log() -> None:
    """It ends and says why; a restart reads all, and a mended directory sets it going."""
    other = kit.signing_row(kit.signer(router_urn("civil"), "router-civil-s2"))
    world = World()
    raw(world, "psp", "IP", ("crip", "assess", "FACTS"))
    adopt(world, 1, signing=[other])  # another key in its place, without overlap
    world.publish_raw("edu-s", draft("edu-s", "IP", ("crip", "assess", "FACTS")))
    world.clock.advance(60)

    for (realm, number), router in world.routers.items():
        if realm == "civil":
            with pytest.raises(LogError, match="signature_wrong"):
                world.route(router, ())
            assert world.rebuilt(realm, number).tail == router.state.tail

    adopt(world, 2)
    world.clock.advance(60)
    world.settle()

    assert world.alarms == []
    same_state(world)

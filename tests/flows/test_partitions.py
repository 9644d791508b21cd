"""A federation whose realms have 48 partitions: what it decides, writes, and refuses."""

from __future__ import annotations

import orjson

from contracts.encoding import digest, partition_of
from contracts.vocabulary import topics
from tests.flows.acts import raw, same_state
from tests.world import World

MANY = 48


def test_cases_lie_behind_the_sixth_partition_too() -> None:
    """Each where the rule puts it, one number in outbox, log and inbox; genesis says how many."""
    world = World(partitions=MANY)
    for number in range(20):
        raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"), case=digest(str(number)))

    used = {place for place, rows in world.topics.items() if rows and ".outbox." in place[0]}
    assert {number for _, number in used} - set(range(topics.PARTITIONS))
    for name, number in used:
        realm = name.split(".")[1]
        for row in world.topics[topics.evidence(realm), number]:
            effects = orjson.loads(row.value or b"")["effects"]
            first = [one for one in effects if one["k"] == "genesis"]
            assert [one["partitions"] for one in first] in ([], [MANY])
            for token in {one["sub"] for one in effects if "sub" in one}:
                assert partition_of(world.secrets[realm], realm, token, MANY) == number
    assert len(world.inbox("crip")) == 20
    same_state(world)

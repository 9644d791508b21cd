"""Topics on a real broker: made, held against the plan, and never taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

import pytest
from aiokafka import TopicPartition

from contracts.errors import UsageError
from contracts.kafka.topic_plan import DAY_MS, PlannedTopic, plan
from services.operate.drift import Drift
from services.operate.topics import apply_topics, check_topics
from services.platform.kafka.reading.log_reader import LogReader
from tests.contracts.convention.kit import convention
from tests.contracts.envelope.kit import realm

pytestmark = pytest.mark.kafka

NAME: Final = "relais.t.own"
SIX: Final = PlannedTopic("relais.t.six", 6)
OWN: Final = PlannedTopic(NAME, 1)
MANY: Final = 1_200
SIZE, POLICY, KEPT = "max.message.bytes", "cleanup.policy", "retention.ms"
MONTH: Final = (KEPT, str(30 * DAY_MS))
# Settings as somebody's hand left them, as planned; the kind of what is found, and of which.
DRIFTS: Final = {
    "a setting that was changed": ([(SIZE, "5000")], [(SIZE, "1000")], "setting", SIZE),
    "a setting that was taken away": ([], [(SIZE, "1000")], "setting", SIZE),
    "a setting that nothing plans": ([(POLICY, "compact")], [], "setting", POLICY),
    "a retention that is too short": ([(KEPT, str(DAY_MS))], [MONTH], "setting", KEPT),
    "a retention that is too long": ([(KEPT, str(60 * DAY_MS))], [MONTH], "shorter", KEPT),
    "a retention without end": ([(KEPT, "-1")], [MONTH], "shorter", KEPT),
}


def _kinds(drifts: Iterable[Drift]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.place, one.name) for one in drifts]


async def test_topics_are_made_once_by_two_at_once(fresh: str) -> None:
    """Who is second finds them made."""
    made = await asyncio.gather(apply_topics(fresh, [SIX, OWN]), apply_topics(fresh, [SIX, OWN]))

    assert ("topic_missing", "relais.t.six", "") in _kinds(made[0] + made[1])
    assert await apply_topics(fresh, [SIX, OWN]) == []
    assert await check_topics(fresh, [SIX, OWN], replicas=1) == []


@pytest.mark.nightly
async def test_topics_of_a_whole_departement_are_made_and_asked_for(fresh: str) -> None:
    """More than a controller takes in one request."""
    settings = plan(convention(), realm("civil").directory)[0].configs
    many = [PlannedTopic(f"relais.t.{n}", 1, settings) for n in range(MANY)]
    places = [TopicPartition(one.name, 0) for one in many]

    made = await apply_topics(fresh, many)
    longer = [PlannedTopic(one.name, 1, (*one.configs, ("flush.ms", "1000"))) for one in many]
    altered = await apply_topics(fresh, longer)

    assert len(made) == len(altered) == MANY
    assert await check_topics(fresh, longer, replicas=1) == []
    async with LogReader(fresh) as reader:
        assert await reader.ends(places) == dict.fromkeys(places, 0)


async def test_another_number_of_partitions_is_found_and_never_changed(fresh: str) -> None:
    """The order within a case rests on it: neither more nor fewer."""
    await apply_topics(fresh, [SIX])
    for number in (1, 12):
        other = PlannedTopic("relais.t.six", number)

        found = _kinds(await check_topics(fresh, [other], replicas=1))
        assert ("partitions", "relais.t.six", "") in found
        with pytest.raises(UsageError, match=r"partitions_differ at relais\.t\.six"):
            await apply_topics(fresh, [other])
    assert await check_topics(fresh, [SIX], replicas=1) == []
    assert _kinds(await check_topics(fresh, [SIX], replicas=3)) == [
        ("replicas", "relais.t.six", ""), ("setting", "relais.t.six", "min.insync.replicas"),
    ]  # fmt: skip


@pytest.mark.parametrize(("by_hand", "planned", "kind", "setting"), DRIFTS.values(), ids=DRIFTS)
async def test_what_a_hand_changed_is_found_and_set_right(
    fresh: str, by_hand: list[tuple[str, str]], planned: list[tuple[str, str]], kind: str,
    setting: str,
) -> None:  # fmt: skip
    """At once; but to shorten a retention deletes records: somebody must say so."""
    agreed = [PlannedTopic(NAME, 1, tuple(planned))]
    await apply_topics(fresh, [PlannedTopic(NAME, 1, tuple(by_hand))])

    found = await check_topics(fresh, agreed, replicas=1)
    done = await apply_topics(fresh, agreed)
    asked = await apply_topics(fresh, agreed, shorten=True)

    assert _kinds(found) == [(kind, NAME, setting)]
    assert (done, asked) == (([], found) if kind == "shorter" else (found, []))
    assert await check_topics(fresh, agreed, replicas=1) == []


async def test_a_topic_that_nothing_needs_is_found_and_stays(fresh: str) -> None:
    """Somebody must judge what is in it first; other people's topics are no affair of ours."""
    await apply_topics(fresh, [SIX, OWN, PlannedTopic("another.t.six", 1)])

    found = await check_topics(fresh, [SIX], replicas=1)
    await apply_topics(fresh, [SIX])

    assert _kinds(found) == [("topic_unknown", NAME, "")]
    assert await check_topics(fresh, [SIX, OWN], replicas=1) == []


async def test_a_setting_that_kafka_refuses_is_an_error(fresh: str) -> None:
    """A typing error is not passed over in silence."""
    with pytest.raises(UsageError, match="refused_by_kafka"):
        await apply_topics(fresh, [PlannedTopic("relais.t.odd", 1, (("nonsense", "1"),))])

"""Topics on a real broker: made, held against the plan, and never taken away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest
from aiokafka import TopicPartition

from contracts.errors import UsageError
from contracts.kafka.topic_plan import DAY_MS, PlannedTopic, plan
from services.operate.drift import Drift
from services.operate.topics import apply_topics, check_topics
from services.platform.kafka.reading.log_reader import LogReader
from tests.contracts.convention.kit import convention
from tests.contracts.envelope.kit import realm

pytestmark = [pytest.mark.anyio, pytest.mark.kafka]

SIX = PlannedTopic("relais.t.six", 6)
SMALL = PlannedTopic("relais.t.small", 1, (("max.message.bytes", "1000"),))
KEPT = PlannedTopic("relais.t.kept", 1, (("retention.ms", str(30 * DAY_MS)),))

MANY = 1_200


async def _alter(bootstrap: str, topic: PlannedTopic, setting: str, value: str | None) -> None:
    """Change a topic behind the plan's back; None: take the setting away."""
    given = {**dict(topic.configs), setting: value}
    configs = tuple((name, own) for name, own in given.items() if own is not None)
    await apply_topics(bootstrap, [replace(topic, configs=configs)], shorten=True)


def _kinds(drifts: Iterable[Drift]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.place, one.name) for one in drifts]


async def test_topics_are_made_once_by_two_at_once(fresh: str) -> None:
    """Who is second finds them made."""
    made = await asyncio.gather(
        apply_topics(fresh, [SIX, SMALL]), apply_topics(fresh, [SIX, SMALL])
    )

    assert ("topic_missing", "relais.t.six", "") in _kinds(made[0] + made[1])
    assert await apply_topics(fresh, [SIX, SMALL]) == []
    assert await check_topics(fresh, [SIX, SMALL], replicas=1) == []


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

        assert ("partitions", "relais.t.six", "") in _kinds(
            await check_topics(fresh, [other], replicas=1)
        )
        with pytest.raises(UsageError, match=r"partitions_differ at relais\.t\.six"):
            await apply_topics(fresh, [other])
    assert await check_topics(fresh, [SIX], replicas=1) == []
    assert _kinds(await check_topics(fresh, [SIX], replicas=3)) == [
        ("replicas", "relais.t.six", ""), ("setting", "relais.t.six", "min.insync.replicas"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "value"),
    [("max.message.bytes", "5000"), ("max.message.bytes", None), ("cleanup.policy", "compact")],
)
async def test_a_setting_changed_by_hand_is_found_and_set_right(
    fresh: str, setting: str, value: str | None
) -> None:
    """Changed, taken away, or added where nothing plans it."""
    await apply_topics(fresh, [SMALL])
    await _alter(fresh, SMALL, setting, value)

    found = await check_topics(fresh, [SMALL], replicas=1)
    done = await apply_topics(fresh, [SMALL])

    assert _kinds(found) == [("setting", "relais.t.small", setting)]
    assert done == found
    assert await check_topics(fresh, [SMALL], replicas=1) == []


async def test_a_retention_is_made_longer_at_once_and_shorter_when_asked(fresh: str) -> None:
    """To shorten it deletes records: somebody must say so."""
    await apply_topics(fresh, [KEPT])
    for hand in (str(60 * DAY_MS), "-1"):
        await _alter(fresh, KEPT, "retention.ms", hand)

        assert _kinds(await check_topics(fresh, [KEPT], replicas=1)) == [
            ("shorter", "relais.t.kept", "retention.ms")
        ]
        assert await apply_topics(fresh, [KEPT]) == []
    assert len(await apply_topics(fresh, [KEPT], shorten=True)) == 1
    assert await check_topics(fresh, [KEPT], replicas=1) == []
    await _alter(fresh, KEPT, "retention.ms", str(DAY_MS))
    assert _kinds(await apply_topics(fresh, [KEPT])) == [
        ("setting", "relais.t.kept", "retention.ms")
    ]
    assert await check_topics(fresh, [KEPT], replicas=1) == []


async def test_a_topic_that_nothing_needs_is_found_and_stays(fresh: str) -> None:
    """Somebody must judge what is in it first; other people's topics are no affair of ours."""
    await apply_topics(fresh, [SIX, SMALL, PlannedTopic("another.t.six", 1)])

    found = await check_topics(fresh, [SIX], replicas=1)
    await apply_topics(fresh, [SIX])

    assert _kinds(found) == [("topic_unknown", "relais.t.small", "")]
    assert await check_topics(fresh, [SIX, SMALL], replicas=1) == []


async def test_a_setting_that_kafka_refuses_is_an_error(fresh: str) -> None:
    """A typing error is not passed over in silence."""
    with pytest.raises(UsageError, match="refused_by_kafka"):
        await apply_topics(fresh, [PlannedTopic("relais.t.odd", 1, (("nonsense", "1"),))])

"""Newer code goes on from the log of an older release: read, rebuilt, replayed, continued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import orjson
import pytest

from contracts.decision.state.state import State
from contracts.envelope.wire import Outbound
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import rebuild
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.log.routing.partition_router import PartitionRouter
from contracts.vocabulary import topics
from tests.contracts.envelope.kit import Seeded
from tests.contracts.log import old_log

PARTITIONS = range(topics.PARTITIONS)


@pytest.fixture(scope="module")
def registry() -> Registry:
    """What the old control says to the new code."""
    found = Registry(old_log.REALM, old_log.owners())
    assert found.extend(one.value for one in old_log.of(topics.control(old_log.REALM))) == []
    return found


def rebuilt(registry: Registry, partition: int) -> State:
    """The state that an old partition adds up to."""
    log = old_log.of(topics.decisions(old_log.REALM), partition)
    values = ((one.value, one.headers) for one in log)
    evidence = old_log.evidence(partition)
    return rebuild(old_log.REALM, partition, values, evidence, registry)


def replayed(
    registry: Registry, partition: int, more: Iterator[tuple[bytes, Outbound]] | None = None
) -> tuple[Replayer, list[AuditFinding]]:
    """An audit of an old partition, and of what new code wrote after it."""
    replayer, found = Replayer(old_log.REALM, partition, registry), list[AuditFinding]()
    evidence = old_log.evidence(partition)
    for one in old_log.of(topics.decisions(old_log.REALM), partition):
        key = (one.key or b"").decode()
        found += replayer.step(one.value, one.headers, evidence.get(key))
    for value, record in more or ():
        found += replayer.step(record.value, record.headers, value)
    return replayer, found + replayer.finish(old_log.facts()["now"])


def test_an_old_log_is_audited_clean(registry: Registry) -> None:
    """Every record of every kind is decided again to the same bytes."""
    kinds: Counter[str] = Counter()
    for partition in PARTITIONS:
        replayer, found = replayed(registry, partition)
        kinds.update(replayer.tally.kinds)
        assert [one for one in found if one.alarm] == []

    assert kinds == old_log.facts()["kinds"]
    assert set(kinds) >= {"genesis", "adopted", "decided", "duplicate", "quarantined", "overdue"}


@pytest.mark.parametrize("partition", PARTITIONS)
def test_an_old_log_is_rebuilt_to_where_it_stood(registry: Registry, partition: int) -> None:
    """The new code finds the old tail: nothing is signed under another leaf."""
    tail = rebuilt(registry, partition).tail

    assert {"index": tail.index, "leaf": tail.leaf} == old_log.facts()["tails"][str(partition)]


def test_events_in_flight_are_routed_by_the_new_code_and_the_whole_is_clean(
    registry: Registry,
) -> None:
    """What old issuers had published is decided once, chained to the old log, and audits clean."""
    decided = 0
    for partition in PARTITIONS:
        state, salt = rebuilt(registry, partition), Seeded(f"upgrade {partition}")
        router = PartitionRouter(old_log.REALM, partition, state, old_log.router_keys())
        waiting = old_log.in_flight(partition)

        batch = router.batch(waiting, registry, old_log.facts()["now"], lambda: salt(16))  # noqa: B023

        decided += batch.kinds.count("decided")
        assert batch.kinds.count("decided") == len(waiting)
        evidence, log = (
            [one for one in batch.out if one.topic == name(old_log.REALM)]
            for name in (topics.evidence, topics.decisions)
        )
        if log:
            first = orjson.loads(log[0].value)
            assert first["prev"] == old_log.facts()["tails"][str(partition)]["leaf"]
        more = ((kept.value, one) for kept, one in zip(evidence, log, strict=True))
        assert [one for one in replayed(registry, partition, more)[1] if one.alarm] == []
    assert decided == old_log.facts()["in_flight"]

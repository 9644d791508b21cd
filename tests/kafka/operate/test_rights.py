"""Rights and limits on real brokers, which keep to them; `tests/contracts/kafka` has the table."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from contracts.errors import UsageError
from contracts.kafka.quotas import AGENCY_WRITES, MOST_READS, READS, WRITES, quotas
from contracts.kafka.rights import Right
from contracts.kafka.topic_plan import plan
from contracts.log.orders.layout import Layout
from contracts.vocabulary.principals import ADMIN
from services.operate.drift import Drift
from services.operate.rights import apply_rights, check_rights
from services.operate.rules import DENY, PREFIXED, Item, Limit, Rule, asking, rule_of
from services.operate.status.look import kafka_state
from services.operate.topics import apply_topics, check_topics
from services.platform.kafka.connection.connection import Tls, client_options
from services.play.kafka.cluster import Cluster
from tests.contracts.convention.kit import convention
from tests.contracts.decision import policy
from tests.contracts.decision.policy import rights
from tests.contracts.envelope.kit import realm
from tests.kafka.conftest import certificate, clear
from tests.patience import PATIENCE

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

DIRECTORIES = {name: realm(name).directory for name in ("civil", "criminal")}
LAYOUTS = {
    name: [Layout(order, shards) for order, shards in layouts]
    for name, layouts in policy.LAYOUTS.items()
}


def _wanted() -> tuple[Right, ...]:
    return rights(convention(), DIRECTORIES, LAYOUTS)


@dataclass(frozen=True)
class Applied:
    """A cluster with the topics and rights of both realms, and nobody else's.

    Attributes:
        leaders: topic -> broker that leads its partition 0: hidden from most.
        publishing: transactional id -> the broker that coordinates it.
    """

    secure: Cluster
    admin: Tls
    leaders: Mapping[str, int]
    publishing: Mapping[str, int]


@pytest.fixture(scope="module")
def applied(secure: Cluster) -> Iterator[Applied]:
    """Topics and rights as convention, directories and layouts give them; taken away afterwards."""
    yield asyncio.run(_prepare(secure))
    asyncio.run(clear(secure))


async def _prepare(secure: Cluster) -> Applied:
    admin, wanted, nodes = certificate(secure), _wanted(), len(secure.nodes)
    await clear(secure)
    planned = [topic for one in DIRECTORIES.values() for topic in plan(convention(), one)]
    await apply_topics(secure.bootstrap, planned, replicas=nodes, tls=admin)
    await apply_rights(secure.bootstrap, wanted, tls=admin, prune=True)
    assert await check_topics(secure.bootstrap, planned, replicas=nodes, tls=admin) == []
    assert await check_rights(secure.bootstrap, wanted, tls=admin) == []
    async with calling(secure, ADMIN) as caller:
        publishing = {name: await caller.coordinator(name) for name in policy.IDS}
        return Applied(secure, admin, await caller.sees(), publishing)


async def test_every_principal_tries_to_read_and_write_every_topic(applied: Applied) -> None:
    """Who may is let in, who may not is denied, and no topic is told without a part in it."""
    leaders = {name: applied.leaders[name] for name in policy.TOPICS}
    assert {one for one in applied.leaders if one.startswith("relais.")} == set(leaders)
    wrong = []

    for principal in policy.PRINCIPALS:
        async with calling(applied.secure, principal) as caller:
            reads, writes = await caller.reads(leaders), await caller.writes(leaders)
            seen = set(await caller.sees())
        for topic in policy.TOPICS:
            got = "R" * reads[topic] + "W" * writes[topic]
            expected = policy.on_topic(principal, topic)
            wrong += [(principal, topic, got, expected)] if got != expected else []
            assert (topic in seen) is bool(expected or principal == "console"), (principal, topic)

    assert wrong == []


async def test_every_principal_tries_every_transactional_id(applied: Applied) -> None:
    """No shard can fence another of its own layout, no agency another, no realm the other."""
    wrong = []

    for principal in policy.PRINCIPALS:
        async with calling(applied.secure, principal) as caller:
            found = await caller.publishes_as(applied.publishing)
        expected = {one: policy.may_publish_as(principal, one) for one in policy.IDS}
        wrong += [(principal, one) for one in policy.IDS if found[one] != expected[one]]

    assert wrong == []


async def test_the_console_is_told_of_every_topic(applied: Applied) -> None:
    """Its copies are described to it; to who has no right, nothing is."""
    console = certificate(applied.secure, "console")
    nobody = certificate(applied.secure, "metrics")

    seen = await kafka_state(applied.secure.bootstrap, console)
    blind = await kafka_state(applied.secure.bootstrap, nobody)

    assert {topic.name for topic in seen.topics} == set(policy.TOPICS)
    assert {(topic.copies, topic.leaderless) for topic in seen.topics} == {(3, 0)}
    assert (blind.why, blind.topics) == ("", ())


HAND = "User:education"
BY_HAND = (
    Rule(HAND, 2, "relais.civil.decisions", 3),  # topic, READ
    Rule(HAND, 2, "*", 3),
    Rule(HAND, 2, "relais.", 3, PREFIXED),
    Rule(HAND, 2, "relais.civil.control", 3, host="127.0.0.1"),
    Rule(HAND, 2, "relais.civil.outbox.education", 2),  # ALL
    Rule(HAND, 3, "relais.civil.routing", 3),  # group
    Rule(HAND, 4, "kafka-cluster", 7),  # cluster, ALTER
    Rule(HAND, 5, "relais.intake.police.a", 4),  # transactional id, WRITE
    Rule(HAND, 5, "relais.intake.education.a", 15),  # TWO_PHASE_COMMIT, newer than most clients
    Rule("User:police", 2, "relais.civil.inbox.police", 3, permission=DENY),
    Rule("User:*", 2, "relais.civil.control", 3),
    Rule("User:somebody-else", 2, "another.topic", 3),
)


async def test_rights_given_by_hand_are_found_and_taken_only_when_asked(applied: Applied) -> None:
    """Each by itself: told in words, left by `apply`, gone after `apply --prune`."""
    bootstrap, admin, wanted = applied.secure.bootstrap, applied.admin, _wanted()
    decisions = {"relais.civil.decisions": applied.leaders["relais.civil.decisions"]}
    async with asking(bootstrap, admin) as brokers:
        await brokers.change(dict.fromkeys(BY_HAND, 1), ())

    found = await check_rights(bootstrap, wanted, tls=admin)
    left = await apply_rights(bootstrap, wanted, tls=admin)
    async with calling(applied.secure, "education") as caller:
        assert await caller.reads(decisions) == {"relais.civil.decisions": True}
    taken = await apply_rights(bootstrap, wanted, tls=admin, prune=True)

    assert {one.name for one in found} == {rule.describe() for rule in BY_HAND}
    assert {one.kind for one in found} == {"right_extra"}
    assert left == []
    assert taken == found
    assert await check_rights(bootstrap, wanted, tls=admin) == []
    async with calling(applied.secure, "education") as caller:
        assert await caller.reads(decisions) == {"relais.civil.decisions": False}


async def test_rights_taken_by_hand_are_found_and_given_back(applied: Applied) -> None:
    """What somebody lacks is drift too: a desk that cannot read is a referral that nobody gets."""
    bootstrap, admin, wanted = applied.secure.bootstrap, applied.admin, _wanted()
    lost = [rule_of(right) for right in wanted if right.principal == "police"]
    async with asking(bootstrap, admin) as brokers:
        await brokers.change({}, lost)

    found = await check_rights(bootstrap, wanted, tls=admin)
    done = await apply_rights(bootstrap, wanted, tls=admin)

    assert [(one.kind, one.place) for one in found] == [("right_missing", "police")] * len(lost)
    assert done == found
    assert await check_rights(bootstrap, wanted, tls=admin) == []
    assert await apply_rights(bootstrap, wanted, tls=admin, prune=True) == []


async def test_limits_are_given_with_the_rights_and_told_where_they_differ(
    applied: Applied,
) -> None:
    """Missing or changed: made good at once. Given by hand: told, and taken when asked."""
    bootstrap, admin, wanted = applied.secure.bootstrap, applied.admin, _wanted()
    limits = quotas([(convention(), one) for one in DIRECTORIES.values()])
    given = await apply_rights(bootstrap, wanted, limits, tls=admin)
    again = await apply_rights(bootstrap, wanted, limits, tls=admin, prune=True)
    own, lost = Limit((("user", "education"),), WRITES), Limit((("user", "police"),), READS)
    router, everybody = Limit((("user", "routing-civil-0"),), WRITES), Limit((("user", ""),), READS)
    by_hand: dict[Item, int] = {own: 7, router: 8, everybody: 9}
    async with asking(bootstrap, admin) as brokers:
        await brokers.change(by_hand, [lost])

    found = await check_rights(bootstrap, wanted, limits, tls=admin)
    mended = await apply_rights(bootstrap, wanted, limits, tls=admin)
    left = await check_rights(bootstrap, wanted, limits, tls=admin)
    pruned = await apply_rights(bootstrap, wanted, limits, tls=admin, prune=True)

    assert sum(one.kind == "quota" for one in given) == len(limits)
    assert again == []
    assert found == [
        Drift("quota", "education", WRITES, "7", str(AGENCY_WRITES)),
        Drift("quota", "police", READS, "", str(MOST_READS)),
        Drift("quota_extra", "routing-civil-0", WRITES, "8"),
        Drift("quota_extra", "user <default>", READS, "9"),
    ]
    assert mended == found[:2]
    assert left == pruned == found[2:]
    assert await check_rights(bootstrap, wanted, limits, tls=admin) == []


async def test_who_is_not_admin_or_has_no_authorizer_is_told_so(
    applied: Applied, broker: str
) -> None:
    """An agency's certificate reads no rights; a plain broker, open to all, is no drift."""
    agency = certificate(applied.secure, "education")

    with pytest.raises(UsageError, match="not_admin"):
        await check_rights(applied.secure.bootstrap, _wanted(), tls=agency)
    with pytest.raises(UsageError, match="no_rights"):
        await check_rights(broker, _wanted())


GOOD: Final = 0
# Not there yet, no leader, loading, moved, busy.
AGAIN: Final = frozenset({3, 5, 6, 14, 15, 16, 51})
DENIED: Final = frozenset({29, 30, 31, 53})  # topic, group, cluster, transactional id
TRANSACTION: Final = 1  # kind of a coordinator


class Caller:
    """A principal."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    @property
    def brokers(self) -> list[int]:
        """All brokers: even who has no right is told of them."""
        return sorted(one.nodeId for one in self._client.cluster.brokers())

    async def sees(self) -> dict[str, int]:
        """The topics that it is told of -> leader of partition 0."""
        answer = await self._client.send(self.brokers[0], MetadataRequest(None, False))
        return {
            topic: next(leader for _, number, leader, *_ in parts if number == 0)
            for _, topic, _, parts in answer.topics
        }

    async def reads(self, leaders: Mapping[str, int]) -> dict[str, bool]:
        """Topic -> whether a fetch of its first records is answered."""

        def request(names: list[str]) -> FetchRequest:
            return FetchRequest(0, 0, 1 << 20, 1, [(name, [(0, 0, 1 << 16)]) for name in names])

        return await self._each(leaders, request)

    async def writes(self, leaders: Mapping[str, int]) -> dict[str, bool]:
        """Topic -> whether a record is taken."""

        def request(names: list[str]) -> ProduceRequest:
            return ProduceRequest(None, -1, 30_000, [(name, [(0, _batch())]) for name in names])

        return await self._each(leaders, request)

    async def publishes_as(self, places: Mapping[str, int]) -> dict[str, bool]:
        """Transactional id -> whether it may be initialised, which fences whoever has it."""
        requests = {name: InitProducerIdRequest(name, 10_000) for name in places}
        answers = {name: await self._settled(places[name], requests[name]) for name in places}
        return {name: answer.error_code == GOOD for name, answer in answers.items()}

    async def coordinator(self, name: str) -> int:
        """The broker that coordinates a transactional id, asked as `admin`."""
        request = FindCoordinatorRequest(name, TRANSACTION)
        return int((await self._settled(self.brokers[0], request)).coordinator_id)

    async def _settled(self, node: int, request: Any) -> Any:
        """The first answer that is not to be asked for again."""
        async with asyncio.timeout(PATIENCE):
            while (answer := await self._client.send(node, request)).error_code in AGAIN:
                await asyncio.sleep(0.05)
        assert answer.error_code == GOOD or answer.error_code in DENIED, answer
        return answer

    async def _each(
        self, leaders: Mapping[str, int], request: Callable[[list[str]], Any]
    ) -> dict[str, bool]:
        """One request for all topics of a broker; what is not settled is asked again."""
        found: dict[str, bool] = {}
        async with asyncio.timeout(PATIENCE):
            while left := [name for name in leaders if name not in found]:
                for node in {leaders[name] for name in left}:
                    names = [name for name in left if leaders[name] == node]
                    answer = await self._client.send(node, request(names))
                    codes = {name: parts[0][1] for name, parts in answer.topics}
                    # Let past an authorizer, whatever comes then is about something else.
                    found |= {n: c not in DENIED for n, c in codes.items() if c not in AGAIN}
                await asyncio.sleep(0.05)
        return found


@asynccontextmanager
async def calling(secure: Cluster, principal: str) -> AsyncIterator[Caller]:
    """Connect as somebody whom the cluster's authority knows."""
    options = client_options(certificate(secure, principal))
    client = AIOKafkaClient(bootstrap_servers=secure.bootstrap, **options)
    try:
        await client.bootstrap()
        yield Caller(client)
    finally:
        await client.close()


def _batch() -> bytes:
    builder = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1024)
    builder.append(0, 0, b"key", b"tried", [])
    return bytes(builder.build())

"""Rules (ACLs) and limits (quotas) as brokers have them: read from each by itself, given, taken.

An AdminClient asks whichever broker it likes, knows no limits, and hides what it has no word for
(an operation that is newer than the client, a resource of another kind); so requests are made here
one by one, and a rule keeps the protocol's own numbers. A broker answers from what it knows, and
learns of a change a moment after the controller took it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import (
    CreateAclsRequest,
    DeleteAclsRequest,
    DescribeAclsRequest,
    DescribeClientQuotasRequest,
)
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Float64, Int16, Int32, Schema, String

from contracts.errors import UsageError
from contracts.kafka.quotas import Quota
from contracts.kafka.rights import Right
from services.operate.client import not_admin
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.connection import client_options
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient

    from services.platform.kafka.connection.connection import Tls

ASK_S: Final = 30.0  # for a broker to answer
LEARN_S: Final = 30.0  # for every broker to learn of a change
LOOK_S: Final = 0.02
AT_ONCE: Final = 32  # requests on their way to a broker

# Numbers of the protocol (KIP-140).
RESOURCES: Final = {
    2: "topic",
    3: "group",
    4: "cluster",
    5: "transactional_id",
    6: "token",
    7: "user",
}
OPERATIONS: Final = {
    2: "ALL", 3: "READ", 4: "WRITE", 5: "CREATE", 6: "DELETE", 7: "ALTER", 8: "DESCRIBE",
    9: "CLUSTER_ACTION", 10: "DESCRIBE_CONFIGS", 11: "ALTER_CONFIGS", 12: "IDEMPOTENT_WRITE",
    13: "CREATE_TOKENS", 14: "DESCRIBE_TOKENS", 15: "TWO_PHASE_COMMIT",
}  # fmt: skip
ANY, DENY, ALLOW, LITERAL, PREFIXED = 1, 2, 3, 3, 4
SECURITY_DISABLED, CLUSTER_DENIED = 54, 31
USER: Final = "User:"
ANY_HOST: Final = "*"  # the only value that is no address


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One rule of a broker.

    Attributes:
        principal: with `User:`.
        resource, operation, pattern, permission: numbers of the protocol.
    """

    principal: str
    resource: int
    name: str
    operation: int
    pattern: int = LITERAL
    host: str = ANY_HOST
    permission: int = ALLOW

    @property
    def whose(self) -> str:
        """The principal."""
        return self.principal.removeprefix(USER)

    def describe(self) -> str:
        """`topic relais.civil.control READ`; what no right of ours has comes after it."""
        known = RESOURCES.get(self.resource, f"resource-{self.resource}"), self.name
        operation = OPERATIONS.get(self.operation, f"operation-{self.operation}")
        odd = (
            []
            if self.pattern == LITERAL
            else ["prefixed" if self.pattern == PREFIXED else "pattern"]
        )
        odd += [] if self.host == ANY_HOST else [f"from {self.host}"]
        odd += [] if self.permission == ALLOW else ["denied"]
        return " ".join([*known, operation, *odd])


def rule_of(right: Right) -> Rule:
    """The one form in which a right of ours stands on a broker."""
    resource = next(number for number, name in RESOURCES.items() if name == right.resource)
    operation = next(number for number, name in OPERATIONS.items() if name == right.operation)
    return Rule(USER + right.principal, resource, right.name, operation)


_TEXT: Final = String("utf-8")
_ENTITY: Final = ("entity", Array(("entity_type", _TEXT), ("entity_name", _TEXT)))
_CHANGES: Final = ("ops", Array(("key", _TEXT), ("value", Float64), ("remove", Boolean)))
DEFAULT: Final = "<default>"  # Kafka's own word for a limit of all that have none of their own
Entity = tuple[tuple[str, str], ...]  # (type, name) pairs, sorted; an empty name is the default


class AlterClientQuotasResponseV0(Response):  # type: ignore[misc]
    """An error code for each entity."""

    API_KEY = 49
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("entries", Array(("error_code", Int16), ("error_message", _TEXT), _ENTITY)),
    )


class AlterClientQuotasRequestV0(RequestStruct):  # type: ignore[misc]
    """Changes for each entity."""

    API_KEY = 49
    API_VERSION = 0
    RESPONSE_TYPE = AlterClientQuotasResponseV0
    SCHEMA = Schema(("entries", Array(_ENTITY, _CHANGES)), ("validate_only", Boolean))


class AlterClientQuotasRequest(Request[AlterClientQuotasRequestV0]):  # type: ignore[misc]
    """Sets limits and takes others away."""

    API_KEY = 49

    def __init__(self, given: Mapping[Limit, int], taken: Iterable[Limit]) -> None:
        # Of an entity that stands twice in a request the brokers take the last alone.
        self._changes: dict[Entity, list[tuple[str, float, bool]]] = {}
        for limit, value in given.items():
            self._changes.setdefault(limit.entity, []).append((limit.name, value, False))
        for limit in taken:
            self._changes.setdefault(limit.entity, []).append((limit.name, 0, True))

    def build(
        self, request_struct_class: type[AlterClientQuotasRequestV0]
    ) -> AlterClientQuotasRequestV0:
        """The request as it is sent."""
        entries = [
            ([(kind, name or None) for kind, name in entity], changes)
            for entity, changes in self._changes.items()
        ]
        return request_struct_class(entries, False)


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """What a quota's value stands for on a broker.

    Attributes:
        entity: of whatever is ours, one `user`.
    """

    entity: Entity
    name: str

    @property
    def whose(self) -> str:
        """A principal as it is, anything else with its types."""
        if len(self.entity) == 1 and self.entity[0][0] == "user" and self.entity[0][1]:
            return self.entity[0][1]
        return ", ".join(f"{kind} {name or DEFAULT}" for kind, name in self.entity)


Item = Rule | Limit
Standing = Mapping[Item, int]  # what it counts: of a rule 1


def standing(rights: Iterable[Right], quotas: Iterable[Quota]) -> dict[Item, int]:
    """Rights and quotas of ours as they stand on a broker."""
    items: dict[Item, int] = dict.fromkeys(map(rule_of, rights), 1)
    return items | {Limit((("user", one.principal),), one.name): one.value for one in quotas}


class Brokers:
    """All brokers of a cluster, asked one by one. Made by `asking`."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    @property
    def nodes(self) -> list[int]:
        """Numbers of the brokers, sorted."""
        return sorted(broker.nodeId for broker in self._client.cluster.brokers())

    async def read(self) -> dict[int, dict[Item, int]]:
        """Broker -> every rule and limit that it knows, whoever made it.

        Raises:
            UsageError: `no_rights`: there is no authorizer; `not_admin`.
            UnreachableError: `kafka_unreachable`.
        """
        return {node: await self._read(node) for node in self.nodes}

    async def _read(self, node: int) -> dict[Item, int]:
        every = DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY)
        acls = await self._ask(node, every)
        _check(acls.error_code, "read rights")
        quotas = await self._ask(node, DescribeClientQuotasRequest([], False))
        _check(quotas.error_code, "read quotas")
        rules: dict[Item, int] = {
            Rule(principal, resource, name, operation, pattern, host, permission): 1
            for resource, name, pattern, own in acls.resources
            for principal, host, operation, permission in own
        }
        return rules | {
            Limit(tuple(sorted((kind, name or "") for kind, name in entity)), name): int(value)
            for entity, values in quotas.entries
            for name, value in values
        }

    async def change(self, given: Standing, taken: Collection[Item]) -> None:
        """Give the ones, take exactly the others, and return once every broker knows.

        Raises:
            UsageError, UnreachableError: as `read`; `rights_not_known` in time.
        """
        more, less = ([one for one in some if isinstance(one, Rule)] for some in (given, taken))
        await self._change(more, CreateAclsRequest, lambda answer: answer.creation_responses)
        await self._change(less, DeleteAclsRequest, lambda answer: answer.filter_responses)
        limits = {one: value for one, value in given.items() if isinstance(one, Limit)}
        gone = [one for one in taken if isinstance(one, Limit)]
        if limits or gone:
            request = AlterClientQuotasRequest(limits, gone)
            for code, *_ in (await self._ask(min(self.nodes), request)).entries:
                _check(code, "change quotas")
        if given or taken:
            await self._until_known(given, set(taken))

    async def _change(
        self, rules: Iterable[Rule], form: Callable[..., Any], results: Callable[[Any], Any]
    ) -> None:
        node, slots = min(self.nodes), asyncio.Semaphore(AT_ONCE)

        async def one(rule: Rule) -> None:
            async with slots:
                answer = await self._ask(node, form(
                    rule.resource, rule.name, rule.pattern, rule.principal, rule.host,
                    rule.operation, rule.permission,
                ))  # fmt: skip
            asked = f"change rights ({rule.describe()})"
            for result in results(answer):
                _check(result[0], asked)

        await asyncio.gather(*(one(rule) for rule in rules))

    async def _until_known(self, given: Standing, taken: set[Item]) -> None:
        limit_s = patient(LEARN_S)
        try:
            async with asyncio.timeout(limit_s):
                while not all(
                    given.items() <= have.items() and not have.keys() & taken
                    for have in (await self.read()).values()
                ):
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            got = f"{limit_s:g} s"
            raise UnreachableError("rights_not_known", got, "all brokers") from None

    async def _ask(self, node: int, request: Request[Any]) -> Any:
        try:
            async with asyncio.timeout(patient(ASK_S)):
                return await self._client.send(node, request)
        except (TimeoutError, KafkaError) as error:
            raise UnreachableError("kafka_unreachable", type(error).__name__, "a broker") from error


@asynccontextmanager
async def asking(bootstrap: str, tls: Tls | None) -> AsyncIterator[Brokers]:
    """Connect to all brokers.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    client = clients().client(
        bootstrap_servers=bootstrap,
        request_timeout_ms=int(1000 * patient(ASK_S)),
        **client_options(tls),
    )
    try:
        await client.bootstrap()
        yield Brokers(client)
    except KafkaError as error:
        raise UnreachableError("kafka_unreachable", type(error).__name__, "a broker") from error
    finally:
        await client.close()


def _check(code: int, what: str) -> None:
    """Raise what a broker refuses as ours.

    Raises:
        UsageError: `no_rights`, `not_admin`, `refused_by_kafka`.
    """
    if code == SECURITY_DISABLED:
        expected = "`relais kafka up --nodes 3 --tls`, or `--only topics`"
        raise UsageError("no_rights", "brokers that know no rights", expected)
    if code == CLUSTER_DENIED:
        raise not_admin(what)
    if code:
        got = f"error code {code}, to: {what}"
        raise UsageError("refused_by_kafka", got, "an answer")

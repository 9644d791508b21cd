"""Rules (ACLs) as brokers have them: read from every broker by itself, given and taken.

An AdminClient asks whichever broker it likes, and hides what it has no word for (an operation
that is newer than the client, a resource of another kind); so requests are made here one by one,
and a rule keeps the protocol's own numbers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contracts.errors import UsageError
from contracts.kafka.rights import Right
from services.operate.client import not_admin
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.connection import client_options
from services.platform.patience import patient
from services.platform.process.exit_codes import UnreachableError

if TYPE_CHECKING:
    from aiokafka.client import AIOKafkaClient
    from aiokafka.protocol.api import Request

    from services.platform.kafka.connection.connection import Tls

ASK_S: Final = 30.0  # for a broker to answer
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


class BrokerRules:
    """All brokers of a cluster, asked one by one. Made by `asking`."""

    def __init__(self, client: AIOKafkaClient) -> None:
        self._client = client

    @property
    def nodes(self) -> list[int]:
        """Numbers of the brokers, sorted."""
        return sorted(broker.nodeId for broker in self._client.cluster.brokers())

    async def read(self) -> dict[int, dict[Rule, int]]:
        """Broker -> every rule that it knows, whoever made it; each counts 1.

        Raises:
            UsageError: `no_rights`: there is no authorizer; `not_admin`.
            UnreachableError: `kafka_unreachable`.
        """
        from aiokafka.protocol.admin import DescribeAclsRequest

        by_broker = {}
        for node in self.nodes:
            answer = await self.ask(node, DescribeAclsRequest(ANY, None, ANY, None, None, ANY, ANY))
            check(answer.error_code, "read rights")
            rules = (
                Rule(principal, resource, name, operation, pattern, host, permission)
                for resource, name, pattern, rules in answer.resources
                for principal, host, operation, permission in rules
            )
            by_broker[node] = dict.fromkeys(rules, 1)
        return by_broker

    async def change(self, given: Iterable[Rule], taken: Iterable[Rule]) -> None:
        """Make the ones, and delete exactly the others; errors as `read`."""
        from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

        await self._change(given, CreateAclsRequest, lambda answer: answer.creation_responses)
        await self._change(taken, DeleteAclsRequest, lambda answer: answer.filter_responses)

    async def _change(
        self, rules: Iterable[Rule], form: Callable[..., Any], results: Callable[[Any], Any]
    ) -> None:
        node, slots = min(self.nodes), asyncio.Semaphore(AT_ONCE)

        async def one(rule: Rule) -> None:
            async with slots:
                answer = await self.ask(node, form(
                    rule.resource, rule.name, rule.pattern, rule.principal, rule.host,
                    rule.operation, rule.permission,
                ))  # fmt: skip
            asked = f"change rights ({rule.describe()})"
            for result in results(answer):
                check(result[0], asked)

        await asyncio.gather(*(one(rule) for rule in rules))

    async def ask(self, node: int, request: Request[Any]) -> Any:
        """What one broker answers.

        Raises:
            UnreachableError: `kafka_unreachable`.
        """
        from aiokafka.errors import KafkaError

        try:
            async with asyncio.timeout(patient(ASK_S)):
                return await self._client.send(node, request)
        except (TimeoutError, KafkaError) as error:
            raise UnreachableError("kafka_unreachable", type(error).__name__, "a broker") from error


@asynccontextmanager
async def asking(bootstrap: str, tls: Tls | None) -> AsyncIterator[BrokerRules]:
    """Connect to all brokers.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    from aiokafka.errors import KafkaError

    client = clients().client(
        bootstrap_servers=bootstrap,
        request_timeout_ms=int(1000 * patient(ASK_S)),
        **client_options(tls),
    )
    try:
        await client.bootstrap()
        yield BrokerRules(client)
    except KafkaError as error:
        raise UnreachableError("kafka_unreachable", type(error).__name__, "a broker") from error
    finally:
        await client.close()


def check(code: int, what: str) -> None:
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

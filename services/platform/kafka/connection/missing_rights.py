"""What Kafka does not allow us, said at once: as whom we came, and what right is missing.

aiokafka waits for its timeout where a topic may not be read. A topic that does not exist and one
that we may not see are the same to Kafka: both are told so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)

from contracts.errors import UsageError
from services.platform.kafka.connection.clients import clients
from services.platform.kafka.connection.wait import connected, own_certificate
from services.texts import counted

DENIED: Final = (
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    ClusterAuthorizationFailedError,
)
# What was tried, of a place that Kafka names.
READ: Final = "read {place}"
SEE: Final = "see {place}"
WRITE_BY: Final = "write by {place}"
WRITE_TO: Final = "write to {place}"
_TOPIC: Final = "topic"
_OTHERS: Final = {
    TransactionalIdAuthorizationFailed: "transactional id",
    ClusterAuthorizationFailedError: "cluster",
}
TOPIC_DENIED: Final = TopicAuthorizationFailedError.errno
ASK_S: Final = 5.0
LOOK_S: Final = 0.5

log = structlog.get_logger("relais.tls")


class ForbiddenError(UsageError):
    """`kafka_forbidden`: the certificate is good, and its principal lacks a right."""


def forbidden(client: Mapping[str, Any], what: str) -> ForbiddenError:
    """The error for whoever may not do `what`."""
    own = own_certificate(client)
    who = f"principal `{own.principal}`" if own else "a client without a certificate"
    got = f"{who} may not {what}"
    expected = "a right that `relais kafka apply --check` knows, or the certificate of who has it"
    return ForbiddenError("kafka_forbidden", got, expected)


def denied(client: Mapping[str, Any], error: BaseException, what: str) -> ForbiddenError:
    """The same from what aiokafka raised; it names the topic, group or id itself."""
    # A topic, several, a partition, a group or an id: what aiokafka names is not always text.
    named = ", ".join(str(getattr(place, "topic", place)) for place in error.args)
    kind = _OTHERS.get(type(error), _TOPIC)
    place = f"{kind} {named}" if named else kind
    return forbidden(client, what.format(place=place))


async def check_topics(bootstrap: str, names: Iterable[str], client: Mapping[str, Any]) -> None:
    """Make sure that we may see topics; without TLS there is nobody who may not.

    Raises:
        ForbiddenError: `kafka_forbidden`.
    """
    if "ssl_context" not in client:
        return
    codes = await _codes(bootstrap, sorted(set(names)), client)  # none: others tell that
    if hidden := [name for name, code in codes.items() if code == TOPIC_DENIED]:
        seen = ("see topic {names}, or there is none", "see topics {names}, or there are none")
        raise forbidden(client, counted(seen, n=len(hidden), names=", ".join(hidden)))


async def visible(
    bootstrap: str, names: Iterable[str], client: Mapping[str, Any]
) -> frozenset[str] | None:
    """Those of some topics that exist and that we may see; None if Kafka does not answer."""
    wanted = sorted(set(names))
    if not wanted:
        return frozenset()
    codes = await _codes(bootstrap, wanted, client)
    return frozenset(name for name in wanted if codes.get(name) == 0) if codes else None


async def wait_for_topics(
    bootstrap: str, names: Iterable[str], limit_s: float, client: Mapping[str, Any]
) -> None:
    """Wait until we may see topics: whoever makes topics and rights may come after us.

    Raises:
        ForbiddenError: `kafka_forbidden` after `limit_s` seconds.
    """
    until = asyncio.get_running_loop().time() + limit_s
    told, wanted = False, tuple(names)
    while True:
        try:
            await check_topics(bootstrap, wanted, client)
        except ForbiddenError as error:
            if asyncio.get_running_loop().time() > until:
                raise
            if not told:
                log.warning("waiting for rights", code=error.code, error=error.describe())
            told = True
        else:
            return
        await asyncio.sleep(LOOK_S)


async def _codes(bootstrap: str, names: list[str], client: Mapping[str, Any]) -> dict[str, int]:
    """Topic -> Kafka's error code for whoever describes it, 0 for none; empty without an answer."""
    admin = clients().admin(
        bootstrap_servers=bootstrap, request_timeout_ms=int(ASK_S * 1000), **client
    )
    with suppress(KafkaError, TimeoutError, OSError):
        try:
            async with asyncio.timeout(ASK_S):
                await connected(admin.start())
                described = await admin.describe_topics(names)
                return {topic["topic"]: topic["error_code"] for topic in described}
        finally:
            await admin.close()
    return {}

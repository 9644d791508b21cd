"""The loop of the audit service that publishes: every realm's trees, with the witnesses of its policy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

import structlog

from contracts.errors import ProofError
from contracts.log.orders.order import Owners
from services.audit.following import Following
from services.audit.tree.growing import GROW_S, RealmTrees
from services.audit.tree.witness_client import WitnessClient
from services.audit.tree.witnessing import UNWITNESSED, RealmWitnessing
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.keys.keystore import log_secret
from services.platform.keys.policy_file import read_policy
from services.platform.process.exit_codes import UnreachableError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AuditSettings

log = structlog.get_logger("relais.audit")


async def publishing(
    settings: AuditSettings,
    owners: Owners,
    following: Sequence[Following],
    metrics: Metrics,
    health: ServiceHealth,
) -> None:
    """Publish each realm's log as it grows, for ever; of a realm without a key nothing is."""
    async with AsyncExitStack() as stack:
        client = WitnessClient(settings.witnesses)
        stack.push_async_callback(client.close)
        trees = []
        for followed in following:
            secret = log_secret(settings.keys_dir, followed.realm) if settings.store else None
            if secret is None:
                log.warning("no log is published", realm=followed.realm, expected="log.secret")
                continue
            reader = LogReader(settings.kafka, **settings.client())
            await stack.enter_async_context(reader)
            witnessing = witnessing_of(settings, owners, followed.realm, client, metrics, health)
            if witnessing is not None:
                stack.callback(witnessing.close)
            given = followed.realm, settings.instance, settings.log_dir, secret
            trees.append((RealmTrees(*given, reader, metrics, health, witnessing), followed))
            stack.callback(trees[-1][0].close)
        while True:
            for grown, followed in trees:
                with suppress(
                    UnreachableError
                ):  # the service asks Kafka apart from here, and tells it
                    await grown.grow(followed.registry)
            await asyncio.sleep(GROW_S)


def witnessing_of(
    settings: AuditSettings,
    owners: Owners,
    realm: str,
    client: WitnessClient,
    metrics: Metrics,
    health: ServiceHealth,
) -> RealmWitnessing | None:
    """A realm's witnesses, as its owners have signed; without a policy to be believed nobody cosigns, and it is told."""
    try:
        policy = read_policy(settings.home, realm, owners)
        code = "no_policy"
    except ProofError as error:
        policy, code = None, error.code
    if policy is not None:
        return RealmWitnessing(realm, policy, client.post, metrics, health)
    log.error("no witnesses", realm=realm, code=code)
    health.warnings.add(f"{UNWITNESSED}_{realm}")
    metrics.unwitnessed.labels(realm, "all").set(1)
    return None

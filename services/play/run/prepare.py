"""What brokers and a home are given before services start: topics, rights, orders, accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar

import orjson

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.console.roles import ROLES
from services.console.settings import ACCOUNTS
from services.operate.agreed import (
    Agreed,
    at_home,
    in_force,
    planned_topics,
    wanted_quotas,
    wanted_rights,
)
from services.operate.drift import RIGHT_KINDS, TOPIC_KINDS, counts
from services.operate.gauge import DRIFT_FILE, write_gauge
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.rights import apply_rights, check_rights
from services.operate.topics import COPIES, apply_topics, check_topics
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import client_options
from services.platform.keys.keystore import hashed
from services.platform.ports import now, random_token
from services.play.run.plan import Plan

P = ParamSpec("P")
T = TypeVar("T")


def bus_of(home: Home, plan: Plan, bootstrap: str, principal: str) -> Bus:
    """Kafka as a principal reaches it."""
    return Bus(bootstrap, client_options(home.certificate(principal)) if plan.tls else {})


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking function in a thread; if cancelled, wait, since threads cannot be."""
    task = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def console_accounts(home: Home) -> Mapping[str, str]:
    """Passwords of accounts made now, one a role; none where the home has accounts."""
    file = home.path / ACCOUNTS
    if file.exists():
        return {}
    passwords: dict[str, str] = {role: random_token(16) for role in ROLES}
    write_secret(file, orjson.dumps({role: hashed(one) for role, one in passwords.items()}))
    return passwords


async def topics_rights_orders(home: Home, bootstrap: str, plan: Plan, at: int) -> list[Agreed]:
    """Apply topics and rights and give the first orders, on brokers that run; twice is as once.

    Returns:
        What is in force in each realm by then.

    Args:
        at: instant from which the orders hold, seconds.
    """
    admin = home.certificate(principals.ADMIN) if plan.tls else None
    files = await asyncio.to_thread(at_home, home)

    async def apply() -> list[Agreed]:
        realms = await in_force(bootstrap, home.owners, files, at, tls=admin)
        planned = planned_topics(realms, home.path)
        await apply_topics(bootstrap, planned, replicas=_copies(plan), tls=admin)
        if plan.tls:
            await apply_rights(bootstrap, wanted_rights(realms), wanted_quotas(realms), tls=admin)
        return realms

    buses = {realm: bus_of(home, plan, bootstrap, principals.owners(realm)) for realm in REALMS}
    await apply()  # owners may write orders before any of them says what shards there are
    shards = {realm: plan.shards_of(realm) for realm in REALMS}
    await give_first_orders(home, buses, at, shards)
    return await apply()


def _copies(plan: Plan) -> int:
    return min(plan.nodes, COPIES)


async def note_drift(home: Home, bootstrap: str, realms: list[Agreed], plan: Plan) -> None:
    """What differs still, where `relais status` looks; without TLS no rights differ."""
    admin = home.certificate(principals.ADMIN) if plan.tls else None
    planned = planned_topics(realms, home.path)
    drifts = await check_topics(bootstrap, planned, replicas=_copies(plan), tls=admin)
    told = counts(drifts, TOPIC_KINDS)
    if plan.tls:
        wanted, limits = wanted_rights(realms), wanted_quotas(realms)
        told |= counts(await check_rights(bootstrap, wanted, limits, tls=admin), RIGHT_KINDS)
    write_gauge(home.path / DRIFT_FILE, told, now())

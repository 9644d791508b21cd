"""A federation made ready for services: home, keys, certificates, Kafka, first orders.

    lock the home → Kafka, and keys meanwhile → topics → owners' rights → orders → everybody's
    rights

Whatever happens on the way or later, Kafka is stopped at the end, unless it ran before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, ParamSpec, TypeVar

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
from services.operate.cleaned import choose_for_play
from services.operate.drift import RIGHT_KINDS, TOPIC_KINDS, counts
from services.operate.gauge import DRIFT_FILE, write_gauge
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.lock import alone
from services.operate.rights import apply_rights, check_rights
from services.operate.topics import COPIES, apply_topics, check_topics
from services.platform.browser.sign_in.local_accounts import new_accounts
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.connection import client_options
from services.platform.ports import now
from services.platform.process import clock as clocks
from services.play.certificates.ca import ensure_ca, ensure_certificate, everyone
from services.play.kafka import brokers
from services.play.run import words
from services.play.run.plan import Plan, Service, plan_services
from services.play.run.words import Say

HURRY_S: Final = 2.0  # for Kafka to end when its stop was interrupted

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class PreparedHome:
    """All that services need to start.

    Attributes:
        services: each with its settings; none of them runs.
        passwords: of the console's accounts, where they were made just now.
    """

    home: Home
    plan: Plan
    bootstrap: str
    services: tuple[Service, ...]
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)

    def bus(self, principal: str) -> Bus:
        """Kafka as a principal reaches it."""
        return bus_of(self.home, self.plan, self.bootstrap, principal)


def bus_of(home: Home, plan: Plan, bootstrap: str, principal: str) -> Bus:
    """Kafka as a principal reaches it."""
    return Bus(bootstrap, client_options(home.certificate(principal)) if plan.tls else {})


def nothing_said(_who: str, _what: str) -> None:
    """For whoever wants to hear nothing."""


@asynccontextmanager
async def prepared(path: Path, plan: Plan, say: Say = nothing_said) -> AsyncIterator[PreparedHome]:
    """Everything but the services, while the block lasts.

    Args:
        path: the federation's home; made if it does not exist.
        say: told of each step.

    Raises:
        UsageError: `already_running`, `kafka_has_other_nodes`, `port_taken`.
        UnreachableError: Kafka did not become ready.
    """
    home = Home(path.resolve())  # noqa: ASYNC240 (once, at the start)
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(home.path))
        if plan.start is not None and not home.clock.exists():
            clocks.set_to(home.clock, plan.start)
        at = clocks.FileClock(home.clock).now()
        if plan.tls:
            await in_thread(_make_certificates, home, plan)
        choose_for_play(home.path)
        bootstrap = await _kafka_and_keys(home, plan, at, stack, say)
        say("kafka", f"runs at {bootstrap}")
        say("kafka", words.APPLYING)
        applied = await topics_rights_orders(home, bootstrap, plan, at)
        await _note_drift(home, bootstrap, applied.realms, plan)
        for realm in (realm for realm, changed in applied.resharded.items() if changed):
            shards = plan.shards_of(realm)
            say("routing", f"{realm}: shards that go on where others wrote: {shards}")
        services = plan_services(home, bootstrap, plan, applied.resharded)
        yield PreparedHome(home, plan, bootstrap, services, console_accounts(home))


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
    accounts, passwords = new_accounts(ROLES)
    write_secret(file, accounts)
    return passwords


async def _kafka_and_keys(home: Home, plan: Plan, at: int, stack: AsyncExitStack, say: Say) -> str:
    """Start Kafka and make keys at the same time; Kafka's address."""
    say("kafka", words.STARTING)
    # Registered before the start: a start that fails or is interrupted leaves nothing either.
    stack.push_async_callback(_stop_kafka, home)
    start = partial(
        brokers.start, home.kafka,
        nodes=plan.nodes, tls=home.tls if plan.tls else None,
    )  # fmt: skip
    starting = asyncio.ensure_future(in_thread(start))
    try:
        await in_thread(home.prepare, at, plan.weeks)
    finally:
        started = await starting
    return started.bootstrap


async def _stop_kafka(home: Home) -> None:
    try:
        await in_thread(brokers.stop, home.kafka)
    except asyncio.CancelledError:  # somebody is in a hurry: still, no process stays
        brokers.stop(home.kafka, HURRY_S)
        raise


def _make_certificates(home: Home, plan: Plan) -> None:
    """Everybody's, made or renewed; a running broker keeps its own until its next start."""
    ensure_ca(home.tls)
    for name in everyone(plan.shards, plan.nodes, home.agencies):
        ensure_certificate(home.tls, name)


class Applied(NamedTuple):
    """What brokers have by now.

    Attributes:
        resharded: realm -> whether it ever had another number of shards.
        realms: what is in force in each.
    """

    resharded: Mapping[str, bool]
    realms: list[Agreed]


async def topics_rights_orders(home: Home, bootstrap: str, plan: Plan, at: int) -> Applied:
    """Apply topics and rights and give the first orders, on brokers that run; twice is as once.

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
    resharded = await give_first_orders(home, buses, at, shards)
    return Applied(resharded, await apply())


def _copies(plan: Plan) -> int:
    return min(plan.nodes, COPIES)


async def _note_drift(home: Home, bootstrap: str, realms: list[Agreed], plan: Plan) -> None:
    """What differs still, where `relais status` looks; without TLS no rights differ."""
    admin = home.certificate(principals.ADMIN) if plan.tls else None
    planned = planned_topics(realms, home.path)
    drifts = await check_topics(bootstrap, planned, replicas=_copies(plan), tls=admin)
    told = counts(drifts, TOPIC_KINDS)
    if plan.tls:
        wanted, limits = wanted_rights(realms), wanted_quotas(realms)
        told |= counts(await check_rights(bootstrap, wanted, limits, tls=admin), RIGHT_KINDS)
    write_gauge(home.path / DRIFT_FILE, told, now())

"""After a run: the logs are whole, and a start from a store knows what one from Kafka knows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing
from functools import partial
from typing import Any, Final

import httpx
from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.errors import ProofError, RelaisError
from contracts.log.orders.order import Owners
from contracts.log.routing.partition_router import RouterKeys
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.witness import TWO_HISTORIES
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.agency import start
from services.agency.loops.log_check import CONTRADICTED, NOT_FOLLOWED, NOT_IN_LOG
from services.agency.office.fold.numbers import Numbers
from services.audit.app import begun, store_place
from services.audit.following import Following
from services.platform.keys.policy_file import read_policy
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings, AuditSettings, RoutingSettings
from services.platform.tree.log_mirror import logs_of
from services.platform.tree.tile_folder import CHECKPOINT
from services.routing import app as routing
from tests.contracts.decision.state.tables import whole
from tests.simulation.federation import Federation

AHEAD_S: Final = 7 * 86_400  # in which duties fall due
SALT: Final = bytes(16)


async def stores_differ(federation: Federation) -> list[str]:
    """Services of which a start from the store and one from the log are not the same."""
    found = []
    for name, service in federation.services.items():
        serve = service.prepare()
        if not isinstance(serve, partial):
            continue
        settings, *more = serve.args
        look: Any = partial(_LOOKS[type(settings)], federation.now)
        new = {"store_dir": settings.store_dir / "anew", "store": name == "audit"}
        try:
            one = await look(settings, *more)
            other = await look(settings.model_copy(update=new), *more)
            parts = sorted({*one, *other}, key=str)
            found += [f"{name}: {part}" for part in parts if one.get(part) != other.get(part)]
        except RelaisError as error:
            found.append(f"{name} did not start: {error}")
    return found


async def _next_records(
    now: int, settings: RoutingSettings, keys: RouterKeys, owners: Owners
) -> dict[int, Any]:
    """Of each partition its state, and what is written next at two instants.

    Every event is brought once more, so that each must be known; then a week passes.
    """
    found: dict[int, Any] = {}
    metrics, health = Metrics("routing"), ServiceHealth()
    async with routing._started(settings, keys, owners, metrics, health) as shard:
        registry = shard.control.registry
        for number, router in shard.routers.items():
            again = await _inputs(settings, [one for one in shard.inputs() if one[1] == number])
            written = []
            for records, at in ((again, now), ([], now + AHEAD_S)):
                batch = router.batch(records, registry, at, lambda: SALT)
                written.append(batch.out)
                batch.view.drop()
            found[number] = whole(router.state), written
    return found


async def _inputs(settings: RoutingSettings, places: list[TopicPartition]) -> list[Inbound]:
    async with settings.bus().reader() as reader:
        found = [one async for batch in reader.read(dict.fromkeys(places)) for one in batch]
    return sorted(found, key=lambda one: (one.topic, one.offset))


async def _rows(now: int, settings: AuditSettings, owners: Owners) -> dict[str, Any]:
    """Of each realm the rows of an auditor that has read to the end.

    Not what it found: before an erasure, and amid silence, that is something else. After one the
    log has no id any more that had expired by then.
    """
    found, metrics, health = dict[str, Any](), Metrics("audit"), ServiceHealth()
    for realm in settings.realms:
        place = store_place(settings, realm, metrics, health)
        with closing(place):
            audit, store = await begun(settings, realm, owners, place)
            assert store is not None
            await Following(audit, metrics, health, store).look(now)
            await audit.stop()
            erased = any(order.kind == "erase" for order in audit.control.registry.orders)
            left_out = {b"findings", b"ids"} if erased else {b"findings"}
            for part, *row in store._db.execute("SELECT part, key, value FROM rows"):
                if part not in left_out:
                    found.setdefault(f"{realm} {part.decode()}", []).append(row)
    return found


async def _views(_now: int, settings: AgencySettings, trade: Any) -> dict[str, Any]:
    """What each desk is shown of its inbox and duties."""
    async with AsyncExitStack() as stack:
        metrics, health = Metrics(settings.agency), ServiceHealth()
        for loop in ("control", "outbox", "inbox"):
            health.expect(loop)
        run = await start.started(settings, trade, health, metrics, stack, {})
        views = run.office.fold.desks
        for sent in (one for view in views.values() for one in view.replies.values()):
            sent.sort(key=lambda own: own.id)  # read in any order of partitions of the outbox
        orders = (order for one in run.office.agency.registries.values() for order in one.orders)
        if any(order.kind == "erase" for order in orders):
            for view in views.values():
                _count_blanks(view.numbers)
        return {"read": dict(run.incoming.taken_to), **views}


def _count_blanks(numbers: Numbers) -> None:
    """Of erased messages that Kafka has cleaned away the log has the numbers alone."""
    numbers.told_at.clear()
    for place, ahead in numbers._blanked.items():
        while (after := numbers.last.get(place, -1) + 1) in ahead:
            ahead.discard(after)
            numbers.last[place] = after
    numbers._blanked = {place: ahead for place, ahead in numbers._blanked.items() if ahead}


_LOOKS: Final[dict[type, Any]] = {
    RoutingSettings: _next_records, AgencySettings: _views, AuditSettings: _rows,
}  # fmt: skip


ALARMS: Final = (NOT_IN_LOG, CONTRADICTED, NOT_FOLLOWED, TWO_HISTORIES)


async def not_followed(federation: Federation, limit_s: float) -> list[str]:
    """What is missing of it after all this time, and what agencies warn of."""
    found, until = ["not looked at"], federation.loop.time() + limit_s
    while found and federation.loop.time() < until:
        await asyncio.sleep(2)
        found = [*_heads(federation), *(await _warnings(federation))]
    return found


def _heads(federation: Federation) -> Iterator[str]:
    home, stores = federation.home, federation.home.path / "stores"
    for realm in REALMS:
        policy, log = read_policy(home.path, realm, home.owners), topics.decisions(realm)
        assert policy is not None
        for number, name in enumerate(logs_of(policy, realm)):
            try:
                note = (stores / "audit" / "log" / name / CHECKPOINT).read_bytes()
                cosigned = {one.witness for one in policy.verify(note).cosigned}
            except (FileNotFoundError, ProofError) as error:
                yield f"{name} is not published: {error}"
                continue
            head, records = read_checkpoint(note), federation.kafka.topics[log][number].records()
            if head.size != len(records):
                yield f"{name} shows {head.size} of {len(records)} records"
            if missing := sorted(policy.witnesses.keys() - cosigned):
                yield f"{name} at {head.size} is not cosigned by {missing}"
            for agency in sorted(federation.on(realm)):
                mirror = stores / agency / f"mirror-{agency}" / name / CHECKPOINT
                if not mirror.exists() or read_checkpoint(mirror.read_bytes()) != head:
                    yield f"{agency} has not mirrored {name} at {head.size}"


async def _warnings(federation: Federation) -> list[str]:
    found = []
    async with federation.http() as http:
        for agency, url in federation.urls().items():
            try:
                warnings = (await http.get(f"{url}/ready")).json()["warnings"]
            except httpx.HTTPError:
                warnings = [f"{NOT_FOLLOWED}: nobody answers"]
            found += [f"{agency}: {one}" for one in warnings if one.startswith(ALARMS)]
    return found

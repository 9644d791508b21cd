"""After a run: who starts from its store knows what one knows that reads everything from Kafka."""

from __future__ import annotations

from contextlib import AsyncExitStack, closing
from functools import partial
from typing import Any, Final

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.orders.order import Owners
from contracts.log.routing.partition_router import RouterKeys
from services.agency import start as agency
from services.agency.office.fold.numbers import Numbers
from services.audit.app import begun, store_place
from services.audit.following import Following
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings, AuditSettings, RoutingSettings
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
        assert place is not None
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
        run = await agency.started(settings, trade, health, metrics, stack, {})
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

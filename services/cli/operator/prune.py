"""`relais prune`: the owners' order that published logs need no longer serve what is old; nothing leaves Kafka."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import UsageError
from services.cli.auditor.proofs import LogOption, own_log, owners_policy
from services.cli.common.asked import OnBus, command
from services.cli.operator.quarantine_orders import KeyOption
from services.cli.operator.quarantine_ruler import owner_signers
from services.texts import Catalogue

if TYPE_CHECKING:
    from contracts.log.orders.order import Order

_ = Catalogue(__name__)

LEAST: Final = timedelta(
    days=365
)  # that records are served: longer than any inbox keeps what names them

_ORDERED: Final = _("order {order} on {realm}: what was recorded before {day} need not be served")
_FROM: Final = _("  partition {partition}: from record {least} on")


def register(app: typer.Typer) -> None:
    """Add the command `prune`."""
    app.command("prune")(prune)


@command
def prune(
    asked: OnBus,
    before: Annotated[
        datetime,
        typer.Option(
            "--before",
            formats=["%Y-%m-%d"],
            help="First day (UTC) of what is served on; it lies a year back at least.",
        ),
    ],
    log: LogOption = "",
    key: KeyOption = None,
) -> None:
    """Order that the published logs need not serve old records; their hashes, proofs and Kafka's records stay."""
    order, least = asyncio.run(_prune(asked, before.replace(tzinfo=UTC), log, key))
    facts = {"order": order.n if order else None, "minimum": least}
    day = before.date()
    if order is None:
        asked.print(facts, _("nothing to prune"))
        return
    asked.print(facts, _ORDERED, order=order.n, realm=asked.realm, day=day)
    if not asked.json:
        for partition, number in enumerate(least):
            asked.say(_FROM, partition=partition, least=number)


async def _prune(
    asked: OnBus, before: datetime, log: str, keys: list[Path] | None
) -> tuple[Order | None, list[int]]:
    """The order, none if it would let nothing go; and the first record that each log still has to serve."""
    from contracts.log.orders.prune_orders import least_of
    from contracts.log.orders.pruning import PRUNE, pruning
    from contracts.vocabulary import principals
    from services.operate.home.home import Home
    from services.operate.to_prune import least_to_serve
    from services.platform.kafka.orders.control import Control, publish_orders
    from services.platform.kafka.orders.new_orders import NewOrder
    from services.platform.process.clock import FileClock
    from services.platform.tree.published_log import open_log

    folder = Home(asked.home)
    now = FileClock(folder.clock).now()
    if (at := int(before.timestamp())) > now - LEAST.total_seconds():
        got, expected = before.date(), _("a day that lies {n} days back").of(n=LEAST.days)
        raise UsageError("too_young", str(got), expected, "--before")
    bootstrap, client = asked.reach(principals.owners(asked.realm))
    control = Control(bootstrap, asked.realm, folder.owners, **client)
    try:
        await control.start()
    finally:
        await control.stop()
    policy, place = owners_policy(asked.home, asked.realm), log or own_log(asked.home, asked.realm)
    known = [least_of(control.registry, number) for number in range(control.registry.partitions)]
    least = [
        least_to_serve(open_log(place, asked.realm, number), policy, at, served)
        for number, served in enumerate(known)
    ]
    if least == known:
        return None, least
    new = NewOrder(PRUNE, pruning(least), owner_signers(asked.home, keys))
    (order,) = await publish_orders(
        bootstrap, asked.realm, folder.owners, [new], start=now, **client
    )
    return order, least

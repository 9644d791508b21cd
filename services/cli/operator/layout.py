"""`relais layout`: how many routing processes a realm has."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import KeyOption, OnBus, command
from services.texts import counted

if TYPE_CHECKING:
    from contracts.log.orders.registry import Registry


_SHARDS: Final = ("{n} shard", "{n} shards")
PartitionsOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MOST_PARTITIONS,
        envvar="RELAIS_PARTITIONS",
        help=(
            "Partitions of each topic, chosen once: a realm has no more routing processes; else 6."
        ),
    ),
]


@command
def layout(
    asked: OnBus,
    shards: Annotated[
        int | None, typer.Option(min=1, help="Order another number; every shard is started anew.")
    ] = None,
    key: KeyOption = None,
) -> None:
    """Show or change the number of routers of a realm.

    Example: relais layout --shards 2 --realm civil
    """
    if shards is not None:
        number = asyncio.run(_order(asked, shards, key))
        asked.print(
            {"realm": asked.realm, "order": number, "shards": shards},
            f"{asked.realm}: order {number}: {counted(_SHARDS, n=shards)}, from now",
        )
        return
    facts = _described(asyncio.run(asked.owners_bus(asked.realm).registry()))
    owned = [
        f"\n  shard {shard}: partitions {', '.join(map(str, partitions))}"
        for shard, partitions in enumerate(facts["partitions"])
    ]
    now = f"{asked.realm}: {counted(_SHARDS, n=facts['shards'])} by order {facts['order']}"
    asked.print(facts, now + "".join(owned))


async def _order(asked: OnBus, shards: int, keys: list[Path] | None) -> int:
    from contracts.errors import UsageError
    from services.platform.kafka.orders.new_orders import NewOrder

    bus = asked.owners_bus(asked.realm)
    registry = await bus.registry()
    now, partitions = _described(registry)["shards"], registry.partitions
    if shards > partitions:
        raise UsageError("too_many_shards", str(shards), f"at most {partitions}, one a partition")
    if now == shards:
        raise UsageError("layout_in_force", f"{now} already", "another number of shards")
    content = {"shards": shards, "partitions": partitions}
    (made,) = await bus.order(NewOrder("layout", content, bus.signers(keys)))
    return made.n


def _described(registry: Registry) -> dict[str, Any]:
    from contracts.errors import UsageError
    from contracts.log.orders.layout import ordered

    orders = ordered(registry)
    if not orders:
        raise UsageError("no_layout", "no order", "`relais up`, or a first layout order")
    last = orders[-1]
    owned = [list(last.owned(shard)) for shard in range(last.shards)]
    return {"order": last.number, "shards": last.shards, "partitions": owned}

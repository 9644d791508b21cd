"""`relais layout show|order`: how many routing processes a realm has; `relais setup orders`: the first orders."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import AtHome, OnBus, command
from services.cli.common.kafka_options import KafkaOption
from services.cli.common.output import print_json
from services.cli.operator.quarantine_orders import KeyOption, owner_signers
from services.texts import counted

if TYPE_CHECKING:
    from contracts.log.orders.registry import Registry


ShardsArgument = Annotated[int, typer.Argument(min=1, help="Routing processes of the realm.")]
_SHARDS: Final = ("{n} shard", "{n} shards")


def register(app: typer.Typer) -> None:
    """Add the group `layout`."""
    group = typer.Typer(
        help="Show or change the number of routers of a realm.", no_args_is_help=True
    )
    group.command("show")(show)
    group.command("order")(order)
    app.add_typer(group, name="layout")


@command
def show(asked: OnBus) -> None:
    """Show the layout in force and who owns which partitions.

    Example: relais layout show
    """
    facts = _described(asyncio.run(_control(asked)))
    if asked.json:
        print_json(facts)
        return
    shards = counted(_SHARDS, n=facts["shards"])
    asked.say(f"{asked.realm}: {shards} by order {facts['order']}")  # fmt: skip
    for shard, owned in enumerate(facts["partitions"]):
        partitions = ", ".join(map(str, owned))
        asked.say(f"  shard {shard}: partitions {partitions}")


@command
def order(asked: OnBus, shards: ShardsArgument, key: KeyOption = None) -> None:
    """Order another number of shards.

    Every shard of the old layout ends and is started anew.

    Example: relais layout order 2
    """
    number = asyncio.run(_order(asked, shards, key))
    asked.print(
        {"realm": asked.realm, "order": number, "shards": shards},
        f"{asked.realm}: order {number}: {counted(_SHARDS, n=shards)}, from now",
    )


async def _order(asked: OnBus, shards: int, keys: list[Path] | None) -> int:
    from contracts.errors import UsageError
    from contracts.vocabulary import principals
    from services.operate.home.home import Home
    from services.platform.kafka.orders.control import publish_order
    from services.platform.kafka.orders.new_orders import NewOrder
    from services.platform.process.clock import FileClock

    registry = await _control(asked)
    now, partitions = _described(registry)["shards"], registry.partitions
    if shards > partitions:
        raise UsageError("too_many_shards", str(shards), f"at most {partitions}, one a partition")
    if now == shards:
        raise UsageError("layout_in_force", f"{now} already", "another number of shards")
    folder = Home(asked.home)
    bootstrap, client = asked.reach(principals.owners(asked.realm))
    layout = {"shards": shards, "partitions": partitions}
    new = NewOrder("layout", layout, owner_signers(asked.home, keys))
    at = FileClock(folder.clock).now()
    made = await publish_order(bootstrap, asked.realm, folder.owners, new, start=at, **client)
    return made.n


async def _control(asked: OnBus) -> Registry:
    """What control says, read as its owners."""
    from contracts.vocabulary import principals
    from services.operate.home.home import Home
    from services.platform.kafka.orders.control import Control

    bootstrap, client = asked.reach(principals.owners(asked.realm))
    control = Control(bootstrap, asked.realm, Home(asked.home).owners, **client)
    try:
        await control.start()
    finally:
        await control.stop()
    return control.registry


def _described(registry: Registry) -> dict[str, Any]:
    from contracts.errors import UsageError
    from contracts.log.orders.layout import ordered

    orders = ordered(registry)
    if not orders:
        raise UsageError("no_layout", "no order", "`relais up`, or a first layout order")
    last = orders[-1]
    owned = [list(last.owned(shard)) for shard in range(last.shards)]
    return {"order": last.number, "shards": last.shards, "partitions": owned}


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
ShardsOption = Annotated[
    int,
    typer.Option(
        min=1, max=MOST_PARTITIONS, envvar="RELAIS_SHARDS", help="Civil routing processes."
    ),
]


@command
def orders(
    asked: AtHome,
    bootstrap: KafkaOption,
    tls_folder: Annotated[Path, typer.Option(help="ca.pem, and owners-<realm>.pem and .key.")],
    shards: ShardsOption = 2,
) -> None:
    """Give the first orders; do nothing the next time.

    Example: relais setup orders --kafka kafka-1:9092 --tls-folder tls
    """
    import asyncio
    import time

    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.operate.home.first_orders import give_first_orders
    from services.operate.home.home import Home
    from services.platform.kafka.connection.connection import client_options, tls_of

    clients = {
        realm: client_options(tls_of(tls_folder, principals.owners(realm))) for realm in REALMS
    }
    number, folder = dict.fromkeys(REALMS, 1) | {"civil": shards}, Home(asked.home)
    folder.choose_partitions(None, shards)
    asyncio.run(give_first_orders(folder, bootstrap, int(time.time()), number, clients))
    said = "first orders stand at {kafka}"
    asked.print({"kafka": bootstrap, "applied": ["orders"]}, said.format(kafka=bootstrap))

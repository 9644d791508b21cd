"""`relais layout show|order`: how many routing processes a realm has, as its owners have ordered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.cli.common.kafka_options import (
    KafkaOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    given_tls,
    reach,
)
from services.cli.common.output import (
    HOME,
    Format,
    FormatOption,
    HomeOption,
    RealmOption,
    check_realm,
    errors_become_exit_codes,
    print_json,
)
from services.cli.operator.quarantine_orders import KeyOption, owner_signers

if TYPE_CHECKING:
    from contracts.log.orders import Registry
    from services.platform.kafka.connection import Tls

ShardsArgument = Annotated[int, typer.Argument(min=1, help="Routing processes of the realm.")]


def register(app: typer.Typer) -> None:
    """Add the group `layout`."""
    group = typer.Typer(help="How many routing processes a realm has.", no_args_is_help=True)
    group.command("show")(show)
    group.command("order")(order)
    app.add_typer(group, name="layout")


def show(
    realm: RealmOption = "civil",
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
) -> None:
    """The layout in force, and which shard owns which partitions."""
    with errors_become_exit_codes():
        registry = asyncio.run(_control(home, kafka, realm, given_tls(tls_ca, tls_cert, tls_key)))
        found = _described(registry)
    if output is Format.JSON:
        print_json(found)
        return
    typer.echo(f"{realm}: {_shards(found['shards'])} by order {found['order']}")
    for shard, partitions in enumerate(found["partitions"]):
        typer.echo(f"  shard {shard}: partitions {', '.join(map(str, partitions))}")


def order(
    shards: ShardsArgument,
    realm: RealmOption = "civil",
    key: KeyOption = None,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Order another number of shards; every shard of the old one ends and is started anew."""
    with errors_become_exit_codes():
        tls = given_tls(tls_ca, tls_cert, tls_key)
        number = asyncio.run(_order(home, kafka, realm, shards, key, tls))
    typer.echo(f"{realm}: order {number}: {_shards(shards)}, from now")


async def _order(
    home: Path, kafka: str, realm: str, shards: int, keys: list[Path] | None, tls: Tls | None
) -> int:
    from contracts.errors import UsageError
    from contracts.vocabulary import principals, topics
    from services.operate.home.home import Home
    from services.platform.kafka.control import order_layout
    from services.platform.process.clock import FileClock

    if shards > topics.PARTITIONS:
        raise UsageError("too_many_shards", str(shards), f"at most {topics.PARTITIONS}")
    now = _described(await _control(home, kafka, realm, tls))["shards"]
    if now == shards:
        raise UsageError("layout_in_force", _shards(shards), "another number")
    folder = Home(home)
    bootstrap, client = reach(home, kafka, principals.owners(realm), tls)
    made = await order_layout(
        bootstrap,
        realm,
        folder.owners,
        shards,
        start=FileClock(folder.clock).now(),
        signers=owner_signers(home, keys),
        **client,
    )
    return made.n


def _shards(number: int) -> str:
    return f"{number} shard" if number == 1 else f"{number} shards"


async def _control(home: Path, kafka: str, realm: str, tls: Tls | None) -> Registry:
    """What control says, read as its owners."""
    from contracts.vocabulary import principals
    from services.operate.home.home import Home
    from services.platform.kafka.control import Control

    check_realm(realm)
    bootstrap, client = reach(home, kafka, principals.owners(realm), tls)
    control = Control(bootstrap, realm, Home(home).owners, **client)
    try:
        await control.start()
    finally:
        await control.stop()
    return control.registry


def _described(registry: Registry) -> dict[str, Any]:
    from contracts.errors import UsageError
    from contracts.log.layout import ordered

    found = ordered(registry)
    if not found:
        raise UsageError("no_layout", "no order", "`relais up`, or a first layout order")
    last = found[-1]
    owned = [list(last.owned(shard)) for shard in range(last.shards)]
    return {"order": last.number, "shards": last.shards, "partitions": owned}

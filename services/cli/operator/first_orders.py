"""`relais setup orders`: the first orders of a federation whose topics and rights others apply."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import AtHome, command
from services.cli.common.kafka_options import KafkaOption

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

"""`relais setup orders`: the first orders of a federation whose topics and rights others apply."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.cli.common.kafka_options import KafkaOption
from services.cli.common.output import HOME, HomeOption, errors_become_exit_codes

ShardsOption = Annotated[
    int, typer.Option(min=1, max=6, envvar="RELAIS_SHARDS", help="Civil routing processes.")
]


def orders(
    bootstrap: KafkaOption,
    tls_folder: Annotated[Path, typer.Option(help="ca.pem, and owners-<realm>.pem and .key.")],
    home: HomeOption = HOME,
    shards: ShardsOption = 2,
) -> None:
    """Give the first orders alone: convention, directories, layout. Changes nothing the next time."""
    import asyncio
    import time

    from contracts.vocabulary import principals
    from contracts.vocabulary.scopes import REALMS
    from services.operate.home.home import Home, give_first_orders
    from services.platform.kafka.certificate_folder import tls_of
    from services.platform.kafka.connection import client_options

    with errors_become_exit_codes():
        clients = {
            realm: client_options(tls_of(tls_folder, principals.owners(realm))) for realm in REALMS
        }
        number = dict.fromkeys(REALMS, 1) | {"civil": shards}
        asyncio.run(give_first_orders(Home(home), bootstrap, int(time.time()), number, clients))
        typer.echo(f"first orders stand at {bootstrap}")

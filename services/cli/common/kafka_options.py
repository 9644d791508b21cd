"""How commands find Kafka: named by an option or `RELAIS_KAFKA`, else the home's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from services.platform.kafka.connection.connection import Tls
    from services.play.kafka.cluster import Cluster

WAIT_S: Final = 10.0  # for a broker to answer

KafkaOption = Annotated[
    str,
    typer.Option("--kafka", envvar="RELAIS_KAFKA", help="host:port,…; else the home's own Kafka."),
]


def own_kafka(home: Path) -> Cluster | None:
    """The Kafka that was once started here, with its state in the home; or None."""
    if not (home / "kafka").is_dir():
        return None
    from services.play.kafka.brokers import status

    return status(home / "kafka")


def check_address(home: Path, bootstrap: str) -> None:
    """Refuse to go on without any broker's address, and say how to come by one.

    Raises:
        UsageError: `home_missing`, `kafka_unknown`.
    """
    from contracts.errors import UsageError
    from services.operate.home.folder import HomeFolder

    if not bootstrap:
        HomeFolder(home).check()
        expected = "`relais up`, `relais kafka up`, or --kafka host:port"
        raise UsageError("kafka_unknown", "no address", expected)


async def answered(bootstrap: str, kafka: str, tls: Tls | None) -> None:
    """Return once a broker answers.

    Args:
        kafka: as it was named; empty: it is the home's own, which a command here starts.

    Raises:
        UnreachableError: `kafka_unreachable`.
    """
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.connection.connection import client_options
    from services.platform.process.exit_codes import UnreachableError

    try:
        await Bus(bootstrap, client_options(tls)).wait(WAIT_S)
    except UnreachableError as error:
        got, expected = error.got, error.expected
        to_do = expected if kafka else "`relais up` or `relais kafka up`"
        raise UnreachableError(error.code, got, to_do) from None

"""How commands reach Kafka: its address and, under TLS, the certificate of whom they act for.

Named by options or `RELAIS_…`, else taken from the home, whose cluster says whether it uses TLS.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.connection.connection import Tls
    from services.play.kafka.cluster import Cluster

WAIT_S: Final = 10.0  # for a broker to answer

KafkaOption = Annotated[
    str,
    typer.Option("--kafka", envvar="RELAIS_KAFKA", help="host:port,…; else the home's own Kafka."),
]
TlsCaOption = Annotated[
    Path | None,
    typer.Option("--tls-ca", envvar="RELAIS_TLS_CA", help="PEM of the brokers' CA."),
]
TlsCertOption = Annotated[
    Path | None,
    typer.Option("--tls-cert", envvar="RELAIS_TLS_CERT", help="PEM of whom to connect as."),
]
TlsKeyOption = Annotated[
    Path | None, typer.Option("--tls-key", envvar="RELAIS_TLS_KEY", help="PEM of its key.")
]


def given_tls(ca: Path | None, cert: Path | None, key: Path | None) -> Tls | None:
    """The files that the options name: all three or none.

    Raises:
        UsageError: `tls_incomplete`.
    """
    from contracts.errors import UsageError
    from services.platform.kafka.connection.connection import Tls

    if ca is None and cert is None and key is None:
        return None
    if ca is None or cert is None or key is None:
        given = sum(one is not None for one in (ca, cert, key))
        expected = "--tls-ca, --tls-cert and --tls-key"
        raise UsageError("tls_incomplete", f"{given} of 3", expected)
    return Tls(ca, cert, key)


def own_or_named(home: Path, kafka: str, principal: str, tls: Tls | None) -> tuple[str, Tls | None]:
    """Kafka's addresses, empty if none were named and the home has none, and the files to show.

    Args:
        kafka: addresses that were named; empty: the home's own Kafka.
        principal: as whom to connect to the home's own Kafka if it uses TLS.
        tls: files that were named; they win.

    Raises:
        UsageError: certificates are missing or unusable.
    """
    from services.platform.kafka.connection.connection import tls_of

    own = None if kafka else own_kafka(home)
    if own is None:
        return kafka, tls
    if tls is None and own.tls:
        tls = tls_of(own.tls, principal)
    return own.bootstrap, tls


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


def bus_of(home: Path, kafka: str, principal: str, tls: Tls | None) -> Bus:
    """Kafka as a principal reaches it; arguments as `own_or_named` takes them.

    Raises:
        UsageError: `home_missing`, `kafka_unknown`; certificates are missing or unusable.
    """
    from services.platform.kafka.bus import Bus
    from services.platform.kafka.connection.connection import client_options

    bootstrap, tls = own_or_named(home, kafka, principal, tls)
    check_address(home, bootstrap)
    return Bus(bootstrap, client_options(tls))


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

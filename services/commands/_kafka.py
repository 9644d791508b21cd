"""How commands reach Kafka: its address and, under TLS, the certificate of whom they act for.

Named by options or `RELAIS_…`, else taken from the home, whose cluster says whether it uses TLS.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from services.shell.connection import Tls

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
    from services.shell.connection import Tls

    if ca is None and cert is None and key is None:
        return None
    if ca is None or cert is None or key is None:
        given = sum(one is not None for one in (ca, cert, key))
        raise UsageError("tls_incomplete", f"{given} of 3", "--tls-ca, --tls-cert and --tls-key")
    return Tls(ca, cert, key)


def reach(home: Path, kafka: str, principal: str, tls: Tls | None) -> tuple[str, dict[str, Any]]:
    """Kafka's addresses and the options of a client.

    Args:
        kafka: addresses that were named; empty: the home's own Kafka.
        principal: as whom to connect to the home's own Kafka if it uses TLS.
        tls: files that were named; they win.

    Raises:
        UsageError: certificates are missing or unusable.
    """
    from services.local.brokers import status
    from services.local.ca import tls_of
    from services.shell.connection import client_options

    found = status(home / "kafka")
    if tls is None and not kafka and found.tls:
        tls = tls_of(found.tls, principal)
    return kafka or found.bootstrap, client_options(tls)

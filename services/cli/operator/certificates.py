"""`relais keys ca|tls`: certificates of a development federation, made in its home."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import AtHome, command
from services.cli.common.output import print_json, print_table

CA_DAYS: int = 3650
DAYS: int = 90

RenewOption = Annotated[
    bool, typer.Option("--renew", help="Make new ones even where those at hand are still good.")
]


@command
def ca(
    asked: AtHome,
    days: Annotated[int, typer.Option(min=1, max=7300, help="Until it expires.")] = CA_DAYS,
    renew: RenewOption = False,
) -> None:
    """Make a certificate authority for development.

    With --renew it gets a new key, and the old one stays trusted until it expires.

    Example: relais keys ca
    """
    from services.play.certificates.ca import ensure_ca, renew_ca

    make = renew_ca if renew else ensure_ca
    _print(asked, [_facts(make(asked.home / "tls", days))])


@command
def tls(
    asked: AtHome,
    who: Annotated[
        list[str] | None, typer.Argument(help="education, routing-civil-0, broker-1, …")
    ] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Every principal.")] = False,
    shards: Annotated[
        int, typer.Option(min=1, max=MOST_PARTITIONS, help="With --all: routers a realm.")
    ] = 2,
    nodes: Annotated[int, typer.Option(min=1, max=9, help="With --all: brokers.")] = 3,
    days: Annotated[int, typer.Option(min=1, max=825, help="Until they expire.")] = DAYS,
    host: Annotated[
        list[str] | None,
        typer.Option(help="Names of brokers; else those that theirs has now, or localhost."),
    ] = None,
    renew: RenewOption = False,
) -> None:
    """Make missing certificates; renew those near their end.

    One a principal: the name of a service as it stands in logs. Services take up renewed ones with
    the next connection.

    Example: relais keys tls
    """
    from contracts.errors import UsageError
    from services.operate.home.home import Home
    from services.play.certificates import ca as authority

    names = tuple(who or ())
    if everyone:
        names = authority.everyone(shards, nodes, Home(asked.home).agencies)
    if not names:
        raise UsageError("principal_missing", "none", "names of principals, or --all")
    make = authority.renew if renew else authority.ensure_certificate
    made = [make(asked.home / "tls", name, hosts=host or None, days=days) for name in names]
    _print(asked, [_facts(pair.cert) for pair in made])


def _facts(path: Path) -> dict[str, Any]:
    from services.platform.keys.certificate import read_certificate

    certificate = read_certificate(path)
    return {
        "principal": certificate.principal,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "from": _instant(certificate.not_before),
        "until": _instant(certificate.not_after),
        "file": str(path),
    }


def _print(asked: AtHome, rows: list[dict[str, Any]]) -> None:
    if asked.json:
        print_json(rows)
        return
    columns = {"principal": "principal", "until": "until", "file": "file"}
    heads = list(columns.values())
    print_table(heads, [[row[name] for name in columns] for row in rows])


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")

"""`relais quarantine list|show|release|discard`: what could not be routed; its bytes are never read.

The list is read from the log, as an auditor reads it: only routing opens quarantine itself.
"""

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
    print_table,
)
from services.cli.operator import quarantine_orders

if TYPE_CHECKING:
    from services.platform.kafka.connection import Tls

KeptOption = Annotated[bool, typer.Option("--kept", help="Only what is still to be ruled on.")]


def register(app: typer.Typer) -> None:
    """Add the group `quarantine`."""
    group = typer.Typer(help="What could not be routed, without opening it.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show)
    group.command("release")(quarantine_orders.release)
    group.command("discard")(quarantine_orders.discard)
    app.add_typer(group, name="quarantine")


def list_(
    realm: RealmOption = "civil",
    kept: KeptOption = False,
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
) -> None:
    """Decision, code, state, size and hash of each quarantined record."""
    with errors_become_exit_codes():
        found = asyncio.run(_entries(realm, kafka, given_tls(tls_ca, tls_cert, tls_key), home))
    found = [one for one in found if one["state"] == "kept" or not kept]
    if output is Format.JSON:
        print_json(found)
        return
    names = ("decision", "code", "state", "why", "bytes", "sha256")
    rows = [
        [quarantine_orders.named(entry), *(str(entry[name]) for name in names[1:])] for entry in found
    ]  # fmt: skip
    print_table(names, rows)
    if not found:  # an empty table might be a mistake of ours
        typer.echo("nothing to be ruled on" if kept else "nothing in quarantine", err=True)


def show(
    decision: Annotated[str, typer.Argument(help="As `list` names it.")],
    realm: RealmOption = "civil",
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
    output: FormatOption = Format.TEXT,
) -> None:
    """One quarantined record, with the decision in the log; exit 1 if there is none."""
    with errors_become_exit_codes():
        entries = asyncio.run(_entries(realm, kafka, given_tls(tls_ca, tls_cert, tls_key), home))
    found = [one for one in entries if decision in (one["decision"], quarantine_orders.named(one))]
    if not found:
        quarantine_orders.not_so(
            quarantine_orders.NotKeptError(
                decision, quarantine_orders.NONE, "one that `list` shows"
            )
        )
    if output is Format.JSON:
        print_json(found[0])
        return
    for name, value in found[0].items():
        typer.echo(f"{name}: {value}")


async def _entries(realm: str, kafka: str, tls: Tls | None, home: Path) -> list[dict[str, Any]]:
    from contracts.vocabulary import principals
    from services.routing.kept import entries

    check_realm(realm)
    bootstrap, client = reach(home, kafka, principals.audit(realm), tls)
    return await entries(bootstrap, realm, **client)

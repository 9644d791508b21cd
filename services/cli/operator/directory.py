"""`relais directory sign|check|adopt`: the signed directory of a realm, the keeper's business."""

from __future__ import annotations

from datetime import UTC, datetime
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
    check_realm,
    errors_become_exit_codes,
    print_json,
)
from services.cli.operator.keys import WEEKS

if TYPE_CHECKING:
    from contracts.keys.directory import Directory
    from services.operate.home.home import Home

FOUND: int = 1  # exit code: a check found something

RealmOption = Annotated[str, typer.Option("--realm", help="civil or criminal.")]


def register(app: typer.Typer) -> None:
    """Add the group `directory`."""
    group = typer.Typer(help="The signed directory of desks and keys.", no_args_is_help=True)
    for command in (sign, check, adopt):
        group.command(command.__name__)(command)
    app.add_typer(group, name="directory")


def sign(
    realm: RealmOption = "civil",
    weeks: Annotated[int, typer.Option(min=1, max=104, help="Until it expires.")] = WEEKS,
    home: HomeOption = HOME,
) -> None:
    """Sign a directory of the next version over the home's keys."""
    with errors_become_exit_codes():
        folder, at = _home(home, realm)
        with folder.complete():
            directory = folder.sign_directory(realm, at, weeks)
    typer.echo(f"{folder.directory_file(realm)}: version {directory.version}, {directory.digest}")


def check(
    realm: RealmOption = "civil", home: HomeOption = HOME, output: FormatOption = Format.TEXT
) -> None:
    """Verify a directory: its keeper's signature, every key's proof, every entry; exit 1 if not."""
    from contracts.errors import DirectoryError, EnvelopeError

    with errors_become_exit_codes():
        folder, at = _home(home, realm)
        try:
            with folder.complete():
                found = _described(folder.directory(realm), at)
        except (DirectoryError, EnvelopeError) as error:
            found = {"realm": realm, "sound": False, "finding": error.describe()}
    if output is Format.JSON:
        print_json(found)
    else:
        for name, value in found.items():
            typer.echo(f"{name}: {value}")
    if not found["sound"]:
        raise typer.Exit(FOUND)


def adopt(
    realm: RealmOption = "civil",
    kafka: KafkaOption = "",
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    home: HomeOption = HOME,
) -> None:
    """Order every shard of a realm to put the home's directory in force from now."""
    import asyncio

    from contracts.vocabulary import principals
    from services.platform.kafka.control import adopt_directory

    with errors_become_exit_codes():
        folder, at = _home(home, realm)
        with folder.complete():
            token, signers = folder.directory_token(realm), [folder.owner("directory")]
        tls = given_tls(tls_ca, tls_cert, tls_key)
        bootstrap, client = reach(home, kafka, principals.owners(realm), tls)
        order = asyncio.run(
            adopt_directory(
                bootstrap, realm, folder.owners, token, start=at, signers=signers, **client
            )
        )
    typer.echo(f"order {order.n} adopts {order.target}")


def _home(path: Any, realm: str) -> tuple[Home, int]:
    """The home, and the federation's time."""
    from services.operate.home.home import Home
    from services.platform.process.clock import FileClock

    check_realm(realm)
    folder = Home(path)
    return folder, FileClock(folder.clock).now()


def _described(directory: Directory, at: int) -> dict[str, Any]:
    expired = directory.expires <= at
    return {
        "realm": directory.realm,
        "sound": not expired,
        "finding": "expired" if expired else "",
        "version": directory.version,
        "digest": directory.digest,
        "expires": datetime.fromtimestamp(directory.expires, UTC).isoformat(),
        "desks": len(directory.desks),
        "signing keys": len(directory.signing),
        "encryption keys": len(directory.encryption),
    }

"""`relais directory sign|check|adopt|end`: the signed directory of a realm, the keeper's business."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.common.asked import AtHome, OnBus, command
from services.cli.common.output import RealmOption, check_realm, print_json
from services.cli.operator import desk_end
from services.cli.operator.keys import WEEKS

if TYPE_CHECKING:
    from contracts.keys.directory import Directory
    from services.operate.home.home import Home

FOUND: int = 1  # exit code: a check found something
EXPIRED: Final = "expired"  # a finding
_LABELS: Final = {
    "realm": "bus", "sound": "sound", "finding": "finding", "version": "version",
    "digest": "digest", "expires": "expires", "desks": "desks",
    "signing keys": "signing keys", "encryption keys": "encryption keys",
}  # fmt: skip
_TRUTH: Final = {True: "yes", False: "no"}


def register(app: typer.Typer) -> None:
    """Add the group `directory`."""
    group = typer.Typer(
        help="Sign and adopt the directory of desks and keys.", no_args_is_help=True
    )
    for function in (sign, check, adopt, desk_end.end):
        group.command(function.__name__)(function)
    app.add_typer(group, name="directory")


@command
def sign(
    asked: AtHome,
    realm: RealmOption = "civil",
    weeks: Annotated[int, typer.Option(min=1, max=104, help="Until it expires.")] = WEEKS,
) -> None:
    """Sign the next version of the directory.

    Example: relais directory sign
    """
    folder, at = _home(asked, realm)
    with folder.complete():
        made = folder.sign_directory(realm, at, weeks)
    file = folder.directory_file(realm)
    asked.print(
        {"realm": realm, "file": str(file), "version": made.version, "digest": made.digest},
        f"{file}: version {made.version}, {made.digest}",
    )


@command
def check(
    asked: AtHome,
    realm: Annotated[
        str, typer.Option("--realm", help="Bus: civil or criminal; else both, one after the other.")
    ] = "",
) -> None:
    """Verify the directories; exit 1 if one is not sound.

    Example: relais directory check
    """
    from contracts.vocabulary.scopes import REALMS

    found = [_checked(asked, one) for one in ([realm] if realm else REALMS)]
    if asked.json:
        print_json(found)
    else:
        for at, facts in enumerate(found):
            if at:
                typer.echo()
            for name, value in facts.items():
                asked.say(f"{_LABELS[name]}: {_shown(name, value)}")
    if not all(facts["sound"] for facts in found):
        raise typer.Exit(FOUND)


def _checked(asked: AtHome, realm: str) -> dict[str, Any]:
    """What a bus's directory comes to; `finding` is what is wrong with it, if anything is."""
    from contracts.errors import DirectoryError, EnvelopeError

    folder, at = _home(asked, realm)
    try:
        with folder.complete():
            return _described(folder.directory(realm), at)
    except (DirectoryError, EnvelopeError) as error:
        return {"realm": realm, "sound": False, "finding": error.describe()}


def _shown(name: str, value: Any) -> object:
    """A fact for people."""
    from services.committee.texts.labels import realm_label
    from services.platform.process.paris_time import when

    if name == "realm":
        return realm_label(value, "en")
    if name == "finding" and value == EXPIRED:
        return "expired"
    if name == "expires":
        return when(value, "en")
    return _TRUTH[value] if isinstance(value, bool) else value


@command
def adopt(asked: OnBus) -> None:
    """Order that the home's directory is in force from now.

    Example: relais directory adopt --realm criminal
    """
    import asyncio

    from services.operate.home.first_orders import directory_order

    folder, _at = _home(asked, asked.realm)
    with folder.complete():
        new = directory_order(folder, asked.realm, [folder.owner("directory")])
    (order,) = asyncio.run(asked.owners_bus(asked.realm).order(new))
    asked.print(
        {"realm": asked.realm, "order": order.n, "target": order.target},
        f"order {order.n} adopts {order.target}",
    )


def _home(asked: AtHome, realm: str) -> tuple[Home, int]:
    """The home, and the federation's time."""
    from services.operate.home.home import Home
    from services.platform.process.clock import FileClock

    check_realm(realm)
    folder = Home(asked.home)
    return folder, FileClock(folder.clock).now()


def _described(directory: Directory, at: int) -> dict[str, Any]:
    expired = directory.expires <= at
    return {
        "realm": directory.realm,
        "sound": not expired,
        **({"finding": EXPIRED} if expired else {}),
        "version": directory.version,
        "digest": directory.digest,
        "expires": datetime.fromtimestamp(directory.expires, UTC).isoformat(),
        "desks": len(directory.desks),
        "signing keys": len(directory.signing),
        "encryption keys": len(directory.encryption),
    }

"""`relais directory sign|adopt|end`: the signed directory of a realm and its desks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.encoding import rfc3339
from services.cli.common.asked import DAYS, AtHome, AtKafka, DaysOption, OnBus, command
from services.cli.common.output import RealmOption, check_realm, print_json_lines
from services.cli.operator.keys import WEEKS

if TYPE_CHECKING:
    from contracts.keys.directory import Directory
    from services.operate.home.home import Home

_WHAT_NEXT: Final = (
    "Ask by the token of {heirs} from now on: that of {desk} opens nothing more. "
    "Topics and rights stay as they are. When mail ends, senders are told the "
    "successor instead."
)
_PREPARED: Final = (
    "{desk} goes on as it is. Carry what is new below {keys} and {tokens} to the "
    "service that will serve {heirs}; then the same without `--prepare`."
)
_ENDS: Final = (
    "{desk} ends from {start} on and is followed by {heirs}; mail for {desk} is "
    "delivered until {until}"
)
FOUND: int = 1  # exit code: a check found something
EXPIRED: Final = "expired"  # a finding
_TRUTH: Final = {True: "yes", False: "no"}


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


def _check(asked: AtHome, realms: Iterable[str]) -> None:
    """Tell what each bus's directory comes to; exit 1 if one is not sound."""
    found = [_checked(asked, one) for one in realms]
    if asked.json:
        print_json_lines(found)
    else:
        for at, facts in enumerate(found):
            if at:
                typer.echo()
            for name, value in facts.items():
                asked.say(f"{name}: {_shown(name, value)}")
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
    from services.platform.process.paris_time import when

    if name == "expires":
        return when(value, "en")
    return _TRUTH[value] if isinstance(value, bool) else value


@command
def adopt(
    asked: AtKafka,
    realm: Annotated[
        str, typer.Option("--realm", help="Bus: civil or criminal; else civil, --check both.")
    ] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Order nothing: verify; exit 1 if one is not sound.")
    ] = False,
) -> None:
    """Order that the home's directory is in force from now.

    Example: relais directory adopt --check
    """
    from contracts.vocabulary.scopes import CIVIL, REALMS
    from services.operate.home.first_orders import directory_order

    if check:
        _check(asked, (realm,) if realm else REALMS)
        return
    bus = realm or CIVIL
    folder, _at = _home(asked, bus)
    with folder.complete():
        new = directory_order(folder, bus, [folder.owner("directory")])
    (order,) = asyncio.run(asked.owners_bus(bus).order(new))
    asked.print(
        {"realm": bus, "order": order.n, "target": order.target},
        f"order {order.n} adopts {order.target}",
    )


@command
def end(
    asked: OnBus,
    desk: Annotated[str, typer.Argument(help="The desk that ends: its short id.")],
    successor: Annotated[
        list[str],
        typer.Option(help="A desk of its role; again for several: the first has the rest."),
    ],
    new: Annotated[
        bool, typer.Option("--new", help="The one successor is to be made: a desk is renamed.")
    ] = False,
    label_fr: Annotated[str, typer.Option(help="Its name in French; else the old one's.")] = "",
    label_en: Annotated[str, typer.Option(help="Its name in English; else the old one's.")] = "",
    days: DaysOption = DAYS,
    gone: Annotated[
        bool, typer.Option("--gone", help="The desk is gone and cannot consent; auditors see it.")
    ] = False,
    consent: Annotated[
        Path | None,
        typer.Option(
            help="Of a desk that keeps its keys itself: what its `relais partner consent` made.",
            dir_okay=False,
            exists=True,
        ),
    ] = None,
    prepare: Annotated[
        bool,
        typer.Option("--prepare", help="Make keys, token and directory alone; order nothing yet."),
    ] = False,
) -> None:
    """End a desk; its successors take its cases.

    With `--new` the successor's keys, its token and the next directory are made here; a desk that
    keeps its keys itself asks by `relais partner new` first. Run again after a kill it goes on
    where it was. Where only the name that people read changes, sign the next directory instead.

    Example: relais directory end home-1 --successor home-2
    """
    from contracts.errors import UsageError
    from services.operate.home.desk_end import MOST_BYTES, DeskEnd, list_heirs, make_heir, order_end
    from services.platform.process.paris_time import when

    names = tuple(one.lower() for one in successor)
    given = consent.read_bytes()[:MOST_BYTES] if consent else b""
    ended = DeskEnd(asked.realm, desk.lower(), names, days, gone, given)
    label = {"fr": label_fr, "en": label_en} if label_fr else {}
    if bool(label_fr) != bool(label_en):
        expected = "`--label-fr` and `--label-en`"
        raise UsageError("label_incomplete", "a name in one language", expected)
    if (new and len(names) > 1) or (label and not new):
        expected = "`--new` with one successor, and labels with `--new` alone"
        raise UsageError("successor_not_new", "another use", expected, "--new")
    folder, at = _home(asked, asked.realm)
    if new:
        with folder.complete():
            make_heir(folder, asked.realm, ended.desk, names[0], label, at, WEEKS)
        folder, at = _home(asked, asked.realm)  # it has another partner now
    with folder.complete():
        listed = list_heirs(folder, ended, at, WEEKS)
        facts = {
            "realm": asked.realm,
            "desk": ended.desk,
            "heirs": list(names),
            "directory": listed.version,
        }
        told = {"desk": ended.desk, "heirs": ", ".join(names)}
        if prepare:
            keys, tokens = folder.keys / asked.realm, folder.path / "tokens.json"
            asked.print(facts, _PREPARED.format(**told, keys=keys, tokens=tokens))
            return
        made = asyncio.run(order_end(asked.owners_bus(asked.realm), ended))
    asked.print(
        facts | {"order": made.order, "from": rfc3339(made.start), "until": rfc3339(made.until)},
        _ENDS.format(**told, start=when(made.start, "en"), until=when(made.until, "en")),
    )
    asked.note(_WHAT_NEXT.format(**told))


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

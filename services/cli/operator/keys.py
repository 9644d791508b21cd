"""`relais keys new|rotate|destroy|tls`: keys in files that only their owner reads; certificates."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.encoding import rfc3339
from contracts.vocabulary.scopes import AHEAD_WEEKS
from contracts.vocabulary.topics import MOST_PARTITIONS
from services.cli.common.asked import Asked, AtHome, OnBus, command
from services.cli.common.output import print_json, print_json_lines, print_table
from services.cli.operator.layout import PartitionsOption
from services.texts import counted

if TYPE_CHECKING:
    from services.operate.home.rotation import Succession


_STOLEN: Final = (
    "A stolen key is replaced, and the desk goes on receiving, by this instead:\n"
    "  relais keys rotate --desk … --stolen-since …"
)
_SAID: Final = {
    "": "{kid}: from {begins} until {ends}",
    "superseded": "{kid}: until {ends}, superseded",
    "stolen": "{kid}: until {ends}, stolen; in doubt since {since}",
}


@command
def new(
    asked: AtHome,
    weeks: Annotated[
        int, typer.Option(min=1, max=104, help="Weeks that keys cover.")
    ] = AHEAD_WEEKS,
    partitions: PartitionsOption = None,
    party: Annotated[
        str, typer.Option(help="Only a party's signing key, e.g. education; prints what to pin.")
    ] = "",
    file: Annotated[
        Path | None, typer.Option(help="Of --party: the key file to make; kept if it is there.")
    ] = None,
) -> None:
    """Make missing keys, secrets, tokens and directories.

    With `--party` the one key by which a party signs conventions.

    Example: relais keys new
    """
    from services.operate.home.home import Home
    from services.platform.ports import now

    if party or file is not None:
        _party(asked, party, file)
        return
    folder = Home(asked.home)
    folder.choose_partitions(partitions)
    before = sum(1 for _ in folder.keys.rglob("*.json"))
    asked.note(f"making keys for {weeks} weeks in {asked.home} …")
    folder.prepare(now(), weeks)
    made, tokens = sum(1 for _ in folder.keys.rglob("*.json")) - before, asked.home / "tokens"
    asked.print(
        {"made": made, "keys": str(folder.keys), "tokens": str(tokens)},
        counted(
            (
                "{n} key file made; tokens of desks in {tokens}",
                "{n} key files made; tokens of desks in {tokens}",
            ),
            n=made,
            tokens=tokens,
        ),
    )


def _party(asked: Asked, name: str, file: Path | None) -> None:
    """Make a party's signing key and print what to pin.

    Raises:
        UsageError: `bad_party`, `party_not_owner`.
    """
    from contracts.convention.signing import party_urn
    from contracts.errors import UsageError
    from contracts.vocabulary.principals import is_agency
    from services.operate.home.keys import ensure_signing
    from services.platform.keys.owners import public_row
    from services.platform.ports import now

    if not is_agency(name) or file is None:
        raise UsageError("bad_party", "another use", "--party, of a convention, with --file")
    key, _made = ensure_signing(file, party_urn(name), now())
    if key.owner != party_urn(name):
        raise UsageError("party_not_owner", "another owner's key", party_urn(name), str(file))
    if not asked.json:
        asked.note("to be pinned in `parties` of owners.json:")
    print_json(public_row(key))


@command
def rotate(
    asked: OnBus,
    desk: Annotated[str, typer.Option("--desk", help="Whose: a desk's short id.")] = "",
    router: Annotated[bool, typer.Option("--router", help="Or the bus's router's.")] = False,
    stolen: Annotated[
        datetime | None,
        typer.Option(
            "--stolen-since",
            formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"],
            help="Revoke now what it had at that instant (UTC); from then on it is in doubt.",
        ),
    ] = None,
) -> None:
    """Replace a signing key, or revoke a stolen one.

    The old one stays a week more; a stolen one ends now, and `relais audit replay` lists what it
    signed since as in doubt. With it a desk's decryption keys are replaced; what came is read
    still. Services take new ones up by themselves; run again after a kill it goes on.

    Example: relais keys rotate --desk crip
    """
    from contracts.errors import UsageError
    from services.operate.home import rotation

    if bool(desk) == router:
        raise UsageError("owner_unnamed", "both or neither", "--desk | --router")
    bus = asked.owners_bus(asked.realm)
    with bus.home.complete():
        owner = rotation.owner_of(bus.home, asked.realm, desk)
        if stolen is None:
            made = asyncio.run(rotation.rotate(bus, owner))
        else:
            since = int(stolen.replace(tzinfo=UTC).timestamp())
            made = asyncio.run(rotation.revoke_stolen(bus, owner, since))
    if desk and bus.home.outside_file(asked.realm, desk).exists():
        asked.note(f"{desk} keeps its keys itself: by stolen ones it sends and receives nothing.")
        asked.note("Its partner joins anew under another name, by `relais partner new`")
    _tell(asked, made)


@command
def destroy(
    asked: OnBus,
    kids: Annotated[
        list[str] | None,
        typer.Argument(
            help="Decryption keys: their files' names without .json; else those that are due."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Destroy decryption keys now.

    A directory is ordered in which their desks say so.

    What is sealed to them opens no more, read or not; agencies' services do it by themselves in
    time. Of keys that are named it asks first: a desk is closed for what is sealed to a class of
    which it has none left.

    Example: relais keys destroy
    """
    from services.operate.home import rotation

    bus = asked.owners_bus(asked.realm)
    with bus.home.complete():
        if kids and not yes:
            asked.note(_STOLEN)
            typer.confirm("Destroy it?", abort=True, err=True)
        done, order = asyncio.run(rotation.destroy(bus, kids or ()))
    said = {kid: rfc3339(at) for kid, at in done.items()}
    if asked.json:
        print_json({"realm": asked.realm, "order": order, "destroyed": said})
        return
    for kid, moment in said.items():
        asked.say(f"{kid}: destroyed {moment}")
    _tell_order(asked, order)


def _tell(asked: OnBus, made: Succession) -> None:
    keys = [
        {
            "kid": key.kid, "begins": rfc3339(key.not_before), "ends": rfc3339(key.not_after),
            "reason": key.reason, "since": rfc3339(key.since) if key.since is not None else "",
        }
        for key in made.keys
    ]  # fmt: skip
    if asked.json:
        print_json({"realm": asked.realm, "order": made.order, "keys": keys})
        return
    for key in keys:
        asked.say(_SAID[key["reason"]].format(**key))
    _tell_order(asked, made.order)


def _tell_order(asked: OnBus, order: int) -> None:
    if order:
        asked.say(f"order {order} on {asked.realm}")
    else:
        asked.say("nothing left to do")


DAYS: int = 90


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
        typer.Option(help="A further name of brokers, beside localhost and what theirs has now."),
    ] = None,
    renew: Annotated[
        bool, typer.Option("--renew", help="Make new ones even where those at hand are still good.")
    ] = False,
) -> None:
    """Make missing certificates; renew those near their end.

    For development: the home's own authority signs them, and is made if there is none.

    One a principal: the name of a service as it stands in logs. Services take up renewed ones with
    the next connection.

    Example: relais keys tls --all
    """
    from contracts.errors import UsageError
    from services.operate.home.home import Home
    from services.play.certificates import ca as authority

    names = tuple(who or ())
    if everyone:
        names = authority.everyone(shards, nodes, Home(asked.home).agencies)
    if not names:
        raise UsageError("principal_missing", "none", "names of principals, or --all")
    folder = asked.home / "tls"
    authority.ensure_ca(folder)
    hosts = (*(host or ()), *authority.HOSTS)
    made = [authority.ensure_certificate(folder, name, hosts, days, anew=renew) for name in names]
    rows = [_facts(pair.cert) for pair in made]
    if asked.json:
        print_json_lines(rows)
        return
    heads = ["principal", "until", "file"]
    print_table(heads, [[row[name] for name in heads] for row in rows])


def _facts(path: Path) -> dict[str, Any]:
    from services.platform.keys.certificate import read_certificate

    certificate = read_certificate(path)
    return {
        "principal": certificate.principal,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "from": rfc3339(certificate.not_before),
        "until": rfc3339(certificate.not_after),
        "file": str(path),
    }

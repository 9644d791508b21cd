"""`relais convention sign|adopt`: a party's signature, who signed, and the order."""

from __future__ import annotations

import asyncio
import os
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import UsageError
from services.cli.committee.signed_file import (
    FOUND,
    Signed,
    as_data,
    judge,
    lines,
    read,
)
from services.cli.committee.which_convention import FileArgument, convention_of
from services.cli.common.asked import AtHome, AtKafka, command
from services.cli.common.output import print_json, print_json_lines

if TYPE_CHECKING:
    from contracts.convention.adoption import Adopted
    from contracts.convention.model import Convention
    from contracts.log.orders.order import Order, Owners
    from services.operate.home.owners_bus import OwnersBus

_NEXT: Final = (
    "Once it is in force, the version may need other topics, retentions or rights: "
    "`relais kafka apply`"
)
# Why an order would be refused whoever has signed: signatures are not what is to be told then.
_OUT_OF_TURN: Final = frozenset(
    {
        "convention_superseded",
        "convention_out_of_turn",
        "convention_before_its_hour",
        "clause_number_reused",
        "clause_number_dropped",
    }
)


@command
def sign(
    asked: AtHome,
    file: FileArgument,
    party: Annotated[str, typer.Option(help="The party that signs, e.g. education.")],
    key: Annotated[Path, typer.Option(help="Its signing key file.", exists=True, dir_okay=False)],
) -> None:
    """Sign a convention as one party.

    The signature is FILE.<party>.jws beside it.

    Example: relais convention sign new.yaml --party education --key education.json
    """
    from contracts.convention.adoption import check_numbers
    from contracts.convention.signing import party_urn, sign_convention
    from services.platform.keys.keystore import read_signer
    from services.platform.keys.signatures import signature_file

    entry, signer = read_signer(key)
    if entry.owner != party_urn(party):
        raise UsageError("party_not_owner", "another owner's key", party_urn(party))
    convention = convention_of(file, asked.home)
    if (before := predecessor(convention, asked.home, file)) is not None:
        check_numbers(before, convention)
    token = sign_convention(convention, party, signer)
    path = signature_file(file, party)
    path.write_text(token + "\n", encoding="ascii")
    if asked.json:
        signed = {"party": party, "version": convention.version, "convd": convention.digest}
        print_json({**signed, "file": str(path), "signature": token})
    else:
        typer.echo(str(path))


def _verify(asked: AtKafka, file: Path) -> None:
    """Say who has signed; a version before that is not at hand is a finding too."""
    from services.platform.keys.owners import read_owners

    version, keys = read(file), read_owners(asked.home).parties
    judged = judge(version, predecessor(version.convention, asked.home, file), keys)
    if asked.json:
        print_json(as_data(judged))
    else:
        for line in lines(judged):
            typer.echo(line)
    if not judged.sound:
        raise typer.Exit(FOUND)


def predecessor(convention: Convention, home: Path, file: Path | None) -> Convention | None:
    """The version before, if it lies beside the file or in the home, or Relais ships it."""
    from contracts.convention.load import load
    from contracts.conventions import FILES, read
    from contracts.encoding import digest
    from services.platform.keys.signatures import read_convention

    paths = [home / "convention.yaml", *(sorted(file.parent.glob("*.yaml")) if file else ())]
    readable = (path for path in paths if path.is_file() and os.access(path, os.R_OK))
    own = ((path.name, read_convention(path)) for path in readable)
    for name, text in chain(((name, read(name)) for name in FILES), own):
        if digest(text) == convention.predecessor:
            return load(text, name)
    return None


@command
def adopt(
    asked: AtKafka,
    file: FileArgument,
    check: Annotated[
        bool, typer.Option("--check", help="Order nothing: show who has signed, and what is bad.")
    ] = False,
) -> None:
    """Order that a signed convention comes into force.

    Now, or at its date of effect. Exit 1, and nothing is ordered, if a signature is missing or bad
    by the keys that the home pins in owners.json, or the version is out of turn.

    Example: relais convention adopt new.yaml --check
    """
    if check:
        _verify(asked, file)
        return
    from contracts.encoding import rfc3339
    from contracts.vocabulary.scopes import REALMS

    version, ordered = read(file), []
    for realm in REALMS:
        order = asyncio.run(_adopt(version, asked.owners_bus(realm)))
        facts = {"n": order.n, "target": order.target, "start": rfc3339(order.start)}
        ordered.append({"realm": realm, **facts})
        if not asked.json:
            asked.say(
                "{realm}: order {n} adopts {target} from {start}".format(realm=realm, **facts)
            )
    if asked.json:
        print_json_lines(ordered)
    asked.note(_NEXT)


async def _adopt(version: Signed, bus: OwnersBus) -> Order:
    """Order one realm; what its readers would refuse is refused here."""
    from services.platform.kafka.orders.new_orders import NewOrder

    last, starts = (await bus.registry()).last_adopted, version.convention.starts
    start = max(bus.at, starts, last.start if last else 0)
    _check(version, bus.realm, bus.home.owners, start, last)
    content = {"convention": version.text.decode(), "signatures": [*version.tokens.values()]}
    new = NewOrder("adopt_convention", content, [bus.home.owner("convention")])
    (order,) = await bus.order(new, start=start)
    return order


def _check(version: Signed, realm: str, owners: Owners, start: int, last: Adopted | None) -> None:
    """Refuse what no reader would take; of signatures that do not do, say whose.

    Raises:
        typer.Exit: signatures are missing or bad: a finding about the file.
        ConventionError: it is not this version's turn.
    """
    from contracts.convention.adoption import check_adoption
    from contracts.errors import RelaisError

    convention, tokens, keys = version.convention, tuple(version.tokens.values()), owners.parties
    try:
        check_adoption(convention, tokens, keys, start=start, last=last)
    except RelaisError as error:
        if error.code in _OUT_OF_TURN:
            raise
        before = last.convention if last is not None else None
        for line in lines(judge(version, before, keys)):
            typer.echo(line, err=True)
        said = "{realm}: nothing is ordered: {code}"
        typer.echo(said.format(realm=realm, code=error.code), err=True)
        raise typer.Exit(FOUND) from None

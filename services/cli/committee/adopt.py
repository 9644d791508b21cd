"""`relais convention adopt`: how a version that its parties have signed comes into force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from services.cli.committee.signed_file import FOUND, FileArgument, Signed, judge, lines, read
from services.cli.common.asked import AtKafka, command
from services.cli.common.output import print_json

if TYPE_CHECKING:
    from contracts.convention.adoption import Adopted
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
def adopt(
    asked: AtKafka,
    file: FileArgument,
) -> None:
    """Order that a signed convention comes into force.

    Now, or at its date of effect.

    Exit 1 if the file is not signed as it has to be; nothing is ordered then.

    Example: relais convention adopt new.yaml
    """
    import asyncio

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
        print_json(ordered)
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

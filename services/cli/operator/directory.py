"""`relais directory sign|adopt|end`: the signed directory of a realm and its desks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from contracts.encoding import rfc3339
from contracts.vocabulary.scopes import AHEAD_WEEKS
from services.cli.common.asked import AtHome, OnBus, command
from services.cli.common.output import RealmOption, check_realm

if TYPE_CHECKING:
    from services.operate.home.owners_bus import OwnersBus

_ENDS: Final = (
    "{desk} ends on {until}: until then it is sent what is new. {successor} follows it, and "
    "may act for it from {start} on."
)
_WHAT_NEXT: Final = (
    "Leave {desk} in the directory, with current keys, until it owes and is owed nothing any more."
)


@command
def sign(
    asked: AtHome,
    realm: RealmOption = "civil",
    weeks: Annotated[int, typer.Option(min=1, max=104, help="Until it expires.")] = AHEAD_WEEKS,
) -> None:
    """Sign the next version of the directory.

    Example: relais directory sign
    """
    from services.operate.home.home import Home
    from services.platform.process.clock import FileClock

    check_realm(realm)
    folder = Home(asked.home)
    with folder.complete():
        made = folder.sign_directory(realm, FileClock(folder.clock).now(), weeks)
    file = folder.directory_file(realm)
    asked.print(
        {"realm": realm, "file": str(file), "version": made.version, "digest": made.digest},
        f"{file}: version {made.version}, {made.digest}",
    )


@command
def adopt(asked: OnBus) -> None:
    """Order that the home's directory is in force from now.

    Example: relais directory adopt
    """
    from services.operate.home.first_orders import directory_order
    from services.operate.home.home import Home

    folder = Home(asked.home)
    with folder.complete():
        new = directory_order(folder, asked.realm, [folder.owner("directory")])
    (order,) = asyncio.run(asked.owners_bus(asked.realm).order(new))
    asked.print(
        {"realm": asked.realm, "order": order.n, "target": order.target},
        f"order {order.n} adopts {order.target}",
    )


@command
def end(
    asked: OnBus,
    desk: Annotated[str, typer.Argument(help="The desk that ends: its short id.")],
    successor: Annotated[
        str, typer.Option(help="A desk of its agency and role that goes on: its short id.")
    ],
    until: Annotated[
        datetime,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Day in France at whose beginning it ends, 8 to 180 days ahead: YYYY-MM-DD.",
        ),
    ],
) -> None:
    """End a desk on a day; another desk of its agency follows it.

    Senders are told from now on. From that day on only what answers, ends or withdraws an earlier
    event reaches the desk or comes from it. Run again it orders nothing twice.

    Example: relais directory end home-1 --successor home-2 --until 2027-01-31
    """
    from contracts.vocabulary.schema import desk_urn
    from services.platform.process.paris_time import instant, when

    names = {"desk": desk.lower(), "successor": successor.lower()}
    urns = {name: desk_urn(asked.realm, short) for name, short in names.items()}
    bus, ends = asked.owners_bus(asked.realm), instant(until)
    with bus.home.complete():
        number, start = asyncio.run(_order_end(bus, {**urns, "until": ends}))
    facts = {"realm": asked.realm, **names, "order": number, "from": rfc3339(start)}
    asked.print(
        {**facts, "until": rfc3339(ends)},
        _ENDS.format(**names, start=when(start, "en"), until=when(ends, "en")),
    )
    asked.note(_WHAT_NEXT.format(**names))


async def _order_end(bus: OwnersBus, content: dict[str, Any]) -> tuple[int, int]:
    """Order the end of a desk, once (log §6.4): its number, 0 if it stood there, and its start.

    Raises:
        UsageError: `desk_ends`: by another order, with another successor or instant.
        LogError, UnreachableError: as `OwnersBus.order`.
    """
    from contracts.errors import UsageError
    from contracts.log.orders.desk_end import DESK_END
    from services.platform.kafka.orders.new_orders import NewOrder

    ends = [order for order in (await bus.registry()).orders if order.kind == DESK_END]
    known = next((order for order in ends if order.payload["desk"] == content["desk"]), None)
    if known is None:
        new = NewOrder(DESK_END, content, [bus.home.owner("directory")])
        (order,) = await bus.order(new)
        return order.n, order.start
    if not known.payload.items() >= content.items():
        raise UsageError("desk_ends", "another successor or instant", "one order a desk, for ever")
    return 0, known.start

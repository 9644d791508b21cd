"""`relais erase`: the owners' order that a case's evidence be erased, and its outcome.

What is to be erased is looked up, and its outcome waited for, as the realm's auditor; the order
names decisions and never a case.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from contracts.errors import UsageError
from services.cli.auditor.readings import note_reading
from services.cli.common.asked import KeyOption, OnBus, WaitOption, command
from services.cli.common.output import print_json
from services.platform.ports import monotonic

if TYPE_CHECKING:
    from contracts.log.orders.order import Order

UNDONE: Final = 1  # exit code: something was not erased, or there was nothing
LOOK_S: Final = 1.0  # between two looks at the log
WAIT_S: Final = 30

_ANSWERS: Final = {
    "erased": "erased: {n}",
    "already_erased": "erased before: {n}",
    "nothing_to_erase": "nothing to erase in it: {n}",
    "not_here": "no such decision: {n}",
    "incomplete": "not erased, since more of the case has come meanwhile; order again: {n}",
    "": "routing has not come to it yet: {n}",
}
_BY_HAND: Final = (
    "This the order does not reach; whoever keeps any of it destroys it:",
    "- temporary folders of killed replays",
    "- bundles that were handed out",
    "- backups, and copies of disks and volumes",
    "- what agencies keep in their own records",
)


@command
def erase(
    asked: OnBus,
    basis: Annotated[str, typer.Option("--basis", help="Why, as a code; a wrong one lists them.")],
    case: Annotated[
        str,
        typer.Option(
            "--case", help="Its token, an event of it, or a decision as `quarantine list` names it."
        ),
    ],
    key: KeyOption = None,
    wait: WaitOption = WAIT_S,
) -> None:
    """Erase a case's content; exit 1 if some of it is left.

    Its records in the log and their proofs stay.

    Example: relais erase --case CASE --basis term_ended
    """
    _check(basis)
    orders, said = asyncio.run(_erase(asked, basis, case, key, wait))
    counted = Counter(said.values())
    if asked.json:
        print_json({"orders": [order.n for order in orders], "decisions": said})
    elif not orders:
        asked.say("nothing to erase")
    else:
        for order in orders:
            asked.say(f"order {order.n} on {asked.realm}")
        for answer, number in sorted(counted.items()):
            asked.say(_ANSWERS[answer].format(n=number))
        for line in _BY_HAND:
            asked.note(line)
    if not counted or set(counted) - {"erased", "already_erased"}:
        raise typer.Exit(UNDONE)


def _check(basis: str) -> None:
    from contracts.log.orders.rulings import BASES

    if basis not in BASES:
        raise UsageError("basis_unknown", "another basis", ", ".join(BASES), "--basis")


async def _erase(
    asked: OnBus, basis: str, case: str, keys: list[Path] | None, wait: int
) -> tuple[list[Order], dict[str, str]]:
    """The orders, none if there is nothing to erase; and what was answered, by leaf."""
    from contracts.log.orders.rulings import erasure
    from contracts.vocabulary import principals
    from services.operate.to_erase import answers, to_erase
    from services.platform.kafka.orders.new_orders import NewOrder
    from services.platform.keys.owners import read_owners

    wanted = case.rsplit(":", 1)[-1]
    log = asked.bus(principals.audit(asked.realm)), asked.realm, read_owners(asked.home)
    note_reading(asked, "erase", [asked.realm], "erasure", wanted)
    if not (parts := await to_erase(*log, wanted)):
        return [], {}
    bus = asked.owners_bus(asked.realm)
    orders = [
        order
        for part in parts
        for order in await bus.order(NewOrder("erase", erasure(part, basis), bus.signers(keys)))
    ]
    leaves, until = [leaf for part in parts for _partition, leaf in part], monotonic() + wait
    said = dict[str, str]()
    while True:
        for order in orders:
            said |= await answers(*log, order.digest)
        if len(said) == len(leaves) or monotonic() > until:
            return orders, {leaf: said.get(leaf, "") for leaf in leaves}
        await asyncio.sleep(LOOK_S)

"""`relais quarantine release|discard`: a signed order on control, and what routing made of it.

The order is written as the realm's owners; what is named is looked up, and its outcome waited for,
as the realm's auditor. Who has only the owners' certificate orders `--blind`, and is told the order's
number.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from services.cli.common.asked import OnBus, command
from services.cli.common.output import in_words, print_json
from services.cli.operator.quarantine_ruler import NotKeptError, Ruler, Ruling

if TYPE_CHECKING:
    from contracts.log.orders.order import OrderKind

NOT_SO: Final = 1  # exit code: something was not routed, not discarded, or not there
WAIT_S: Final = 30


_ORDERED: Final = "order {order} on {realm}"
_STATES: Final = {
    "decided": "{name}: released and decided (see {by})",
    "duplicate": "{name}: released; the event had been sent again and decided",
    "quarantined": "{name}: still not routable: {why}; in quarantine again under {by}",
    "discarded": "{name}: discarded ({why})",
    "kept": "{name}: routing has not come to it yet",
    "released": "{name}: released, not routed yet",
}

DecisionsArgument = Annotated[
    list[str], typer.Argument(help="As `list` names them: PARTITION:DECISION.")
]
ReasonOption = Annotated[str, typer.Option("--reason", help="A code; a wrong one lists them.")]
KeyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        exists=True,
        dir_okay=False,
        help="An owner's signing key; again for a quorum; else the home's.",
    ),
]
WaitOption = Annotated[int, typer.Option("--wait", min=0, help="Seconds to wait for routing.")]
BlindOption = Annotated[
    bool, typer.Option("--blind", help="Order without looking in the log, before or after.")
]


@command
def release(
    asked: OnBus,
    decisions: DecisionsArgument,
    reason: ReasonOption = "unspecified",
    key: KeyOption = None,
    wait: WaitOption = WAIT_S,
    blind: BlindOption = False,
) -> None:
    """Route records again; exit 1 if one is refused.

    Example: relais quarantine release 0:1234
    """
    _rule(asked, "release", decisions, Ruling(reason, key, wait, blind))


@command
def discard(
    asked: OnBus,
    decisions: DecisionsArgument,
    reason: ReasonOption = "unspecified",
    key: KeyOption = None,
    wait: WaitOption = WAIT_S,
    blind: BlindOption = False,
) -> None:
    """Discard records; their bytes go with their retention.

    Example: relais quarantine discard 0:1234
    """
    _rule(asked, "discard", decisions, Ruling(reason, key, wait, blind))


def named(entry: dict[str, Any]) -> str:
    """A decision as an order must name it."""
    return f"{entry['partition']}:{entry['decision']}"


def _rule(asked: OnBus, kind: OrderKind, decisions: list[str], how: Ruling) -> None:
    ruler = Ruler(asked)
    ruler.check(decisions, how.reason)
    try:
        orders, told = asyncio.run(ruler.rule(kind, decisions, how))
    except NotKeptError as error:
        not_so(error)
    if asked.json:
        print_json({"orders": [order.n for order in orders], "decisions": told})
    else:
        for order in orders:
            asked.say(_ORDERED.format(order=order.n, realm=asked.realm))
        for entry in told:
            asked.say(
                _STATES[entry["state"]].format(name=named(entry), by=entry["by"], why=entry["why"])
            )
    good = {"discarded"} if kind == "discard" else {"decided", "duplicate"}
    if any(entry["state"] not in good for entry in told):
        raise typer.Exit(NOT_SO)


def not_so(error: NotKeptError) -> NoReturn:
    """Tell it as every error, and exit 1.

    Raises:
        typer.Exit: always.
    """
    sys.stderr.write(f"relais: {in_words(error)}\n")
    raise typer.Exit(NOT_SO)

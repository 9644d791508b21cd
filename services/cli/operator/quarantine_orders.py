"""`relais quarantine release|discard`: a signed order on control, and what routing made of it.

The order is written as the realm's owners; what is named is looked up, and its outcome waited for,
as the realm's auditor. Who has only the owners' certificate orders `--blind`, and is told the order's
number.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from contracts.errors import RelaisError, UsageError
from services.cli.common.asked import OnBus, command
from services.cli.common.output import in_words, print_json

if TYPE_CHECKING:
    from contracts.keys.keyring import Signer
    from contracts.log.orders.order import Order, OrderKind


NONE: Final = "no such decision"
UNSEEN: Final = ("kafka_forbidden", "certificate_missing")  # whoever may not look may still order
LOOK_S: Final = 0.5  # between two looks at the log
SETTLED: Final = ("decided", "duplicate", "quarantined", "discarded")  # no longer kept or waiting


@dataclass(frozen=True, slots=True)
class Ruling:
    """How to order: the options that both commands share.

    Attributes:
        keys: of the owners who sign; None: the home's.
        wait: seconds for routing to come to it.
        blind: order without looking in the log.
    """

    reason: str
    keys: list[Path] | None
    wait: int
    blind: bool


class NotKeptError(RelaisError):
    """A decision is not in quarantine: a finding about the log, not wrong use."""

    def __init__(self, decision: str, state: str, expected: str) -> None:
        super().__init__("not_in_quarantine", state, expected, decision)


def owner_signers(home: Path, keys: list[Path] | None) -> list[Signer]:
    """The owners whose keys were named; else the home's own."""
    from services.operate.home.home import Home
    from services.platform.keys.signers import read_signer

    if keys:
        return [read_signer(one)[1] for one in keys]
    folder = Home(home)
    with folder.complete():
        return [folder.owner("directory")]


class Ruler:
    """Orders of one realm, on what is in its quarantine."""

    def __init__(self, asked: OnBus) -> None:
        self.asked = asked

    def check(self, decisions: list[str], reason: str) -> None:
        """Refuse what no order can say, before Kafka is asked."""
        from contracts.log.orders.rulings import REASONS

        if reason not in REASONS:
            raise UsageError("reason_unknown", "another reason", ", ".join(REASONS), "--reason")
        if len(set(decisions)) != len(decisions):
            raise UsageError("decision_twice", "a decision twice", "each once")

    async def rule(
        self, kind: OrderKind, decisions: list[str], how: Ruling
    ) -> tuple[list[Order], list[dict[str, Any]]]:
        """Order; then what has become of each decision, as far as we may look.

        Raises:
            NotKeptError: nothing is ordered.
        """
        where = _split(decisions) if how.blind else await self._places(decisions)
        orders = await self._order(kind, where, how)
        told = [] if how.blind else await self._outcome([leaf for _, leaf in where], how.wait)
        return orders, told

    async def _order(
        self, kind: OrderKind, where: tuple[tuple[int, str], ...], how: Ruling
    ) -> list[Order]:
        from contracts.log.orders.rulings import MAX_DECISIONS, ruling
        from services.platform.kafka.orders.new_orders import NewOrder

        signers = owner_signers(self.asked.home, how.keys)
        new = [
            NewOrder(kind, ruling(where[at : at + MAX_DECISIONS], how.reason), signers)
            for at in range(0, len(where), MAX_DECISIONS)
        ]
        return await self.asked.owners_bus(self.asked.realm).order(*new)

    async def _entries(self) -> dict[str, dict[str, Any]]:
        from contracts.vocabulary import principals
        from services.routing.kept import entries

        realm = self.asked.realm
        try:
            bootstrap, client = self.asked.reach(principals.audit(realm))
            rows = await entries(bootstrap, realm, **client)
        except UsageError as error:
            if error.code not in UNSEEN:
                raise
            got, wanted = error.got, error.expected
            expected = f"{wanted}; or --blind, to order without looking"
            raise UsageError(error.code, got, expected, error.place) from None
        return {one["decision"]: one for one in rows}

    async def _places(self, decisions: list[str]) -> tuple[tuple[int, str], ...]:
        """The partition of each decision, which must be in quarantine still.

        Raises:
            NotKeptError.
        """
        known = await self._entries()
        leaves = [one.rsplit(":", 1)[-1] for one in decisions]
        for leaf in leaves:
            state = known[leaf]["state"] if leaf in known else NONE
            if state != "kept":
                raise NotKeptError(leaf, state, "one that `list --kept` shows")
        return tuple((known[leaf]["partition"], leaf) for leaf in leaves)

    async def _outcome(self, leaves: list[str], wait: int) -> list[dict[str, Any]]:
        until = time.monotonic() + wait
        while True:
            known = await self._entries()
            rows = [known[leaf] for leaf in leaves]
            if all(one["state"] in SETTLED for one in rows) or time.monotonic() > until:
                return rows
            await asyncio.sleep(LOOK_S)


def _split(decisions: list[str]) -> tuple[tuple[int, str], ...]:
    rows = [one.partition(":") for one in decisions]
    if not all(number.isdecimal() and leaf for number, _, leaf in rows):
        raise UsageError("decision_malformed", "another form", "PARTITION:DECISION")
    return tuple((int(number), leaf) for number, _, leaf in rows)


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

"""`relais quarantine list|decide`: what could not be routed, and orders on it.

The list is read from the log, as each realm's auditor reads it: only routing opens quarantine.
Orders are written as its realm's owners, after a look in the log, and their outcome is waited for.
Who has only the owners' certificate orders `--blind`, and is told the order's number.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn

import typer

from contracts.errors import RelaisError, UsageError
from services.cli.auditor.readings import RealmOption, realms_of
from services.cli.common.asked import AtKafka, KeyOption, WaitOption, command
from services.cli.common.output import in_words, print_json, print_json_lines, print_table
from services.platform.ports import monotonic

if TYPE_CHECKING:
    from contracts.log.orders.order import Order, OrderKind
    from services.audit.bundle.manifest import Realm
    from services.operate.home.owners_bus import OwnersBus

Where = tuple[tuple[int, str], ...]  # partition and decision

NOT_SO: Final = 1  # exit code: something was not routed, not discarded, or not there
WAIT_S: Final = 30
LOOK_S: Final = 0.5  # between two looks at the log
SETTLED: Final = ("decided", "duplicate", "quarantined", "discarded")  # no longer kept or waiting
_STATES: Final = {
    "decided": "{name}: released and decided (see {by})",
    "duplicate": "{name}: released; the event had been sent again and decided",
    "quarantined": "{name}: still not routable: {why}; in quarantine again under {by}",
    "discarded": "{name}: discarded ({why})",
    "kept": "{name}: routing has not come to it yet",
    "released": "{name}: released, not routed yet",
}


class NotKeptError(RelaisError):
    """A decision is not in quarantine: a finding about the log, not wrong use."""

    def __init__(self, decision: str, state: str, expected: str) -> None:
        super().__init__("not_in_quarantine", state, expected, decision)


@command
def list_(
    asked: AtKafka,
    decision: Annotated[str, typer.Argument(help="One alone, in full; else all.")] = "",
    kept: Annotated[
        bool, typer.Option("--kept", help="Only what is still to be ruled on.")
    ] = False,
    realm: RealmOption = "",
) -> None:
    """List quarantined records, without their content.

    With a DECISION all that is known of that one; exit 1 if it is not there.

    Example: relais quarantine list --kept
    """
    listed = [
        entry
        for entry in asyncio.run(_entries(asked, realms_of(realm)))
        if (entry["state"] == "kept" or not kept)
        and decision in ("", entry["decision"], _named(entry))
    ]
    if realm and not asked.json:
        asked.note(f"{realm} bus alone: the other was not asked")
    if decision and not listed:
        _not_so(NotKeptError(decision, "no such decision", "one that `list` shows"))
    if asked.json:
        print_json_lines(listed)
    elif decision:
        for name, value in listed[0].items():
            asked.say(f"{name}: {value}")
    else:
        names = ("realm", "code", "state", "why", "bytes", "sha256")
        rows = [[_named(entry), *(_cell(entry[name]) for name in names)] for entry in listed]
        print_table(["decision", "bus", *names[1:]], rows)
        if not listed:  # an empty table might be a mistake of ours
            asked.note("nothing to be ruled on" if kept else "nothing in quarantine")


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


@command
def decide(
    asked: AtKafka,
    decisions: Annotated[
        list[str], typer.Argument(help="As `list` names them: PARTITION:DECISION.")
    ],
    release: Annotated[
        bool, typer.Option("--release/--discard", help="Route again, or let their bytes expire.")
    ],
    reason: Annotated[
        str, typer.Option("--reason", help="A code; a wrong one lists them.")
    ] = "unspecified",
    key: KeyOption = None,
    wait: WaitOption = WAIT_S,
    blind: Annotated[
        bool, typer.Option("--blind", help="Order on --realm without looking in the log.")
    ] = False,
    realm: RealmOption = "",
) -> None:
    """Release or discard records; exit 1 if one is refused.

    Example: relais quarantine decide 0:1234 --release
    """
    from contracts.log.orders.rulings import REASONS

    if reason not in REASONS:
        raise UsageError("reason_unknown", "another reason", ", ".join(REASONS), "--reason")
    if len(set(decisions)) != len(decisions):
        raise UsageError("decision_twice", "a decision twice", "each once")
    realms = realms_of(realm)
    if blind and not realm:
        raise UsageError("realm_missing", "--blind alone", "--realm too", "--realm")
    try:
        bus, where = (
            (realms[0], _split(decisions))
            if blind
            else asyncio.run(_places(asked, realms, decisions))
        )
    except NotKeptError as error:
        _not_so(error)
    kind: OrderKind = "release" if release else "discard"
    orders = asyncio.run(_order(asked.owners_bus(bus), kind, where, reason, key))
    told = [] if blind else asyncio.run(_outcome(asked, bus, where, wait))
    if asked.json:
        print_json({"realm": bus, "orders": [order.n for order in orders], "decisions": told})
    else:
        for order in orders:
            asked.say(f"order {order.n} on {bus}")
        for entry in told:
            asked.say(_STATES[entry["state"]].format(name=_named(entry), **entry))
    good = {"decided", "duplicate"} if release else {"discarded"}
    if any(entry["state"] not in good for entry in told):
        raise typer.Exit(NOT_SO)


async def _order(
    bus: OwnersBus, kind: OrderKind, where: Where, reason: str, keys: list[Path] | None
) -> list[Order]:
    from contracts.log.orders.rulings import MAX_DECISIONS, ruling
    from services.platform.kafka.orders.new_orders import NewOrder

    signers = bus.signers(keys)
    portions = (where[at : at + MAX_DECISIONS] for at in range(0, len(where), MAX_DECISIONS))
    return await bus.order(*(NewOrder(kind, ruling(some, reason), signers) for some in portions))


async def _entries(asked: AtKafka, realms: Sequence[Realm]) -> list[dict[str, Any]]:
    """The entries of some realms, as their auditors read them."""
    from contracts.vocabulary import principals
    from services.operate.quarantined import entries

    return [
        {"realm": realm, **entry}
        for realm in realms
        for entry in await entries(asked.bus(principals.audit(realm)), realm)
    ]


async def _seen(asked: AtKafka, realms: Sequence[Realm]) -> dict[str, dict[str, Any]]:
    """The entries by decision, before and after an order."""
    return {one["decision"]: one for one in await _entries(asked, realms)}


async def _places(
    asked: AtKafka, realms: Sequence[Realm], decisions: list[str]
) -> tuple[Realm, Where]:
    """The bus of the decisions and each one's partition; all must be in quarantine still.

    Raises:
        NotKeptError.
        UsageError: `two_buses`: an order is of one.
    """
    known = await _seen(asked, realms)
    leaves = [one.rsplit(":", 1)[-1] for one in decisions]
    for leaf in leaves:
        state = known[leaf]["state"] if leaf in known else "no such decision"
        if state != "kept":
            raise NotKeptError(leaf, state, "one that `list --kept` shows")
    bus, *others = {known[leaf]["realm"] for leaf in leaves}
    if others:
        raise UsageError("two_buses", "decisions of both buses", "those of one", "DECISIONS")
    return bus, tuple((known[leaf]["partition"], leaf) for leaf in leaves)


async def _outcome(asked: AtKafka, bus: Realm, where: Where, wait: int) -> list[dict[str, Any]]:
    until = monotonic() + wait
    while True:
        known = await _seen(asked, (bus,))
        rows = [known[leaf] for _partition, leaf in where]
        if all(one["state"] in SETTLED for one in rows) or monotonic() > until:
            return rows
        await asyncio.sleep(LOOK_S)


def _split(decisions: list[str]) -> Where:
    rows = [one.partition(":") for one in decisions]
    if not all(number.isdecimal() and leaf for number, _, leaf in rows):
        raise UsageError("decision_malformed", "another form", "PARTITION:DECISION")
    return tuple((int(number), leaf) for number, _, leaf in rows)


def _named(entry: dict[str, Any]) -> str:
    """A decision as an order must name it."""
    return f"{entry['partition']}:{entry['decision']}"


def _not_so(error: NotKeptError) -> NoReturn:
    """Tell it as every error, and exit 1."""
    sys.stderr.write(f"relais: {in_words(error)}\n")
    raise typer.Exit(NOT_SO)

"""Destroy decryption keys, and have a directory say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.encoding import rfc3339
from contracts.errors import UsageError
from contracts.keys.directory import Directory
from contracts.keys.keyring import destroyed_at
from contracts.keys.sealing_keys import TOLD_S, destroy_at_of, parts_of
from services.operate.home.home import Home
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.rotation import adopt_renewed, adopted_directory
from services.platform.keys.keystore import desk_ring


@dataclass(frozen=True, slots=True)
class Destruction:
    """What is destroyed and the log now says so.

    A file says in the key's place that it is destroyed, in one step; then the desk's next row says
    it under its signature, and the order that adopts it makes a leaf of each partition's log of it.
    Killed between two of these
    the command is run again: what is destroyed and not said yet is said, whoever destroyed it.

    Attributes:
        kids: key id -> since when, seconds.
        order: number of the order that says it; 0: nothing was left to say.
    """

    kids: Mapping[str, int]
    order: int


async def destroy(
    bus: OwnersBus, kids: Sequence[str], ask: Callable[[Mapping[str, tuple[str, str]]], None]
) -> Destruction:
    """Destroy keys, and adopt a directory in which their desks say so.

    Args:
        kids: which; none: those whose time has come.
        ask: called before any is destroyed with what `closing` finds, if anything; raises to stop.

    Raises:
        UsageError: `key_unknown`, `nothing_adopted`.
        OSError: a key could not be destroyed.
        LogError, UnreachableError: as `control.publish_orders`.
    """
    home, realm, at = bus.home, bus.realm, bus.at
    desks = [partner.desk for partner in home.partners_of(realm)]
    for kid in kids:
        if (
            parts_of(kid)[0] not in desks
            or not (home.keys / realm / parts_of(kid)[0] / f"{kid}.json").exists()
        ):
            raise UsageError(
                "key_unknown", kid, "a decryption key that `relais keys list --all` shows"
            )
    listed = await adopted_directory(bus)
    if closed := closing(listed, kids, at):
        ask(closed)
    for desk in desks:
        ring = desk_ring(home.keys, realm, desk)
        for kid in ring.held():
            if kid in kids or (not kids and (destroy_at_of(kid) or at + 1) <= at):
                ring.destroy(kid, at)
    unsaid = _unsaid(home, realm, desks, listed, at)
    if not unsaid:
        return Destruction({}, 0)
    _made, order = await adopt_renewed(bus, {})
    return Destruction(unsaid, order)


def closing(listed: Directory, kids: Sequence[str], at: int) -> dict[str, tuple[str, str]]:
    """Desk and class for which there is a time without a key once these are destroyed.

    Returns:
        The day on which it begins, the day on which the next key does; or "": there is none.
    """
    keys, closed = listed.encryption, dict[str, tuple[str, str]]()
    for place in {parts_of(kid)[:2] for kid in kids}:
        spans = {
            kid: (keys[kid].not_before, keys[kid].not_after)
            for kid in keys
            if parts_of(kid)[:2] == place
        }
        kept = [span for kid, span in spans.items() if kid not in kids]
        bounds = sorted({at, *(bound for span in spans.values() for bound in span if bound > at)})
        begins = next((t for t in bounds if _covers(spans.values(), t) > _covers(kept, t)), None)
        if begins is not None:
            starts = min((start for start, _end in kept if start > begins), default=None)
            days = rfc3339(begins)[:10], rfc3339(starts)[:10] if starts else ""
            closed[" ".join(place)] = days
    return closed


def _covers(spans: Iterable[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in spans)


def _unsaid(
    home: Home, realm: str, desks: Iterable[str], listed: Directory, at: int
) -> dict[str, int]:
    """What is destroyed and the directory in force does not say, as long as it says such."""
    return {
        path.stem: since
        for desk in desks
        for path in sorted((home.keys / realm / desk).glob(f"{desk}-p*.json"))
        if (since := destroyed_at(path.read_bytes())) is not None
        and since + TOLD_S > at
        and not listed.encryption.is_destroyed(path.stem)
    }

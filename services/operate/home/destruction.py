"""Destroy decryption keys, and have a directory say so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from contracts.errors import UsageError
from contracts.keys.directory import Directory
from contracts.keys.keyring import destroyed_at
from contracts.keys.sealing_keys import TOLD_S, destroy_at_of, parts_of
from services.operate.home.home import Home
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.rotation import adopt_renewed, adopted_directory
from services.platform.keys.keystore import desk_ring


async def destroy(bus: OwnersBus, kids: Sequence[str]) -> tuple[Mapping[str, int], int]:
    """Destroy keys, and adopt a directory in which their desks say so.

    A file says in the key's place that it is destroyed, in one step; then the desk's next row says
    it under its signature, and the order that adopts it makes a leaf of each partition's log of it.
    Killed between two of these the command is run again: what is destroyed and not said yet is
    said, whoever destroyed it.

    Args:
        kids: which; none: those whose time has come.

    Returns:
        Key id -> since when, seconds; number of the order that says it, 0: nothing was left to say.

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
            raise UsageError("key_unknown", kid, "a decryption key: its file's name without .json")
    listed = await adopted_directory(bus)
    for desk in desks:
        ring = desk_ring(home.keys, realm, desk)
        for kid in ring.held():
            if kid in kids or (not kids and (destroy_at_of(kid) or at + 1) <= at):
                ring.destroy(kid, at)
    unsaid = _unsaid(home, realm, desks, listed, at)
    if not unsaid:
        return {}, 0
    _made, order = await adopt_renewed(bus, {})
    return unsaid, order


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

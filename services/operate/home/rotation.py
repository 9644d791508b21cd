"""Rotate a signing key, replace what was stolen, destroy decryption keys.

A key file, the next directory, the order that adopts it, in this order. Killed between two of
them it is run again and ends well: a key that a directory was signed over is kept until it would
begin, as that one may be adopted at any time; what control has adopted is not done twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from contracts.encoding import rfc3339
from contracts.errors import UsageError
from contracts.keys.directory import Directory, EncryptionKey, SigningKey
from contracts.keys.keyring import (
    destroyed_at,
    encryption_file,
    read_encryption_file,
    signing_key_of,
)
from contracts.keys.sealing_keys import TOLD_S, destroy_at_of, parts_of
from contracts.keys.sealing_kinds import public_half
from contracts.vocabulary.schema import desk_urn, router_urn
from services.operate.home.first_orders import directory_order
from services.operate.home.home import Home
from services.operate.home.key_life import LEAD, STOLEN, Row, make_next
from services.operate.home.owners_bus import OwnersBus
from services.platform.keys.keystore import desk_ring, former_files
from services.platform.process.durable_file import write_durably


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """Whose signing keys, and where their files lie: `<stem>-N.json`."""

    urn: str
    folder: Path
    stem: str


@dataclass(frozen=True, slots=True)
class Succession:
    """An owner's signing keys once the directory is in force, the newest first.

    Attributes:
        order: number of the order that adopted it; 0: it was adopted before.
    """

    keys: tuple[SigningKey, ...]
    order: int


def owner_of(home: Home, realm: str, desk: str) -> KeyOwner:
    """The owner of signing keys: a desk, or the realm's router if none is named."""
    folder = home.keys / realm
    if desk:
        return KeyOwner(desk_urn(realm, desk), folder / desk, f"{desk}-sig")
    return KeyOwner(router_urn(realm), folder, f"router-{realm}")


async def rotate(bus: OwnersBus, owner: KeyOwner) -> Succession:
    """Let a new key follow the owner's newest: it begins in two minutes, the old one ends later.

    Raises:
        UsageError: `owner_unknown`, `nothing_adopted`, `keys_outside`, `key_elsewhere`.
        SignerError: a device that its file names does not sign, or has another key.
        LogError, UnreachableError: as `control.publish_orders`.
    """
    adopted = await adopted_directory(bus)
    keys = _keys(adopted, owner)
    if _is_outside(bus, owner):
        expected = "a desk of this home's keys; a partner joins anew by `relais partner new`"
        raise UsageError("keys_outside", "a desk that keeps its keys itself", expected, owner.urn)
    signed = _keys(bus.home.directory(bus.realm), owner)
    if keys[0].not_before > bus.at:  # rotated just now: what was killed was killed after the order
        return Succession(keys, 0)
    is_adopted = signed[0].kid in adopted.signing
    if signed[0].not_before <= bus.at and not is_adopted:  # nobody had time to read of it
        signed = ()
    if is_adopted or not signed:
        prepare_next(owner, signed + keys, bus.at + LEAD)
    return await _order(bus, owner, {})


async def revoke_stolen(bus: OwnersBus, owner: KeyOwner, since: int) -> Succession:
    """End now, as stolen, the keys that the owner had then; a new one begins if none is left.

    Of a desk the keys that it is sealed to are made anew with them: who took one took all. One
    that keeps its keys itself sends and receives nothing from then on. Told again with an earlier
    instant, what was stolen is in doubt from then on, and nothing is made anew.

    Args:
        since: from when on what they signed is in doubt, seconds.

    Raises:
        UsageError: `since_to_come`, `since_too_early`, those of `rotate`.
        LogError, UnreachableError: as `control.publish_orders`.
    """
    at = bus.at
    if since > at:
        raise UsageError("since_to_come", "an instant to come", "one of the past", "--stolen-since")
    adopted = await adopted_directory(bus)
    keys = _keys(adopted, owner)
    if (first := min(key.not_before for key in keys)) >= since:
        expected = f"an instant after {rfc3339(first)}, when its first key began"
        raise UsageError("since_too_early", rfc3339(since), expected, "--stolen-since")
    ended = {key.not_after for key in keys if key.reason == STOLEN}  # what began then began at once
    had = [key for key in keys if key.not_before - (key.not_before not in ended) * LEAD < since]
    stolen = [key for key in had if key.reason != STOLEN and since < key.not_after]
    wider = [key for key in had if since < (key.since or 0)]
    if not stolen + wider:
        return Succession(keys, 0)
    ends = {key.kid: {"revoked": at, "reason": STOLEN, "since": since} for key in stolen + wider}
    if not wider and not _is_outside(bus, owner):
        _replace_all(bus, owner, adopted, ends, since)
    return await _order(bus, owner, ends)


def _replace_all(
    bus: OwnersBus, owner: KeyOwner, adopted: Directory, ends: Collection[str], since: int
) -> None:
    """Make anew what a thief had: the signing key, and what the owner is sealed to."""
    last, at = bus.home.directory(bus.realm), bus.at
    # What an earlier try has signed and nobody adopted has its new keys already: they stay.
    stolen = (key for key in last.signing.values() if key.reason == STOLEN)
    tried = {key.kid for key in stolen if since <= key.not_after}.issuperset(ends)
    known = _keys(last if tried else adopted, owner)
    if not any(key.kid not in ends and key.not_before <= at < key.not_after for key in known):
        prepare_next(owner, _keys(adopted, owner), at)
    listed = (adopted,) if tried else (adopted, last)
    replace_keys(owner.folder, [one.encryption for one in listed], at)


def _is_outside(bus: OwnersBus, owner: KeyOwner) -> bool:
    """Whether it is a desk that keeps its keys itself."""
    return any(row["desk"] == owner.urn for row in bus.home.outside(bus.realm))


async def adopted_directory(bus: OwnersBus) -> Directory:
    """The directory that control has adopted last.

    Raises:
        UsageError: `nothing_adopted`.
        UnreachableError: Kafka did not answer in time.
    """
    registry = await bus.registry()
    orders = [order for order in registry.orders if order.kind == "adopt_directory"]
    if not orders:
        raise UsageError("nothing_adopted", "no directory", "`relais directory adopt` first")
    return registry.directories[orders[-1].target]


def _keys(listed: Directory, owner: KeyOwner) -> tuple[SigningKey, ...]:
    keys = listed.signing_of.get(owner.urn, ())
    if not keys:
        raise UsageError("owner_unknown", "none of the directory", "a desk of this bus")
    return keys


def prepare_next(owner: KeyOwner, listed: tuple[SigningKey, ...], begins: int) -> None:
    """Make the next key, numbered after what is listed; an earlier try's is replaced.

    Whose key is in a device does not get one in a file unasked: the file of its next one, if it was
    put there, stays.

    Args:
        begins: when, seconds; a file that was put there may not begin earlier.

    Raises:
        UsageError: `key_elsewhere`: a device's key, and no file of the next one;
            `begins_too_early`.
    """
    number = max(int(key.kid.rpartition("-")[2]) for key in listed) + 1
    path = owner.folder / f"{owner.stem}-{number}.json"
    if _in_device(path):
        if (early := signing_key_of(path.read_bytes())[0].not_before) < begins:
            expected = f"`not_before` from {begins} ({rfc3339(begins)}) on"
            raise UsageError("begins_too_early", str(early), expected, str(path))
        return
    if _in_device(owner.folder / f"{listed[0].kid}.json"):
        expected = "the file of the next one, with its `signer`"
        raise UsageError("key_elsewhere", "a key in a device", expected, str(path))
    make_next(owner.folder, owner.stem, number, owner.urn, begins)


def _in_device(path: Path) -> bool:
    return path.exists() and bool(signing_key_of(path.read_bytes())[1])


async def _order(bus: OwnersBus, owner: KeyOwner, ends: Mapping[str, Row]) -> Succession:
    made, order = await adopt_renewed(bus, ends)
    return Succession(made.signing_of[owner.urn], order)


async def adopt_renewed(bus: OwnersBus, ends: Mapping[str, Row]) -> tuple[Directory, int]:
    """Sign the home's next directory over the keys as they lie, and adopt it; the order's number.

    Args:
        ends: of signing keys that end now: see `key_life.signing_rows`.

    Raises:
        UsageError: `directory_expired`.
        LogError, UnreachableError: as `control.publish_orders`.
    """
    home, realm = bus.home, bus.realm
    if home.directory(realm).expires <= bus.at:
        expected = "`relais directory sign` first"
        raise UsageError("directory_expired", "an expired directory", expected)
    made = home.renew_directory(realm, bus.at, ends)
    (order,) = await bus.order(directory_order(home, realm, [home.owner("directory")]))
    return made, order.n


def replace_keys(folder: Path, listed: Sequence[Mapping[str, EncryptionKey]], at: int) -> None:
    """Make anew, each under its id, a desk's keys that are in use or to come.

    The half before stays beside it: what is sealed to it is read until both are destroyed. What an
    earlier try replaced, which no directory lists, is not replaced again.

    Args:
        listed: what directories say of them: the one in force, one that may yet be adopted.

    Raises:
        OSError: one cannot be written.
    """
    for path in sorted(folder.glob("*.json")):
        keys = [key for one in listed if (key := one.get(path.stem)) and key.not_after > at]
        if not keys or destroyed_at(data := path.read_bytes()):
            continue
        before, _private = read_encryption_file(data)
        if any(before.public == key.public for key in keys):
            new = X25519PrivateKey.generate()
            number = len(former_files(folder, path.stem)) + 1
            write_durably(folder / f"{path.stem}.{number}.json", data)
            write_durably(path, encryption_file(new, replace(before, public=public_half(new))))


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

"""A start's reading of control: ten years of monthly directories with 1,000 desks, keys all new.

It is read from a file as a start reads it from Kafka: by a process of its own, once a round.
"""

from __future__ import annotations

import os
import random
import tempfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from struct import pack, unpack
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.encoding import digest
from contracts.keys.jose import sign_jws
from contracts.keys.sealing_keys import DAY, periods_of
from contracts.keys.signed_directory import (
    DIRECTORY_TYP,
    build_directory,
    desk_entry,
    sealing_row,
    signing_entry,
)
from contracts.keys.signers import MemorySigner
from contracts.log.orders.order import Order
from contracts.log.orders.registry import Registry
from contracts.vocabulary.scopes import RETENTION_CLASSES
from tests.bench.measure import ROUNDS, Figure, resident, timed
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import OWNER, begun, first_orders, order_values, owners

DESKS: Final = 1_000
DIRECTORIES: Final = 120
APART: Final = 30 * DAY
_Desk = tuple[str, MemorySigner]  # role, signing key


def starts() -> Iterator[Figure]:
    """CPU of a start's reading, for each 100 MB, and the most memory that it takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "control"
        with path.open("wb") as file:
            _write(file)
        size = path.stat().st_size / 1e6
        note = f"{DESKS:,} desks, {DIRECTORIES} directories, {size:,.0f} MB"
        with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            rows = [pool.apply(_read, (path,)) for _ in range(ROUNDS)]
    seconds, memory = zip(*rows, strict=True)
    yield Figure("control read by a start", "s of CPU a 100 MB", tuple(seconds), note)
    yield Figure("control read by a start: most memory", "MB", tuple(memory), note)


def _read(path: Path) -> tuple[float, float]:
    """Seconds for 100 MB, and megabytes more than before at most."""

    def again(offset: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(*unpack(">I", file.read(4)))

    def read() -> None:
        offset = 0
        with path.open("rb") as file:
            while head := file.read(4):
                value = file.read(*unpack(">I", head))
                registry.take(value, offset, past=True)
                offset += len(head) + len(value)
        assert not registry.check_last(), registry.why
        assert not registry.rejected, registry.rejected

    registry = Registry("civil", owners(), again)
    begun()  # libraries are loaded, a convention was read: what follows is control's
    before = resident(os.getpid())
    seconds, _none = timed(read)
    return seconds / path.stat().st_size * 1e8, (resident(os.getpid(), "VmHWM") - before) / 1e6


def _write(file: BinaryIO) -> None:
    """Control from its first order on: each directory, and the order that adopts it."""
    realm, chance, last = kit.realm(), random.Random(7), begun().last
    assert last is not None
    roles = [one["role"] for one in realm.payload["desks"]]
    desks = [(roles[number % len(roles)], _signer(number, chance)) for number in range(DESKS)]
    for value in first_orders():
        _put(file, value)
    first = realm.payload["version"] + 1
    for version in range(first, first + DIRECTORIES):
        at = kit.NOW + version * APART
        rows = [_row(desk, at, chance) for desk in desks]
        router = realm.payload["router"]["signing"]
        payload = build_directory("civil", version, at, at + 90 * DAY, router, rows)
        token, start = sign_jws(payload, DIRECTORY_TYP, realm.keeper), kit.NOW + version
        brought, order = order_values(
            "civil", "adopt_directory", {"directory": token}, last=last, start=start,
            signers=[OWNER],
        )  # fmt: skip
        _put(file, brought)
        _put(file, order)
        last = Order(last.n + 1, "adopt_directory", start, {}, digest(order))


def _put(file: BinaryIO, value: bytes) -> None:
    file.write(pack(">I", len(value)) + value)


def _signer(number: int, chance: random.Random) -> MemorySigner:
    private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    return MemorySigner(f"desk-{number}-s1", f"urn:relais:civil:desk:desk-{number}", private)


def _row(desk: _Desk, at: int, chance: random.Random) -> dict[str, Any]:
    """A desk's row of the directory, with keys for five weeks, as good as random."""
    role, own = desk
    keys = {
        name: {
            period.label: chance.randbytes(31) + b"\x01"
            for period in periods_of(name, at - 7 * DAY, at + 35 * DAY)
        }
        for name in RETENTION_CLASSES
    }
    label = {"fr": f"Service {own.kid}", "en": f"Desk {own.kid}"}
    signing = [signing_entry(own, own.public, own.owner, kit.NOW - DAY, kit.NOW + 4_000 * DAY)]
    sealing = sealing_row(own, owner=own.owner, keys=keys, iat=at)
    return desk_entry(own.owner, role, False, label, signing, sealing)

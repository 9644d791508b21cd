"""What a département's directory costs a service: memory and start-up CPU a desk, size, and a version more.

`RELAIS_DESKS` says how many desks, 1,000 without it. Each has all three classes, the sixteen weeks to
come and those of the past that are not yet to be destroyed: more than any desk of the convention needs.
"""

from __future__ import annotations

import copy
import gc
import os
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, Final

from contracts.encoding import sha256
from contracts.keys import keyring
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.sealing_keys import window_of
from contracts.vocabulary.schema import desk_urn, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES
from tests.bench.measure import ROUNDS, Figure, timed
from tests.contracts.envelope.kit import DAY, NOW, signer, signing_row

DESKS: Final = 1_000
AHEAD: Final = 17  # weeks: of a directory signed for sixteen
BEHIND: Final = 15  # weeks after which the last class's keys are gone
REALM: Final = "civil"
KEEPER: Final = signer("urn:relais:owner:directory", "directory-1")
PINNED: Final = SigningKey(KEEPER.kid, KEEPER.alg, KEEPER.owner, KEEPER.public, 0, 2**40)


def figures() -> Iterator[Figure]:
    """The figures, one after the other."""
    desks = int(os.environ.get("RELAIS_DESKS", DESKS))
    first = _payload(desks)
    token, second = _signed(first), _signed(_renamed(first))
    note = f"{desks:,} desks, {len(_load(token).encryption) // desks} encryption keys each"
    yield Figure("directory's token", "characters a desk", (len(token) / desks,), note)
    yield Figure(
        "directory in memory", "bytes a desk", (_traced(lambda: _load(token)) / desks,), note
    )
    before = _load(token)
    size = _traced(lambda: _load(second, before))
    yield Figure(
        "next version beside it", "bytes a desk", (size / desks,), "one desk's name differs"
    )
    whole = Figure("load", "µs CPU a desk", _rounds(lambda: _load(token), desks), note)
    yield whole
    yield Figure(
        "load the next version", "µs CPU a desk", _rounds(lambda: _load(second, before), desks),
        "one desk's name differs",
    )  # fmt: skip
    kid = next(reversed(list(before.encryption)))
    owner = before.encryption[kid].owner
    yield Figure("look a key up", "µs", _rounds(lambda: _look(before, kid), 1_000))
    yield Figure("find the key to seal with", "µs", _rounds(lambda: _find(before, owner), 1_000))


def _payload(desks: int) -> dict[str, Any]:
    router = signer(router_urn(REALM), "router-civil-1")
    rows = [_row(f"school-{number}") for number in range(desks)]
    return keyring.build_directory(
        REALM, 1, NOW, NOW + AHEAD * 7 * DAY, [signing_row(router)], rows
    )


def _row(desk: str) -> dict[str, Any]:
    own = signer(desk_urn(REALM, desk), f"{desk}-sig-1")
    keys = {kept: _weeks(desk, kept) for kept in RETENTION_CLASSES}
    sealing = keyring.sealing_row(own, owner=own.owner, keys=keys, iat=NOW)
    label = {"fr": f"Chef du collège {desk}", "en": f"Head of school {desk}"}
    return keyring.desk_entry(own.owner, "EDU-H", True, label, [signing_row(own)], sealing=sealing)


def _weeks(desk: str, kept: str) -> dict[str, bytes]:
    """Public keys are any 32 bytes whose last is small: nobody seals for them here."""
    weeks = (keyring.week_of(NOW + n * 7 * DAY).label for n in range(-BEHIND, AHEAD))
    return {
        week: sha256(f"{desk} {kept} {week}".encode())[:31] + b"\x01"
        for week in weeks
        if window_of(week)[1] + RETENTION_CLASSES[kept] * DAY > NOW
    }


def _renamed(payload: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(payload)
    made["version"] += 1
    made["desks"][0]["label"]["en"] = "Another name"
    return made


def _signed(payload: dict[str, Any]) -> str:
    return keyring.sign_directory(payload, KEEPER)


def _load(token: str, before: Directory | None = None) -> Directory:
    return keyring.load_directory(token, {PINNED.kid: PINNED}, before)


def _look(directory: Directory, kid: str) -> None:
    for _ in range(1_000):
        directory.encryption.get(kid)


def _find(directory: Directory, owner: str) -> None:
    for _ in range(1_000):
        directory.sealing_key(owner, "P90", NOW)


def _rounds(work: Callable[[], object], many: int) -> tuple[float, ...]:
    return tuple(timed(work)[0] / many * 1e6 for _ in range(ROUNDS))


def _traced(work: Callable[[], object]) -> int:
    """Bytes that are held for what a call returns."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = work()
        gc.collect()
        size = tracemalloc.get_traced_memory()[0] - before
        del kept
    finally:
        tracemalloc.stop()
    return size

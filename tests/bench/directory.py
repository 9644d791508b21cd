"""What a département's directory costs a service: memory and start-up CPU a desk, size, and a version more.

`RELAIS_DESKS` says how many desks, 1,200 without it. Each has all three classes, the sixteen weeks to
come and those of the past that are not yet to be destroyed: more than any desk of the convention needs.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from contracts.encoding import sha256
from contracts.keys import keyring
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.directory_page import Page, load_page
from contracts.keys.sealing_keys import window_of
from contracts.vocabulary.schema import desk_urn, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES
from tests.bench.measure import ROUNDS, Figure, bytes_held, timed
from tests.contracts.envelope.kit import DAY, NOW, signer, signing_row

DESKS: Final = 1_200
AHEAD: Final = 17  # weeks: of a directory signed for sixteen
BEHIND: Final = 15  # weeks after which the last class's keys are gone
REALM: Final = "civil"
KEEPER: Final = signer("urn:relais:owner:directory", "directory-1")
PINNED: Final = SigningKey(KEEPER.kid, KEEPER.alg, KEEPER.owner, KEEPER.public, 0, 2**40)


class _Read(NamedTuple):
    """What a registry keeps of a directory."""

    directory: Directory
    pages: Mapping[str, Page]


def figures() -> Iterator[Figure]:
    """The figures, one after the other."""
    desks = int(os.environ.get("RELAIS_DESKS", DESKS))
    first = _payload(desks)
    tokens, changed = _signed(first), _signed(_renamed(first))
    new = [changed[0], *(page for page in changed[1:] if page not in tokens)]
    before = _load(tokens)
    here = before.directory
    note = f"{desks:,} desks, {len(here.encryption) // desks} encryption keys each"
    other = f"one desk's name differs: {len(new) - 1} of {len(tokens) - 1} pages"
    for name, unit, value, told in (
        ("directory on control", "characters", sum(map(len, tokens)), note),
        ("directory in memory", "bytes", bytes_held(lambda: _load(tokens)), note),
        ("next version beside it", "bytes", bytes_held(lambda: _load(new, before)), other),
    ):
        yield Figure(name, f"{unit} a desk", (value / desks,), told)
    yield Figure("load", "µs CPU a desk", _rounds(lambda: _load(tokens), desks), note)
    yield Figure(
        "load the next version", "µs CPU a desk", _rounds(lambda: _load(new, before), desks), other
    )
    kid = next(reversed(list(here.encryption)))
    owner = here.encryption[kid].owner
    yield Figure("look a key up", "µs", _rounds(lambda: _look(here, kid), 1_000))
    yield Figure("find the key to seal with", "µs", _rounds(lambda: _find(here, owner), 1_000))


def _payload(desks: int) -> dict[str, Any]:
    router = signer(router_urn(REALM), "router-civil-1")
    rows = [row(f"school-{number}") for number in range(desks)]
    return keyring.build_directory(
        REALM, 1, NOW, NOW + AHEAD * 7 * DAY, [signing_row(router)], rows
    )


def row(desk: str, at: int = NOW) -> dict[str, Any]:
    """A desk's row as it is renewed at an instant."""
    own = signer(desk_urn(REALM, desk), f"{desk}-sig-1")
    keys = {kept: _weeks(desk, kept, at) for kept in RETENTION_CLASSES}
    sealing = keyring.sealing_row(own, owner=own.owner, keys=keys, iat=NOW)
    label = {"fr": f"Chef du collège {desk}", "en": f"Head of school {desk}"}
    return keyring.desk_entry(own.owner, "EDU-H", True, label, [signing_row(own)], sealing=sealing)


def _weeks(desk: str, kept: str, at: int) -> dict[str, bytes]:
    """Public keys are any 32 bytes whose last is small: nobody seals for them here."""
    weeks = (keyring.week_of(at + n * 7 * DAY).label for n in range(-BEHIND, AHEAD))
    return {
        week: sha256(f"{desk} {kept} {week}".encode())[:31] + b"\x01"
        for week in weeks
        if window_of(week)[1] + RETENTION_CLASSES[kept] * DAY > at
    }


def _renamed(payload: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(payload)
    made["version"] += 1
    made["desks"][0]["label"]["en"] = "Another name"
    return made


def _signed(payload: dict[str, Any]) -> tuple[str, ...]:
    return keyring.sign_in_pages(payload, KEEPER)


def _load(tokens: Sequence[str], before: _Read | None = None) -> _Read:
    """As a registry does: a page that is there already is not read again."""
    pages = dict(before.pages) if before is not None else {}
    known = before.directory.checked if before is not None else {}
    owners = {PINNED.kid: PINNED}
    for token in tokens[1:]:
        page = load_page(token, owners, known)
        pages[page.digest] = page
    return _Read(keyring.load_directory(tokens[0], owners, pages=pages), pages)


def _look(directory: Directory, kid: str) -> None:
    for _ in range(1_000):
        directory.encryption.get(kid)


def _find(directory: Directory, owner: str) -> None:
    for _ in range(1_000):
        directory.sealing_key(owner, "P90", NOW)


def _rounds(work: Callable[[], object], many: int) -> tuple[float, ...]:
    return tuple(timed(work)[0] / many * 1e6 for _ in range(ROUNDS))

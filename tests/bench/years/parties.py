"""Who takes part in the model: desks with their keys, and the orders that a bus of ten years has on control.

The convention is the shipped one with tables of its calendar for as long as the model lasts. A directory is
adopted every sixteen weeks, with the keys of that time. Private encryption keys nobody has: a log needs none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final

from contracts.convention import calendar
from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import shipped
from contracts.encoding import sha256
from contracts.keys import keyring
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.sealing_keys import window_of
from contracts.log.orders.order import KINDS, OrderKind, Owners, make_order
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn, router_urn
from contracts.vocabulary.scopes import RETENTION_CLASSES
from tests.contracts.convention.parties import PINNED, adoption
from tests.contracts.envelope.kit import DAY, signer

REALM: Final = "civil"
FIRST: Final = date(2026, 1, 19)  # a Monday
MOST_YEARS: Final = 12
RENEWED: Final = 16  # weeks between two directories
AHEAD: Final = 4  # weeks that keys reach beyond the next
# What is published on the first day may have expired already.
BEGAN: Final = int(datetime.combine(FIRST, datetime.min.time(), UTC).timestamp()) - 10 * DAY
ENDS: Final = BEGAN + (MOST_YEARS + 1) * 366 * DAY
# role -> how many desks it has, and whether they are bound by secrecy
ROLES: Final[dict[str, tuple[int, bool]]] = {
    "EDU-S": (20, True), "EDU-H": (40, False), "POL": (6, False), "PARQ-CIV": (1, False),
    "JE": (4, False), "PJJ": (2, True), "CRIP": (1, True), "ASE": (4, True), "PMI": (4, True),
    "HOME": (12, True), "MO": (6, True), "ASSO": (8, True), "PSP": (3, True),
}  # fmt: skip
OWNER: Final = signer("urn:relais:owner:convention", "convention-1")
KEEPER: Final = signer("urn:relais:owner:directory", "directory-1")
ROUTER: Final = signer(router_urn(REALM), "router-civil-s1")


def desks(role: str) -> tuple[str, ...]:
    """Short ids of the desks of a role."""
    return tuple(f"{role.lower()}-{number}" for number in range(1, ROLES[role][0] + 1))


@cache
def signer_of(desk: str) -> keyring.Ed25519Signer:
    """A desk's signing key."""
    return signer(desk_urn(REALM, desk), f"{desk}-s1")


@cache
def convention_text() -> bytes:
    """The shipped convention, its calendar to the end of the model."""
    text = shipped().decode()
    years = range(2032, FIRST.year + MOST_YEARS + 2)
    for line, more in (
        (r"^    2031: \[.*\]$", [_holidays(year) for year in years]),
        (
            r'^    2031-10-26T01:00:00Z: "\+01:00"$',
            [one for year in years for one in _changes(year)],
        ),
    ):
        found = re.search(line, text, re.MULTILINE)
        assert found is not None, line
        text = text.replace(found[0], "\n".join((found[0], *more)))
    assert text.count("  last: 2031-12-31") == 1
    return text.replace("  last: 2031-12-31", f"  last: {years[-1]}-12-31").encode()


def _holidays(year: int) -> str:
    days = ", ".join(f"{day:%m-%d}" for day in sorted(calendar.holidays(year)))
    return f"    {year}: [{days}]"


def _changes(year: int) -> Iterator[str]:
    for at, ahead in sorted(calendar.clock_changes(year)):
        yield f'    {datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}: "+0{ahead // 3600}:00"'


@cache
def convention() -> Convention:
    """What decides."""
    return load(convention_text(), "years")


def owners() -> Owners:
    """One owner signs every order."""
    own, keeper = (
        {one.kid: SigningKey(one.kid, one.alg, one.owner, one.public, 0, 2**40)}
        for one in (OWNER, KEEPER)
    )
    return Owners(dict.fromkeys(KINDS, own), dict.fromkeys(KINDS, 1), keeper, PINNED)


@dataclass(frozen=True)
class Control:
    """What control has in the end.

    Attributes:
        values: each with the instant from which it holds.
        registry: of all of them.
    """

    values: tuple[tuple[int, bytes], ...]
    registry: Registry

    def until(self, at: int) -> Registry:
        """A registry that knows no order later than an instant."""
        registry = Registry(REALM, owners())
        registry.extend(value for start, value in self.values if start <= at)
        return registry


@cache
def control(days: int, partitions: int = topics.PARTITIONS) -> Control:
    """Layout, convention, and directories for so many days after the first."""
    registry, values = Registry(REALM, owners()), list[tuple[int, bytes]]()
    _order(registry, values, BEGAN, "layout", {"shards": 1, "partitions": partitions})
    for number, start in enumerate(range(BEGAN, BEGAN + (days + 11) * DAY, RENEWED * 7 * DAY), 1):
        whole, *pages = _directory(number, start)
        values += [(start, page.encode()) for page in pages]
        registry.extend(page.encode() for page in pages)
        _order(registry, values, start, "adopt_directory", {"directory": whole})
        if number == 1:
            _order(registry, values, start, "adopt_convention", adoption(convention_text()))
    assert not registry.rejected, registry.why
    return Control(tuple(values), registry)


def _order(
    registry: Registry,
    values: list[tuple[int, bytes]],
    start: int,
    kind: OrderKind,
    content: dict[str, Any],
) -> None:
    value = make_order(REALM, kind, content, last=registry.last, start=start, signers=[OWNER])
    registry.extend([value])
    values.append((start, value))


def _directory(number: int, at: int) -> tuple[str, ...]:
    rows = [_row(role, desk, at) for role in ROLES for desk in desks(role)]
    exp = at + (RENEWED + AHEAD) * 7 * DAY
    router = [keyring.signing_entry(ROUTER, ROUTER.public, ROUTER.owner, BEGAN, ENDS)]
    return keyring.sign_in_pages(
        keyring.build_directory(REALM, number, at, exp, router, rows), KEEPER
    )


def _row(role: str, desk: str, at: int) -> dict[str, Any]:
    own, label = signer_of(desk), {"fr": f"Service {desk}", "en": f"Desk {desk}"}
    signing = [keyring.signing_entry(own, own.public, own.owner, BEGAN, ENDS)]
    keys = {kept: _weeks(desk, kept, at) for kept in RETENTION_CLASSES}
    sealing = keyring.sealing_row(own, owner=own.owner, keys=keys, iat=at)
    return keyring.desk_entry(own.owner, role, ROLES[role][1], label, signing, sealing=sealing)


def _weeks(desk: str, kept: str, at: int) -> dict[str, bytes]:
    """Keys to come, and those of the past that are not yet to be destroyed."""
    monday = datetime.fromtimestamp(at, UTC)
    weeks = (
        keyring.week_of(int((monday + timedelta(weeks=n)).timestamp())).label
        for n in range(-15, RENEWED + AHEAD)
    )
    return {
        week: _public(desk, kept, week)
        for week in weeks
        if window_of(week)[1] + RETENTION_CLASSES[kept] * DAY > at
    }


@cache
def _public(desk: str, kept: str, week: str) -> bytes:
    """Any 32 bytes whose last is small are a public key."""
    return sha256(f"{desk} {kept} {week}".encode())[:31] + b"\x01"


def in_force(registry: Registry, at: int) -> Directory:
    """The directory that issuers seal under at an instant."""
    return registry.directories[registry.in_force(at)[1]]

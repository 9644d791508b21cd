"""A directory's encryption keys, kept small: one string a desk and class (keys §2.4).

A département has a thousand desks with some twenty keys each: as values of their own they would be
most of a service's memory. Id, window and end follow from desk, class and period, so a key is made
when it is asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from contracts.errors import DirectoryError
from contracts.keys.entries import EncryptionKey
from contracts.vocabulary.scopes import RETENTION_CLASSES

DAY: Final = 86_400
OVERLAP: Final = 7 * DAY  # an encryption key stays valid this long after its period
TOLD_S: Final = 56 * DAY  # how long a directory says of a key that it was destroyed
WEEKLY: Final = "P7"  # the class whose keys serve a week; the others' serve a month
_KID: Final = re.compile(
    r"([a-z][a-z0-9-]{0,40})-(?:(p7)-([0-9]{4}w[0-9]{2})|(p30|p90)-([0-9]{4}m[0-9]{2}))\Z"
)
_SIZE: Final = 32  # bytes of a public key of X25519


class Period(NamedTuple):
    """The week or month of an encryption key.

    Attributes:
        label: `2026w48`, an ISO week, or `2026m11`.
        not_before, not_after: validity of its keys, seconds, overlap included.
    """

    label: str
    not_before: int
    not_after: int


def period_of(retention: str, at: int) -> Period:
    """The period (UTC) of a class in which an instant lies."""
    day = datetime.fromtimestamp(at, UTC)
    year, week, _ = day.isocalendar()
    label = f"{year}w{week:02d}" if retention == WEEKLY else f"{day.year}m{day.month:02d}"
    return Period(label, *window_of(label))


def periods_of(retention: str, start: int, end: int) -> Iterator[Period]:
    """The periods of a class from the one of `start` to the one of `end`, seconds."""
    while True:
        period = period_of(retention, start)
        yield period
        start = period.not_after - OVERLAP
        if start > end:
            return


@lru_cache(maxsize=1024)
def window_of(label: str) -> tuple[int, int]:
    """From when and until when the keys of a period are valid, seconds.

    Raises:
        DirectoryError: `no_such_period`.
    """
    year, number = int(label[:4]), int(label[5:])
    try:
        if label[4] == "w":
            first = datetime.fromisocalendar(year, number, 1).replace(tzinfo=UTC)
            following = first + timedelta(days=7)
        else:
            first = datetime(year, number, 1, tzinfo=UTC)
            following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise DirectoryError("no_such_period", "another", "a week or month") from None
    if first.year < 1970:
        raise DirectoryError("no_such_period", "one before 1970", "a week or month")
    return int(first.timestamp()), int(following.timestamp()) + OVERLAP


@lru_cache(maxsize=4096)  # a router asks twice a part
def parts_of(kid: str) -> tuple[str, str, str]:
    """Desk, class and period that an encryption key's id names; all empty if it is none's."""
    named = _KID.match(kid)
    if named is None:
        return "", "", ""
    desk, retention, label = filter(None, named.groups())
    return desk, retention.upper(), label


def destroy_at_of(kid: str) -> int | None:
    """When the private half of a key is to be destroyed, seconds; None of other key ids.

    Raises:
        DirectoryError: `no_such_period`.
    """
    _desk, retention, label = parts_of(kid)
    return window_of(label)[1] + RETENTION_CLASSES[retention] * DAY if label else None


class ClassKeys(NamedTuple):
    """A desk's public keys of one retention class.

    Attributes:
        periods: labels, rising; most desks share one and the same tuple.
        publics: a key a period, one behind the other.
        ends: where each ends; empty: each has 32 bytes, as most have.
    """

    retention: str
    periods: tuple[str, ...]
    publics: bytes
    ends: tuple[int, ...] = ()

    def public(self, number: int) -> bytes:
        """The key of a period, by its place among them."""
        if not self.ends:
            return self.publics[number * _SIZE : (number + 1) * _SIZE]
        return self.publics[self.ends[number - 1] if number else 0 : self.ends[number]]


@dataclass(frozen=True, slots=True)
class DeskKeys:
    """A desk's encryption keys.

    Attributes:
        owner: urn of the desk.
        desk: its short id, with which its key ids begin.
        revoked: kid -> from when, seconds.
        destroyed: kid, listed no more -> when its private half was destroyed, seconds.
        issued: when the desk signed them, seconds.
    """

    owner: str
    desk: str
    classes: tuple[ClassKeys, ...]
    revoked: Mapping[str, int]
    destroyed: Mapping[str, int]
    issued: int = 0

    def kids(self) -> Iterator[str]:
        """The ids of all keys."""
        for one in self.classes:
            for label in one.periods:
                yield f"{self.desk}-{one.retention.lower()}-{label}"

    def key(self, retention: str, label: str) -> EncryptionKey | None:
        """The key of a class and period, None if there is none."""
        for one in self.classes:
            if one.retention == retention:
                at = bisect_left(one.periods, label)
                return self._made(one, at) if one.periods[at : at + 1] == (label,) else None
        return None

    def valid(self, retention: str, at: int) -> Iterator[EncryptionKey]:
        """The keys of a class that are valid at an instant."""
        for one in self.classes:
            if one.retention == retention:
                for number, label in enumerate(one.periods):
                    start, end = window_of(label)
                    if start <= at < end and at < (key := self._made(one, number)).not_after:
                        yield key

    def _made(self, own: ClassKeys, number: int) -> EncryptionKey:
        label = own.periods[number]
        kid = f"{self.desk}-{own.retention.lower()}-{label}"
        start, end = window_of(label)
        return EncryptionKey(
            kid, self.owner, own.retention, own.public(number),
            start, min(end, self.revoked.get(kid, end)),
            end + RETENTION_CLASSES[own.retention] * DAY,
        )  # fmt: skip


class EncryptionKeys(Mapping[str, EncryptionKey]):
    """All encryption keys of a directory by key id.

    Args:
        desks: short id -> its keys.
        apart: kid -> key, of a directory that nobody signed: an example's.
    """

    def __init__(
        self,
        desks: Mapping[str, DeskKeys] | None = None,
        apart: Mapping[str, EncryptionKey] | None = None,
    ) -> None:
        self._desks = desks or {}
        self._apart = apart or {}

    def __getitem__(self, kid: str) -> EncryptionKey:
        if kid in self._apart:
            return self._apart[kid]
        short, retention, label = parts_of(kid)
        desk = self._desks.get(short)
        key = desk.key(retention, label) if desk is not None else None
        if key is None:
            raise KeyError(kid)
        return key

    def is_destroyed(self, kid: str) -> bool:
        """Whether its desk says that it has destroyed the private half."""
        desk = self._desks.get(parts_of(kid)[0])
        return desk is not None and kid in desk.destroyed

    def older_than(self, before: EncryptionKeys) -> str:
        """A desk whose keys were signed before those that it has in `before`; empty: none."""
        for short, desk in before._desks.items():
            if short in self._desks and self._desks[short].issued < desk.issued:
                return desk.owner
        return ""

    def __iter__(self) -> Iterator[str]:
        yield from self._apart
        for desk in self._desks.values():
            yield from desk.kids()

    def __len__(self) -> int:
        packed = (len(one.periods) for desk in self._desks.values() for one in desk.classes)
        return len(self._apart) + sum(packed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EncryptionKeys):
            return NotImplemented
        return self._desks == other._desks and self._apart == other._apart

    __hash__ = None  # type: ignore[assignment]  # as of every mapping

    def __or__(self, more: Mapping[str, EncryptionKey]) -> EncryptionKeys:
        """These and some more."""
        return EncryptionKeys(self._desks, {**self._apart, **more})

    def valid(self, owner: str, retention: str, at: int) -> list[EncryptionKey]:
        """A desk's keys of a class that are valid at an instant."""
        desk = self._desks.get(owner.rpartition(":")[2])
        packed = desk.valid(retention, at) if desk is not None and desk.owner == owner else ()
        apart = self._by_owner.get((owner, retention), ())
        return [*packed, *(key for key in apart if key.not_before <= at < key.not_after)]

    def has_class(self, owner: str, retention: str) -> bool:
        """Whether a desk has any key of a class, whenever it is valid."""
        desk = self._desks.get(owner.rpartition(":")[2])
        packed = desk.classes if desk is not None and desk.owner == owner else ()
        listed = any(one.retention == retention and one.periods for one in packed)
        return listed or (owner, retention) in self._by_owner

    @cached_property
    def until(self) -> int | None:
        """From when some desk has no key of some class that it has now; None: there are no keys."""
        packed = [
            window_of(one.periods[-1])[1]
            for desk in self._desks.values()
            for one in desk.classes
            if one.periods
        ]
        apart = [max(key.not_after for key in keys) for keys in self._by_owner.values()]
        return min(packed + apart, default=None)

    @cached_property
    def _by_owner(self) -> dict[tuple[str, str], tuple[EncryptionKey, ...]]:
        by_owner: dict[tuple[str, str], tuple[EncryptionKey, ...]] = {}
        for key in self._apart.values():
            place = key.owner, key.retention
            by_owner[place] = (*by_owner.get(place, ()), key)
        return by_owner

"""A directory's encryption keys, kept small: one string a desk and class (keys §2.4).

A desk has some seventy of them, and a département a thousand desks: as values of their own they
would be most of a service's memory. Id, window and end follow from desk, class and week, so a key
is made when it is asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from contracts.errors import DirectoryError
from contracts.keys.entries import EncryptionKey
from contracts.vocabulary.scopes import RETENTION_CLASSES

DAY: Final = 86_400
MAX_WINDOW: Final = 14 * DAY  # a key's week and seven days of overlap
TOLD_S: Final = 56 * DAY  # how long a directory says of a key that it was destroyed
_KID: Final = re.compile(r"([a-z][a-z0-9-]{0,40})-(p7|p30|p90)-([0-9]{4}w[0-9]{2})\Z")
_SIZE: Final = 32  # bytes of a public key of X25519


@lru_cache(maxsize=1024)
def window_of(week: str) -> tuple[int, int]:
    """From when and until when the keys of an ISO week (`2026w48`) are valid, seconds.

    Raises:
        DirectoryError: `no_such_week`.
    """
    try:
        monday = datetime.fromisocalendar(int(week[:4]), int(week[5:]), 1).replace(tzinfo=UTC)
    except ValueError:
        raise DirectoryError("no_such_week", "another", "an ISO week") from None
    start = int(monday.timestamp())
    if start < 0:
        raise DirectoryError("no_such_week", "one before 1970", "an ISO week")
    return start, start + MAX_WINDOW


def parts_of(kid: str) -> tuple[str, str, str]:
    """Desk, class and week that an encryption key's id names; all empty if it is none's."""
    named = _KID.match(kid)
    return (named[1], named[2].upper(), named[3]) if named is not None else ("", "", "")


def destroy_at_of(kid: str) -> int | None:
    """When the private half of a key is to be destroyed, seconds; None of other key ids.

    Raises:
        DirectoryError: `no_such_week`.
    """
    _desk, retention, week = parts_of(kid)
    return window_of(week)[1] + RETENTION_CLASSES[retention] * DAY if week else None


class ClassKeys(NamedTuple):
    """A desk's public keys of one retention class.

    Attributes:
        weeks: labels, rising; most desks share one and the same tuple.
        publics: a key a week, one behind the other.
        ends: where each ends; empty: each has 32 bytes, as most have.
    """

    retention: str
    weeks: tuple[str, ...]
    publics: bytes
    ends: tuple[int, ...] = ()

    def public(self, number: int) -> bytes:
        """The key of a week, by its place among them."""
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
    """

    owner: str
    desk: str
    classes: tuple[ClassKeys, ...]
    revoked: Mapping[str, int]
    destroyed: Mapping[str, int]

    def kids(self) -> Iterator[str]:
        """The ids of all keys."""
        for one in self.classes:
            for week in one.weeks:
                yield f"{self.desk}-{one.retention.lower()}-{week}"

    def key(self, retention: str, week: str) -> EncryptionKey | None:
        """The key of a class and week, None if there is none."""
        for one in self.classes:
            if one.retention == retention:
                at = bisect_left(one.weeks, week)
                return self._made(one, at) if one.weeks[at : at + 1] == (week,) else None
        return None

    def valid(self, retention: str, at: int) -> Iterator[EncryptionKey]:
        """The keys of a class that are valid at an instant."""
        for one in self.classes:
            if one.retention == retention:
                for number, week in enumerate(one.weeks):
                    start, end = window_of(week)
                    if start <= at < end and at < (key := self._made(one, number)).not_after:
                        yield key

    def _made(self, own: ClassKeys, number: int) -> EncryptionKey:
        week = own.weeks[number]
        kid = f"{self.desk}-{own.retention.lower()}-{week}"
        start, end = window_of(week)
        return EncryptionKey(
            kid, self.owner, own.retention, own.public(number),
            start, min(end, self.revoked.get(kid, end)),
            end + RETENTION_CLASSES[own.retention] * DAY,
        )  # fmt: skip


class EncryptionKeys(Mapping[str, EncryptionKey]):
    """All encryption keys of a directory by key id.

    Args:
        desks: short id -> its keys.
        apart: kid -> key, of entries signed one by one (keys §2.7).
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
        short, retention, week = parts_of(kid)
        desk = self._desks.get(short)
        key = desk.key(retention, week) if desk is not None else None
        if key is None:
            raise KeyError(kid)
        return key

    def is_destroyed(self, kid: str) -> bool:
        """Whether its desk says that it has destroyed the private half."""
        desk = self._desks.get(parts_of(kid)[0])
        return desk is not None and kid in desk.destroyed

    def __iter__(self) -> Iterator[str]:
        yield from self._apart
        for desk in self._desks.values():
            yield from desk.kids()

    def __len__(self) -> int:
        packed = (len(one.weeks) for desk in self._desks.values() for one in desk.classes)
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
        listed = any(one.retention == retention and one.weeks for one in packed)
        return listed or (owner, retention) in self._by_owner

    @cached_property
    def until(self) -> int | None:
        """From when some desk has no key of some class that it has now; None: there are no keys."""
        packed = [
            window_of(one.weeks[-1])[1]
            for desk in self._desks.values()
            for one in desk.classes
            if one.weeks
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

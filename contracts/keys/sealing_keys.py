"""Encryption keys: id, window and end follow from desk, class and period (keys §1.2, §2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from types import MappingProxyType
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


class EncryptionKeys(dict[str, EncryptionKey]):
    """All encryption keys of a directory by key id.

    Attributes:
        destroyed: ids of keys, listed no more, whose private halves their desks have destroyed.
        issued: urn of a desk -> when it signed its keys, seconds.
    """

    def __init__(
        self,
        keys: Mapping[str, EncryptionKey] = MappingProxyType({}),
        destroyed: Iterable[str] = (),
        issued: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        super().__init__(keys)
        self.destroyed = frozenset(destroyed)
        self.issued = issued

    def __or__(self, more: Mapping[str, EncryptionKey]) -> EncryptionKeys:  # type: ignore[override]
        """These and some more."""
        return EncryptionKeys({**self, **more}, self.destroyed, self.issued)

    def is_destroyed(self, kid: str) -> bool:
        """Whether its desk says that it has destroyed the private half."""
        return kid in self.destroyed

    def older_than(self, before: EncryptionKeys) -> str:
        """A desk whose keys were signed before those that it has in `before`; empty: none."""
        older = (desk for desk, at in before.issued.items() if self.issued.get(desk, at) < at)
        return next(older, "")

    def valid(self, owner: str, retention: str, at: int) -> list[EncryptionKey]:
        """A desk's keys of a class that are valid at an instant."""
        own = self._by_class.get((owner, retention), ())
        return [key for key in own if key.not_before <= at < key.not_after]

    def has_class(self, owner: str, retention: str) -> bool:
        """Whether a desk has any key of a class, whenever it is valid."""
        return (owner, retention) in self._by_class

    @cached_property
    def until(self) -> int | None:
        """From when some desk has no key of some class that it has now; None: there are no keys."""
        ends = (max(key.not_after for key in keys) for keys in self._by_class.values())
        return min(ends, default=None)

    @cached_property
    def _by_class(self) -> dict[tuple[str, str], list[EncryptionKey]]:
        by_class: dict[tuple[str, str], list[EncryptionKey]] = {}
        for key in self.values():
            by_class.setdefault((key.owner, key.retention), []).append(key)
        return by_class

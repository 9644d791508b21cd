"""Which decryption keys of a desk come to their end, and what nobody has acknowledged that they alone open.

    two days before destroy_at   what is unread is told: an alarm, so that it is read
    destroy_at                   the key is destroyed, unread or not; but an hour after the alarm at least,
                                 should nobody have been there to give it, and only once others have
                                 signed that it is so late: this machine's clock alone destroys nothing

The term is the law's and the clause's: what nobody reads by then is gone, and said to be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from contracts.keys.directory import Directory
from contracts.keys.keyring import KeyRing
from contracts.keys.sealing_keys import TOLD_S, destroy_at_of
from services.agency.office.fold.desk_fold import DeskFold

WARNED_S: Final = 2 * 86_400  # before a key's end
GRACE_S: Final = 3600  # from the alarm on
SAID_S: Final = (
    8 * 86_400
)  # after a key's end: the keeper's next directory, weekly, says of it by then


@dataclass(frozen=True, slots=True)
class KeyEnd:
    """A key within two days of its end, or behind it.

    Attributes:
        destroy_at: seconds.
        unread: deliveries that are sealed to it and that the desk has not answered.
    """

    kid: str
    destroy_at: int
    unread: int


def key_ends(fold: DeskFold, realm: str, kids: Iterable[str], now: int) -> list[KeyEnd]:
    """The keys of a desk that end soon or should have ended.

    Args:
        kids: that the desk holds.
    """
    ending = {
        kid: end
        for kid in kids
        if (end := destroy_at_of(kid)) is not None and end - WARNED_S <= now
    }
    if not ending:
        return []
    unread = Counter(kid for kid in _unread(fold, realm) if kid in ending)
    return [KeyEnd(kid, end, unread[kid]) for kid, end in sorted(ending.items())]


def unsaid(ring: KeyRing, directory: Directory, now: int) -> int:
    """How many keys a desk has destroyed of which nothing is on record, though it should be by now."""
    return sum(
        since + SAID_S <= now < since + TOLD_S and not directory.encryption.is_destroyed(kid)
        for kid, since in ring.destroyed().items()
    )


def _unread(fold: DeskFold, realm: str) -> Iterator[str]:
    """The keys to which unanswered deliveries are sealed, each as often as there are deliveries."""
    answered = {event for own in fold.own.values() for event in own.re}
    for (bus, _partition), arrivals in fold.arrivals.items():
        if bus != realm:
            continue
        for arrival in arrivals:
            if arrival.jti not in answered and not fold.is_withdrawn(arrival):
                yield from arrival.kids


class KeyWatch:
    """When each alarm was given, in this life of the service."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], int] = {}
        self._failed: set[str] = set()
        self._ahead = False

    def is_new(self, realm: str, end: KeyEnd, now: int) -> bool:
        """Whether what is unread has to be told now."""
        if not end.unread or (realm, end.kid) in self._told:
            return False
        self._told[realm, end.kid] = now
        return True

    def fails(self, kid: str) -> bool:
        """Note that a key could not be destroyed; whether that is new."""
        known = kid in self._failed
        self._failed.add(kid)
        return not known

    def is_over(self, realm: str, end: KeyEnd, now: int, least: int) -> bool:
        """Whether the key is to be destroyed now.

        Args:
            least: how late it is by what others have signed, seconds.
        """
        told = self._told.get((realm, end.kid), now) if end.unread else now - GRACE_S
        return min(now, least) >= end.destroy_at and now >= told + GRACE_S

    def runs_ahead(self, now: int, least: int, *, kept: bool) -> bool:
        """Whether it has to be told now that a key is kept since nobody bears this machine's clock out.

        Args:
            kept: whether there is a key whose time has come by that clock.
        """
        before, self._ahead = self._ahead, kept and now - least > GRACE_S
        return self._ahead and not before

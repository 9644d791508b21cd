"""Destroys each decryption key in its time, and gives alarm before unread mail goes.

Its time has come when this machine's clock says so and others have signed that it is so late
(`WitnessedTime`), which a new start knows from the last one by its memory.

relais_unread_ending{realm,role}   deliveries not acknowledged; their key goes within two days
relais_keys_overdue{realm,role}    keys that are there still though their time has come
relais_keys_unsaid{realm,role}     keys destroyed over a week ago of which no directory says so
relais_desks_closed{realm,desk}    1 of a desk without a valid key of a class that it receives,
                                   wherever its keys lie, or for which the directory lists other
                                   halves than it holds
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain
from typing import Final

import structlog

from contracts.convention.retention import classes_of
from contracts.encoding import rfc3339
from contracts.errors import UsageError
from contracts.keys.directory import Directory, EncryptionKey
from contracts.keys.keyring import KeyRing
from contracts.keys.sealing_keys import TOLD_S, destroy_at_of
from contracts.keys.sealing_kinds import public_half
from contracts.vocabulary.schema import desk_urn, realm_of, short
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.office import Office
from services.agency.office.sending.identity import Agency
from services.platform.http.problems import ProblemError
from services.platform.ports import monotonic
from services.platform.process.clock import Clock
from services.platform.process.metrics import Metrics
from services.platform.store.memory import Memory

WARNED_S: Final = 2 * 86_400  # before a key's end
GRACE_S: Final = 3600  # from the alarm on
SAID_S: Final = (
    8 * 86_400
)  # after a key's end: the keeper's next directory, weekly, says of it by then
LOOK_S: Final = 10.0
UNREAD: Final = "unread_key_ending"
KEPT: Final = "key_not_destroyed"
AHEAD: Final = "clock_ahead"
KEEP_EVERY: Final = 30  # looks
TIME: Final = "time"  # its name in the memory

log = structlog.get_logger("relais.agency")


class WitnessedTime:
    """The newest instant that was signed by others, and the seconds since it was heard of."""

    def __init__(self, at: int = 0) -> None:
        """Begin with what an earlier life knew; 0: nothing."""
        self._at, self._since = at, monotonic()

    @property
    def least(self) -> int:
        """It is this late at least, seconds; behind the truth by what a message was under way."""
        return self._at + int(monotonic() - self._since)

    def hear(self, at: int) -> None:
        """Hear of an instant that somebody else has signed, seconds."""
        if at > self.least:
            self._at, self._since = at, monotonic()


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
    """The keys of a desk that end soon or should have ended."""
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
    """How many keys a desk has destroyed of which nothing is on record, though it is time."""
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
    """What was seen of keys and told, in this life of the service."""

    def __init__(self) -> None:
        self._alarms: dict[tuple[str, str], int] = {}  # code, key -> when it was given
        self._own: dict[str, dict[str, bytes]] = {}
        self._other: dict[str, int] = {}

    def alarm(self, code: str, about: str, now: int, metrics: Metrics, **facts: object) -> None:
        """Give an alarm, once about a thing until `calm`."""
        if (code, about) not in self._alarms:
            self._alarms[code, about] = now
            log.error("alarm", code=code, **facts)
            metrics.alarms.labels(code).inc()

    def calm(self, code: str, about: str) -> None:
        """What an alarm was about is over: the next one is new."""
        self._alarms.pop((code, about), None)

    def lists_others(
        self, urn: str, ring: KeyRing, listed: Iterable[EncryptionKey], now: int
    ) -> bool:
        """Whether a directory has listed other halves than the ring holds for an hour: stolen ones?

        A desk's new keys lie there some time before a directory lists them.
        """
        halves = {key.kid: key.public for key in listed}
        if self._own.get(urn) != halves and any(_is_other(ring, *one) for one in halves.items()):
            return now >= self._other.setdefault(urn, now) + GRACE_S
        self._own[urn] = halves
        self._other.pop(urn, None)
        return False

    def is_over(self, realm: str, end: KeyEnd, now: int, least: int) -> bool:
        """Whether the key is to be destroyed now: what is unread was told an hour ago.

        Args:
            least: how late it is by what others have signed, seconds.
        """
        told = self._alarms.get((UNREAD, f"{realm} {end.kid}"), now) if end.unread else 0
        return min(now, least) >= end.destroy_at and now >= told + GRACE_S


def _is_other(ring: KeyRing, kid: str, public: bytes) -> bool:
    try:
        own = ring.private(kid)
    except (OSError, UsageError):  # what cannot be read opens nothing, and ends no service
        return True
    return own is not None and public_half(own) != public


def _held(ring: KeyRing) -> Iterable[str]:
    try:
        return ring.held()
    except OSError:  # a command that is to destroy keys ends with it
        return ()


def _is_gone(ring: KeyRing, kid: str) -> bool:
    """Whether it was destroyed, such as by command; one that cannot be read is there."""
    try:
        return ring.private(kid) is None
    except (OSError, UsageError):
        return False


async def ending_keys(office: Office, clock: Clock, metrics: Metrics, memory: Memory) -> None:
    """Look for ever; the first time once the inboxes have been read.

    Args:
        memory: where a life tells the next one how late it was at least.
    """
    watch, witnessed, looks = KeyWatch(), WitnessedTime(_read(memory)), 0
    while True:
        with suppress(ProblemError):  # the clock was moved back, before any directory
            look(office, clock.now(), metrics, watch, witnessed)
        if looks % KEEP_EVERY == 0:
            with suppress(OSError):  # the next life destroys later
                await memory.aside(_keep, memory, witnessed)
        looks += 1
        await asyncio.sleep(LOOK_S)


def _read(memory: Memory) -> int:
    """How late it was at least in an earlier life, 0 if nobody knows."""
    try:
        return _time(memory.get(TIME))
    except OSError:
        return 0


def _keep(memory: Memory, witnessed: WitnessedTime) -> None:
    with memory.changing() as rows:
        witnessed.hear(_time(rows.get(TIME, b"")))
        rows[TIME] = b"%d" % witnessed.least


def _time(kept: bytes) -> int:
    return int(kept) if kept.isdigit() else 0


def look(
    office: Office, now: int, metrics: Metrics, watch: KeyWatch, witnessed: WitnessedTime
) -> None:
    """Look once: first every alarm, then what is over.

    Args:
        witnessed: hears here of what routers and keepers have signed.
    """
    unread, kept, silent = (Counter[tuple[str, str]]() for _ in range(3))
    book = office.agency.book(now)
    issued = (directory.issued for directory in book.directories.values())
    witnessed.hear(max(office.fold.witnessed, *issued))
    closed: list[tuple[str, str]] = []
    for realm, directory in book.directories.items():
        for desk, fold in office.fold.desks.items():
            ring = office.agency.rings.get(desk_urn(realm, desk))
            if ring is None or (role := book.role_of(realm, desk)) is None:
                continue
            unread[realm, role] += 0
            kept[realm, role] += 0
            for end in key_ends(fold, realm, _held(ring), now):
                if _is_gone(ring, end.kid):
                    continue
                if end.unread:
                    watch.alarm(
                        UNREAD, f"{realm} {end.kid}", now, metrics, deliveries=end.unread,
                        realm=realm, desk=desk, kid=end.kid, destroy_at=end.destroy_at,
                    )  # fmt: skip
                over = watch.is_over(realm, end, now, witnessed.least) and _destroyed(
                    ring, end, now, metrics, watch
                )
                unread[realm, role] += 0 if over else end.unread
                kept[realm, role] += not over and now >= end.destroy_at
            silent[realm, role] += unsaid(ring, directory, now)
        closed += [(realm, short(urn)) for urn in _closed(office.agency, realm, watch, now)]
    told = {metrics.unread_ending: unread, metrics.keys_overdue: kept, metrics.keys_unsaid: silent}
    for gauge, counts in told.items():
        for labels, number in counts.items():
            gauge.labels(*labels).set(number)
    metrics.desks_closed.clear()
    for place in closed:
        metrics.desks_closed.labels(*place).set(1)
    overdue = sum(kept.values())
    if overdue and now - witnessed.least > GRACE_S:  # nobody bears our clock out
        clock, least = rfc3339(now), rfc3339(witnessed.least)
        watch.alarm(AHEAD, "", now, metrics, clock=clock, witnessed=least, keys=overdue)
    else:
        watch.calm(AHEAD, "")


def _closed(agency: Agency, realm: str, watch: KeyWatch, now: int) -> Iterator[str]:
    """The agency's desks without a valid key of a class, or with others' halves in the directory.

    Also of those whose keys lie elsewhere; and those that the directory has no more.
    """
    convention, directory = agency.in_force(realm, now)
    yield from (
        urn for urn in agency.rings if realm_of(urn) == realm and urn not in directory.desks
    )
    received = cache(partial(classes_of, convention, realm))
    for urn, entry in directory.desks.items():
        if entry.agency == agency.name:
            valid = [directory.encryption.valid(urn, one, now) for one in received(entry.role)]
            ring = agency.rings.get(urn)
            others = ring is not None and watch.lists_others(urn, ring, chain(*valid), now)
            if others or not all(valid):
                yield urn


def _destroyed(ring: KeyRing, end: KeyEnd, now: int, metrics: Metrics, watch: KeyWatch) -> bool:
    """Destroy a key; whether it is gone."""
    try:
        ring.destroy(end.kid, now)
    except OSError:  # a read-only folder: it is whoever gave it who has to
        watch.alarm(KEPT, end.kid, now, metrics, kid=end.kid, exc_info=True)
        return False
    log.info("key destroyed", kid=end.kid, unread=end.unread)
    return True

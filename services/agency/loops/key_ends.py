"""Destroys each decryption key when its time has come, and gives alarm before something unread goes with it.

Its time has come when this machine's clock says so and others have signed that it is so late (`WitnessedTime`),
which a new start knows from the last one by a file.

relais_unread_ending{realm,role}   deliveries not acknowledged, whose key is destroyed within two days
relais_keys_overdue{realm,role}    keys that are there still though their time has come
relais_keys_unsaid{realm,role}     keys destroyed over a week ago of which no directory says so
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from contracts.encoding import rfc3339
from contracts.keys.keyring import KeyRing
from contracts.vocabulary.schema import desk_urn
from services.agency.office.key_ends import KeyEnd, KeyWatch, key_ends, unsaid
from services.agency.office.office import Office
from services.agency.office.witnessed_time import WitnessedTime
from services.platform.http.problems import ProblemError
from services.platform.process.clock import Clock
from services.platform.process.durable_file import replace_file
from services.platform.process.metrics import Metrics

LOOK_S: Final = 10.0
UNREAD: Final = "unread_key_ending"
KEPT: Final = "key_not_destroyed"
AHEAD: Final = "clock_ahead"
KEEP_EVERY: Final = 30  # looks

log = structlog.get_logger("relais.agency")


async def ending_keys(office: Office, clock: Clock, metrics: Metrics, kept: Path) -> None:
    """Look for ever; the first time once the inboxes have been read.

    Args:
        kept: the file in which a life tells the next one how late it was at least.
    """
    watch, witnessed, looks = KeyWatch(), WitnessedTime(_read(kept)), 0
    while True:
        with suppress(ProblemError):  # the clock was moved back, before any directory
            look(office, clock.now(), metrics, watch, witnessed)
        if looks % KEEP_EVERY == 0:
            with suppress(OSError):  # the next life knows less, and destroys later
                replace_file(kept, b"%d" % witnessed.least)
        looks += 1
        await asyncio.sleep(LOOK_S)


def _read(kept: Path) -> int:
    """How late it was at least in an earlier life, 0 if nobody knows."""
    try:
        return int(kept.read_bytes())
    except (OSError, ValueError):
        return 0


def look(
    office: Office, now: int, metrics: Metrics, watch: KeyWatch, witnessed: WitnessedTime
) -> None:
    """Look once: first every alarm, then what is over.

    Args:
        now: the federation's time, seconds.
        witnessed: hears here of what routers and keepers have signed.
    """
    unread: Counter[tuple[str, str]] = Counter()
    kept: Counter[tuple[str, str]] = Counter()
    silent: Counter[tuple[str, str]] = Counter()
    book = office.agency.book(now)
    issued = (directory.issued for directory in book.directories.values())
    witnessed.hear(max(office.fold.witnessed, *issued))
    for realm in office.agency.realms:
        for desk, fold in office.fold.desks.items():
            ring = office.agency.rings.get(desk_urn(realm, desk))
            if ring is None or (role := book.role_of(realm, desk)) is None:
                continue
            unread[realm, role] += 0
            kept[realm, role] += 0
            for end in key_ends(fold, realm, ring.held(), now):
                if ring.private(end.kid) is None:  # destroyed by command
                    continue
                _tell(realm, desk, end, now, metrics, watch)
                over = watch.is_over(realm, end, now, witnessed.least) and _destroyed(
                    ring, end, now, metrics, watch
                )
                unread[realm, role] += 0 if over else end.unread
                kept[realm, role] += not over and now >= end.destroy_at
            silent[realm, role] += unsaid(ring, book.directories[realm], now)
    told = (
        (metrics.unread_ending, unread),
        (metrics.keys_overdue, kept),
        (metrics.keys_unsaid, silent),
    )
    for gauge, counts in told:
        for labels, number in counts.items():
            gauge.labels(*labels).set(number)
    if watch.runs_ahead(now, witnessed.least, kept=any(kept.values())):
        clock, least = rfc3339(now), rfc3339(witnessed.least)
        log.error("alarm", code=AHEAD, clock=clock, witnessed=least, keys=sum(kept.values()))
        metrics.alarms.labels(AHEAD).inc()


def _tell(realm: str, desk: str, end: KeyEnd, now: int, metrics: Metrics, watch: KeyWatch) -> None:
    if watch.is_new(realm, end, now):
        facts = {"realm": realm, "desk": desk, "kid": end.kid, "destroy_at": end.destroy_at}
        log.error("alarm", code=UNREAD, deliveries=end.unread, **facts)
        metrics.alarms.labels(UNREAD).inc()


def _destroyed(ring: KeyRing, end: KeyEnd, now: int, metrics: Metrics, watch: KeyWatch) -> bool:
    """Destroy a key; whether it is gone."""
    try:
        ring.destroy(end.kid, now)
    except OSError:  # a read-only folder: it is whoever gave it who has to
        if watch.fails(end.kid):
            log.exception("alarm", code=KEPT, kid=end.kid)
            metrics.alarms.labels(KEPT).inc()
        return False
    log.info("key destroyed", kid=end.kid, unread=end.unread)
    return True

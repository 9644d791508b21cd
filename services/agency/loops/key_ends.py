"""Destroys each decryption key when its time has come, and gives alarm before something unread goes with it.

relais_unread_ending{realm,role}   deliveries not acknowledged, whose key is destroyed within two days
relais_keys_overdue{realm,role}    keys that are there still though their time has come
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Final

import structlog

from contracts.keys.keyring import KeyRing
from contracts.vocabulary.schema import desk_urn
from services.agency.office.key_ends import KeyEnd, KeyWatch, key_ends
from services.agency.office.office import Office
from services.platform.http.problems import ProblemError
from services.platform.process.clock import Clock
from services.platform.process.metrics import Metrics

LOOK_S: Final = 10.0
UNREAD: Final = "unread_key_ending"
KEPT: Final = "key_not_destroyed"

log = structlog.get_logger("relais.agency")


async def ending_keys(office: Office, clock: Clock, metrics: Metrics) -> None:
    """Look for ever; the first time once the inboxes have been read."""
    watch = KeyWatch()
    while True:
        with suppress(ProblemError):  # the clock was moved back, before any directory
            look(office, clock.now(), metrics, watch)
        await asyncio.sleep(LOOK_S)


def look(office: Office, now: int, metrics: Metrics, watch: KeyWatch) -> None:
    """Look once: first every alarm, then what is over.

    Args:
        now: the federation's time, seconds.
    """
    unread: Counter[tuple[str, str]] = Counter()
    kept: Counter[tuple[str, str]] = Counter()
    book = office.agency.book(now)
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
                over = watch.is_over(realm, end, now) and _destroyed(ring, end, now, metrics, watch)
                unread[realm, role] += 0 if over else end.unread
                kept[realm, role] += not over and now >= end.destroy_at
    for gauge, counts in ((metrics.unread_ending, unread), (metrics.keys_overdue, kept)):
        for labels, number in counts.items():
            gauge.labels(*labels).set(number)


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

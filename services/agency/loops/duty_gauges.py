"""What an agency's desks owe, and what never reached them, as numbers by realm and role.

    relais_duties_open{realm,role}      what the desks of a role owe
    relais_duties_overdue{realm,role}   of these, what is late
    relais_sequence_gaps{realm,role}    deliveries and notices of which only the number is known
    relais_sent_timestamp_seconds{agency}   when the newest own event was issued; without one, nothing

Two desks of one role are one number: nothing here tells which school or home it is.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from contracts.decision.heirs import Heirs
from contracts.vocabulary.schema import desk_urn
from services.platform.http.problems import ProblemError
from services.platform.process.metrics import Metrics

if TYPE_CHECKING:
    from services.agency.office.fold.desk_fold import DeskFold
    from services.agency.office.fold.known_duties import KnownDuty
    from services.agency.office.office import Office
    from services.platform.process.clock import Clock

OWED_S: Final = 2.0  # between two counts; of 100,000 duties one takes 5 ms

Key = tuple[str, str]  # realm, role


async def counting(office: Office, clock: Clock, metrics: Metrics, every_s: float = OWED_S) -> None:
    """Count for ever."""
    while True:
        with suppress(ProblemError):  # the clock was moved back, before any directory
            count(office, clock.now(), metrics)
        await asyncio.sleep(every_s)


def count(office: Office, now: int, metrics: Metrics) -> None:
    """Count once.

    Args:
        now: the federation's time, seconds.
    """
    owed: Counter[Key] = Counter()
    late: Counter[Key] = Counter()
    missing: Counter[Key] = Counter()
    book, heirs = office.agency.book(now), Heirs(office.fold.successions.get)
    for desk, fold in office.fold.desks.items():
        for realm in office.agency.realms:
            if (role := book.role_of(realm, desk)) is None:
                continue
            mine, key = _owed(fold, realm, heirs, now), (realm, role)
            owed[key] += len(mine)
            late[key] += sum(duty.is_overdue(now) for duty in mine)
            gaps = (gap for gap in fold.gaps if gap.realm == realm)
            missing[key] += sum(gap.last - gap.first + 1 for gap in gaps)
    for gauge, counts in ((metrics.duties, owed), (metrics.overdue, late), (metrics.gaps, missing)):
        for (realm, role), number in counts.items():
            gauge.labels(realm, role).set(number)
    newest = (fold.own[fold.order[-1]].issued for fold in office.fold.desks.values() if fold.order)
    if sent := max(newest, default=0):
        metrics.sent.labels(office.agency.name).set(sent)


def _owed(fold: DeskFold, realm: str, heirs: Heirs, now: int) -> list[KnownDuty]:
    """What a desk owes on a bus; of one that ends, and that another house follows, what was told to it alone.

    Its heir is told of whatever falls due from the order on, and counts it there.
    """
    mine, desk = [duty for duty in fold.owed() if duty.realm == realm], desk_urn(realm, fold.desk)
    if heirs.heir(desk) == desk:
        return mine
    return [] if heirs.has_ended(desk, now) else [duty for duty in mine if duty.overdue]

"""A home whose Kafka runs already, with topics and rights applied by whoever operates it.

    relais keys new --from DAY --weeks N → relais kafka up → relais topics apply → relais acl apply

It is looked at before anything is played over it, and nothing of it is mended here: what differs from
what was agreed, and keys that do not cover the play, end it before the first service starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from contracts.errors import UsageError
from contracts.keys.directory import Directory
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.operate.agreed import Agreed, in_force, planned_topics, wanted_quotas, wanted_rights
from services.operate.drift import Drift
from services.operate.home.home import Home
from services.operate.rights import check_rights
from services.operate.topics import COPIES, check_topics
from services.platform.process import clock as clocks
from services.play.kafka import brokers
from services.play.run.plan import Plan
from services.texts import counted

DAY: Final = 86_400


async def check(home: Home, plan: Plan) -> str:
    """Look at all that a play stands on; Kafka's addresses.

    Args:
        plan: its `start` and `weeks` are what keys must cover.

    Raises:
        UsageError: `kafka_not_running`, `home_incomplete`, `home_used` (something was published or
            ordered there, or its clock was moved), `keys_do_not_cover`, `topics_differ`,
            `rights_differ`.
        UnreachableError: Kafka did not answer in time.
    """
    found = brokers.status(home.kafka)
    if not found.running:
        raise UsageError("kafka_not_running", "no Kafka", "`relais kafka up`", str(home.path))
    admin = home.certificate(principals.ADMIN) if plan.tls else None
    files = await asyncio.to_thread(_files, home)
    start = clocks.SystemClock().now() if plan.start is None else plan.start
    for one in files:
        _check_keys(one.directory, start, plan.weeks)
    realms = await in_force(found.bootstrap, home.owners, files, start, tls=admin)
    if home.clock.exists() or any(one.layouts for one in realms):
        got, expected = "a play or orders before", "a new home"
        raise UsageError("home_used", got, expected, str(home.path))
    copies = min(len(found.nodes), COPIES)
    planned = planned_topics(realms, home.path)
    drifts = await check_topics(found.bootstrap, planned, replicas=copies, tls=admin)
    if drifts:
        raise UsageError("topics_differ", _differences(drifts), "`relais topics apply`")
    if plan.tls and (
        drifts := await check_rights(
            found.bootstrap, wanted_rights(realms), wanted_quotas(realms), tls=admin
        )
    ):
        raise UsageError("rights_differ", _differences(drifts), "`relais acl apply`")
    return found.bootstrap


def _differences(drifts: Sequence[Drift]) -> str:
    return counted(("{n} difference", "{n} differences"), n=len(drifts))


def _files(home: Home) -> list[Agreed]:
    with home.complete():
        return [
            Agreed(home.convention, home.directory(realm), partitions=home.partitions)
            for realm in REALMS
        ]


def _check_keys(directory: Directory, start: int, weeks: int) -> None:
    """Keys and directory must hold from the play's first day to its last."""
    first = max(directory.issued, min(key.not_before for key in directory.encryption.values()))
    last = start - start % DAY + weeks * 7 * DAY
    if first > start or directory.expires < last:
        day = datetime.fromtimestamp(start, UTC).date().isoformat()
        expected = "a new home, and `relais keys new --from {day} --weeks {weeks}` in it"
        to_do = expected.format(day=day, weeks=weeks)
        raise UsageError("keys_do_not_cover", "keys of another time", to_do, directory.realm)

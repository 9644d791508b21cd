"""Which topics a realm needs, and how each must be kept: from its convention and directory.

No clause, no topic. An agency has an inbox for all its desks if some clause lets one of their roles
send
or receive: what is sent is answered by notices. It has an outbox: what arrives must be
acknowledged. Topics grow with agencies, and not with desks.

    kept           for how long                            why
    outbox         longest class that its desks may send   holds sealed parts, even those that the
                   + its key's window, compacted too       convention withholds: not a day longer;
                                                           its agency overwrites what is erased
    inbox          longest class that its desks may        receipts and notices are a desk's view of
                   receive + window, at least 200 days,    its duties, told again every 180 days;
                   compacted too                           a delivery that is erased is overwritten
    quarantine     longest class of the realm + window,    later no part of it could be opened
                   compacted too                           what is erased is overwritten
    decisions      for ever                                the log
    control        for ever                                what was in force when
    evidence       for ever, compacted                     a stub replaces what is erased

What is overwritten in evidence, quarantine, an inbox or an outbox has left every broker's disk a
while after its partition
is written to again: the time that the plan names, some seconds until a broker cleans, and a minute
until it deletes the old file (`file.delete.delay.ms`). It is a day if nobody says otherwise:
cleaning copies a whole partition, and so much cannot be done each minute of years of evidence.

A class (P7, P30, P90) counts from the end of the key that was sealed to, whose window is 14 days
(P7) or up to 38: then nothing on any topic can be opened. Kafka deletes whole segments, so a record
may stay for one segment's time more (`SEGMENT_DAYS`). No topic has a limit in bytes
(`retention.bytes`): one that is full would delete the oldest accepted event in silence. What one
writer can fill is limited by `max.message.bytes`, by the days above and by its quotas
(`quotas.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.convention.agreed import acting_desks, grants_of
from contracts.convention.model import Convention
from contracts.convention.retention import DAY_S, longest, quarantine_days
from contracts.decision.state.state import RENEW_SECONDS
from contracts.keys.directory import Directory
from contracts.vocabulary import topics

DAY_MS: Final = DAY_S * 1000
NOTICE_DAYS: Final = RENEW_SECONDS // DAY_S + 20  # what is owed was told within; 20 to be read
SEGMENT_DAYS: Final = 7  # most that a record stays beyond its time
CLEANED_S: Final = DAY_S  # until what was overwritten may be cleaned away
COPIES: Final = 2  # min.insync.replicas: a write is answered when two brokers have it

_FOR_EVER: Final = {"cleanup.policy": "delete", "retention.ms": "-1"}
# Time stamps are the brokers': an issuer cannot date its records. Nothing is compressed: sealed
# parts do not shrink, and a small batch cannot unpack into a large one. A replica that lags never
# becomes leader: it would take back what was answered.
_ALL: Final = {
    "compression.type": "uncompressed",
    "message.timestamp.type": "LogAppendTime",
    "retention.bytes": "-1",
    "unclean.leader.election.enable": "false",
}


@dataclass(frozen=True, slots=True)
class PlannedTopic:
    """A topic as it must be.

    Attributes:
        configs: settings by Kafka's names, but for those that depend on the number of replicas.
    """

    name: str
    partitions: int
    configs: tuple[tuple[str, str], ...] = ()

    def settings(self, replicas: int) -> dict[str, str]:
        """All settings by Kafka's names, on so many replicas: of two or more, two must write."""
        return {**dict(self.configs), "min.insync.replicas": str(min(COPIES, replicas))}


def plan(
    convention: Convention,
    directory: Directory,
    partitions: int = topics.PARTITIONS,
    cleaned_s: int = CLEANED_S,
) -> tuple[PlannedTopic, ...]:
    """Every topic of the directory's realm, by name, with so many partitions as the realm has.

    Args:
        cleaned_s: after which what was overwritten is cleaned away, seconds.
    """
    cleaned = {"max.compaction.lag.ms": str(cleaned_s * 1000)}
    both = {"cleanup.policy": "compact,delete", **cleaned}
    realm = directory.realm
    grants = grants_of(convention, realm)
    own = {
        topics.control(realm): _FOR_EVER,
        topics.decisions(realm): _FOR_EVER,
        topics.evidence(realm): {"cleanup.policy": "compact", "retention.ms": "-1", **cleaned},
        topics.quarantine(realm): _days(quarantine_days(convention, realm)) | both,
    }
    houses: dict[str, set[str]] = {}
    for row in acting_desks(convention, directory):
        houses.setdefault(row.agency, set()).add(row.role)
    for agency, house in houses.items():
        received = longest(grant for grant in grants if house & set(grant.recipients))
        own[topics.inbox(realm, agency)] = _days(max(received, NOTICE_DAYS)) | both
        sent = longest(grant for grant in grants if house & set(grant.issuers))
        own[topics.outbox(realm, agency)] = _days(sent) | both
    control = topics.control(realm)
    return tuple(
        _topic(name, 1 if name == control else partitions, own[name]) for name in sorted(own)
    )


def _topic(name: str, partitions: int, own: Mapping[str, str]) -> PlannedTopic:
    configs = {**_ALL, "max.message.bytes": str(topics.limit(name)), **own}
    return PlannedTopic(name, partitions, tuple(sorted(configs.items())))


def _days(number: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(number * DAY_MS),
        "segment.ms": str(SEGMENT_DAYS * DAY_MS),
    }

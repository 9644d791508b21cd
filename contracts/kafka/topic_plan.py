"""Which topics a realm needs, and how each must be kept: from its convention and directory.

No clause, no topic. A desk has an inbox if some clause lets its role send or receive: what it sends
is answered by notices. Its agency has an outbox: what arrives must be acknowledged.

    kept           for how long                            why
    outbox         longest class that its desks may send   holds sealed parts, even those that the
                   + a key's 14 days                       convention withholds: not a day longer
    inbox          longest class that the desk may         receipts and notices are the desk's view of
                   receive + 14 days, at least 200 days    its duties, told again every 180 days
    quarantine     longest class of the realm + 14 days    later no part of it could be opened
    decisions      for ever                                the log
    control        for ever                                what was in force when
    evidence       for ever, compacted                     a stub replaces what is erased, within a day

A class (P7, P30, P90) counts from sealing, with a key that may be used for 14 days and is destroyed
one class after that: then nothing on any topic can be opened. Kafka deletes whole segments, so a
record may stay for one segment's time more (`SEGMENT_DAYS`). No topic has a limit in bytes
(`retention.bytes`): one that is full would delete the oldest accepted event in silence. What one
writer can fill is limited by `max.message.bytes` and by the days above.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.convention.model import Convention, Grant
from contracts.decision.state import RENEW_SECONDS
from contracts.envelope.model import short
from contracts.keys.directory import DeskEntry, Directory
from contracts.keys.signed_directory import MAX_WINDOW
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import RETENTION_CLASSES

DAY_S: Final = 86_400
DAY_MS: Final = DAY_S * 1000
KEY_DAYS: Final = MAX_WINDOW // DAY_S  # between sealing and a class's first day, at most
NOTICE_DAYS: Final = RENEW_SECONDS // DAY_S + 20  # what is owed was told within; 20 to be read
LEAST_DAYS: Final = 7  # of an agency whose desks may only answer: an event expires within
SEGMENT_DAYS: Final = 7  # most that a record stays beyond its time
ERASED_DAYS: Final = 1  # until an erasure has reached every replica's disk
COPIES: Final = 2  # min.insync.replicas: a write is answered when two brokers have it

_FOR_EVER: Final = {"cleanup.policy": "delete", "retention.ms": "-1"}
_COMPACTED: Final = {
    "cleanup.policy": "compact",
    "retention.ms": "-1",
    "max.compaction.lag.ms": str(ERASED_DAYS * DAY_MS),
}
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
        """All settings by Kafka's names, on so many replicas: one of one, two of more must write."""
        return {**dict(self.configs), "min.insync.replicas": str(min(COPIES, replicas))}


def plan(convention: Convention, directory: Directory) -> tuple[PlannedTopic, ...]:
    """Every topic of the directory's realm, by name."""
    realm = directory.realm
    grants = grants_of(convention, realm)
    desks = acting_desks(convention, directory)
    own = {
        topics.control(realm): _FOR_EVER,
        topics.decisions(realm): _FOR_EVER,
        topics.evidence(realm): _COMPACTED,
        topics.quarantine(realm): _days(quarantine_days(convention, realm)),
    }
    for row in desks:
        received = _longest(grant for grant in grants if row.role in grant.recipients)
        own[topics.inbox(realm, short(row.desk))] = _days(max(received, NOTICE_DAYS))
        house = {one.role for one in desks if one.agency == row.agency}
        sent = _longest(grant for grant in grants if house & set(grant.issuers))
        own[topics.outbox(realm, row.agency)] = _days(sent)
    return tuple(_topic(realm, name, own[name]) for name in sorted(own))


def grants_of(convention: Convention, realm: str) -> list[Grant]:
    """What may be sent from desk to desk in a realm."""
    return [grant for grant in convention.grants if grant.realm == realm and not grant.publication]


def quarantine_days(convention: Convention, realm: str) -> int:
    """Days for which the bytes of what could not be routed are kept."""
    return _longest(grants_of(convention, realm))


def acting_roles(convention: Convention, realm: str) -> frozenset[str]:
    """Roles that some clause of the realm lets send or receive."""
    return frozenset(
        role
        for grant in grants_of(convention, realm)
        for role in (*grant.issuers, *grant.recipients)
    )


def acting_desks(convention: Convention, directory: Directory) -> list[DeskEntry]:
    """The desks of a directory whose role acts in its realm, for the agency that the file names."""
    acting = acting_roles(convention, directory.realm)
    return [
        row
        for _, row in sorted(directory.desks.items())
        if row.role in acting and agreed(convention, row)
    ]


def agreed(convention: Convention, row: DeskEntry | None) -> bool:
    """Whether the convention, if it knows a desk's role, gives it to the agency that the directory names.

    Otherwise whoever keeps the directory could give a house a role that its parties have not: such a
    desk has no topic, and nothing is sent to it or taken from it.
    """
    role = convention.roles.get(row.role) if row is not None else None
    return row is not None and (role is None or role.agency == row.agency)


def inboxes(convention: Convention, directory: Directory) -> frozenset[str]:
    """Urns of the desks that have an inbox; nothing is told to any other, such as one that has left.

    Kept with the directory: routing asks once an entry.
    """
    found = directory.inboxes.get(convention.digest)
    if found is None:
        found = frozenset(row.desk for row in acting_desks(convention, directory))
        directory.inboxes[convention.digest] = found
    return found


def _topic(realm: str, name: str, own: Mapping[str, str]) -> PlannedTopic:
    partitions = 1 if name == topics.control(realm) else topics.PARTITIONS
    configs = {**_ALL, "max.message.bytes": str(topics.limit(name)), **own}
    return PlannedTopic(name, partitions, tuple(sorted(configs.items())))


def _longest(grants: Iterable[Grant]) -> int:
    """Days until nothing that these grants let through can be opened."""
    return max((RETENTION_CLASSES[one.keep] for one in grants), default=LEAST_DAYS) + KEY_DAYS


def _days(number: int) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(number * DAY_MS),
        "segment.ms": str(SEGMENT_DAYS * DAY_MS),
    }

"""A reader's topic: what is published there, and what is added, one signed event a month.

A month that is published stays as it is: who would count it again after an erasure, and tell it anew, told who
was erased.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date

from aiokafka import TopicPartition

from contracts.convention.clauses import Grant
from contracts.encoding import b64u, sha256
from contracts.envelope.cloudevent import headers
from contracts.envelope.publication import Publication, publication, read_publication, written
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import RelaisError
from contracts.keys.directory import Directory
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from contracts.vocabulary.figures import Counts
from services.audit.writing import AuditorAtKafka, write
from services.platform.kafka.reading.log_reader import LogReader


async def published(
    auditor: AuditorAtKafka, registry: Registry, reader: str
) -> dict[str, Publication]:
    """The first publication of each month, YYYY-MM, that an auditor of the realm signed; nothing else counts.

    A key that was replaced signs nothing more: it has to be in the directory that was in force at `iat`, and
    `iat` has to lie behind the month, so that nobody who has an old key publishes a month that ended since.

    Raises:
        UnreachableError: Kafka did not answer in time.
        UsageError: `kafka_forbidden`: no such topic yet, or no right: `relais topics apply`, `relais acl apply`.
    """
    months: dict[str, Publication] = {}
    place = TopicPartition(topics.statistics(registry.realm, reader), 0)
    async with LogReader(auditor.bootstrap, **auditor.client) as log:
        async for batch in log.read({place: None}):
            for record in batch:
                read = _read(record, registry, reader)
                if read is not None:
                    months.setdefault(read.counts.period, read)
    return months


def _read(record: Inbound, registry: Registry, reader: str) -> Publication | None:
    """A publication, by the directory that was in force when it was issued; None of anything else."""
    for directory in reversed(list(registry.directories.values())):
        try:
            read = read_publication(record.value, record.headers, directory, reader)
            if _is_of_its_time(read, directory, registry):
                return read
        except RelaisError:
            continue
    return None


def _is_of_its_time(read: Publication, directory: Directory, registry: Registry) -> bool:
    convd, dird = registry.in_force(read.iat)
    calendar = registry.conventions[convd].calendar
    ended = calendar.add_months(date.fromisoformat(f"{read.counts.period}-01"), 1)
    return directory.digest == dird and read.iat >= calendar.instant(ended)


async def publish(
    auditor: AuditorAtKafka,
    registry: Registry,
    reader: str,
    grant: Grant,
    months: Iterable[str],
    counts: Callable[[str], Counts],
) -> list[str]:
    """Publish the months that are not yet, in their order; which these are.

    Args:
        counts: makes the body of a month.

    Raises:
        UnreachableError, UsageError: as `published`; no right to write.
        DirectoryError: `no_signing_key`.
    """
    known = await published(auditor, registry, reader)
    at_ms = auditor.now_ms()
    _convd, dird = registry.in_force(at_ms // 1000)
    signer = auditor.signer(registry.directories[dird])
    new = [
        publication(
            counts(month),
            signer=signer,
            realm=registry.realm,
            reader=reader,
            purpose=grant.purpose,
            clause=grant.id,
            at_ms=at_ms,
            random=secrets.token_bytes,
        )
        for month in months
        if month not in known
    ]
    topic = topics.statistics(registry.realm, reader)
    values = [written(claims, signer) for claims in new]
    await write(
        auditor,
        [Outbound(topic, 0, b64u(sha256(value)).encode(), value, headers()) for value in values],
    )
    return [claims.counts.period for claims in new]

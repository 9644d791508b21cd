"""What was put aside before the audit service began: looked up in the log, once, if anything of it is kept still.

A store goes on behind what it has read; whose outbox an input came from, and who signed it, stands in the log alone.
"""

from __future__ import annotations

import structlog
from aiokafka import TopicPartition

from contracts.encoding import leaf_hash
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from services.audit.projection.quarantine import RealmQuarantine
from services.platform.kafka.reading.log_reader import LogReader
from services.platform.kafka.reading.topic_reader import TopicReader
from services.platform.process.exit_codes import UnreachableError
from services.platform.settings import AuditSettings

log = structlog.get_logger("relais.audit")


async def recall(settings: AuditSettings, realms: list[RealmQuarantine]) -> None:
    """Look up what every realm keeps and does not know; without Kafka it stays unknown until the next start."""
    for own in realms:
        if not own.unknown():
            continue
        try:
            async with LogReader(settings.kafka, **settings.client()) as reader:
                await recalled(own, reader)
        except UnreachableError as error:
            log.warning("issuers not recalled", realm=own.audit.realm, code=error.code)


async def recalled(own: RealmQuarantine, reader: TopicReader) -> None:
    """Read the realm's log once, and take note of what is unknown.

    Raises:
        UnreachableError: Kafka did not answer in time.
    """
    realm, wanted = own.audit.realm, own.unknown()
    names = topics.evidence(realm), topics.decisions(realm)
    places = [TopicPartition(name, number) for name in names for number in set(wanted.values())]
    halves: dict[str, dict[str, Inbound]] = {}
    async for batch in reader.read(dict.fromkeys(places)):
        for record in batch:
            leaf = (record.key or b"").decode("ascii", "replace")
            if leaf in wanted and leaf not in own.told:
                both = halves.setdefault(leaf, {}) | {record.topic: record}
                halves[leaf] = both
                if len(both) == len(names) and leaf_hash(both[names[1]].value or b"") == leaf:
                    own.note(both[names[1]], both[names[0]].value)
                    del halves[leaf]

"""Where a replay is begun behind, and where another can go on: the places of a realm's partitions in their log."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from contracts.envelope.wire import Inbound
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import is_last, tells
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from services.audit.snapshot import RealmSnapshot, Stand
from services.audit.source import OtherLogError
from services.platform.kafka.reading.topic_reader import TopicReader
from services.texts import Catalogue

_ = Catalogue(__name__)


@dataclass(frozen=True)
class _Point:
    """Where a record that tells the state before it was read.

    Attributes:
        evidence, decisions: its offsets.
        findings: how many there were before it, of all partitions.
    """

    evidence: int
    decisions: int
    findings: int


class ToldPoints:
    """Of each partition the last record that tells the state before it."""

    def __init__(self) -> None:
        self._points: dict[int, _Point] = {}

    def told(self, partition: int, evidence: int, decisions: int, findings: int) -> None:
        """Take note of one; arguments as `_Point` has them."""
        self._points[partition] = _Point(evidence, decisions, findings)

    def snapshot(
        self,
        replayers: Sequence[Replayer],
        findings: Sequence[AuditFinding],
        ids: MutableMapping[str, int],
    ) -> RealmSnapshot:
        """Where a replay of the realm can go on behind."""
        stands = [self._stand(number, replayer) for number, replayer in enumerate(replayers)]
        before = [each for at, each in enumerate(findings) if self._is_before(at, each, stands)]
        return RealmSnapshot(before, ids, stands)

    def _stand(self, number: int, replayer: Replayer) -> Stand:
        told = replayer.told()
        if told is None:
            return Stand(None, None)
        point = self._points[number]
        return Stand(point.evidence, point.decisions, *told)

    def _is_before(self, at: int, finding: AuditFinding, stands: Sequence[Stand]) -> bool:
        """Whether what was found lies before where its partition is gone on from."""
        stand = stands[finding.partition] if finding.partition < len(stands) else Stand(None, None)
        if stand.evidence is None:
            return False
        if finding.index < 0:  # evidence that is nobody's, which is met when it is read
            return finding.offset < stand.evidence
        return at < self._points[finding.partition].findings


async def check_begun(
    reader: TopicReader, realm: str, begun: Sequence[Stand], registry: Registry
) -> None:
    """That the log has, where each state ends, the record that it is held to.

    A snapshot's is held to the one that tells its digest, which is read next; our own store's to the
    one that it ends with, signed.

    Raises:
        OtherLogError: `snapshot_differs`.
    """
    held = {
        TopicPartition(topics.decisions(realm), number): at
        for number, stand in enumerate(begun)
        if stand.state.tail.index
        and (at := stand.decisions if stand.last is None else stand.last) is not None
    }
    if not held:
        return
    ends = await reader.ends(held)
    records = await reader.pick(
        {place: [at] for place, at in held.items() if 0 <= at < ends[place]}
    )
    for place, at in held.items():
        record, stand = records.get((place, at)), begun[place.partition]
        if record is None or not _is_held(record, stand, realm, registry):
            got = f"{place.topic}/{place.partition}/{at}"
            error = OtherLogError("snapshot_differs", got, _("the record that tells this state"))
            error.why = "ahead" if at >= ends[place] else error.why
            raise error


def _is_held(record: Inbound, stand: Stand, realm: str, registry: Registry) -> bool:
    if stand.last is None:
        return tells(record.value, stand.state, realm, record.partition)
    return is_last(record.value, record.headers, stand.state.tail, registry, realm)


def last_of(stand: Stand) -> int:
    """Offset of the record that it stands behind, -1 if there is none."""
    return stand.last if stand.last is not None else (stand.decisions or 0) - 1


def rewritten(record: Inbound) -> AuditFinding:
    """What is found of evidence under the leaf of a record that has its own, or of none."""
    return AuditFinding(
        record.partition, -1, "evidence_altered", "written again, or for no record",
        topic=record.topic, offset=record.offset, at=record.timestamp_ms // 1000,
    )  # fmt: skip

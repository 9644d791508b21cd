"""How far a log's end is attested: what lies behind the last checkpoint (bundle §5.1).

A chain shows that nothing in the middle is gone. Who cuts its end off, with what each record was
taken from and the checkpoints, leaves a shorter log that is as sound: only who reads on to an
attested end knows that it is the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding
from contracts.vocabulary import topics
from services.audit.bundle.heads import HeldHead
from services.audit.bundle.manifest import BundledTopic, Manifest

UNATTESTED: Final = "end_unattested"


@dataclass(frozen=True)
class UnattestedEnd:
    """A partition whose last records no checkpoint covers that meets its policy.

    Attributes:
        attested: records of the bundle that one covers; 0: there is none.
        records: in the bundle.
    """

    realm: str
    partition: int
    attested: int
    records: int

    @property
    def beyond(self) -> int:
        """Records behind the last attested one."""
        return self.records - self.attested

    @property
    def finding(self) -> AuditFinding:
        """A note: each bundle has it that was made while a record came."""
        detail = f"{self.beyond} of {self.records} records beyond the last attested one"
        topic = topics.decisions(self.realm)
        return AuditFinding(
            self.partition, self.attested, UNATTESTED, detail, alarm=False, topic=topic
        )


def unattested_ends(
    manifest: Manifest, owners: Owners, held: Iterable[HeldHead]
) -> list[UnattestedEnd]:
    """The partitions with records behind the last attested one; none without witnesses.

    Args:
        held: what `held_heads` says of the bundle's checkpoints.
    """
    if not owners.witnesses:
        return []
    covered = {
        (head.realm, head.partition): head for head in held if head.is_met and head.finding is None
    }
    ends = (
        _end(row, covered.get((row.realm, row.partition)))
        for row in manifest.places
        if row.kind == "decisions"
    )
    return sorted(
        (end for end in ends if end.beyond > 0), key=lambda end: (end.realm, end.partition)
    )


def _end(row: BundledTopic, head: HeldHead | None) -> UnattestedEnd:
    """How far a partition is covered."""
    return UnattestedEnd(row.realm, row.partition, head.here if head else 0, row.records)

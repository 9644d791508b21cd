"""Records of one partition and their evidence, paired as both come.

They are written in one transaction and read from two topics: a record waits here until its evidence
has been read. What is still waiting at the end has none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from contracts.envelope.wire import Inbound

MOST: Final = 1_000  # that one topic may be ahead of the other: what waits is held in memory


def leaf_of(record: Inbound) -> str:
    """The leaf that a record or its evidence is keyed by."""
    return (record.key or b"").decode("latin-1")


@dataclass(slots=True)
class Waiting:
    """Records of one partition, in order, and the evidence read so far.

    Attributes:
        leaf: the leaf under which a record's evidence is looked for.
        alone: whether a record waits for none.
    """

    leaf: Callable[[Inbound], str] = leaf_of
    alone: Callable[[Inbound], bool] = lambda _record: False
    records: deque[Inbound] = field(default_factory=deque)
    evidence: dict[str, bytes] = field(default_factory=dict)

    def take(self, batch: Sequence[Inbound], *, is_evidence: bool) -> None:
        """Keep what was read until its other half comes."""
        if is_evidence:
            self.evidence.update((leaf_of(one), one.value or b"") for one in batch)
        else:
            self.records.extend(batch)

    def pairs(self) -> Iterable[tuple[Inbound, bytes | None]]:
        """Records with their evidence, up to the first whose evidence has not been read."""
        while self.records:
            found = self.evidence.pop(self.leaf(self.records[0]), None)
            if found is None and not self.alone(self.records[0]):
                return
            yield self.records.popleft(), found

    def is_ahead(self, *, is_evidence: bool) -> bool:
        """Whether so much of one topic waits for the other that it need not be read for now."""
        return len(self.evidence if is_evidence else self.records) >= MOST

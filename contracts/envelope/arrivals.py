"""What a recipient remembers of its inbox: nothing twice, nothing missing (envelope §5.5).

Receipts and notices of an inbox partition count in one `seq` without gaps, so that a hole shows
something withheld.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.errors import EnvelopeError


class Arrivals:
    """The last `seq` of each inbox partition and the deliveries seen, for one desk.

    Args:
        last: partition -> last `seq` read; a partition not named begins at 1.
    """

    def __init__(self, last: Mapping[int, int] | None = None) -> None:
        self.last = dict(last or {})
        self._delivered: set[tuple[str, str]] = set()

    def take(self, partition: int, claims: Mapping[str, Any]) -> None:
        """Take a verified receipt's or notice's claims, in the order of the partition.

        After `seq_gap` the count goes on from what came, so that one hole is told once.

        Args:
            partition: of Kafka, where it was read.

        Raises:
            EnvelopeError: `wrong_partition`, `replayed`, `seq_gap`.
        """
        if claims["partition"] != partition:
            raise EnvelopeError("wrong_partition", f"{claims['partition']}", f"{partition}", "seq")
        seq, last = claims["seq"], self.last.get(partition, 0)
        if seq <= last:
            raise EnvelopeError("replayed", f"{seq}", f"{last + 1}", "seq")
        self.last[partition] = seq
        if seq != last + 1:
            raise EnvelopeError("seq_gap", f"{seq}", f"{last + 1}", "seq")

    def take_event(self, iss: str, jti: str) -> None:
        """Take a delivered event.

        Raises:
            EnvelopeError: `delivered_twice`.
        """
        if (iss, jti) in self._delivered:
            raise EnvelopeError("delivered_twice", "a second delivery", "one an event", "slip.jti")
        self._delivered.add((iss, jti))

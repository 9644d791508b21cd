"""What a recipient remembers: nothing twice, nothing missing, nothing moved."""

from __future__ import annotations

from typing import Any

from contracts.envelope.arrivals import Arrivals
from tests.contracts.envelope.refusal import refused


def claims(seq: int, partition: int = 3) -> dict[str, Any]:
    """What matters of a receipt or notice."""
    return {"partition": partition, "seq": seq}


def test_each_partition_counts_from_one() -> None:
    """Deliveries and notices share one count in each inbox partition."""
    arrivals = Arrivals({5: 7})

    for partition, seq in ((3, 1), (3, 2), (4, 1), (5, 8)):
        arrivals.take(partition, claims(seq, partition))

    assert arrivals.last == {3: 2, 4: 1, 5: 8}


def test_a_replay() -> None:
    """A message read before, put into the topic again."""
    arrivals = Arrivals({3: 4})

    with refused("replayed"):
        arrivals.take(3, claims(4))


def test_something_withheld() -> None:
    """A hole is told once, and reading goes on."""
    arrivals = Arrivals({3: 4})

    with refused("seq_gap"):
        arrivals.take(3, claims(6))
    arrivals.take(3, claims(7))


def test_a_message_moved_to_another_partition() -> None:
    """The receipt names the partition that it was written for."""
    with refused("wrong_partition"):
        Arrivals().take(2, claims(1, partition=3))


def test_the_same_event_delivered_twice() -> None:
    """One delivery an event and desk."""
    arrivals = Arrivals()
    arrivals.take_event("iss", "jti")

    with refused("delivered_twice"):
        arrivals.take_event("iss", "jti")

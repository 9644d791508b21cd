"""What accesses cost routing: events with and without the table, and a look-up by the length of its case.

`python -m tests.bench.access`; CPU alone, in interleaved rounds.
"""

from __future__ import annotations

import statistics
import sys
import time

from contracts.encoding import b64u, sha256
from contracts.vocabulary import topics
from tests.contracts.convention.amended import amended, looked_up
from tests.contracts.convention.parties import adoption
from tests.flows.acts import draft
from tests.world import World

ROUNDS, EVENTS, LOOKS = 24, 100, 5
ALERT = ("crip", "assess", "FACTS RISK")
PLACED = ("home-1", "execute_opp", "IDENTITY")
WITHOUT = amended(("effective: 2026-10-01", "effective: 2026-09-01", ""))


def world(text: bytes) -> World:
    """A federation of one partition under a convention."""
    made = World(partitions=1)
    made.order("civil", "adopt_convention", adoption(text))
    made.settle()
    return made


def routed(made: World) -> float:
    """Route what waits on the civil bus: CPU seconds."""
    router = made.routers["civil", 0]
    records = made.published("civil", 0)
    begun = time.process_time()
    made.route(router, records)
    return time.process_time() - begun


def events(made: World, number: int) -> float:
    """An alert and four placements a case, the first of them told: CPU seconds an event."""
    for at in range(EVENTS):
        case = b64u(sha256(f"{number} {at // 5}".encode()))
        if at % 5:
            placed = draft("parq-civ", "MEASURE", PLACED, case=case, phase="start")
            made.publish_raw("parq-civ", placed)
        else:
            made.publish_raw("edu-s", draft("edu-s", "IP", ALERT, case=case))
    return routed(made) / EVENTS


def look_up(length: int) -> tuple[float, int]:
    """A look-up of a case of so many deliveries: CPU seconds, and bytes of what it is answered."""
    made, case = world(looked_up()), b64u(sha256(b"long"))
    for _ in range(length):
        made.publish_raw("edu-s", draft("edu-s", "IP", ALERT, case=case))
    routed(made)
    taken = []
    for _ in range(LOOKS):
        made.publish_raw("crip", draft("crip", "LOOKUP", case=case, declared={}))
        taken.append(routed(made))
    told = made.topics[topics.inbox("civil", "child_welfare"), 0]
    return statistics.median(taken), len(told[-1].value or b"")


def main() -> None:
    """Print the figures."""
    without, beside = world(WITHOUT), world(looked_up())
    ratios = []
    for number in range(ROUNDS):
        order = (without, beside) if number % 2 else (beside, without)
        taken = {id(made): events(made, number) for made in order}
        ratios.append(taken[id(beside)] / taken[id(without)])
    sys.stdout.write(
        f"an event with the table: {statistics.median(ratios):.2f} times one without\n"
    )
    for length in (10, 100, 1000):
        seconds, size = look_up(length)
        sys.stdout.write(
            f"a look-up of {length} deliveries: {seconds * 1e3:.1f} ms, {size} bytes\n"
        )


if __name__ == "__main__":
    main()

"""How long routing stood still, by brokers' time stamps: inputs waited, none decided."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping

from tests.simulation.ledger import Ledger

Instants = list[tuple[int, int]]  # milliseconds, +1 for an input and -1 for a decision


def measure(ledger: Ledger, shards: Mapping[str, int]) -> dict[str, float]:
    """Seconds: the longest stop of any shard, and quantiles of outbox to decision."""
    decided_at = {cover: records[0].at_ms for cover, records in ledger.decided.items()}
    instants: dict[tuple[str, int], Instants] = defaultdict(list)
    delays = []
    for one in ledger.published:
        if one.cover not in decided_at:
            continue
        shard = one.realm, one.partition % shards[one.realm]
        instants[shard] += [(one.at_ms, 1), (decided_at[one.cover], -1)]
        delays.append(max(0, decided_at[one.cover] - one.at_ms) / 1000)
    if len(delays) < 2:
        return {}
    parts = statistics.quantiles(delays, n=100, method="inclusive")
    return {
        "longest stop of routing": longest_stop([sorted(one) for one in instants.values()]),
        "delay, p50": round(parts[49], 3),
        "delay, p99": round(parts[98], 3),
        "delay, longest": round(max(delays), 3),
    }


def longest_stop(shards: list[Instants]) -> float:
    """The longest time in which a shard had something to decide and decided nothing, seconds."""
    longest = 0
    for instants in shards:
        waiting, since = 0, 0
        for at, change in instants:
            if change > 0 and waiting == 0:
                since = at
            elif change < 0:
                longest, since = max(longest, at - since), at
            waiting += change
    return round(longest / 1000, 3)

"""The state of a router that starts on a log held in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from contracts.decision.state.state import State
from contracts.encoding import leaf_hash
from contracts.log.chain import Headers
from contracts.log.orders.registry import Registry
from contracts.log.rebuild import Rebuilding


def rebuild(
    realm: str,
    partition: int,
    records: Iterable[tuple[bytes | None, Headers]],
    evidence: Mapping[str, bytes],
    registry: Registry,
) -> State:
    """Fold a partition's decisions in order; `evidence` is by leaf."""
    rebuilding = Rebuilding(realm, partition, registry)
    for value, headers in records:
        rebuilding.step(value, headers, evidence.get(leaf_hash(value or b"")))
    return rebuilding.finish()

"""From which entry on a log has still to be served: looked up in the log as it is published, held to its policy."""

from __future__ import annotations

from contracts.encoding import json_object
from contracts.errors import ProofError
from contracts.proof.policy import TrustPolicy
from contracts.proof.tiles import ENTRIES, WIDTH, Tile
from services.platform.tree.published_log import LogFiles, prove_entry, read_entries
from services.platform.tree.tile_folder import CHECKPOINT


def least_to_serve(log: LogFiles, policy: TrustPolicy, before: int, least: int = 0) -> int:
    """The first entry of the bundle in which what is to be served begins; older bundles may go whole.

    The last entry that goes is proved to stand in the log, and instants only rise: so nothing younger goes, whatever
    a server hands out.

    Args:
        before: instant, seconds; what was recorded earlier need not be served.
        least: as orders in force have it: what they let go is not asked for.

    Raises:
        UnreachableError: `log_not_there`: it cannot be read, or does not serve what it has to.
        ProofError: it is not to be believed.
    """
    size = policy.verify(log.read(CHECKPOINT)).checkpoint.size
    first = low = least // WIDTH
    high = (size - 1) // WIDTH
    while low < high:
        middle = (low + high) // 2
        if _instant(_last(log, middle)) < before:
            low = middle + 1
        else:
            high = middle
    if low > first:
        entry = _last(log, low - 1)  # read again: another answer than before must be old too
        prove_entry(log, low * WIDTH - 1, entry).check(policy)
        if (at := _instant(entry)) >= before:
            raise ProofError("entry_malformed", f"an instant of {at}", f"one before {before}")
    return max(low * WIDTH, least)


def _last(log: LogFiles, number: int) -> bytes:
    return read_entries(log, Tile(ENTRIES, number))[-1]


def _instant(entry: bytes) -> int:
    at = json_object(entry).get("at")
    if type(at) is not int:
        raise ProofError("entry_malformed", "no instant", "a record")
    return at

"""The log's tree: what a proof out of ten million records costs."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from typing import Final

from contracts.proof.tiles import Tile, TileHashes, TreeEdge
from contracts.proof.tree import check_inclusion, inclusion_path
from tests.bench.measure import Figure

RECORDS: Final = 10_000_000  # of the log that proofs are taken from; RELAIS_RECORDS
PROOFS: Final = 200


def figures() -> Iterator[Figure]:
    """CPU of a proof."""
    records = int(os.environ.get("RELAIS_RECORDS", RECORDS))
    edge, tiles = TreeEdge(), dict[Tile, bytes]()
    for number in range(records):
        tiles.update(edge.append(number.to_bytes(32, "big")))
    tiles.update(edge.partial())
    spent, root = [], edge.root()
    for _proof, index in zip(range(PROOFS), count(0, records // PROOFS), strict=False):
        began = time.process_time()
        path = inclusion_path(index, records, TileHashes(records, tiles.__getitem__).subtree)
        check_inclusion(index.to_bytes(32, "big"), index, records, root, path)
        spent.append((time.process_time() - began) * 1e3)
    yield Figure(
        "proof made and checked", "ms CPU", tuple(spent), f"of one in {records:,}, tiles in memory"
    )

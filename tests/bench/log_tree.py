"""The log's tree: what it costs beside routing, what a checkpoint costs, and a proof out of ten million records."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from contracts.log.entry_chain import EntryChain
from contracts.proof.edge import TreeEdge
from contracts.proof.log_keys import log_signers
from contracts.proof.tiles import Tile, TileHashes
from contracts.proof.tree import check_inclusion, inclusion_path
from services.audit.tree.log_folder import LogFolder
from tests.bench.measure import Figure
from tests.contracts.log.bus import Bus, inbound

ROUNDS: Final = 5
EVENTS: Final = 600  # of one case: one partition's
BATCH: Final = 50  # in a transaction, which the router signs once
RECORDS: Final = 10_000_000  # of the log that proofs are taken from; RELAIS_RECORDS
PROOFS: Final = 200
SIGNERS: Final = log_signers(bytes(32), "relais.bench/civil-0")


def figures() -> Iterator[Figure]:
    """CPU a record, a checkpoint and a proof."""
    yield from _grown()
    yield from _proved(int(os.environ.get("RELAIS_RECORDS", RECORDS)))


def _grown() -> Iterator[Figure]:
    events = [inbound(Bus(), seed=f"event {at}", case="one case") for at in range(EVENTS)]
    routing, growing, publishing = [], [], []
    for _round in range(ROUNDS):
        bus, began = Bus(), time.process_time()
        for at in range(0, EVENTS, BATCH):
            bus.route(*events[at : at + BATCH])
        routing.append((time.process_time() - began) / EVENTS * 1e6)
        with TemporaryDirectory() as folder:
            log = LogFolder(Path(folder) / "log", SIGNERS)
            growing.append(_grow(bus, log))
            publishing.append(_publish(log))
            log.close()
    shares = [100 * grown / routed for grown, routed in zip(growing, routing, strict=True)]
    yield Figure(
        "log grown by a record", "µs CPU", tuple(growing), "read, held to the chain, hashed"
    )
    yield Figure("log of routing an event", "%", tuple(shares), f"{BATCH} records a signature")
    yield Figure(
        "log published", "ms CPU", tuple(publishing), "a checkpoint, both signatures, files"
    )


def _grow(bus: Bus, log: LogFolder) -> float:
    """µs a record."""
    number = max(bus.routers, key=lambda partition: len(bus.log(partition)))
    records = [(row.value, tuple(row.headers)) for row in bus.log(number)]
    chain, began = EntryChain("civil", number, bus.registry), time.process_time()
    for record in records:
        for entry in chain.step(*record):
            log.add(entry)
    return (time.process_time() - began) / len(records) * 1e6


def _publish(log: LogFolder, times: int = 50) -> float:
    """ms a checkpoint of one record more."""
    began = time.process_time()
    for _time in range(times):
        log.add(b"{}")
        log.publish(0, 0)
    return (time.process_time() - began) / times * 1e3


def _proved(records: int) -> Iterator[Figure]:
    edge, tiles, began = TreeEdge(), dict[Tile, bytes](), time.process_time()
    for number in range(records):
        tiles.update(edge.append(number.to_bytes(32, "big")))
    tiles.update(edge.partial())
    built = (time.process_time() - began) / records * 1e6
    spent, root = [], edge.root()
    for _proof, index in zip(range(PROOFS), count(0, records // PROOFS), strict=False):
        began = time.process_time()
        path = inclusion_path(index, records, TileHashes(records, tiles.__getitem__).subtree)
        check_inclusion(index.to_bytes(32, "big"), index, records, root, path)
        spent.append((time.process_time() - began) * 1e3)
    yield Figure("tree built", "µs CPU", (built,), f"a leaf, of {records:,}")
    yield Figure(
        "proof made and checked", "ms CPU", tuple(spent), f"of one in {records:,}, tiles in memory"
    )

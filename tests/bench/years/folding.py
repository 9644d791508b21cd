"""The stores that a shard has after the modelled years: its log folded from files, as a start without them does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import orjson

from contracts.decision.state.state import Tail
from contracts.log.rebuild import Rebuilding
from services.routing.store import Reach, StateStore, store_path
from tests.bench.measure import as_a_service
from tests.bench.years.model import Model
from tests.bench.years.parties import REALM, control, convention
from tests.bench.years.writing import Row, file_of, rows

WRITTEN_EVERY: Final = 5_000  # records
# Of what is laid into a store no more than its last record lies on Kafka: the first there.
REACHED: Final = Reach(0, 0)


def partition_rows(folder: Path, partition: int) -> Iterable[Row]:
    """A partition's records, year by year."""
    year = 0
    while (path := file_of(folder, partition, year)).exists():
        yield from rows(path)
        year += 1


def folded(folder: Path, state: Path, days: int, partition: int) -> tuple[int, Row]:
    """Fold a partition into its store; how many records there were, and the last one."""
    registry = control(Model("", convention().calendar, days).last_day).registry
    store = StateStore(store_path(state, REALM, partition), REALM, partition)
    rebuilding = Rebuilding(REALM, partition, registry, store.state())
    count, last = 0, None
    for row in partition_rows(folder, partition):
        rebuilding.step(row.value, row.headers, row.evidence)
        count, last = count + 1, row
        if count % WRITTEN_EVERY == 0 and (signed := rebuilding.at_signature()) is not None:
            store.write(signed, REACHED)
    store.write(rebuilding.finish(), REACHED)
    assert last is not None
    assert store.tail != Tail()
    store.close()
    return count, last


def in_two(folder: Path, state: Path, days: int, partitions: Sequence[int]) -> dict[int, int]:
    """Fold all partitions in two processes; how many records each had."""
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(folder), str(state), str(days), *map(str, share)],
            stdout=subprocess.PIPE,
        )
        for share in (partitions[0::2], partitions[1::2])
    ]
    told = [process.communicate()[0] for process in begun]
    assert not any(process.returncode for process in begun)
    return {partition: count for one in told for partition, count in orjson.loads(one)}


if __name__ == "__main__":
    as_a_service()
    _folder, _state, _days = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    _counts = [(at, folded(_folder, _state, _days, at)[0]) for at in map(int, sys.argv[4:])]
    sys.stdout.buffer.write(orjson.dumps(_counts))

"""A start behind a snapshot: where a partition has no store that is believed, and somebody's file is at hand.

The file is no authority: a record of the log has to tell the digest of the state that its rows are. What is
refused is said, and the log is read from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson
import structlog

from contracts.decision.state.rows import tail_from
from contracts.decision.state.state import State
from contracts.decision.state.sums import put_row, sum_put
from contracts.errors import RelaisError
from services.platform.process.metrics import Metrics
from services.platform.store.owned import NotBelievedError
from services.platform.store.snapshot_file import MALFORMED, find, opened, places, rows_of
from services.routing.store import Begun

KEEP_ROWS: Final = 20_000  # put, after which a store takes them over while a file is read

log = structlog.get_logger("relais.routing")


class Snapshot:
    """A file that a start may begin behind."""

    def __init__(self, path: Path, realm: str, metrics: Metrics) -> None:
        self._path = path
        self._realm = realm
        self._metrics = metrics

    def load(self, partition: int, state: State, keep: Callable[[State], None]) -> Begun:
        """Lay what the file has of a partition into an empty state; nothing of it is believed yet.

        Args:
            keep: takes over what was put so far.

        Raises:
            NotBelievedError: `damaged`, `missing`; `foreign`: it has nothing of this partition.
        """
        try:
            with opened(self._path) as file:
                head = find(file, self._realm, partition)
                decisions, evidence = places(head) if head is not None else (None, None)
                if head is None or decisions is None:
                    raise NotBelievedError("foreign")
                total = 0
                for count, row in enumerate(rows_of(map(orjson.loads, file)), 1):
                    total += put_row(state, row)
                    if count % KEEP_ROWS == 0:
                        keep(state)
                sum_put(state, tail_from(head["tail"]), total)
                # How far inputs were taken nobody tells: committed offsets do, and the log behind.
                return Begun(state, decisions, evidence, is_told=True)
        except RelaisError as error:
            is_there = error.code != "snapshot_missing"
            raise NotBelievedError("damaged" if is_there else "missing") from error
        except MALFORMED as error:
            raise NotBelievedError("damaged") from error

    def refuse(self, partition: int, error: Exception) -> None:
        """Say that a start did without it, and why."""
        why = error.code if isinstance(error, RelaisError) else str(error)
        log.warning("snapshot refused", realm=self._realm, partition=partition, why=why)
        self._metrics.snapshots_refused.labels(self._realm, why).inc()

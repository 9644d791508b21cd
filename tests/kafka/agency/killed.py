"""An agency's service that ends as by `kill -9` at a named instant: `python -m tests.kafka.agency.killed`.

`RELAIS_TEST_KILLED` names the instant and which write to its store it is: `pages:2`.

    folded     records were folded, of which the store says nothing yet
    rows       within the store's transaction, all rows put
    pages      LMDB's own two writes: the pages are in the file, the one that names them is not
    written    all of it is in the file
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from contracts.decision.state.tables import RowChange
from services.agency.app import run_agency
from services.agency.loops.inbox_store import InboxStore
from services.agency.trade import trade_of

INSTANTS: Final = ("pages", "folded", "rows", "written")
VARIABLE: Final = "RELAIS_TEST_KILLED"
META_BYTES: Final = 8192  # LMDB's first two pages, used in turn: each names a whole tree

Write = Callable[[InboxStore, Iterable[RowChange], Mapping[str, Any]], None]


def killing(instant: str, count: int, write: Write) -> Write:
    """What writes as `write`, and ends the process at an instant of its write of that number."""
    left = [count]

    def write_rows(store: InboxStore, rows: Iterable[RowChange], head: Mapping[str, Any]) -> None:
        left[0] -= 1
        if left[0]:
            write(store, rows, head)
            return
        if instant == "folded":
            _end()
        meta = store.path.read_bytes()[:META_BYTES]
        write(store, _ending(rows) if instant == "rows" else rows, head)
        if instant == "pages":
            _put_back(store.path, meta)
        _end()

    return write_rows


def _ending(rows: Iterable[RowChange]) -> Iterator[RowChange]:
    yield from rows
    _end()


def _put_back(path: Path, meta: bytes) -> None:
    with path.open("r+b") as file:
        file.write(meta)


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """Run until then, or until SIGTERM; the exit code of the service."""
    instant, _, count = os.environ[VARIABLE].partition(":")
    InboxStore.write_rows = killing(instant, int(count), InboxStore.write_rows)  # type: ignore[method-assign, assignment]
    return run_agency(trade_of(os.environ["RELAIS_AGENCY"]))


if __name__ == "__main__":
    sys.exit(main())

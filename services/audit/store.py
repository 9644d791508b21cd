"""What a realm's audit has read, in SQLite: states, how far it was read, what was found.

Beside states lie event ids, which the auditor compares across partitions, and what it found. It is
the auditor's own: a start goes on behind it, `relais audit replay` never looks at it.
"""

from __future__ import annotations

import copy
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import orjson

from contracts.decision.state.shelves import LostRowError, Shelf
from contracts.decision.state.state import State
from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical, sha256
from contracts.errors import RelaisError, UsageError
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding, Tally
from services.audit.lives import JSON, LIVES, Lives
from services.platform.process.os_errors import why
from services.platform.store.owned import NotBelievedError
from services.platform.store.states import States, StatesStore

FORMAT: Final = 8  # of rows and head: a store of another one is not read
_IDS: Final = "ids"
_FINDINGS: Final = "findings"
_NAME_BYTES: Final = 16  # of a finding's digest: one that was written is not written twice


@dataclass
class Stand:
    """Where the replay of one partition stood.

    Attributes:
        evidence, decisions: offsets of what is read next; None at the beginning.
        last: offset of the record that the state ends with, which it is held to; None: there was
            none.
    """

    evidence: int | None
    decisions: int | None
    state: State = field(default_factory=State)
    tally: Tally = field(default_factory=Tally)
    last: int | None = None


class AuditStore(StatesStore):
    """One realm's store, open and owned.

    Attributes:
        begun: where the audit stood whose rows these are, of each partition.
        ids: event id -> the record that decided it (`Replayer`).
        looked: when the whole log was last read, seconds since 1970; 0 if nobody knows.
        lives: of each event what its records say, for who asks by id.
    """

    def __init__(self, path: Path, realm: str, stores: int) -> None:
        """Open a store, or make one; arguments and errors as `OwnedStore` has them."""
        super().__init__(path, {"format": FORMAT, "of": "audit", "realm": realm}, stores)
        self.ids = Shelf(self.table(_IDS), JSON, self.hot_bytes // 2)
        self.begun: list[Stand] = []
        self.looked = 0
        self.lives = Lives(self, self.hot_bytes // 2)

    def check(self) -> None:
        """Read it as `StatesStore` does, and begin behind it."""
        super().check()
        if self.head:
            self.looked, partitions = self.head["looked"], self.head["partitions"]
            self.begun = [self._stand(at, partitions) for at in range(partitions)]

    def check_orders(self, registry: Registry) -> None:
        """That control has what it had when this was written: each order names the one before it.

        Raises:
            NotBelievedError: `foreign`.
        """
        number, digest = self.head.get("order", (0, ""))
        orders = registry.orders
        if number and not (number <= len(orders) and orders[number - 1].digest == digest):
            raise NotBelievedError("foreign")

    def findings(self) -> Iterator[tuple[AuditFinding, bool]]:
        """All that was found, and of each whether it is the log's, not just its end's."""
        table, at = self.table(_FINDINGS), b""
        while (behind := table.after(at)) is not None:
            at = behind
            value = orjson.loads(table.get(at) or b"")
            lasting = value.pop("lasting")
            yield AuditFinding(**value), lasting

    @property
    def pending(self) -> int:
        """How many rows of states, ids and lives are not written."""
        return super().pending + self.ids.pending + self.lives.rows.pending

    def write(
        self,
        stands: Mapping[int, Stand],
        partitions: int,
        registry: Registry,
        findings: Iterable[tuple[AuditFinding, bool]],
    ) -> None:
        """Take over where partitions stand, and what was found; raises as `write_rows` does.

        Args:
            stands: of those that can be gone on behind; of the others, what was written stays.
            findings: whatever was told since the last time, and whether it is of the log.
        """
        last = registry.orders[-1] if registry.orders else None
        lives = self.lives.rows
        self._write(
            {number: (stand.state, _beside(stand)) for number, stand in stands.items()},
            chain(map(_finding, findings), ((LIVES, *change) for change in lives.changes())),
            forgets=lives.deletes,
            partitions=partitions,
            looked=self.looked,
            order=[last.n, last.digest] if last is not None else [0, ""],
        )
        lives.written()

    def lay_aside(self, states: Mapping[int, State]) -> None:
        """Take over some partitions' states and all ids, of which nobody goes on behind."""
        self._write({number: (state, {}) for number, state in states.items()})

    def _write(self, states: States, more: Iterable[RowChange] = (), **head: Any) -> None:
        ids = ((_IDS, *change) for change in self.ids.changes())
        self.write_states(states, chain(ids, more), **head)
        self.ids.written()

    def _stand(self, number: int, partitions: int) -> Stand:
        state, part = self.state(number, partitions), self.parts.get(number)
        if part is None:
            return Stand(None, None, state)
        tally = Tally(**copy.deepcopy(part["tally"]))  # goes on apart
        return Stand(part["evidence"], part["decisions"], state, tally, part["last"])


def _beside(stand: Stand) -> dict[str, Any]:
    return {
        "tally": asdict(stand.tally), "last": stand.last,
        "evidence": stand.evidence, "decisions": stand.decisions,
    }  # fmt: skip


def _finding(told: tuple[AuditFinding, bool]) -> RowChange:
    finding, lasting = told
    value = canonical({**asdict(finding), "lasting": lasting})
    return _FINDINGS, sha256(canonical(asdict(finding)))[:_NAME_BYTES], value


def audit_path(folder: Path, realm: str) -> Path:
    """Where a realm's audit lies."""
    return folder / f"audit-{realm}.sqlite"


class ScratchLostError(UsageError):
    """The disk takes no more, or gives back something else: `scratch_lost`."""


@contextmanager
def on_disk() -> Iterator[None]:
    """Tell what a disk raises as `ScratchLostError`."""
    try:
        yield
    except (ConnectionError, TimeoutError):  # who is told of the progress, or Kafka: no disk's
        raise
    except (OSError, LostRowError, sqlite3.Error) as error:
        if isinstance(error.__cause__, RelaisError):  # it was control that was not read
            raise error.__cause__ from error
        got = why(error) if isinstance(error, OSError) else type(error).__name__
        expected = "a temporary folder with room for what is laid aside"
        raise ScratchLostError("scratch_lost", got, expected, gettempdir()) from error

"""What a realm's audit has read, in SQLite: states, how far it was read, what was found.

All partitions of a realm lie in one file, a row's key beginning with its partition's number, so
that event ids, which the auditor compares across partitions, and every position are written in one
transaction.

It is the auditor's own and nobody's proof: a start goes on behind it, `relais audit replay`
never looks at it. It holds case tokens, event ids and urns, as the log does, no content and no key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.decision.state import tables
from contracts.decision.state.rows import AGENDAS, NUMBER, SHELVES, tail_from, tail_json
from contracts.decision.state.shelves import Shelf, Table
from contracts.decision.state.state import State, Tail
from contracts.decision.state.sums import keep_up
from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical, sha256
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding, Tally
from services.audit.lives import table as lives_table
from services.audit.lives.table import Lives
from services.audit.standing import RealmStands, Stand
from services.platform.store.owned import HOT_BYTES, NotBelievedError, OwnedStore

FORMAT: Final = 4  # of rows and head: a store of another one is not read
_IDS: Final = "ids"
_FINDINGS: Final = "findings"
TABLES: Final = (*SHELVES, *AGENDAS, _IDS, _FINDINGS, *lives_table.TABLES)
_NAME_BYTES: Final = 16  # of a finding's digest: one that was written is not written twice


class PartitionTable:
    """One partition's rows of a table that all share."""

    def __init__(self, table: Table, partition: int) -> None:
        self._table = table
        self._prefix = bytes((partition,))

    def get(self, key: bytes) -> bytes | None:
        """The value of a key."""
        return self._table.get(self._prefix + key)

    def after(self, key: bytes) -> bytes | None:
        """The first key behind another."""
        behind = self._table.after(self._prefix + key)
        return behind[1:] if behind is not None and behind[:1] == self._prefix else None

    def __len__(self) -> int:
        """Row by row: nobody who decides asks."""
        count, at = 0, self.after(b"")
        while at is not None:
            count, at = count + 1, self.after(at)
        return count


class AuditStore(OwnedStore):
    """One realm's store, open and owned.

    Attributes:
        begun: where the audit stood whose rows these are.
        looked: when the whole log was last read, seconds since 1970; 0 if nobody knows.
        lives: of each event what its records say, for who asks by id.
    """

    def __init__(self, path: Path, realm: str, stores: int) -> None:
        """Open a store, or make one; arguments and errors as `OwnedStore` has them."""
        super().__init__(path, TABLES, {"format": FORMAT, "of": "audit", "realm": realm}, stores)
        self._hot_bytes = HOT_BYTES // stores // (len(SHELVES) + 1)
        self._ids = Shelf(self.table(_IDS), NUMBER, self._hot_bytes)
        self.begun = RealmStands([], self._ids, [])
        self.looked = 0
        self.lives = Lives(self)
        self._last_order = 0, ""
        self._parts: dict[str, Any] = {}
        self._states: list[State] = []

    def check(self) -> None:
        """Hold what the file holds to its head, and begin behind it; empty is believed.

        Raises:
            NotBelievedError: `damaged`, `format`, `foreign`.
        """
        head = self.told()
        if head is None:
            return
        self._parts, self.looked = head["parts"], head["looked"]
        number, digest = head["order"]
        self._last_order = number, digest
        self.begun.stands = [
            self._stand(at, self._parts.get(str(at)), head["partitions"])
            for at in range(head["partitions"])
        ]

    def check_orders(self, registry: Registry) -> None:
        """That control has what it had when this was written: each order names the one before it.

        Raises:
            NotBelievedError: `foreign`.
        """
        number, digest = self._last_order
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

    def state(
        self, partition: int, partitions: int, tail: Tail | None = None, total: int = 0
    ) -> State:
        """A partition's state, of so many; an empty one without a tail.

        Args:
            total: what its rows add up to (`sums.py`).
        """

        def table(name: str) -> Table:
            return PartitionTable(self.table(name), partition)

        most = self._hot_bytes // partitions
        state = tables.on_tables(tail or Tail(), table, most, total=total)
        self._states.append(state)
        return state

    @property
    def pending(self) -> int:
        """How many rows of states, ids and lives are not written."""
        states = sum(map(tables.pending, self._states))
        return self._ids.pending + self.lives.pending + states

    def value(self, name: str, key: bytes) -> bytes | None:
        """What a table has under a key, as it was last written."""
        return self.table(name).get(key)

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
        parts = self._parts | {str(number): _part(stand) for number, stand in stands.items()}
        head = {
            "parts": parts, "partitions": partitions, "looked": self.looked,
            "order": [last.n, last.digest] if last is not None else [0, ""],
        }  # fmt: skip
        forgets = self.lives.forgets or any(
            tables.forgets(stand.state) for stand in stands.values()
        )
        ids = ((_IDS, key, value) for key, value in self._ids.changes())
        rows = chain(_rows(stands), ids, map(_finding, findings), self.lives.changes())
        self.write_rows(rows, head)
        self._parts = parts
        self._ids.written()
        self.lives.written()
        for stand in stands.values():
            tables.written(stand.state)
        if forgets:
            self.rewrite()

    def _stand(self, number: int, part: Any, partitions: int) -> Stand:
        if part is None:
            return Stand(None, None, self.state(number, partitions))
        state = self.state(number, partitions, tail_from(part["tail"]), int(part["rows"], 16))
        tally = Tally(**part["tally"] | {"kinds": dict(part["tally"]["kinds"])})  # goes on apart
        return Stand(part["evidence"], part["decisions"], state, tally, part["last"])


def _part(stand: Stand) -> dict[str, Any]:
    return {
        "rows": f"{keep_up(stand.state):x}", "tail": tail_json(stand.state.tail),
        "tally": asdict(stand.tally), "last": stand.last,
        "evidence": stand.evidence, "decisions": stand.decisions,
    }  # fmt: skip


def _rows(stands: Mapping[int, Stand]) -> Iterator[RowChange]:
    for number, stand in stands.items():
        prefix = bytes((number,))
        for name, key, value in tables.changes(stand.state):
            yield name, prefix + key, value


def _finding(told: tuple[AuditFinding, bool]) -> RowChange:
    finding, lasting = told
    value = canonical({**asdict(finding), "lasting": lasting})
    return _FINDINGS, sha256(canonical(asdict(finding)))[:_NAME_BYTES], value


def audit_path(folder: Path, realm: str, *, scratch: bool = False) -> Path:
    """Where a realm's audit lies; apart from it, another one that is begun anew each time."""
    return folder / f"audit-{realm}{'-again' if scratch else ''}.sqlite"

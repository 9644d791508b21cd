"""What a realm's audit has read, in SQLite: states, how far it was read, what was found.

Beside states lie event ids, which the auditor compares across partitions, and what it found. It is
the auditor's own: a start goes on behind it, `relais audit replay` never looks at it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.decision.state.rows import NUMBER
from contracts.decision.state.shelves import Shelf
from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical, sha256
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding, Tally
from services.audit.lives import table as lives_table
from services.audit.lives.table import Lives
from services.audit.standing import Stand
from services.platform.store.owned import NotBelievedError
from services.platform.store.states import StatesStore

FORMAT: Final = 6  # of rows and head: a store of another one is not read
_IDS: Final = "ids"
_FINDINGS: Final = "findings"
TABLES: Final = (_IDS, _FINDINGS, *lives_table.TABLES)  # beside states
_NAME_BYTES: Final = 16  # of a finding's digest: one that was written is not written twice


class AuditStore(StatesStore):
    """One realm's store, open and owned.

    Attributes:
        begun: where the audit stood whose rows these are, of each partition.
        ids: event id -> partition that decided it.
        looked: when the whole log was last read, seconds since 1970; 0 if nobody knows.
        lives: of each event what its records say, for who asks by id.
    """

    def __init__(self, path: Path, realm: str, stores: int) -> None:
        """Open a store, or make one; arguments and errors as `OwnedStore` has them."""
        super().__init__(path, {"format": FORMAT, "of": "audit", "realm": realm}, stores, TABLES)
        self.ids = Shelf(self.table(_IDS), NUMBER, self.hot_bytes)
        self.begun: list[Stand] = []
        self.looked = 0
        self.lives = Lives(self)

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
        return super().pending + self.ids.pending + self.lives.pending

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
        ids = ((_IDS, key, value) for key, value in self.ids.changes())
        self.write_states(
            {number: (stand.state, _beside(stand)) for number, stand in stands.items()},
            chain(ids, map(_finding, findings), self.lives.changes()),
            forgets=self.lives.forgets,
            partitions=partitions,
            looked=self.looked,
            order=[last.n, last.digest] if last is not None else [0, ""],
        )
        self.ids.written()
        self.lives.written()

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

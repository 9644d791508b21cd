"""Events by id, what came back to them, and what desks owe by them: rows of the audit's own store.

    lives   event id                        what was decided of it, and where its record lies
    steps   event id, partition, index, n   an acknowledgement, an event that answers it, or that
                                            it was withdrawn
    owed    duty id, begun by its event     what is or was owed, by whom, until when

All are written in one transaction with where the log was read to: so they are as old as the audit's
own state. Rows hold a case's token, so that what an order erases can be forgotten here; nobody is
told it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import orjson

from contracts.decision.state.effects import case_tag
from contracts.decision.state.tables import RowChange
from contracts.encoding import canonical, unb64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.chain import MALFORMED
from contracts.log.replaying.finding import Judgement
from services.audit.lives.rows import (
    DUTY_ID,
    STEPS,
    Row,
    answered_by,
    changed,
    duty_of,
    effects_of,
    life_of,
    read_pair,
)
from services.platform.store.owned import OwnedStore

LIVES: Final = "lives"
STEPS_OF: Final = "steps"
OWED: Final = "owed"
TABLES: Final = (LIVES, STEPS_OF, OWED)
MOST_ROWS: Final = 200  # steps or duties of one event that are told


class Lives:
    """One realm's, as it was written and with what has changed since.

    Attributes:
        forgets: whether something was taken away that was written: the file is to be written anew.
    """

    def __init__(self, store: OwnedStore) -> None:
        """Those that a store with these tables has."""
        self._store = store
        self._changed: dict[tuple[str, bytes], bytes | None] = {}
        self.forgets = False

    def take(self, record: Inbound, evidence: bytes | None, judgement: Judgement) -> None:
        """Take over what a record says; one that nobody can tell anything of says nothing."""
        if judgement.judged == "undecidable":
            return
        value, place = record.value or b"", (record.partition, record.offset)
        own, beside = read_pair(value, evidence, judgement)
        try:
            event, row = life_of(value, own, beside, place, judgement)
            if event and self._counts(event, row):
                self.put(LIVES, event.encode(), row)
            self._fold(own, beside, record.partition)
            for number, (answered, step) in enumerate(answered_by(own, beside)):
                self._answer(answered, step, f"{place[0]:02x}{own['index']:016x}a{number:03x}")
        except (RelaisError, *MALFORMED):
            return  # the replay tells what is wrong with it

    def life(self, event: str) -> Row | None:
        """What is known of an event."""
        row: Row | None = self._get(LIVES, event.encode())
        return row

    def steps(self, event: str) -> list[Row]:
        """What was answered to it, in the order of the log."""
        return sorted(self._below(STEPS_OF, event), key=lambda row: row["at"])

    def duties(self, event: str) -> list[Row]:
        """What it made desks owe."""
        return self._below(OWED, event + DUTY_ID)

    def put(self, name: str, key: bytes, row: Row | None) -> None:
        """Change a row of a table; None takes it away."""
        self._changed[name, key] = None if row is None else canonical(row)

    def all(self, name: str, prefix: bytes = b"") -> Iterator[tuple[bytes, Row]]:
        """Rows whose key begins so: those written, as they are now, then those that are new."""
        met = set()
        for key, value in self._store.rows(name, prefix):
            if not key.startswith(prefix):
                break
            met.add(key)
            now = self._changed.get((name, key), value)
            if now is not None:
                yield key, orjson.loads(now)
        for (table, key), new in list(self._changed.items()):
            if table == name and key.startswith(prefix) and key not in met and new is not None:
                yield key, orjson.loads(new)

    @property
    def pending(self) -> int:
        """How many rows are not written."""
        return len(self._changed)

    def changes(self) -> Iterator[RowChange]:
        """What is to be written."""
        for (name, key), value in self._changed.items():
            yield name, key, value

    def written(self) -> None:
        """It was."""
        self._changed.clear()
        self.forgets = False

    def _get(self, name: str, key: bytes) -> Any:
        """A row, None if there is none."""
        if (name, key) in self._changed:
            value = self._changed[name, key]
        else:
            value = self._store.table(name).get(key)
        return None if value is None else orjson.loads(value)

    def _below(self, name: str, prefix: str) -> list[Row]:
        """Rows whose key begins so, and no more of them than are told."""
        return [row for _key, row in islice(self.all(name, prefix.encode()), MOST_ROWS)]

    def _counts(self, event: str, row: Row) -> bool:
        """Whether a row is its event's own: nothing under its id undoes what was decided."""
        there = self.life(event)
        place = row["partition"], row["offset"]
        if there is None or (there["partition"], there["offset"]) == place:
            return True
        return bool(there["kind"] == "quarantined" and row["kind"] == "decided")

    def _fold(self, record: Row, beside: Row, partition: int) -> None:
        at = record["at"]
        for number, effect in enumerate(effects_of(beside)):
            kind = effect["k"]
            if kind in STEPS:
                key = f"{effect['jti']}{partition:02x}{record['index']:016x}{number:04x}"
                step = {"k": kind, "at": at, "desk": effect.get("desk", "")}
                self.put(STEPS_OF, key.encode(), {**step, "stage": effect.get("stage", "")})
            elif kind == "duty_opened":
                name, row = duty_of(effect)
                self.put(OWED, name.encode(), row | {"since": at})
            elif kind.startswith("duty_"):
                duty = effect["id"].encode()
                if (owed := self._get(OWED, duty)) is not None:
                    self.put(OWED, duty, changed(effect, owed, at))
        if record.get("kind") == "erased":
            self._forget(beside)

    def _answer(self, event: str, step: Row, place: str) -> None:
        """Write down an answer to an event of the same case; of another case nothing."""
        row = self.life(event)
        if row is not None and row["sub"] == step.pop("sub"):
            self.put(STEPS_OF, f"{event}{place}".encode(), step)

    def _forget(self, beside: Row) -> None:
        """Take away the events that an order erased, and what a case owed; all rows are read."""
        leaves = {row["decision"] for row in beside["answers"] if row["answer"] == "erased"}
        tags = {
            (effect["by"], tag)
            for effect in effects_of(beside)
            if effect["k"] == "erased"
            for tag in effect["cases"]
        }
        keys = [(by, unb64u(by)) for by in {by for by, _tag in tags}]

        def is_gone(case: str) -> bool:
            return any((by, case_tag(key, case)) in tags for by, key in keys)

        gone = set()
        for event, row in list(self.all(LIVES)):
            of_case = is_gone(row["sub"])
            if not (of_case or row["leaf"] in leaves):
                continue
            self.forgets = True
            gone.add(event.decode())
            self.put(LIVES, event, None)
            self._take_away(STEPS_OF, event)
            if of_case:
                self._take_away(OWED, event + DUTY_ID.encode())
        for key, row in list(self.all(STEPS_OF)) if gone else ():
            if row.get("by") in gone:
                self.put(STEPS_OF, key, None)

    def _take_away(self, name: str, prefix: bytes) -> None:
        """Take away the rows whose key begins so."""
        for key, _row in list(self.all(name, prefix)):
            self.put(name, key, None)

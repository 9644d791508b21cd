"""Events by id, what they owe, and how much each desk owes: rows of the audit's own store.

    lives     event id                           what was decided of it, and where its record lies
    steps     event id, partition, index, n      an acknowledgement, an event that answers it, or that it was withdrawn
    owed      duty id (it begins with its event) what is or was owed, by whom, until when
    desks     desk                               how much it owes now, and how much of that is late

They are written in one transaction with where the log was read to: so they are as old as the audit's own state.
Rows hold a case's token, so that what an order erases can be forgotten here; nobody is told it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final, Protocol

import orjson

from contracts.decision.effects import case_tag
from contracts.decision.state_tables import RowChange
from contracts.encoding import canonical, unb64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.rebuild import MALFORMED
from contracts.log.replaying.judgement import Judgement
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

LIVES: Final = "lives"
STEPS_OF: Final = "steps"
OWED: Final = "owed"
DESKS: Final = "desks"
TABLES: Final = (LIVES, STEPS_OF, OWED, DESKS)
MOST_ROWS: Final = 200  # steps or duties of one event that are told


class Rows(Protocol):
    """A store that has these tables."""

    def value(self, name: str, key: bytes) -> bytes | None:
        """What a table has under a key."""

    def rows(self, name: str, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows of a table from a key on, in their order."""


class Lives:
    """One realm's, as it was written and with what has changed since.

    Attributes:
        forgets: whether something was taken away that was written: the file is to be written anew.
    """

    def __init__(self, store: Rows) -> None:
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
                self._put(LIVES, event.encode(), row)
            self._fold(own, beside, record.partition)
            for number, (answered, step) in enumerate(answered_by(own, beside)):
                self._answer(answered, step, record.partition, own["index"], number)
        except (RelaisError, *MALFORMED):
            return  # the replay tells what is wrong with it

    def close(self) -> None:
        """Nothing is open here: the store is the audit's."""

    def life(self, event: str) -> Row | None:
        """What is known of an event."""
        row: Row | None = self._get(LIVES, event.encode())
        return row

    def steps(self, event: str) -> list[Row]:
        """What was answered to it, in the order of the log."""
        rows = self._below(STEPS_OF, event.encode())
        return sorted((row for _key, row in rows), key=lambda row: row["at"])

    def duties(self, event: str) -> list[Row]:
        """What it made desks owe."""
        return [row for _key, row in self._below(OWED, f"{event}{DUTY_ID}".encode())]

    def desks(self) -> Iterator[tuple[str, int, int]]:
        """Of each desk that owes something how much, and how much of that is late."""
        for key, row in self._all(DESKS, b""):
            if row["open"]:
                yield key.decode(), row["open"], row["late"]

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

    def _counts(self, event: str, row: Row) -> bool:
        """Whether a row is the one of its event: what was decided is not undone by what comes under its id."""
        there = self.life(event)
        place = row["partition"], row["offset"]
        if there is None or (there["partition"], there["offset"]) == place:
            return True
        return bool(there["kind"] == "quarantined" and row["kind"] == "decided")

    def _fold(self, record: Row, beside: Row, partition: int) -> None:
        for number, effect in enumerate(effects_of(beside)):
            kind = effect["k"]
            if kind in STEPS:
                key = f"{effect['jti']}{partition:02x}{record['index']:016x}{number:04x}".encode()
                told = {"k": kind, "at": record["at"], "desk": effect.get("desk", "")}
                self._put(STEPS_OF, key, {**told, "stage": effect.get("stage", "")})
            elif kind == "duty_opened":
                name, row = duty_of(effect)
                self._owe(name.encode(), row | {"since": record["at"]})
            elif kind.startswith("duty_"):
                self._change(effect, record["at"])
        if record.get("kind") == "erased":
            self._forget(beside)

    def _answer(self, event: str, step: Row, partition: int, index: int, number: int) -> None:
        """Write down an answer to an event of the same case; what another case says of it is nothing."""
        row = self.life(event)
        if row is not None and row["sub"] == step.pop("sub"):
            self._put(STEPS_OF, f"{event}{partition:02x}{index:016x}a{number:03x}".encode(), step)

    def _change(self, effect: Row, at: int) -> None:
        name = effect["id"].encode()
        row = self._get(OWED, name)
        if row is not None:
            self._owe(name, changed(effect, row, at))

    def _owe(self, name: bytes, row: Row | None) -> None:
        """Write a duty, and count it with its debtor in place of what stood there."""
        before = self._get(OWED, name)
        for told, sign in ((before, -1), (row, 1)):
            if told is not None and told["status"] == "open":
                desk = told["debtor"].encode()
                count = self._get(DESKS, desk) or {"open": 0, "late": 0}
                late = max(0, count["late"] + sign * bool(told["late"]))
                self._put(DESKS, desk, {"open": max(0, count["open"] + sign), "late": late})
        self._put(OWED, name, row)

    def _forget(self, beside: Row) -> None:
        """Take away the events that an order erased, and of a case what it owed; every row is looked at."""
        leaves = {row["decision"] for row in beside["answers"] if row["answer"] == "erased"}
        tags = {
            (effect["by"], tag)
            for effect in effects_of(beside)
            if effect["k"] == "erased"
            for tag in effect["cases"]
        }
        keys = [(by, unb64u(by)) for by in {by for by, _tag in tags}]
        gone = set()
        for event, row in list(self._all(LIVES, b"")):
            of_case = any((by, case_tag(key, row["sub"])) in tags for by, key in keys)
            if not (of_case or row["leaf"] in leaves):
                continue
            self.forgets = True
            gone.add(event.decode())
            self._put(LIVES, event, None)
            for key, _row in list(self._all(STEPS_OF, event)):
                self._put(STEPS_OF, key, None)
            for key, _row in list(self._all(OWED, event + DUTY_ID.encode())) if of_case else ():
                self._owe(key, None)
        for key, row in list(self._all(STEPS_OF, b"")) if gone else ():
            if row.get("by") in gone:
                self._put(STEPS_OF, key, None)

    def _below(self, name: str, prefix: bytes) -> Iterable[tuple[bytes, Row]]:
        return islice(self._all(name, prefix), MOST_ROWS)

    def _all(self, name: str, prefix: bytes) -> Iterator[tuple[bytes, Row]]:
        """Rows whose key begins so: those that were written, as they are now, then those that are new."""
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

    def _get(self, name: str, key: bytes) -> Any:
        if (name, key) in self._changed:
            value = self._changed[name, key]
        else:
            value = self._store.value(name, key)
        return None if value is None else orjson.loads(value)

    def _put(self, name: str, key: bytes, row: Row | None) -> None:
        self._changed[name, key] = None if row is None else canonical(row)

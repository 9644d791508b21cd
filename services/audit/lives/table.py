"""Events by id, what came back to them, and what desks owe by them: rows of the audit's own store.

    lives     event id                           what was decided of it, and where its record lies
    steps     event id, partition, index, n      an acknowledgement, an event that answers it, or
    that it was withdrawn owed      duty id (it begins with its event) what is or was owed, by whom,
    until when

All are written in one transaction with where the log was read to: so they are as old as the audit's
own state. Rows hold a case's token, so that what an order erases can be
forgotten here; nobody is told it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.decision.state.effects import case_tag
from contracts.decision.state.tables import RowChange
from contracts.encoding import unb64u
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError
from contracts.log.chain import MALFORMED
from contracts.log.replaying.judgement import Judgement
from services.audit.lives.changed_rows import ChangedRows, Rows
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

OWED: Final = "owed"


class Owing:
    """One realm's duties."""

    def __init__(self, rows: ChangedRows) -> None:
        self._rows = rows

    def take(self, effect: Row, at: int) -> None:
        """Take over what an effect of a record says of duties and of who has them."""
        kind = effect["k"]
        if kind == "duty_opened":
            name, row = duty_of(effect)
            self.put(name.encode(), row | {"since": at})
        elif kind.startswith("duty_"):
            name = effect["id"]
            row = self._rows.get(OWED, name.encode())
            if row is not None:
                self.put(name.encode(), changed(effect, row, at))

    def put(self, name: bytes, row: Row | None) -> None:
        """Write a duty; None: take it away."""
        self._rows.put(OWED, name, row)

    def of_event(self, event: str) -> list[Row]:
        """What an event made desks owe."""
        # All of them first: while a table is read, nothing else is looked up.
        return [row for _key, row in self._rows.below(OWED, f"{event}{DUTY_ID}".encode())]


LIVES: Final = "lives"
STEPS_OF: Final = "steps"
TABLES: Final = (LIVES, STEPS_OF, OWED)


class Lives:
    """One realm's, as it was written and with what has changed since.

    Attributes:
        forgets: whether something was taken away that was written: the file is to be written anew.
    """

    def __init__(self, store: Rows) -> None:
        self._rows = ChangedRows(store)
        self._owing = Owing(self._rows)
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
                self._rows.put(LIVES, event.encode(), row)
            self._fold(own, beside, record.partition)
            for number, (answered, step) in enumerate(answered_by(own, beside)):
                self._answer(answered, step, record.partition, own["index"], number)
        except (RelaisError, *MALFORMED):
            return  # the replay tells what is wrong with it

    def life(self, event: str) -> Row | None:
        """What is known of an event."""
        row: Row | None = self._rows.get(LIVES, event.encode())
        return row

    def steps(self, event: str) -> list[Row]:
        """What was answered to it, in the order of the log."""
        rows = self._rows.below(STEPS_OF, event.encode())
        return sorted((row for _key, row in rows), key=lambda row: row["at"])

    def duties(self, event: str) -> list[Row]:
        """What it made desks owe: see `Owing.of_event`."""
        return self._owing.of_event(event)

    @property
    def pending(self) -> int:
        """How many rows are not written."""
        return self._rows.pending

    def changes(self) -> Iterator[RowChange]:
        """What is to be written."""
        return self._rows.changes()

    def written(self) -> None:
        """It was."""
        self._rows.written()
        self.forgets = False

    def _counts(self, event: str, row: Row) -> bool:
        """Whether a row is its event's own: nothing under its id undoes what was decided."""
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
                self._rows.put(STEPS_OF, key, {**told, "stage": effect.get("stage", "")})
            else:
                self._owing.take(effect, record["at"])
        if record.get("kind") == "erased":
            self._forget(beside)

    def _answer(self, event: str, step: Row, partition: int, index: int, number: int) -> None:
        """Write down an answer to an event of the same case; of another case nothing."""
        row = self.life(event)
        if row is not None and row["sub"] == step.pop("sub"):
            self._rows.put(
                STEPS_OF, f"{event}{partition:02x}{index:016x}a{number:03x}".encode(), step
            )

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
        for event, row in list(self._rows.all(LIVES)):
            of_case = is_gone(row["sub"])
            if not (of_case or row["leaf"] in leaves):
                continue
            self.forgets = True
            gone.add(event.decode())
            self._rows.put(LIVES, event, None)
            for key, _row in list(self._rows.all(STEPS_OF, event)):
                self._rows.put(STEPS_OF, key, None)
            for key, _row in (
                list(self._rows.all(OWED, event + DUTY_ID.encode())) if of_case else ()
            ):
                self._owing.put(key, None)
        for key, row in list(self._rows.all(STEPS_OF)) if gone else ():
            if row.get("by") in gone:
                self._rows.put(STEPS_OF, key, None)

"""What desks owe by events: rows of the audit's own store, and who follows whom.

    owed      duty id (it begins with its event) what is or was owed, by whom, until when
    heirs     desk that ends                     who follows it, and since when
    given     case token                         to which heir desks that ended gave it, and since when

An order about a desk changes no row of a duty, however many there are: who owes it is read along the heirs (rules §18).
"""

from __future__ import annotations

from typing import Any, Final

from contracts.decision.heirs import Heirs
from contracts.decision.heirs_in_time import HeirsInTime, Since
from contracts.decision.state.state import DeskSuccession
from services.audit.lives.changed_rows import ChangedRows
from services.audit.lives.rows import DUTY_ID, Row, changed, duty_of

OWED: Final = "owed"
HEIRS: Final = "heirs"
GIVEN: Final = "given"
TABLES: Final = (OWED, HEIRS, GIVEN)
_NOW: Final = 2**53  # behind every record


class Owing:
    """One realm's duties."""

    def __init__(self, rows: ChangedRows) -> None:
        self._rows = rows
        self._read: HeirsInTime | None = None

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
        elif kind == "succession":
            self._order(effect, at)
        elif kind == "entrusted":
            self._give(effect, at)

    def put(self, name: bytes, row: Row | None) -> None:
        """Write a duty; None: take it away."""
        self._rows.put(OWED, name, row)

    def forget_case(self, case: str) -> None:
        """Take away to whom a case was given; its duties go with their events."""
        self._rows.put(GIVEN, case.encode(), None)

    def given(self) -> list[str]:
        """Tokens of the cases that a desk gave to an heir."""
        return [key.decode() for key, _row in self._rows.all(GIVEN)]

    def of_event(self, event: str) -> list[Row]:
        """What an event made desks owe: `debtor` and `creditor` as they are now or were in the end.

        With whom the clause named, `first`, and under whom it fell overdue, `late_under`.
        """
        # All of them first: while a table is read, nothing else is looked up.
        rows = list(self._rows.below(OWED, f"{event}{DUTY_ID}".encode()))
        return [self._stands(row) for _key, row in rows]

    def heirs(self, case: str, at: int = _NOW) -> Heirs:
        """Who stood for whom on a case at an instant, in seconds."""
        return self._orders.at(at, self._given(case))

    @property
    def _orders(self) -> HeirsInTime:
        if self._read is None:
            self._read = HeirsInTime(
                {
                    key.decode(): (row["at"], DeskSuccession(tuple(row["heirs"]), row["until"]))
                    for key, row in self._rows.all(HEIRS)
                }
            )
        return self._read

    def _order(self, effect: Row, at: int) -> None:
        if self._orders.take(at, effect):
            since, follows = self._orders.orders[effect["desk"]]
            row = {"at": since, "heirs": list(follows.heirs), "until": follows.until}
            self._rows.put(HEIRS, effect["desk"].encode(), row)

    def _given(self, case: str) -> dict[str, Since]:
        row: dict[str, list[Any]] = self._rows.get(GIVEN, case.encode()) or {}
        return {desk: (since, heir) for desk, (since, heir) in row.items()}

    def _give(self, effect: Row, at: int) -> None:
        """Note that a desk gave a case away."""
        case = effect["sub"]
        given = self._given(case)
        if self._orders.give(at, effect, given):
            row = {desk: list(since) for desk, since in given.items()}
            self._rows.put(GIVEN, case.encode(), row)

    def _stands(self, row: Row) -> Row:
        heirs = self.heirs(row["case"], _NOW if row["status"] == "open" else row["since"])
        told = row | {name: heirs.heir(row[name]) for name in ("debtor", "creditor")}
        under = self.heirs(row["case"], row["late_at"]).heir(row["debtor"]) if row["late"] else ""
        return told | {"first": row["debtor"], "late_under": under}

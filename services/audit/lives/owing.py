"""What desks owe, counted under who owes it now: rows of the audit's own store, and who follows whom.

    owed      duty id (it begins with its event) what is or was owed, by whom, until when
    waiting   case token, duty id                that it is open: a desk that ends gives away a case, and what it owes there
    heirs     desk that ends                     who follows it, and since when
    given     case token                         to which heir desks that ended gave it, and since when
    desks     desk, or desk and the heir that has the case from it   how much is owed, and how much of that is late

An order about a desk changes no row of a duty, however many there are: counts are read along the heirs (rules §18).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.decision.heirs import Heirs
from contracts.decision.heirs_in_time import HeirsInTime, Since
from contracts.decision.state.state import DeskSuccession
from services.audit.lives.changed_rows import ChangedRows
from services.audit.lives.rows import DUTY_ID, Row, changed, duty_of

OWED: Final = "owed"
WAITING: Final = "waiting"
HEIRS: Final = "heirs"
GIVEN: Final = "given"
DESKS: Final = "desks"
TABLES: Final = (OWED, WAITING, HEIRS, GIVEN, DESKS)
_NOW: Final = 2**53  # behind every record
_AND: Final = " "  # no urn and no token has one


@dataclass(slots=True)
class DeskOwes:
    """What a desk owes now.

    Attributes:
        late: how much of what is open.
        taken_over: of that, urn of a desk that it follows -> open, late.
    """

    desk: str
    open: int = 0
    late: int = 0
    taken_over: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, first: str, opened: int, late: int) -> None:
        """Count what a desk was to do first."""
        self.open += opened
        self.late += late
        if first != self.desk:
            before = self.taken_over.get(first, (0, 0))
            self.taken_over[first] = before[0] + opened, before[1] + late


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
        """Write a duty, and count it with who owes it in place of what stood there."""
        before = self._rows.get(OWED, name)
        is_open = row is not None and row["status"] == "open"
        if row is not None and is_open:
            row |= {"counted": self._place(row)}
        for told, sign in ((before, -1), (row, 1)):
            if told is not None and told["status"] == "open":
                self._count(told["counted"], sign, sign * bool(told["late"]))
        self._rows.put(OWED, name, row)
        if case := (row or before or {}).get("case"):
            self._rows.put(WAITING, _waiting(case) + name, {} if is_open else None)

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
        rows = self._rows.below(OWED, f"{event}{DUTY_ID}".encode())
        return [self._stands(row) for _key, row in rows]

    def desks(self) -> Iterator[DeskOwes]:
        """Each desk that owes something now."""
        heirs, owing = self._orders.at(_NOW), dict[str, DeskOwes]()
        for key, row in self._rows.all(DESKS):
            if row["open"]:
                first, *heir = key.decode().split(_AND)
                desk = heirs.heir((heir or [first])[0])
                owing.setdefault(desk, DeskOwes(desk)).add(first, row["open"], row["late"])
        yield from owing.values()

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
        """Note that a desk gave a case away, and count what is open there with who has it now."""
        case = effect["sub"]
        given = self._given(case)
        if not self._orders.give(at, effect, given):
            return
        self._rows.put(GIVEN, case.encode(), {desk: list(since) for desk, since in given.items()})
        waiting = _waiting(case)
        for key, _row in list(self._rows.all(WAITING, waiting)):
            name = key.removeprefix(waiting)
            self.put(name, self._rows.get(OWED, name))

    def _place(self, row: Row) -> str:
        """Where an open duty is counted: with whom the clause named or, of a case that was given away, with its heir."""
        if self._rows.get(GIVEN, row["case"].encode()) is None:
            return str(row["debtor"])
        heir = self.heirs(row["case"]).heir(row["debtor"])
        return row["debtor"] if heir == row["debtor"] else f"{row['debtor']}{_AND}{heir}"

    def _count(self, place: str, opened: int, late: int) -> None:
        count = self._rows.get(DESKS, place.encode()) or {"open": 0, "late": 0}
        now = {"open": max(0, count["open"] + opened), "late": max(0, count["late"] + late)}
        self._rows.put(DESKS, place.encode(), now)

    def _stands(self, row: Row) -> Row:
        heirs = self.heirs(row["case"], _NOW if row["status"] == "open" else row["since"])
        told = row | {name: heirs.heir(row[name]) for name in ("debtor", "creditor")}
        under = self.heirs(row["case"], row["late_at"]).heir(row["debtor"]) if row["late"] else ""
        return told | {"first": row["debtor"], "late_under": under}


def _waiting(case: str) -> bytes:
    return f"{case}{_AND}".encode()

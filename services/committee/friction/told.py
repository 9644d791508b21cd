"""The report as it may be told: protected tables month by month, times beside them, and what they were made of.

Its JSON form is what a later report takes as known and what the console shows: nothing that is not
in it is in any page, drawing or sheet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.errors import UsageError
from services.suppression import ALL, LEAST_CASES, LEAST_ISSUERS, ProtectedTable, ProtectedTables
from services.texts import Catalogue

_ = Catalogue(__name__)

METHOD: Final = 2  # raised when a figure means something else than before
REPORT: Final = "friction"
MOST_BYTES: Final = 16 << 20  # of a report's file

Times = tuple[int | None, int | None]  # median, ninth decile: seconds; None: not told


@dataclass(frozen=True, slots=True)
class ToldRealm:
    """One month of one bus.

    Attributes:
        times: (table, row) -> times of its cases.
    """

    tables: ProtectedTables
    times: Mapping[tuple[str, str], Times] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToldMonth:
    """One month, the same in every report that has it.

    Attributes:
        first: the period of the report that told it first, `2026-09/2026-11`.
        announced: digest of the convention that was announced then; empty: none.
    """

    month: str
    realms: Mapping[str, ToldRealm]
    first: str
    announced: str = ""

    def table(self, realm: str, name: str) -> ProtectedTable | None:
        """A table of a realm by its name; None if this month has none."""
        own = self.realms.get(realm)
        tables = own.tables if own is not None else ()
        return next((table for table in tables if table.name == name), None)

    def has(self, realm: str, table: str, *labels: str) -> bool:
        """Whether there is such a cell, told or not."""
        kept = self.table(realm, table)
        return kept is not None and labels in kept.cells

    def count(self, realm: str, table: str, *labels: str) -> int | None:
        """A cell; None if it is not told, or not there."""
        kept = self.table(realm, table)
        return kept.cells.get(labels) if kept is not None else None

    def share(self, realm: str, table: str, row: str, column: str) -> int | None:
        """A column's share of its row, in whole percents, where both are told and the row has ten files."""
        kept = self.table(realm, table)
        if kept is None or (row, ALL) not in kept.cells:
            return None
        part = kept.share((row, column), (row, ALL))
        return None if part is None else round(100 * part)

    def times(self, realm: str, table: str, row: str) -> Times:
        """Median and ninth decile of a row."""
        own = self.realms.get(realm)
        return own.times.get((table, row), (None, None)) if own is not None else (None, None)

    @property
    def hidden(self) -> int:
        """How many cells are not told."""
        return sum(own.tables.hidden() for own in self.realms.values())


@dataclass(frozen=True, slots=True)
class ToldConvention:
    """A convention that the log was decided by, or that is announced.

    Attributes:
        month: in which it came into force.
    """

    version: int
    digest: str
    effective: str
    month: str


@dataclass(frozen=True, slots=True)
class ToldReport:
    """The whole report.

    Attributes:
        cut: the instant up to which the log counts, seconds.
        position: realm -> partition -> index and leaf of its last record that counts.
        erased: realm -> records that could not be counted, since an order erased them.
    """

    months: tuple[ToldMonth, ...]
    cut: int
    conventions: tuple[ToldConvention, ...]
    announced: ToldConvention | None
    position: Mapping[str, Mapping[int, tuple[int, str]]]
    erased: Mapping[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """Its months, as `2026-09`."""
        return tuple(each.month for each in self.months)

    @property
    def hidden(self) -> int:
        """How many cells are not told."""
        return sum(each.hidden for each in self.months)

    @property
    def cells(self) -> int:
        """How many cells its tables have."""
        every = (own.tables for each in self.months for own in each.realms.values())
        return sum(len(table.cells) for tables in every for table in tables)

    @property
    def period(self) -> str:
        """`2026-09/2026-11`."""
        return f"{self.names[0]}/{self.names[-1]}"

    @property
    def command(self) -> str:
        """What makes it again."""
        return f"relais report friction --from {self.names[0]} --to {self.names[-1]}"

    def rows(self, realm: str, table: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Labels of a table's rows, and of its columns (none if it has only rows), of all months."""
        parts: tuple[dict[str, None], dict[str, None]] = {}, {}
        for each in self.months:
            kept = each.table(realm, table)
            for labels, labelled in zip(
                parts, kept.parts if kept is not None else (), strict=False
            ):
                labels.update(dict.fromkeys(labelled))
        return tuple(map(_total_last, parts))  # type: ignore[return-value]

    def table_names(self, realm: str) -> tuple[str, ...]:
        """The tables of a realm, of all months, in their order."""
        names: dict[str, None] = {}
        for each in self.months:
            tables = each.realms[realm].tables if realm in each.realms else ()
            names.update(dict.fromkeys(table.name for table in tables))
        return tuple(names)

    @property
    def realms(self) -> tuple[str, ...]:
        """The buses that it tells of, each in tables of its own."""
        return tuple(dict.fromkeys(realm for each in self.months for realm in each.realms))

    def json(self) -> dict[str, Any]:
        """The report's file."""
        return {
            "report": REPORT, "method": METHOD, "command": self.command, "cut": self.cut,
            "rules": {"least_cases": LEAST_CASES, "least_issuers": LEAST_ISSUERS},
            "hidden": self.hidden, "erased": dict(self.erased),
            "conventions": [_force_json(each) for each in self.conventions],
            "announced": _force_json(self.announced) if self.announced else None,
            "position": {
                realm: [[number, *place] for number, place in sorted(places.items())]
                for realm, places in self.position.items()
            },
            "months": [_month_json(each) for each in self.months],
        }  # fmt: skip

    def bytes(self) -> bytes:
        """The same as it lies in its file."""
        return orjson.dumps(self.json(), option=orjson.OPT_INDENT_2) + b"\n"


def _total_last(labels: Mapping[str, None]) -> tuple[str, ...]:
    return (*(label for label in labels if label != ALL), *((ALL,) if ALL in labels else ()))


def _force_json(force: ToldConvention) -> dict[str, Any]:
    return {
        "version": force.version, "digest": force.digest, "effective": force.effective,
        "month": force.month,
    }  # fmt: skip


def _month_json(each: ToldMonth) -> dict[str, Any]:
    return {
        "month": each.month, "first": each.first, "announced": each.announced,
        "realms": {
            realm: {
                "tables": own.tables.to_dict(),
                "times": [[*place, *times] for place, times in sorted(own.times.items())],
            }
            for realm, own in each.realms.items()
        },
    }  # fmt: skip


def read_report(data: bytes, place: str) -> ToldReport:
    """A report from its file.

    Raises:
        UsageError: `report_malformed`: too large, or no report that this release knows.
    """
    try:
        value = orjson.loads(data if len(data) <= MOST_BYTES else b"")
        return _report(value)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        expected = _("a friction report of method {method}, as `relais report friction` writes it")
        raise UsageError(
            "report_malformed", _("another content"), expected.of(method=METHOD), place
        ) from None


def _report(value: Mapping[str, Any]) -> ToldReport:
    if (value["report"], value["method"]) != (REPORT, METHOD):
        raise ValueError
    announced = value["announced"]
    return ToldReport(
        months=tuple(map(_month, value["months"])),
        cut=int(value["cut"]),
        conventions=tuple(map(_force, value["conventions"])),
        announced=_force(announced) if announced else None,
        position={
            str(realm): {int(number): (int(index), str(leaf)) for number, index, leaf in places}
            for realm, places in value["position"].items()
        },
        erased={str(realm): int(number) for realm, number in value["erased"].items()},
    )


def _force(value: Mapping[str, Any]) -> ToldConvention:
    return ToldConvention(
        int(value["version"]), str(value["digest"]), str(value["effective"]), str(value["month"])
    )


def _month(value: Mapping[str, Any]) -> ToldMonth:
    realms = {}
    for realm, own in value["realms"].items():
        times = {
            (str(table), str(row)): (_number(median), _number(p90))
            for table, row, median, p90 in own["times"]
        }
        tables = ProtectedTables.from_dict(own["tables"])
        for table in tables:
            for count in table.cells.values():
                _number(count)
        realms[str(realm)] = ToldRealm(tables, times)
    return ToldMonth(str(value["month"]), realms, str(value["first"]), str(value["announced"]))


def _number(value: object) -> int | None:
    """A count or a time, or that it is not told.

    Raises:
        ValueError: it is neither.
    """
    if value is None:
        return None
    if type(value) is not int or value < 0:
        raise ValueError
    return value

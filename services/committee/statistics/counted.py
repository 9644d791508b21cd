"""A realm's log counted by month: which cases stand in which row, by whose act, and who knows of it.

The month is that of the record's own instant, in Paris: what comes later is of a later month, so that
a month that has ended stays as it is, whatever its covers say of dates. A case is its token of one
realm, which leaves this package in no form: what is handed on are protected numbers.

A log is taken as it is: whether it is what honest routing wrote is the auditor's replay to prove.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from contracts.convention import known_acts
from contracts.convention.model import Convention
from contracts.errors import LogError
from contracts.keys.directory import Directory
from contracts.log.rebuild import MALFORMED
from contracts.vocabulary.figures import Table
from contracts.vocabulary.scopes import EVENT_TYPES, SERVICE_EVENTS
from services.committee.statistics.measures import BEGAN, END, START, measures_of

ACTS: Final[Table] = "acts"
MEASURES: Final[Table] = "measures"
REFUSED: Final[Table] = "refused"
OVERDUE: Final[Table] = "overdue"
EVERY: Final = "every"  # the one row of a table that has none
MEASURE: Final = "MEASURE"
COPY: Final = known_acts.COPY[1]  # of a report that counts already (R11)

Row = tuple[Table, str]


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened in a case.

    Attributes:
        desk: urn of who issued it, or who owes it.
        known_to: urns of others who know.
    """

    row: Row
    case: str
    desk: str
    known_to: frozenset[str] = frozenset()


@dataclass(slots=True)
class Month:
    """One month of a realm.

    Attributes:
        rows: (case, desk) -> who else knows, in each row in which anything happened.
        roles: desk -> its role, of every desk that did anything.
        heads: partition -> number and leaf of its last record, by which the month can be found again.
        convention, directory: digests of those under which the last of them was decided.
        last: its instant, seconds, and partition: of one second, the highest partition's is the last.
    """

    rows: defaultdict[Row, dict[tuple[str, str], frozenset[str]]] = field(
        default_factory=lambda: defaultdict(dict), repr=False
    )
    roles: dict[str, str] = field(default_factory=dict)
    heads: dict[int, tuple[int, str]] = field(default_factory=dict)
    convention: str = ""
    directory: str = ""
    last: tuple[int, int] = (0, -1)

    def add(self, happened: Happened) -> None:
        """Count it: a case once by each desk."""
        row, who = self.rows[happened.row], (happened.case, happened.desk)
        row[who] = row.get(who, frozenset()) | happened.known_to


class MonthlyCount:
    """Counts records of a realm, each partition's in their order.

    Args:
        conventions, directories: digest -> those that control brought.
    """

    def __init__(
        self, conventions: Mapping[str, Convention], directories: Mapping[str, Directory]
    ) -> None:
        self.months: defaultdict[str, Month] = defaultdict(Month)
        self._conventions = conventions
        self._directories = directories
        self._ordered: dict[str, tuple[str, ...]] = {}  # event that orders measures -> which
        self._owed: dict[str, tuple[str, str]] = {}  # duty -> its debtor and creditor

    def take(self, partition: int, leaf: str, record: bytes, evidence: bytes | None) -> None:
        """Count one record; of what is erased, nothing.

        Raises:
            LogError: `record_malformed`.
            ConventionError: `calendar_ended`.
        """
        try:
            row, beside = orjson.loads(record), orjson.loads(evidence or b"{}")
            if row.get("convd") not in self._conventions or "dird" not in row:
                return  # before the first ones were adopted
            month = self._month(row)
            month.heads[partition] = row["index"], leaf
            if (row["at"], partition) >= month.last:  # partitions are read in any order
                month.last = row["at"], partition
                month.convention, month.directory = row["convd"], row["dird"]
            self._note_duties(beside.get("effects", ()))
            if "erased" not in beside:
                self._count(month, row, beside)
        except MALFORMED as error:
            got = type(error).__name__
            raise LogError("record_malformed", got, "a record and its evidence") from None

    def _month(self, row: Mapping[str, Any]) -> Month:
        calendar = self._conventions[row["convd"]].calendar
        return self.months[calendar.local(row["at"]).strftime("%Y-%m")]

    def _count(self, month: Month, row: Mapping[str, Any], evidence: Mapping[str, Any]) -> None:
        directory = self._directories[row["dird"]]
        counting = {"decided": self._decided, "overdue": self._overdue}.get(row["kind"])
        for happened in counting(evidence, directory) if counting else ():
            month.add(happened)
            entry = directory.desk(happened.desk)
            if entry is not None:
                month.roles[happened.desk] = entry.role

    def _decided(self, evidence: Mapping[str, Any], directory: Directory) -> Iterator[Happened]:
        cover = orjson.loads(urlsafe_b64decode(evidence["cover"].split(".")[1] + "=="))
        issuer, case = cover["iss"], cover["sub"]
        if cover["etype"] in SERVICE_EVENTS:  # of no case, whatever token it names
            return
        if evidence["decision"]["refused"]:
            yield Happened((REFUSED, EVERY), case, issuer)
            return
        told = {
            each["desk"]
            for each in evidence["decision"].get("addressees", ())
            if each["verdict"] == "release"
        }
        reached = [each for each in cover["to"] if each["desk"] in told]
        known_to = frozenset(told)
        if cover["etype"] in EVENT_TYPES and cover["etype"] != MEASURE:
            for purpose in sorted({each["purpose"] for each in reached} - {COPY}):
                to = frozenset(each["desk"] for each in reached if each["purpose"] == purpose)
                yield Happened((ACTS, f"{cover['etype']}.{purpose}"), case, issuer, to)
        for measure in self._measures(cover, reached, directory):
            yield Happened((MEASURES, measure), case, issuer, known_to)

    def _measures(
        self,
        cover: Mapping[str, Any],
        reached: Iterable[Mapping[str, Any]],
        directory: Directory,
    ) -> Iterator[str]:
        """Measures that a delivered event pronounces, renews or ends, or says to have begun, as rows."""
        if cover["etype"] == MEASURE:
            to = [(each["purpose"], directory.role_of(each["desk"])) for each in reached]
            ordered = measures_of(to)
            self._ordered[cover["jti"]] = ordered
            phase = cover.get("phase", START)
            ended = cover.get("ends", ()) if phase == END else ()
            yield from (f"{measure}.{phase}" for measure in self._of(ended) or ordered)
        elif cover["etype"] == "ACK" and cover.get("stage") == "started":
            for each in cover["to"]:
                yield from (f"{measure}.{BEGAN}" for measure in self._of(each.get("re", ())))

    def _of(self, references: Iterable[Mapping[str, str]]) -> list[str]:
        """The measures that these events ordered."""
        return sorted({kind for ref in references for kind in self._ordered.get(ref["jti"], ())})

    def _note_duties(self, effects: Iterable[Mapping[str, Any]]) -> None:
        for effect in effects:
            if effect["k"] == "duty_opened":
                duty = effect["duty"]
                self._owed[duty["id"]] = duty["debtor"], duty["creditor"]

    def _overdue(self, evidence: Mapping[str, Any], _directory: Directory) -> Iterator[Happened]:
        for effect in evidence["effects"]:
            if effect["k"] == "duty_overdue" and effect["id"] in self._owed:
                debtor, creditor = self._owed[effect["id"]]
                yield Happened((OVERDUE, EVERY), effect["sub"], debtor, frozenset({creditor}))

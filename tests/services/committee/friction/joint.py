"""All that a reader has of one month at once: the report's file, both publications, what `simulate` tells, what a desk knows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from contracts.vocabulary.figures import Counts, LogHead
from services.committee.friction.case_facts import CaseFacts
from services.committee.friction.counting import MonthCount
from services.committee.friction.populations import BY_DESK, KINDS
from services.committee.friction.report import RealmCases
from services.committee.friction.told import ToldReport
from services.committee.statistics.tables import OBSERVE, STEER, counts
from services.suppression import ALL, Unit
from tests.services.suppression.outsider import Knowledge, Labels, Outsider

HASH = "A" * 43


@dataclass(frozen=True)
class JointMonth:
    """A month, what was given out of it, and the truth.

    Attributes:
        files: of reports that have it, as bytes.
        published: bodies of the observatories and of those who steer.
        had: by case, the desks that sent or received anything of it, as the log has it.
    """

    month: str
    count: MonthCount
    files: tuple[bytes, ...]
    published: tuple[Counts, ...]
    had: Mapping[str, set[str]]

    @cached_property
    def tables(self) -> list[list[dict[str, Any]]]:
        """The month's tables in each file."""
        months = [each for file in self.files for each in orjson.loads(file)["months"]]
        return [each["realms"]["civil"]["tables"] for each in months if each["month"] == self.month]

    @cached_property
    def axes(self) -> dict[str, Labels]:
        """The order of each population's axes in `places`: every axis that a table of it has."""
        axes: dict[str, dict[str, None]] = defaultdict(dict)
        for table in self.tables[0]:
            axes[table["population"]] |= dict.fromkeys(axis["name"] for axis in table["axes"])
        return {name: tuple(of) for name, of in axes.items()}

    @cached_property
    def units(self) -> list[tuple[str, Labels, Unit]]:
        """Every unit with its population and place, as far as any table tells of them."""
        return list(self._units())

    @cached_property
    def role_of(self) -> dict[str, str]:
        """The role of each desk that was at work."""
        return {desk: role for role, desks in self.count.at_work.items() for desk in desks}

    def _units(self) -> Iterator[tuple[str, Labels, Unit]]:
        axes, role = self.axes, self.role_of
        known = {
            (table["population"], axis["name"], label)
            for table in self.tables[0]
            for axis in table["axes"]
            for _of, parts in axis["labels"]
            for label in parts
        }
        for name, units in self.count.units.items():
            population = name.partition(" ")[0]
            for unit in units if population in axes else ():
                at = {axis: role.get(label, label) for axis, label in unit.at.items()}
                place = tuple(at[axis] for axis in axes[population])
                named = zip(axes[population], place, strict=True)
                if all((population, axis, label) in known for axis, label in named):
                    yield population, place, unit

    def truth(self, reader: str = "") -> dict[str, dict[Labels, int]]:
        """How many there are at each place, or how many of them a reader sent or received."""
        places: dict[str, dict[Labels, set[tuple[str, str]]]] = defaultdict(dict)
        for population, place, unit in self.units:
            if not reader or reader in self._involved(population, unit):
                who = unit.case, unit.issuer if population in BY_DESK else ""
                places[population].setdefault(place, set()).add(who)
        return {name: {at: len(of) for at, of in each.items()} for name, each in places.items()}

    def _involved(self, population: str, unit: Unit) -> set[str]:
        """Who knows of a case that it is there: desks, and their roles; where roles are counted, their desks that had the case."""
        parties = {unit.issuer, *unit.known_to}
        if population not in BY_DESK:
            parties |= {desk for desk in self.had[unit.case] if self.role_of.get(desk) in parties}
        return parties | {self.role_of[desk] for desk in parties & self.role_of.keys()}

    def readers(self) -> list[str]:
        """Whoever sent or received anything, roles and desks; a role's only desk is its role."""
        every = {party for name, _at, unit in self.units for party in self._involved(name, unit)}
        alone = {min(of) for of in self.count.at_work.values() if len(of) == 1}
        return sorted(every - alone)

    def learnt(self, outsider: Outsider) -> dict[str, list[tuple[object, ...]]]:
        """What each reader, with all that an outsider has, learns that it should not: the public's name is empty."""
        truth = self.truth()
        learnt: dict[str, list[tuple[object, ...]]] = {}
        for reader in ("", *self.readers()):
            outsider.become(self.knowledge(reader))
            learnt[reader] = list(outsider.narrow(truth))
        return learnt

    def knowledge(self, reader: str) -> Knowledge:
        """What a party knows of itself; of the public nothing."""
        if not reader:
            return {}, frozenset()
        named = ("issuer", "door", "debtor")
        return self.truth(reader), frozenset((axis, reader) for axis in named)

    def outsider(self) -> Outsider:
        """One who has everything, and knows how populations of one month are tied to each other."""
        knowing = Outsider(self.tables, self.axes)
        table = {each["name"]: each for each in self.tables[0]}
        for body in self.published:
            for cell in body.cells:
                if cell.count is not None:
                    at = knowing.inside(table[cell.table], (cell.row, cell.column))
                    knowing.add(at, cell.count - 2, cell.count + 2)
        for least, most in self._ties(knowing, table):
            knowing.add(most, 0, 10**6, least)
        for change, told in self.simulated().items():
            knowing.add(knowing.inside(table["announced"], (change,)), 0, told + 9)
        return knowing

    def _ties(
        self, knowing: Outsider, table: Mapping[str, Any]
    ) -> Iterator[tuple[list[int], list[int]]]:
        """What cannot be more than what: silent at the cut was overdue; whatever happened was decided again."""
        inside, overdue = (
            knowing.inside,
            {label for label, _of in table["overdue"]["axes"][0]["labels"]},
        )
        for debtor, _of in table["receipts"]["axes"][0]["labels"]:
            if debtor in overdue:
                yield (
                    inside(table["receipts"], (debtor, "silent")),
                    inside(table["overdue"], (debtor, ALL)),
                )
        every = inside(table["announced"], (ALL,))
        yield inside(table["refused_reason"], (ALL, ALL)), every
        for name in ("acts", "left_out"):
            for *at, _count in table[name]["cells"]:
                yield inside(table[name], at), every

    def simulated(self) -> dict[str, int]:
        """What `simulate` says of the changes, as if each case were one event: tens, of ten or more."""
        cases = self.truth()["announced"]
        every = {change: cases.get((change,), 0) for change in KINDS}
        return {change: n - n % 10 for change, n in every.items() if n >= 10}


def joint(cases: Mapping[str, RealmCases], month: str, reports: Sequence[ToldReport]) -> JointMonth:
    """A month of these reports."""
    files = tuple(report.bytes() for report in reports)
    told = next(each for each in reports[-1].months if each.month == month)
    heads = (LogHead(partition=0, index=7, leaf=HASH),)
    count = MonthCount(month, cases["civil"].fold.spoke, cases["civil"].fold.heirs)
    for token, case in cases["civil"].fold.cases.items():
        count.take(token, case)
    published = tuple(counts(told, HASH, heads, purpose) for purpose in (OBSERVE, STEER))
    had = {token: set(_desks(case)) for token, case in cases["civil"].fold.cases.items()}
    return JointMonth(month, count, files, published, had)


def _desks(case: CaseFacts) -> Iterator[str]:
    for event in case.events.values():
        yield event.desk
        yield from (to.desk for to in event.to)

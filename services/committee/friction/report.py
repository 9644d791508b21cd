"""From what was read of the log to the report: count each month, protect it, keep what was told before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from contracts.convention.model import Convention
from services.committee.friction.axes import axes_of
from services.committee.friction.counting import MonthCount, cut_of
from services.committee.friction.fold import CaseFold
from services.committee.friction.months import month_of
from services.committee.friction.populations import joined, populations
from services.committee.friction.quantiles import MEDIAN, P90, quantile
from services.committee.friction.told import (
    Times,
    ToldConvention,
    ToldMonth,
    ToldRealm,
    ToldReport,
)
from services.suppression import ProtectedTables, protect


@dataclass(frozen=True)
class RealmCases:
    """What was read of one bus.

    Attributes:
        conventions: those that it was decided by, each with the instant of the first decision.
        announced: the one that is ordered for later, None if none is.
        position: partition -> index and leaf of its last record that counts.
    """

    fold: CaseFold
    conventions: Sequence[tuple[Convention, int]]
    announced: Convention | None
    position: Mapping[int, tuple[int, str]]


def made(
    realms: Mapping[str, RealmCases], months: Sequence[str], earlier: Iterable[ToldReport] = ()
) -> ToldReport:
    """The report.

    Args:
        months: those that it tells of, in their order; the log is behind all of them.
        earlier: what was told before: a month that stands in one of them stands as it does there.

    Raises:
        SuppressionError: what was counted cannot be protected.
    """
    told = {each.month: each for report in earlier for each in report.months}
    period = f"{months[0]}/{months[-1]}"
    announced = next((each.announced for each in realms.values() if each.announced), None)
    digest = announced.digest if announced is not None else ""
    return ToldReport(
        months=tuple(told.get(each) or _month(realms, each, period, digest) for each in months),
        cut=cut_of(months[-1]),
        conventions=_in_force(realms.values()),
        announced=_force(announced, announced.starts) if announced is not None else None,
        position={realm: cases.position for realm, cases in realms.items()},
        erased={realm: cases.fold.erased for realm, cases in realms.items()},
    )


def _month(realms: Mapping[str, RealmCases], month: str, period: str, announced: str) -> ToldMonth:
    own = {realm: _realm(realm, cases, month) for realm, cases in realms.items()}
    return ToldMonth(month, own, period, announced)


def _realm(realm: str, cases: RealmCases, month: str) -> ToldRealm:
    """One month of one bus, counted and protected."""
    count = MonthCount(month, cases.fold.spoke, cases.fold.heirs)
    for token, case in cases.fold.cases.items():
        count.take(token, case)
    cut = cut_of(month)
    axes = axes_of(realm, [convention for convention, at in cases.conventions if at <= cut])
    desks = {role: sorted(urns) for role, urns in count.desks.items()}
    asked = populations(axes, desks, tried=cases.announced is not None)
    tables = joined(protect([each.of(count.of(each.name)) for each in asked]))
    return ToldRealm(tables, dict(_times(tables, count)))


def _times(tables: ProtectedTables, count: MonthCount) -> Iterable[tuple[tuple[str, str], Times]]:
    """Times of the cases of cells that are told, and of no others."""
    known = {table.name: table for table in tables}
    for (table, row), seconds in sorted(count.seconds.items()):
        cells = known[table].cells if table in known else {}
        if (row,) in cells and known[table].may_describe(row):
            times = tuple(seconds.values())
            yield (table, row), (quantile(times, MEDIAN), quantile(times, P90))


def _in_force(realms: Iterable[RealmCases]) -> tuple[ToldConvention, ...]:
    """The conventions, each with the first month that it was decided by in any realm."""
    first: dict[str, tuple[int, Convention]] = {}
    for cases in realms:
        for convention, at in cases.conventions:
            known = first.get(convention.digest, (at, convention))
            first[convention.digest] = min(known[0], at), convention
    ordered = sorted(first.values(), key=lambda each: each[1].version)
    return tuple(_force(convention, at) for at, convention in ordered)


def _force(convention: Convention, at: int) -> ToldConvention:
    return ToldConvention(convention.version, convention.digest, convention.effective, month_of(at))

"""What is counted in one month of one bus: populations of cases, and the tables that are printed of each.

A month is protected by itself: no figure sums months, so what is told of one does not depend on the
others, nor on the report that it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.committee.friction.axes import FrictionAxes
from services.committee.friction.case_facts import KEPT, LATE
from services.suppression import Axis, AxisKind, Population, Unit

SILENT: Final = "silent"
TERMS: Final = (KEPT, LATE, SILENT)
CORRECTED: Final = ("corrected", "not_corrected")
OVERDUE: Final = ("answering", SILENT)
LEFT: Final = ("might_pass", "held_back")
MEASURES: Final = ("home_based", "placement", "both")
KINDS: Final = ("refused", "less", "mixed", "more", "tried", "moot", "same")  # the gravest first
TIMED: Final = ("acknowledged", "answered")

Tables = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class CountedPopulation:
    """A population without its cases yet."""

    name: str
    axes: tuple[Axis, ...]
    tables: Tables

    def of(self, units: tuple[Unit, ...]) -> Population:
        """With its cases; one that has a label which no axis has is left out: no convention knows it."""
        known = {axis.name: frozenset(axis.labels) for axis in self.axes}
        sound = (
            unit for unit in units if all(unit.at[name] in labels for name, labels in known.items())
        )
        return Population(self.name, self.axes, tuple(sound), self.tables)


def populations(axes: FrictionAxes, *, tried: bool) -> Iterator[CountedPopulation]:
    """What is counted of a realm: which tables there are the conventions say, not what happened.

    Rows that a case can be in twice have no total.

    Args:
        tried: a convention is announced.
    """
    issuer, door = Axis("issuer", axes.issuers, kind="issuer"), _party("door", axes.doors)
    if axes.issuers:
        every = Axis("door", axes.doors, kind="party")
        yield CountedPopulation("alerts", (issuer, every), {"alerts": ("issuer", "door")})
        yield from (CountedPopulation(name, (door,), {name: ("door",)}) for name in TIMED)
    answer = Axis("answer", TERMS)
    if axes.acts:
        act, owed_to = _apart("act", axes.acts), _apart("issuer", axes.senders, "issuer")
        tables = {"law": ("act", "answer"), "law_issuer": ("issuer", "answer")}
        yield CountedPopulation("law", (act, owed_to, answer), tables)
    debtor = _party("debtor", axes.debtors)
    yield CountedPopulation("receipts", (debtor, answer), {"receipts": ("debtor", "answer")})
    spoke = Axis("spoke", OVERDUE)
    yield CountedPopulation("overdue", (debtor, spoke), {"overdue": ("debtor", "spoke")})
    yield _refused(axes)
    left = (_apart("category", axes.categories), Axis("left", LEFT))
    yield CountedPopulation("left_out", left, {"left_out": ("category", "left")})
    if axes.orderers:
        ordered = (Axis("issuer", axes.orderers, kind="issuer"), Axis("measure", MEASURES))
        yield CountedPopulation("measures", ordered, {"measures": ("issuer", "measure")})
    if tried:
        change = (Axis("change", KINDS),)
        yield CountedPopulation("announced", change, {"announced": ("change",)})


def _refused(axes: FrictionAxes) -> CountedPopulation:
    corrected = Axis("corrected", CORRECTED)
    rows = {"reason": axes.reasons, "clause": axes.clauses, "right_door": axes.roles}
    return CountedPopulation(
        "refused",
        (*(Axis(name, labels) for name, labels in rows.items()), corrected),
        {f"refused_{name}": (name, "corrected") for name in rows},
    )


def _party(name: str, roles: tuple[str, ...]) -> Axis:
    """Who receives or owes, each in a row of its own, without a total."""
    return Axis(name, roles, kind="party", printed=roles)


def _apart(name: str, labels: tuple[str, ...], kind: AxisKind = "code") -> Axis:
    """Rows without a total."""
    return Axis(name, labels, kind=kind, printed=labels)

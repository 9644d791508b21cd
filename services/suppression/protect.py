"""From counts to tables with holes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.errors import SuppressionError
from services.suppression.asked import Population
from services.suppression.attackers import Attackers
from services.suppression.complement import Complement
from services.suppression.frame import frame_of
from services.suppression.given import ProtectedTable, ProtectedTables


def protect(
    populations: Sequence[Population], earlier: Sequence[ProtectedTables] = ()
) -> ProtectedTables:
    """The tables that may leave the house, protected together (statistics §1 to §4).

    Args:
        populations: all that one report prints, of one realm.
        earlier: every report of the series that was given out before. Their figures are known to all and
            never change: what they showed stays shown, what they hid stays hidden.

    Raises:
        SuppressionError: `table_ring`; `population_repeated`; `earlier_unknown`, `published_differs`: the populations do not contain
            what earlier reports gave, or count it otherwise; `not_protectable`: hold this report back.
    """
    given = [table for report in earlier for table in report]
    names = [population.name for population in populations]
    if len(set(names)) < len(names):
        raise SuppressionError("population_repeated", "a name twice", "a name for each population")
    for table in given:
        if table.population not in names:
            raise SuppressionError(
                "earlier_unknown", table.population, "every population of earlier reports"
            )
    return ProtectedTables(
        tuple(
            table
            for population in populations
            for table in _tables(population, [t for t in given if t.population == population.name])
        )
    )


def _tables(population: Population, earlier: Sequence[ProtectedTable]) -> Iterator[ProtectedTable]:
    frame = frame_of(population, earlier)
    complement = Complement(frame, Attackers(frame))
    complement.close()
    complement.open()
    named = {axis.name: axis for axis in population.axes}
    for name, axes in population.tables.items():
        yield ProtectedTable(
            population.name,
            name,
            axes,
            tuple(
                {label: named[a].parts(label) for label in named[a].shown_labels()} for a in axes
            ),
            {
                at: None if number in complement.hidden else frame.values[number]
                for at, number in frame.cells[name].items()
            },
        )

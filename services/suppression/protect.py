"""From counts to tables with holes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.errors import SuppressionError
from services.suppression.asked import Population
from services.suppression.attackers import Attackers
from services.suppression.complement import Complement
from services.suppression.frame import frame_of
from services.suppression.given import ProtectedTable, ProtectedTables


def protect(populations: Sequence[Population]) -> ProtectedTables:
    """The tables that may leave the house, those of a population protected together (statistics §1 to §3).

    Args:
        populations: all that one report prints, of one realm and period.

    Raises:
        SuppressionError: `table_ring`; `population_repeated`.
    """
    names = [population.name for population in populations]
    if len(set(names)) < len(names):
        raise SuppressionError("population_repeated", "a name twice", "a name for each population")
    return ProtectedTables(tuple(table for each in populations for table in _tables(each)))


def _tables(population: Population) -> Iterator[ProtectedTable]:
    frame = frame_of(population)
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

"""Protection of small numbers: counts of cases of which no reader can make a child (statistics §1 to §5).

`protect` takes what was counted and gives the tables that may leave the house: a figure or nothing in every cell.
Pure, exact and the same bytes for the same question; running services and the committee use the same.
"""

from services.suppression.asked import ALL, Axis, AxisKind, Population, Unit
from services.suppression.given import ProtectedTable, ProtectedTables
from services.suppression.protect import protect
from services.suppression.rule import LEAST_CASES, LEAST_ISSUERS

__all__ = [
    "ALL",
    "LEAST_CASES",
    "LEAST_ISSUERS",
    "Axis",
    "AxisKind",
    "Population",
    "ProtectedTable",
    "ProtectedTables",
    "Unit",
    "protect",
]

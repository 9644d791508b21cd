"""How far a hidden figure can move while every printed one stays: a simplex, begun at the true counts.

All variables are differences from them, so each relation is a sum that stays zero, and "no difference" is where it
begins. Factors are nearly all 1 and -1; what comes out is rounded to whole numbers and held to every sum before
anyone believes it (`whole`). Sums, products and quotients of IEEE doubles alone: the same bytes on every machine.
Bland's rule ends every search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

Terms = Mapping[int, float]

NOTHING = 1e-9
"""A rounding error, where factors are small whole numbers and their quotients."""


class Moves:
    """Variables tied by sums that are zero, each basic one written by the others.

    Args:
        equations: each the coefficients of one sum.

    Attributes:
        at: where each variable stands; what is not in it stands at 0.
    """

    def __init__(self, equations: Iterable[Mapping[int, int]]) -> None:
        self.at: dict[int, float] = {}
        self._rows: dict[int, dict[int, float]] = {}
        self._columns: dict[int, set[int]] = {}
        self._least: Mapping[int, float] = {}
        self._most: Mapping[int, float] = {}
        self._uses: dict[int, list[tuple[int, int]]] = {}
        for number, terms in enumerate(equations):
            for variable, factor in terms.items():
                self._uses.setdefault(variable, []).append((number, factor))
            self._tie(self._free(terms))

    def start(self, least: Mapping[int, float], most: Mapping[int, float]) -> None:
        """Go back to no difference, under these bounds (a variable without one has none on that side)."""
        self.at = {}
        self._least, self._most = least, most

    def aim(self, goal: int, terms: Terms) -> None:
        """Make a variable, new or used before for this, the sum of others."""
        for column in self._rows.pop(goal, ()):
            self._columns[column].discard(goal)
        self._set_row(goal, self._free(terms))

    def push(self, variable: int, sign: int, goal: float | None, *, steep: int = 0) -> float:
        """Move a variable up (1) or down (-1) until the goal or until something stops it.

        Args:
            goal: how far from no difference; None: as far as it goes.
            steep: so many first steps take the steepest way instead of the first.

        Returns:
            How far it came: at least what it had before.
        """
        while goal is None or sign * self.at.get(variable, 0.0) < goal - NOTHING:
            way = self._way(variable, sign, steep=steep > 0)
            if way is None:
                break
            steep -= 1
            left = None if goal is None else goal - sign * self.at.get(variable, 0)
            self._step(variable, *way, left)
        return sign * self.at.get(variable, 0)

    def whole(self) -> dict[int, int]:
        """Where the variables stand, if these are whole counts and every sum is zero; else no difference."""
        at = {variable: round(moved) for variable, moved in self.at.items()}
        if any(abs(moved - at[variable]) > 1e-6 for variable, moved in self.at.items()):
            return {}
        sums: Counter[int] = Counter()
        for variable, moved in at.items():
            for equation, factor in self._uses.get(variable, ()):
                sums[equation] += factor * moved
        return {} if any(sums.values()) else {v: moved for v, moved in at.items() if moved}

    def _free(self, terms: Terms) -> dict[int, float]:
        """The same sum, by variables that are free."""
        free: dict[int, float] = {}
        for variable, factor in terms.items():
            for column, inner in self._rows.get(variable, {variable: 1}).items():
                _add(free, column, factor * inner)
        return free

    def _tie(self, free: dict[int, float]) -> None:
        if not free:
            return
        chosen = min(
            free, key=lambda v: (abs(abs(free[v]) - 1) > NOTHING, len(self._columns.get(v, ())), v)
        )
        factor = free.pop(chosen)
        row = {column: -value / factor for column, value in free.items()}
        self._replace(chosen, row)
        self._set_row(chosen, row)

    def _set_row(self, variable: int, row: dict[int, float]) -> None:
        self._rows[variable] = row
        for column in row:
            self._columns.setdefault(column, set()).add(variable)

    def _replace(self, column: int, by: dict[int, float]) -> None:
        """Write a sum wherever a free variable stands."""
        for basic in self._columns.pop(column, ()):
            row = self._rows[basic]
            factor = row.pop(column)
            for other, value in by.items():
                if _add(row, other, factor * value):
                    self._columns.setdefault(other, set()).add(basic)
                else:
                    self._columns[other].discard(basic)

    def _room(self, variable: int, sign: int) -> float | None:
        bound = (self._most if sign > 0 else self._least).get(variable)
        if bound is None:
            return None
        room = abs(bound - self.at.get(variable, 0.0))
        return room if room > NOTHING else 0.0

    def _way(self, variable: int, sign: int, *, steep: bool) -> tuple[int, int] | None:
        """Which free variable to move, and whither."""
        row: Terms = self._rows.get(variable, {variable: 1})
        ways = [
            (-abs(factor) if steep else 0, column, sign if factor > 0 else -sign)
            for column, factor in row.items()
            if self._room(column, sign if factor > 0 else -sign) != 0.0
        ]
        return min(ways)[1:] if ways else None

    def _step(self, variable: int, column: int, sign: int, left: float | None) -> None:
        moved: dict[int, float] = {column: 1}
        moved |= {basic: self._rows[basic][column] for basic in self._columns.get(column, ())}
        stops: list[tuple[float, int]] = []
        for other, factor in moved.items():
            room = self._room(other, sign if factor > 0 else -sign)
            if room is not None:
                stops.append((room / abs(factor), other))
        if left is not None:
            stops.append((left / abs(moved[variable]), -1))
        length, stop = min(stops)
        if length:
            for other, factor in moved.items():
                self.at[other] = self.at.get(other, 0) + sign * factor * length
        if stop not in (-1, column):
            self._exchange(stop, column)

    def _exchange(self, basic: int, column: int) -> None:
        """A basic variable that stands at its bound becomes free, a free one basic."""
        row = self._rows.pop(basic)
        for other in row:
            self._columns[other].discard(basic)
        factor = row.pop(column)
        new = {other: -value / factor for other, value in row.items()}
        new[basic] = 1 / factor
        self._replace(column, new)
        self._set_row(column, new)


def _add(terms: dict[int, float], variable: int, value: float) -> bool:
    """Add to a sum; whether the variable is still in it."""
    total = terms.get(variable, 0.0) + value
    if abs(total) > NOTHING:
        terms[variable] = total
        return True
    terms.pop(variable, None)
    return False

"""Synthetic populations: skewed counts of few desks, as a young federation has them."""

from __future__ import annotations

import random
from collections.abc import Mapping

from services.suppression import Axis, Population, Unit


def population(
    seed: int,
    axes: tuple[Axis, ...],
    tables: Mapping[str, tuple[str, ...]],
    *,
    cases: int,
    issuers: tuple[str, ...] = ("crip", "police", "school", "court", "nid"),
    name: str = "p",
) -> Population:
    """So many cases, thrown on the axes with steep odds; issuer and party axes follow from who wrote.

    Whoever an axis names has three desks, of which each knows the cases that it had.
    """
    dice = random.Random(seed)
    units = []
    for number in range(cases):
        issuer = issuers[_steep(dice, len(issuers))]
        at = {
            axis.name: issuer
            if axis.kind == "issuer"
            else axis.labels[_steep(dice, len(axis.labels))]
            for axis in axes
        }
        named = [at[axis.name] for axis in axes if axis.kind != "code"]
        desks = [f"{party}-{1 + number % 7 // 4 + number % 7 // 6}" for party in named]
        units.append(Unit(f"case-{number}", issuer, at, frozenset((*named, *desks))))
    return Population(name, axes, tuple(units), tables)


def _steep(dice: random.Random, size: int) -> int:
    return min(int(dice.expovariate(2.5) * size), size - 1) if size > 3 else dice.randrange(size)


def labels(stem: str, count: int) -> tuple[str, ...]:
    """Labels of one stem: `c-0`, `c-1` and so on."""
    return tuple(f"{stem}-{n}" for n in range(count))

"""What is made of a bench: ratios beside the last release's."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.bench import compare
from tests.bench.measure import Figure, beside

FLOOR = Figure("floor", "µs CPU", (100.0, 200.0, 100.0))


def bench(figure: Figure) -> dict[str, Any]:
    """What is read of the file of a run with one section."""
    return {"figures": {"core": [figure.json()]}}


def event(cost: float, unit: str = "µs CPU") -> Figure:
    """A figure that costs `cost` times the floor of its round."""
    return beside(Figure("event", unit, tuple(cost * value for value in FLOOR.values)), FLOOR)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (event(2.0), event(2.2), 0),
        (event(2.0), event(2.4), 1),
        (event(2.0), event(1.0), 0),
        (event(0.7, "events/s"), event(0.5, "events/s"), 1),
        (event(0.7, "events/s"), event(0.9, "events/s"), 0),
    ],
)
def test_a_ratio_that_is_over_15_percent_worse_fails(
    tmp_path: Path, monkeypatch: Any, before: Figure, after: Figure, code: int
) -> None:
    """A dearer event, or a rate that fell, is told by the exit code."""
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for path, figure in zip(files, (before, after), strict=True):
        path.write_bytes(orjson.dumps(bench(figure)))
    monkeypatch.setattr(sys, "argv", ["compare", *map(str, files)])

    assert compare.main() == code


def test_times_alone_are_not_compared() -> None:
    """A slower machine is no regression."""
    slow = Figure("floor", "µs CPU", (900.0,) * 3)

    assert not list(compare.changes(bench(FLOOR), bench(slow)))


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    """Not the ratio of the medians."""
    odd = Figure("event", "µs CPU", (200.0, 200.0, 900.0))

    assert beside(odd, FLOOR).ratios == {"floor": 2.0}

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


def bench(**figures: Figure) -> dict[str, Any]:
    """The file of a run with one section."""
    rows = [figure.json() for figure in figures.values()]
    about = {"at": 0, "commit": "abc", "python": "3.11", "cpus": 2, "load_before": 0.0}
    return {**about, "figures": {"core": rows}}


def event(cost: float, unit: str = "µs CPU") -> Figure:
    """A figure that costs `cost` times the floor of its round."""
    return beside(Figure("event", unit, tuple(cost * value for value in FLOOR.values)), FLOOR)


def compared(tmp_path: Path, before: Figure, after: Figure, monkeypatch: Any) -> int:
    """Exit code of the comparison of two runs."""
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for path, figure in zip(files, (before, after), strict=True):
        path.write_bytes(orjson.dumps(bench(figure=figure)))
    monkeypatch.setattr(sys, "argv", ["compare", *map(str, files)])
    return compare.main()


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (event(2.0), event(2.2), 0),
        (event(2.0), event(2.4), 1),
        (event(2.0), event(1.0), 0),
        (event(0.7, "events/s"), event(0.5, "events/s"), 1),
        (event(0.7, "events/s"), event(0.9, "events/s"), 0),
    ],
    ids=["a little dearer", "dearer", "cheaper", "slower", "faster"],
)
def test_a_ratio_that_is_over_15_percent_worse_fails(
    tmp_path: Path, monkeypatch: Any, before: Figure, after: Figure, code: int
) -> None:
    """A dearer event, or a rate that fell, is told by the exit code."""
    assert compared(tmp_path, before, after, monkeypatch) == code


def test_times_alone_are_not_compared() -> None:
    """A slower machine is no regression."""
    slow = Figure("floor", "µs CPU", (900.0,) * 3)

    assert not list(compare.changes(bench(floor=FLOOR), bench(floor=slow)))


def test_a_ratio_is_the_median_of_the_rounds_own() -> None:
    """Not the ratio of the medians."""
    odd = Figure("event", "µs CPU", (200.0, 200.0, 900.0))

    assert beside(odd, FLOOR).ratios == {"floor": 2.0}

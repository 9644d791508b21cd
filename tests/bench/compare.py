"""`python -m tests.bench.compare [BEFORE [AFTER]]`: ratios of one bench beside those of another.

BEFORE is the last release's (`docs/bench/`), AFTER the last run (`bench.json`). Times are a
machine's; only ratios to a floor or peer of the same run are compared. Exit 1 if one is over 15 %
worse.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from rich.console import Console
from rich.table import Table

from tests.bench.measure import FILE

KEPT: Final = Path(__file__).parents[2] / "docs" / "bench"
ALLOWED: Final = 1.15
MORE_IS_BETTER: Final = ("events/s",)

Bench = Mapping[str, Any]


class Change(NamedTuple):
    """A ratio before and after; `worse` is by which factor it became worse (below 1: better)."""

    section: str
    what: str
    peer: str
    before: float
    after: float
    worse: float


def changes(before: Bench, after: Bench) -> Iterator[Change]:
    """Each ratio that both have."""
    old = dict(_ratios(before))
    for (section, what, peer, unit), ratio in _ratios(after):
        was = old.get((section, what, peer, unit))
        if was:
            worse = was / ratio if unit in MORE_IS_BETTER else ratio / was
            yield Change(section, what, peer, was, ratio, worse)


def _ratios(bench: Bench) -> Iterator[tuple[tuple[str, str, str, str], float]]:
    for section, rows in bench["figures"].items():
        for row in rows:
            for peer, ratio in row.get("ratios", {}).items():
                yield (section, row["name"], peer, row["unit"]), ratio


def main() -> int:
    """Print the table; 1 if a ratio is over 15 % worse, 2 if there is nothing to compare."""
    given = [Path(word) for word in sys.argv[1:]]
    kept = given[0] if given else max(KEPT.glob("*.json"), default=None, key=_version)
    last = given[1] if len(given) > 1 else FILE
    if kept is None or not last.exists():
        sys.stderr.write(
            f"nothing to compare: expected a bench in {KEPT} and {last} (make bench)\n"
        )
        return 2
    table = Table("section", "what", "×", "before", "after", "worse by", title=f"{kept} → {last}")
    rows = list(changes(orjson.loads(kept.read_bytes()), orjson.loads(last.read_bytes())))
    for row in sorted(rows, key=lambda row: -row.worse):
        numbers = (f"{row.before:.2f}", f"{row.after:.2f}", f"{row.worse - 1:+.0%}")
        style = "bold" if row.worse > ALLOWED else ""
        table.add_row(row.section, row.what, row.peer, *numbers, style=style)
    Console().print(table)
    return int(any(row.worse > ALLOWED for row in rows))


def _version(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.stem.split("."))


if __name__ == "__main__":
    sys.exit(main())

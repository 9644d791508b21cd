"""`python -m tests.bench.measured`: keep the last bench as this release's, and write its table.

`bench.json` becomes `docs/bench/<version>.json`, and the table between the two marks of
`docs/measured.md`.
"""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from tests.bench.compare import KEPT, Bench
from tests.bench.measure import FILE, shown

PAGE: Final = KEPT.parent / "measured.md"
BEGIN: Final = "<!-- made by `make measured` from docs/bench: what is changed here is lost -->"
END: Final = "<!-- end of what is made -->"


def written(page: str, bench: Bench) -> str:
    """The page with the bench's table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return before + BEGIN + "\n" + "\n".join(_lines(bench)) + "\n" + END + after


def _lines(bench: Bench) -> Iterator[str]:
    day = time.strftime("%Y-%m-%d", time.gmtime(bench["at"]))
    yield (
        f"\nCommit {bench['commit']}, {day}, Python {bench['python']}, {bench['cpus']} cores, "
        f"load before it {bench['load_before']:.1f}."
    )
    for section, rows in bench["figures"].items():
        yield f"\n`python -m tests.bench {section}`\n"
        yield "| what | median (min–max) | unit | |"
        yield "|---|---|---|---|"
        for row in rows:
            median, least, most = (shown(row[name]) for name in ("median", "min", "max"))
            spread = f"{median} ({least}–{most})" if row["rounds"] > 1 else median
            yield f"| {row['name'].strip()} | {spread} | {row['unit']} | {row['note']} |"


def main() -> int:
    """Keep and write; 2 if nothing was measured."""
    if not FILE.exists():
        sys.stderr.write(f"no {FILE}: expected `make bench` before\n")
        return 2
    KEPT.mkdir(exist_ok=True)
    version = tomllib.loads((KEPT.parents[1] / "pyproject.toml").read_text())["project"]["version"]
    Path(KEPT / f"{version}.json").write_bytes(FILE.read_bytes())
    PAGE.write_text(written(PAGE.read_text(), orjson.loads(FILE.read_bytes())))
    return 0


if __name__ == "__main__":
    sys.exit(main())

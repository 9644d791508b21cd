"""Synthetic records, one a kind: `<agency>/<kind>.json`, as the tests file them too.

Every free-form field holds the word `CANARY`, which `synthetic_record` replaces; the days in them
are those around `WRITTEN`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson

CANARY: Final = "CANARY"
WRITTEN: Final = date(2026, 11, 28)
EXAMPLE: Final = Path("examples", "concern.json")  # below a home: what a newcomer sends first
_FIRST: Final = {"justice": "soit_transmis", "police": "minor_information"}  # kind of the example
_RECENT: Final = re.compile(r'"(\w+)": "(20(?:2[5-9]|3\d)-\d\d-\d\d)')  # no day of birth
_COME: Final = ("decided_on", "starts_on", "contract_on", "since")  # never after today
_LONG: Final = 30  # days: what lies longer back is drawn near, as what one has just seen


def synthetic_record(
    agency: str, kind: str, marker: str, today: date | None = None
) -> dict[str, Any]:
    """A record of a kind, its canary replaced by `marker`, its days as if it were written today.

    Raises:
        FileNotFoundError: the agency has no kind of this name.
    """
    text = (files(__package__) / agency / f"{kind}.json").read_text(encoding="utf-8")
    if today is not None:
        text = _RECENT.sub(lambda found: _moved(found[1], found[2], today), text)
    record: dict[str, Any] = orjson.loads(text.replace(CANARY, marker))
    return record


def _moved(member: str, day: str, today: date) -> str:
    ago = (WRITTEN - date.fromisoformat(day)).days
    ago = ago // 8 if ago > _LONG else ago
    ago = max(ago, 0) if member in _COME else ago
    return f'"{member}": "{today - timedelta(days=ago)}'


def write_example(home: Path, at: int, agency: str = "education") -> None:
    """Write a record of an agency into a home, as if it were written at `at`.

    That of a school's social service has fields that no clause lets through (the medical file, a
    classmate's name), so that the answer shows what is left out and why.
    """
    today = datetime.fromtimestamp(at, UTC).date()
    kind = _FIRST.get(agency, "information_preoccupante")
    record = synthetic_record(agency, kind, "Exemple", today)
    path = home / EXAMPLE
    path.parent.mkdir(exist_ok=True, mode=0o700)
    record |= {"reference": "EXAMPLE-001"}
    path.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))

"""Synthetic records, one a kind: `<agency>/<kind>.json`, as the tests file them too.

Every free-form field holds the word `CANARY`, which `synthetic_record` replaces; the days in them are those around `WRITTEN`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Final

import orjson

CANARY: Final = "CANARY"
WRITTEN: Final = date(2026, 11, 28)
_RECENT: Final = re.compile(r"\b20(?:2[5-9]|3\d)-\d\d-\d\d")  # whoever is born then files nothing


def synthetic_record(agency: str, kind: str, marker: str, today: date = WRITTEN) -> dict[str, Any]:
    """A record of a kind, its canary replaced by `marker`, its days moved as if it were written today.

    Raises:
        FileNotFoundError: the agency has no kind of this name.
    """
    text = (files(__package__) / agency / f"{kind}.json").read_text(encoding="utf-8")
    moved = _RECENT.sub(lambda day: _moved(day[0], today - WRITTEN), text)
    record: dict[str, Any] = orjson.loads(moved.replace(CANARY, marker))
    return record


def _moved(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()

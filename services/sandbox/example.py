"""The record that a newcomer sends first."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from services.operate.home.folder import HomeFolder
from services.sandbox.records import synthetic_record

INDENTED: Final = orjson.OPT_INDENT_2


def example_file(home: HomeFolder) -> Path:
    """Where the example record lies."""
    return home.path / "examples" / "concern.json"


def write_example(home: HomeFolder, at: int) -> Path:
    """Write a synthetic record of a school's social service, as if it were written at `at`.

    It has fields that no clause lets through (the medical file, a classmate's name), so that the
    answer shows what is left out and why.
    """
    day = datetime.fromtimestamp(at, UTC).date()
    record = synthetic_record("education", "information_preoccupante", "Exemple", day)
    path = example_file(home)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.write_bytes(orjson.dumps(record | {"reference": "EXAMPLE-001"}, option=INDENTED))
    return path

"""The record that a newcomer sends first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from services.operate.home.folder import HomeFolder


def example_file(home: HomeFolder) -> Path:
    """Where the example record lies."""
    return home.path / "examples" / "concern.json"


def write_example(home: HomeFolder, at: int) -> Path:
    """Write a synthetic record of a school's social service, seen the day before `at`.

    It has fields that no clause lets through (the medical file, a classmate's name), so that the
    answer shows what is left out and why.
    """
    day = (datetime.fromtimestamp(at, UTC) - timedelta(days=1)).date().isoformat()
    record = {
        "kind": "information_preoccupante",
        "reference": "EXAMPLE-001",
        "pupil": {
            "first_name": "Exemple", "last_name": "Synthétique", "birth_date": "2012-03-04",
            "sex": "female", "ine": "0123456789A",
        },
        "establishment": {"uai": "0930000X", "name": "Collège d'exemple", "level": "4e"},
        "observations": [
            {"seen_on": day, "seen": "Pleure en classe, ne veut pas rentrer.", "words": "J'ai peur."}
        ],
        "appraisal": {"level": "high", "reasons": "Changement soudain, isolement."},
        "medical_file": "Dossier médical scolaire (exemple).",
        "named_persons": [{"name": "Camarade Exemple", "who": "classmate"}],
        "told": {"parents": "told", "minor": "told"},
    }  # fmt: skip
    path = example_file(home)
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))
    return path

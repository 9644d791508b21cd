"""`make test` tries once more, alone, what failed on the real Kafka, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import gate

ON_KAFKA = "tests/kafka/test_kills.py::test_one"
IN_MEMORY = "tests/flows/test_stories.py::test_two"


@pytest.mark.parametrize(
    ("failed", "again", "verdict"),
    [
        ([ON_KAFKA], 0, 0),
        ([ON_KAFKA], 1, 1),
        ([IN_MEMORY], None, 1),
        ([IN_MEMORY, ON_KAFKA], None, 1),
    ],
)
def test_what_failed_is_tried_again_where_all_of_it_needs_kafka(
    failed: list[str], again: int | None, verdict: int, tmp_path: Path, monkeypatch: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """And the run names it: a test in memory that fails once is a defect."""
    runs: list[Sequence[str]] = []

    def run(*arguments: str) -> int | None:
        runs.append(arguments)
        return 1 if len(runs) == 1 else again

    kept = tmp_path / ".pytest_cache" / "v" / "cache"
    kept.mkdir(parents=True)
    (kept / "lastfailed").write_text(json.dumps(dict.fromkeys(failed, True)))
    monkeypatch.setattr(gate, "ROOT", tmp_path)
    monkeypatch.setattr(gate, "_pytest", run)

    assert gate.main([]) == verdict
    assert runs[1:] == ([] if again is None else [tuple(failed)])
    assert (ON_KAFKA in capsys.readouterr().out) == (again is not None)

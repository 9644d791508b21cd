"""A folder of the kit for tests: the same federation always."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from services.conformance.export import recipient_files, record_counts
from services.conformance.federation import SyntheticFederation, make_federation
from services.conformance.judge import CaseResult, judge, read_verdicts
from services.conformance.recipient import RECIPIENT

AT = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC


@lru_cache(maxsize=1)
def federation() -> SyntheticFederation:
    """The federation of the tests."""
    return make_federation("of the tests", AT)


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """The kit's folder for it."""
    return recipient_files(federation(), RECIPIENT)


def write(folder: Path) -> Path:
    """Write its cases."""
    for name, content in files().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def judged(verdicts: list[dict[str, Any]]) -> tuple[CaseResult, ...]:
    """What the kit finds, of verdicts as they would stand in a file."""
    lines = b"\n".join(orjson.dumps(verdict) for verdict in verdicts)
    return judge(RECIPIENT, read_verdicts(lines, record_counts(files())))


def failed(verdicts: list[dict[str, Any]]) -> dict[str, str]:
    """Case -> fault, of those that fail."""
    return {result.case.id: result.fault for result in judged(verdicts) if result.fault}

"""A folder of the kit for tests: the same federation always."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from tests.vectors.conformance.case import AnyCase
from tests.vectors.conformance.export import recipient_files
from tests.vectors.conformance.federation import SyntheticFederation, make_federation
from tests.vectors.conformance.judge import CaseResult, judge, read_verdicts
from tests.vectors.conformance.recipient import RECIPIENT

AT = 1_795_514_400  # Tuesday 2026-11-24, 10:00 UTC


@lru_cache(maxsize=1)
def federation() -> SyntheticFederation:
    """The federation of the tests."""
    return make_federation("of the tests", AT)


@lru_cache(maxsize=1)
def files() -> dict[str, bytes]:
    """The kit's folder for it."""
    return recipient_files(federation(), RECIPIENT)


def write(folder: Path, given: Mapping[str, bytes]) -> Path:
    """Write what the kit gives, by the names of its files."""
    for name, content in given.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def failures(cases: Sequence[AnyCase], verdicts: bytes) -> list[CaseResult]:
    """What the kit finds wrong, of verdicts as they stand in a file, each with the name of its case."""
    results = judge(cases, read_verdicts(verdicts, [(case.id, 1) for case in cases]))
    return [result for result in results if result.fault]


def failed(verdicts: list[dict[str, Any]]) -> dict[str, str]:
    """Case -> fault, of a recipient's that fail."""
    lines = b"\n".join(map(orjson.dumps, verdicts))
    return {result.case.id: result.fault for result in failures(RECIPIENT, lines)}

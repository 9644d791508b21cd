"""A new convention tried on the live topics of a real broker, and on what was saved of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.convention.load import load
from contracts.conventions import shipped
from services.cli.committee.recorded_log import Trial, save_live, try_file, try_live
from tests.kafka import kit
from tests.kafka.test_audit import routed

pytestmark = pytest.mark.anyio


async def test_the_live_log_and_its_file_give_the_same_counts(fresh: str, tmp_path: Path) -> None:
    """Twelve alerts, under a convention without any clause for them; no key is read."""
    await routed(fresh, tmp_path)
    ours = load(shipped(), "shipped")
    grants = tuple(one for one in ours.grants if one.purpose != "assess")
    new = replace(ours, grants=grants, digest="n" * 43)
    reached: dict[str, tuple[str, dict[str, Any]]] = {kit.REALM: (fresh, {})}
    file, told = tmp_path / "log.jsonl.gz", list[tuple[int, int]]()

    live = Trial(new, kit.owners())
    await try_live(live, kit.owners(), reached, lambda done, total: told.append((done, total)))
    records = await save_live(file, reached)
    kept = Trial(new, kit.owners())
    try_file(kept, file)

    found = live.impact.wire(shared=False)
    assert found["decided"] == 12
    assert found["events"]["refused"] == found["changed"] > 0
    assert found == kept.impact.wire(shared=False)
    assert records >= 24
    assert told
    assert told[-1][0] <= told[-1][1]

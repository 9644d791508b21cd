"""What lies in the inboxes when a sandbox begins."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contracts.vocabulary.scopes import AGENCIES
from tests.services.sandbox.started import client, sandbox

pytestmark = pytest.mark.anyio


async def inboxes(path: Path, agency: str) -> list[dict[str, Any]]:
    """All that lies in the inboxes of an agency's desks, once all of it has come."""
    async with sandbox(path, agency, empty=False) as listening:
        items: list[dict[str, Any]] = []
        async with client(listening, listening.desks[0]) as http:  # taken back a second later
            await http.post("/sandbox/clock", json={"seconds": 2})
        for desk in listening.desks:
            async with client(listening, desk) as http:
                inbox = (await http.get("/v1/inbox")).json()
                items += [{**item, "desk": desk} for item in inbox["items"]]
                items += [{"missing": gap} for gap in inbox["missing"]]
    return items


@pytest.mark.parametrize("agency", sorted(AGENCIES))
async def test_every_agency_finds_arrivals_good_and_bad(tmp_path: Path, agency: str) -> None:
    """With content, taken back, spoilt, no longer kept, twice; each bad one without content."""
    items = await inboxes(tmp_path / "home", agency)

    errors = Counter(item["error"] for item in items if "error" in item)
    assert errors.keys() >= {"bad_signature", "not_kept"}
    assert any(item.get("withdrawn") for item in items)
    assert any("parts" in item and item["parts"] for item in items)
    assert not [item for item in items if "error" in item and "parts" in item]


async def test_a_school_finds_what_its_own_records_came_to(tmp_path: Path) -> None:
    """Acknowledged, refused, given an outcome that was taken back, asked to contribute."""
    items = await inboxes(tmp_path / "home", "education")

    assert {item["type"] for item in items if "type" in item} >= {
        "EVALREQ", "FEEDBACK", "MEASURE", "MISSING", "WITHDRAW",
    }  # fmt: skip

"""What lies in the inboxes when a sandbox begins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.convention.load import load
from contracts.conventions import fresh
from contracts.vocabulary.scopes import AGENCIES, ROLES
from tests.services.sandbox.started import client, sandbox

pytestmark = pytest.mark.anyio

# What clauses let come and no sandbox begins with: another desk of the tester's own agency sends it, or somebody
# who was assigned to the case by a history that is longer than one answer.
NOT_CANNED: Final[Mapping[str, frozenset[str]]] = {
    "child_welfare": frozenset({"COORD", "EVALREQ"}),
    "education": frozenset({"COORD"}),
    "justice": frozenset({"COORD", "EVALREP", "MEASURE"}),
}


def may_come(agency: str) -> set[str]:
    """The acts that clauses of the shipped convention let somebody send to an agency's desks."""
    return {
        grant.event
        for grant in load(fresh()).grants
        for role in grant.recipients
        if ROLES.get(role) == agency
    }


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
    """Each act that may come, taken back, spoilt, no longer kept, twice; each bad one without content."""
    items = await inboxes(tmp_path / "home", agency)

    errors = Counter(item["error"] for item in items if "error" in item)
    assert errors.keys() == {"bad_signature", "not_kept", "replayed"}
    assert any(item.get("withdrawn") for item in items)
    assert any("parts" in item and item["parts"] for item in items)
    came = {item["type"] for item in items if "type" in item}
    assert came == (may_come(agency) - NOT_CANNED.get(agency, set())) | {"WITHDRAW"}
    assert not [item for item in items if "error" in item and "parts" in item]


async def test_a_school_finds_what_its_own_records_came_to(tmp_path: Path) -> None:
    """Acknowledged, refused, given an outcome that was taken back, asked to contribute."""
    items = await inboxes(tmp_path / "home", "education")

    assert {item["type"] for item in items if "type" in item} >= {
        "EVALREQ", "FEEDBACK", "MEASURE", "MISSING", "WITHDRAW",
    }  # fmt: skip

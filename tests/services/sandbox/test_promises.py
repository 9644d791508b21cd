"""A sandbox keeps what its `/openapi.json` promises, to both ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises import DESKS, Asked, promised, records
from tests.services.sandbox import process

pytestmark = pytest.mark.slow


@pytest.fixture(params=[pytest.param("education", marks=pytest.mark.nightly), "child_welfare"])
def playing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Any]]:
    """An agency that sends most, and the one that is sent most; each with full inboxes."""
    agency = str(request.param)
    with process.running(tmp_path / "home", "--agency", agency) as facts:
        yield agency, facts


def test_a_sandbox_answers_as_its_document_says(playing: tuple[str, Any]) -> None:
    """Every operation of `/v1` and beside it, asked rightly and wrongly."""
    agency, facts = playing
    desk = DESKS[agency]
    with process.client(facts, desk) as http:
        items = [http.get(path).json()["items"] for path in ("/v1/inbox", "/v1/referrals")]
        headers = {"Authorization": http.headers["Authorization"]}
    events = [item["event"] for items_of in items for item in items_of if item.get("event")]
    mine = [record for one, record in records(agency) if one == desk]

    statuses = promised(Asked(facts["url"], headers, events, mine))

    assert {200, 202, 401, 403, 404, 422} <= statuses

"""`POST /v1/inbox/{id}/outcome`: what it takes, and the contradictions that it refuses."""

from typing import Any

import pytest

from tests.samples import sample
from tests.services.agency.bench import Bench, serving

SEIZED = {"status": {"status": "judge_seized"}}


@pytest.mark.parametrize(
    ("body", "code", "place", "expected"),
    [
        ({"code": "closed", "on": "2026-02-30"}, "invalid_request", "on", "YYYY-MM-DD"),
        ({"code": "closed", "on": "2031-01-01"}, "invalid_request", "on", "that has come"),
        ({"code": "received", "final": True}, "contradiction", "final", ""),
        ({"code": "not_ip", "final": False}, "contradiction", "final", ""),
        # R39 tells the school a code: what stands beside it would go nowhere
        ({"code": "measure_ordered", **SEIZED}, "contradiction", "status", ""),
        ({"code": "measure_ordered", "measure": {"measure": "aemo"}},
         "contradiction", "measure", ""),
        ({"code": "help_in_place", "final": False}, "", "", ""),  # it may not be the last word
    ],
)  # fmt: skip
async def test_what_contradicts_itself_is_refused_at_its_place_and_not_dropped(
    council: Bench, body: dict[str, Any], code: str, place: str, expected: str
) -> None:
    """Nothing of it is published, and the imposed feedback is still owed."""
    event = council.world.post("edu-s", sample("education", "information_preoccupante")).events[0]
    council.settle()

    answer = await council.post("crip", body, f"/v1/inbox/{event}/outcome")
    council.settle()

    problem = answer.json()
    assert (problem.get("code", ""), problem.get("place", "")) == (code, place)
    assert expected in problem.get("expected", "")
    assert body.get("on", "2026-01-01") not in answer.text
    assert (answer.status_code, council.writes.batches) == ((422, []) if code else (202, [1]))
    assert "R39:final" in [duty["act"] for duty in council.world.duties("crip")]


async def test_a_code_beside_a_status_is_refused_too(council: Bench) -> None:
    """R40 tells the CRIP a status or a measure: a code beside it went nowhere."""
    record = sample("child_welfare", "crip_signalement", call=None)
    event = council.world.post("crip", record).body["events"][0]
    council.settle()
    async with serving("justice", council.world) as court:
        body = {**SEIZED, "code": "closed"}
        problem = (await court.post("parq-civ", body, f"/v1/inbox/{event}/outcome")).json()

    assert (problem["code"], problem["place"]) == ("contradiction", "code")

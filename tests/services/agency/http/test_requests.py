"""What a desk asks beside records: look-ups of a case, an arrival's outcome, a check of its way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.vocabulary.schema import desk_urn
from services.operate.joining.checking import ping_of
from tests.contracts.convention.amended import looked_up
from tests.flows.acts import CASE, OTHER, raw
from tests.samples import concern, sample
from tests.services.agency.bench import Bench, revive, serving

ALERT = ("crip", "assess", "FACTS RISK")
PLACED = ("home-1", "execute_opp", "IDENTITY")


@pytest.fixture
async def welfare() -> AsyncIterator[Bench]:
    """The child welfare service, after an alert and an emergency placement on one case."""
    async with serving("child_welfare") as bench:
        bench.world.adopt(looked_up())
        bench.settle()
        raw(bench.world, "edu-s", "IP", ALERT)
        raw(bench.world, "edu-s", "IP", ALERT)
        raw(bench.world, "asso", "IP", ("pol", "assess", "FACTS"))  # refused: neither takes part
        raw(bench.world, "parq-civ", "MEASURE", PLACED, phase="start")
        yield bench


async def looked(bench: Bench, who: str, case: str) -> dict[str, Any]:
    """What a look-up comes to."""
    event = await bench.sent(who, {"case": case}, "/v1/accesses")
    answer: dict[str, Any] = (await bench.get(who, f"/v1/accesses/{event}")).json()
    return answer


async def test_a_reference_service_alone_reads_which_desks_take_part(welfare: Bench) -> None:
    """Their names, nothing of what was sent; after a restart too, and no desk beside it."""
    found = await looked(welfare, "crip", CASE)
    other = await welfare.get("ase", f"/v1/accesses/{found['event']}")
    office = await revive(welfare.world, "child_welfare")

    assert found.keys() == {"event", "case", "realm", "state", "participants"}
    assert (found["state"], found["participants"]) == (
        "decided", ["crip", "edu-s", "home-1", "parq-civ"],
    )  # fmt: skip
    assert (other.status_code, other.json()["code"]) == (404, "event_unknown")
    assert list(office.view("crip").own[found["event"]].participants) == found["participants"]


async def test_a_desk_of_one_bus_is_refused_on_the_other_and_its_service_goes_on() -> None:
    """Its agency acts on both; it has no key there, and that once ended the service."""
    async with serving("justice") as bench:
        body = {"case": CASE, "realm": "criminal"}
        refused = await bench.post("parq-civ", body, "/v1/accesses")
        early = await bench.post("parq-civ", {"case": CASE}, "/v1/accesses")
        bench.world.adopt(looked_up())
        bench.settle()
        taken = await bench.post("parq-civ", {"case": CASE}, "/v1/accesses")

    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_realm")
    assert (early.status_code, early.json()["code"]) == (422, "no_look_ups")
    assert taken.status_code == 202


@pytest.mark.parametrize("who", ["ase", "home-1", "pmi"])
async def test_others_get_one_answer_for_known_and_unknown_cases(welfare: Bench, who: str) -> None:
    """Also within the agency, whose service has seen the token: the router alone answers."""
    answers = [await looked(welfare, who, case) for case in (CASE, OTHER, "our own 42")]

    first, *others = (one | {"event": "", "case": ""} for one in answers)
    assert (first["state"], first["reasons"]) == ("refused", ["not_reference"])
    assert first["participants"] == []
    assert others == [first, first]


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
    event = council.world.post("edu-s", concern()).events[0]
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


CRIP = desk_urn("civil", "crip")


def pings(bench: Bench, desk: str = CRIP) -> set[str]:
    """Ids of a desk's PINGs in its agency's outbox."""
    return {event for row in bench.world.rows(".outbox.") for event in ping_of(row, desk)}


async def test_who_asks_without_end_sends_one_ping_in_a_quarter_of_an_hour() -> None:
    """Of each desk; after that the next one."""
    async with serving("child_welfare") as bench:
        first = {await bench.sent("crip", None, "/check") for _ in range(5)}
        await bench.post("ase", path="/check")
        assert pings(bench) == first
        (event,) = first
        assert (await bench.get("crip", f"/v1/referrals/{event}")).json()["state"] == "decided"

        bench.world.clock.advance(900)
        await bench.post("crip", path="/check")

        assert len(pings(bench)) == 2
        assert len(pings(bench, desk_urn("civil", "ase"))) == 1

"""A reference service looks a case up over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.parties import adoption
from tests.flows.acts import CASE, OTHER, raw
from tests.services.agency.bench import Bench, revive, serving

ALERT = ("crip", "assess", "FACTS RISK")
PLACED = ("home-1", "execute_opp", "IDENTITY")


@pytest.fixture
async def welfare() -> AsyncIterator[Bench]:
    """The child welfare service, after an alert and an emergency placement on one case."""
    async with serving("child_welfare") as bench:
        bench.world.order("civil", "adopt_convention", adoption(looked_up()))
        bench.settle()
        raw(bench.world, "edu-s", "IP", ALERT)
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
    after = revive(welfare.world, "child_welfare").view("crip").own[found["event"]]

    assert found.keys() == {"event", "case", "realm", "state", "participants"}
    assert (found["state"], found["participants"]) == (
        "decided", ["crip", "edu-s", "home-1", "parq-civ"],
    )  # fmt: skip
    assert (other.status_code, other.json()["code"]) == (404, "event_unknown")
    assert list(after.participants) == found["participants"]


async def test_a_desk_of_one_bus_is_refused_on_the_other_and_its_service_goes_on() -> None:
    """Its agency acts on both; it has no key there, and that once ended the service."""
    async with serving("justice") as bench:
        body = {"case": CASE, "realm": "criminal"}
        refused = await bench.post("parq-civ", body, "/v1/accesses")
        early = await bench.post("parq-civ", {"case": CASE}, "/v1/accesses")
        bench.world.order("civil", "adopt_convention", adoption(looked_up()))
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

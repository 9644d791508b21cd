"""A reference service looks a case up, is told of first accesses and asks why, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.contracts.convention.amended import looked_up
from tests.contracts.convention.parties import adoption
from tests.flows.acts import CASE, OTHER, raw
from tests.services.agency.bench import Bench, bearer, revive, serving

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


async def ask(bench: Bench, who: str, path: str, **body: Any) -> httpx.Response:
    """A POST as a desk, routed."""
    answer = await bench.client.post(path, json=body, headers=bearer(who))
    bench.settle()
    return answer


async def looked(bench: Bench, who: str, **body: Any) -> dict[str, Any]:
    """What a look-up comes to."""
    posted = await ask(bench, who, "/v1/accesses", **body)
    event = posted.json()["events"][0]
    answer: dict[str, Any] = (await bench.get(who, f"/v1/accesses/{event}")).json()
    return answer


async def test_a_reference_service_reads_who_received_what(welfare: Bench) -> None:
    """Desk, data, instant and clause of each delivery, and nothing of what was in it."""
    found = await looked(welfare, "crip", case=CASE)

    assert (found["state"], found["answered"], found["total"]) == ("decided", True, 2)
    told = [(row["issuer"], row["desk"], row["clause"], row["scopes"]) for row in found["items"]]
    assert told == [
        ("edu-s", "crip", "R01", ["FACTS", "RISK"]), ("parq-civ", "home-1", "R25", ["IDENTITY"]),
    ]  # fmt: skip
    assert {row["at"] for row in found["items"]} == {"2026-09-07T06:00:00Z"}


async def test_a_desk_of_one_bus_is_refused_on_the_other_and_its_service_goes_on() -> None:
    """Its agency acts on both; it has no key there, and that once ended the service."""
    async with serving("justice") as bench:
        refused = await ask(bench, "parq-civ", "/v1/accesses", case=CASE, realm="criminal")
        taken = await ask(bench, "parq-civ", "/v1/accesses", case=CASE)

    assert (refused.status_code, refused.json()["code"]) == (422, "wrong_realm")
    assert taken.status_code == 202


@pytest.mark.parametrize("who", ["ase", "home-1", "pmi"])
async def test_others_get_one_answer_for_known_and_unknown_cases(welfare: Bench, who: str) -> None:
    """Also within the agency, whose service has seen the token: the router alone answers."""
    answers = [await looked(welfare, who, case=case) for case in (CASE, OTHER, "our own 42")]

    apart = ("event", "case")
    first, *others = (
        {name: value for name, value in one.items() if name not in apart} for one in answers
    )
    assert (first["state"], first["reasons"], first["total"]) == ("refused", ["not_reference"], 0)
    assert others == [first, first]


async def test_a_first_access_is_told_and_can_be_asked_about(welfare: Bench) -> None:
    """The home owes its motive; the CRIP sees the answer where it sees all answers."""
    told = (await welfare.get("crip", "/v1/accesses")).json()["items"]
    asked = await ask(welfare, "crip", f"/v1/accesses/{told[0]['event']}/ask")
    question = asked.json()["events"][0]
    owed = (await welfare.get("home-1", "/v1/duties")).json()["items"]

    path = f"/v1/inbox/{question}/acknowledge"
    silent = await ask(welfare, "home-1", path, stage="justified")
    odd = await ask(welfare, "home-1", path, stage="received", motive="mistake")
    given = await ask(welfare, "home-1", path, stage="justified", motive="own_case")
    status = (await welfare.get("crip", f"/v1/referrals/{question}")).json()

    assert [(one["desk"], one["clause"]) for one in told] == [("home-1", "R25")]
    assert [one["act"] for one in owed if one["event"] == question] == ["ACK:justified"]
    assert (silent.status_code, silent.json()["code"]) == (422, "motive_missing")
    assert (odd.status_code, odd.json()["code"]) == (422, "contradiction")
    assert given.status_code == 202
    (stage,) = status["to"][0]["acknowledged"]
    assert (stage["stage"], stage["motive"]) == ("justified", "own_case")
    assert status["duties"][0]["state"] == "closed"


async def test_a_question_is_asked_only_of_what_was_told(welfare: Bench) -> None:
    """An event that no answer has named is unknown, and so is another desk's look-up."""
    found = await looked(welfare, "crip", case=CASE)
    unknown = await ask(welfare, "ase", f"/v1/accesses/{found['items'][0]['event']}/ask")
    other = await welfare.get("ase", f"/v1/accesses/{found['event']}")

    for answer in (unknown, other):
        assert (answer.status_code, answer.json()["code"]) == (404, "event_unknown")


async def test_what_was_told_is_there_after_a_restart(welfare: Bench) -> None:
    """From the inbox's notices; nothing of it is kept anywhere else."""
    await looked(welfare, "crip", case=CASE)
    before = welfare.office.view("crip").accesses

    after = revive(welfare.world, "child_welfare").view("crip").accesses

    assert (after.answers, after.first) == (before.answers, before.first)

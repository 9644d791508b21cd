"""A split desk gives its cases away over HTTP: to one heir each, with its mail, once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.flows.acts import same_state
from tests.flows.passing_on import THIRD, pass_on, three_homes
from tests.samples import sample
from tests.services.agency.bench import Bench, bearer, revive, serving
from tests.services.agency.http.test_many_cases import placed, waiting

CANARY = "CANARY"  # in each text of the sample


@pytest.fixture
async def split() -> AsyncIterator[tuple[Bench, str]]:
    """The service of three homes, of which the first, with one child, is split in two."""
    world = three_homes()
    event = placed(world, "one")
    pass_on(world, "home-1", "home-2", THIRD)
    async with serving("child_welfare", world) as bench:
        yield bench, event


async def entrust(bench: Bench, event: str, to: str, desk: str = "home-1") -> httpx.Response:
    """The request."""
    answer = await bench.client.post(
        f"/v1/inbox/{event}/entrust", json={"to": to}, headers=bearer(desk)
    )
    bench.settle()
    return answer


async def test_an_heir_reads_what_was_passed_on_and_by_whom(split: tuple[Bench, str]) -> None:
    """Each scope as it was, with who passed it on and the event that it was."""
    bench, event = split
    (original,) = (await bench.get("home-1", "/v1/inbox")).json()["items"]

    answer = await entrust(bench, event, THIRD)

    assert answer.status_code == 202
    (line,) = answer.json()["to"]
    assert (line["desk"], line["scopes"]) == (THIRD, sorted(original["parts"]))
    (item,) = (await bench.get(THIRD, "/v1/inbox")).json()["items"]
    assert (item["type"], item["from"], item["case"]) == ("ENTRUST", "home-1", original["case"])
    assert item["answers"] == [{"issuer": "parq-civ", "event": event}]
    assert item["parts"] == original["parts"]
    assert item["clauses"] == original["clauses"]
    assert CANARY in str(item["parts"])
    assert (await bench.get("home-2", "/v1/inbox")).json()["items"] == []
    same_state(bench.world)


async def test_an_heir_answers_whoever_sent_it_first(split: tuple[Bench, str]) -> None:
    """Its receipt of what was passed on meets what is owed to the court, after a new start too."""
    bench, event = split
    await entrust(bench, event, THIRD)
    revive(bench.world, "child_welfare")
    async with serving("child_welfare", bench.world) as again:
        (item,) = (await again.get(THIRD, "/v1/inbox")).json()["items"]

        answer = await again.client.post(
            f"/v1/inbox/{item['event']}/acknowledge", headers=bearer(THIRD)
        )
        again.settle()
        left = (await again.get(THIRD, "/v1/duties")).json()["items"]

    assert (answer.status_code, answer.json()["to"][0]["desk"]) == (202, "parq-civ")
    assert (answer.json()["warnings"], left) == ([], [])
    (told,) = bench.world.status("parq-civ", event)["to"][1:]
    assert [one["stage"] for one in told["acknowledged"]] == ["passed_on", "received"]


async def test_what_is_kept_for_days_alone_is_sealed_so_for_the_heir(
    split: tuple[Bench, str],
) -> None:
    """An invitation is destroyed after a week: routing withholds it in any other class of keys."""
    bench, _ = split
    case = (await bench.get("home-1", "/v1/inbox")).json()["items"][0]["case"]
    invitation = sample("child_welfare", "coordination_invitation", to=["home-1"], case=case)
    (event,) = bench.world.post("ase", invitation).body["events"]
    bench.settle()

    await entrust(bench, event, THIRD)

    (item,) = (await bench.get(THIRD, "/v1/inbox")).json()["items"]
    assert (item["answers"][0]["event"], item["clauses"]) == (event, {"CODE.meeting": "R42"})


async def test_a_service_that_starts_again_knows_what_was_given(split: tuple[Bench, str]) -> None:
    """The same request is answered alike; the other heir is refused."""
    bench, event = split
    first = (await entrust(bench, event, THIRD)).json()
    revive(bench.world, "child_welfare")
    async with serving("child_welfare", bench.world) as again:
        repeated = await entrust(again, event, THIRD)
        other = await entrust(again, event, "home-2")
        left = await waiting(again)

    assert repeated.json()["events"] == first["events"]
    assert (other.status_code, other.json()["code"]) == (409, "entrusted")
    assert left == []


@pytest.mark.parametrize(
    ("desk", "to", "status", "code"),
    [
        ("home-1", "crip", 422, "not_heir"),
        ("home-1", "home-1", 422, "not_heir"),
        ("home-1", "", 422, "invalid_request"),
        ("home-2", THIRD, 404, "event_unknown"),
    ],
)
async def test_nobody_else_gives_or_gets_a_case(
    split: tuple[Bench, str], desk: str, to: str, status: int, code: str
) -> None:
    """A desk outside the order, the desk itself, none; and a desk that was not sent the event."""
    bench, event = split

    answer = await entrust(bench, event, to, desk)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert CANARY not in answer.text
    assert bench.writes.batches == []


async def test_a_desk_that_does_not_end_or_has_ended_gives_nothing() -> None:
    """Before the order, and from the instant on at which its mail has ended."""
    world = three_homes()
    event = placed(world, "one")
    async with serving("child_welfare", world) as bench:
        early = await entrust(bench, event, THIRD)
        world.clock.move_to(pass_on(world, "home-1", "home-2", THIRD))
        late = await entrust(bench, event, THIRD)
        left = await waiting(bench)

    assert [(one.status_code, one.json()["code"]) for one in (early, late)] == [
        (409, "not_ending")
    ] * 2
    assert left == []

"""A split desk gives many cases away in one request: those it names, or all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import desk_urn
from services.agency.http import inbox_routes as many_cases
from services.agency.office.office import Office
from services.platform.kafka.writing.aborted import TransactionAbortedError
from tests.flows.acts import decided, raw, same_state
from tests.flows.desks_changed import begin_anew
from tests.flows.passing_on import THIRD, pass_on, three_homes
from tests.samples import sample
from tests.services.agency.bench import Bench, bearer, serving
from tests.world import BEGIN, World


def placed(world: World, file: str) -> str:
    """The court places the child of a file in the first home; the event's id."""
    record = sample("justice", "opp", decided_on="2026-09-07", reference=file)
    record["call"]["at"] = rfc3339(BEGIN - 600)
    (event,) = world.post("parq-civ", record).body["events"]
    world.settle()
    return str(event)


def split() -> tuple[World, list[str]]:
    """A home with two children, one with two events, is split; the ids of all three."""
    world = three_homes()
    events = [placed(world, file) for file in ("one", "two", "one")]
    pass_on(world, "home-1", "home-2", THIRD)
    return world, events


def cases(world: World, events: list[str]) -> list[str]:
    """The cases of what the home was sent."""
    known = world.office("home-1").view("home-1").names.events
    return [known[event].case for event in events]


async def entrust(bench: Bench, **body: Any) -> httpx.Response:
    """The request of the home that ends."""
    answer = await bench.client.post("/v1/cases:entrust", json=body, headers=bearer("home-1"))
    bench.settle()
    return answer


async def waiting(bench: Bench) -> list[dict[str, Any]]:
    """What still waits."""
    told = (await bench.get("home-1", "/v1/duties")).json()
    return list(told.get("to_entrust", []))


async def passed_on(bench: Bench, desk: str) -> list[str]:
    """What an heir has got: the events that it was."""
    items = (await bench.get(desk, "/v1/inbox")).json()["items"]
    return [one["answers"][0]["event"] if one.get("answers") else "" for one in items]


async def test_all_that_waits_goes_to_one_heir_with_what_was_sent() -> None:
    """Each arrival once; the same request again gives nothing more."""
    world, events = split()
    async with serving("child_welfare", world) as bench:
        answer = (await entrust(bench, to=THIRD)).json()
        again = (await entrust(bench, to=THIRD)).json()

        assert (len(answer["events"]), answer["refused"], answer["more"]) == (3, [], False)
        assert (again["events"], await waiting(bench)) == ([], [])
        assert sorted(await passed_on(bench, THIRD)) == sorted(events)
        same_state(world)


async def test_named_cases_go_and_the_others_wait_for_another_heir() -> None:
    """What has its heir already is passed over in the second request."""
    world, events = split()
    async with serving("child_welfare", world) as bench:
        one, two, _one = cases(world, events)
        await entrust(bench, to=THIRD, cases=[two])
        left = await waiting(bench)
        rest = (await entrust(bench, to="home-2", cases=[one, two])).json()

        assert [case["case"] for case in left] == [one]
        assert (len(rest["events"]), await waiting(bench)) == (2, [])
        assert await passed_on(bench, THIRD) == [events[1]]


async def test_a_case_on_which_the_desk_only_wrote_is_given_alone() -> None:
    """It is listed without an event, last; another that is given stays the heir's alone."""
    world, _events = split()
    runaway = sample("child_welfare", "runaway", reference="three")
    runaway["call"]["at"] = rfc3339(world.clock.now() - 600)
    runaway["last_seen"]["at"] = rfc3339(world.clock.now() - 3_600)
    (event,) = world.post("home-1", runaway).body["events"][:1]
    world.settle()
    async with serving("child_welfare", world) as bench:
        written = world.status("home-1", event)["case"]
        before = await waiting(bench)
        answer = (await entrust(bench, to=THIRD, cases=[written])).json()
        again = (await entrust(bench, to="home-2", cases=[written])).json()
        after = await waiting(bench)

    assert (before[-1]["case"], before[-1]["events"]) == (written, [])
    assert (len(answer["events"]), answer["refused"], again["events"]) == (1, [], [])
    assert written not in {one["case"] for one in after}
    given = [
        one.state.cases[written].entrusted
        for one in world.routers.values()
        if written in one.state.cases
    ]
    assert {desk_urn("civil", "home-1"): desk_urn("civil", THIRD)} in given
    same_state(world)


async def test_a_request_takes_a_bounded_number_and_the_next_one_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Until nothing more waits."""
    monkeypatch.setattr(many_cases, "MOST", 2)
    world, _events = split()
    async with serving("child_welfare", world) as bench:
        answers = [(await entrust(bench, to=THIRD)).json() for _ in range(2)]

    assert [(len(one["events"]), one["more"]) for one in answers] == [(2, True), (1, False)]


async def test_what_is_not_kept_gives_its_case_alone_and_a_second_of_it_is_refused_by_name() -> (
    None
):
    """One that fails ends nothing: the cases behind it are given."""
    world, events = split()
    async with serving("child_welfare", world) as bench:
        one = cases(world, events)[0]
        bench.reader.kept_from = 1_000
        answer = (await entrust(bench, to=THIRD)).json()

    assert (len(answer["events"]), answer["more"]) == (2, False)
    assert answer["refused"] == [{"case": one, "event": events[2], "code": "entrusted"}]


async def test_what_kafka_did_not_take_goes_with_the_next_request() -> None:
    """503, and nothing is given twice or lost."""
    world, events = split()
    async with serving("child_welfare", world) as bench:
        bench.writes.error = TransactionAbortedError("aborted", "an end", "a commit")
        down = await entrust(bench, to=THIRD)
        bench.writes.error = None
        await entrust(bench, to=THIRD)

        assert down.status_code == 503
        assert sorted(await passed_on(bench, THIRD)) == sorted(events)


async def test_what_routing_refused_is_given_by_the_same_request_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its clock was two seconds behind the order: our key must not hold that for ever."""
    world, before = three_homes(), BEGIN
    event = placed(world, "one")
    world.clock.advance(2)
    with monkeypatch.context() as slow:
        slow.setattr(world, "settle", lambda: None)
        pass_on(world, "home-1", "home-2", THIRD)
        world.office("home-1").succeed(world.clock.now())
        async with serving("child_welfare", world) as bench:
            early = (await entrust(bench, to=THIRD)).json()["events"]
    with monkeypatch.context() as behind:
        behind.setattr(world.clock, "_at", before)
        world.settle()
    async with serving("child_welfare", world) as bench:
        left = await waiting(bench)
        late = (await entrust(bench, to=THIRD)).json()["events"]

        assert decided(world, early[0], THIRD)["reasons"] == ["not_ending"]
        assert [one["events"] for one in left] == [[event]]
        assert (len(late), late == early, await waiting(bench)) == (1, False, [])
        assert await passed_on(bench, THIRD) == [event]


def merged() -> tuple[World, str]:
    """Of two homes in one service the one follows the other, which was sent an event; its id."""
    world = three_homes()
    event = placed(world, "one")
    pass_on(world, "home-1", "home-2")
    return world, event


async def test_an_heir_that_ends_gives_away_what_the_desk_was_sent_that_it_follows() -> None:
    """It reads it, so it is its to pass on: nothing stays unseen, nothing given is owed."""
    world, event = merged()
    agency, urn = world.office("home-1").agency, desk_urn("civil", THIRD)
    signers = {desk: keys for desk, keys in agency.signers.items() if desk != urn}
    desks = tuple(desk for desk in agency.desks if desk != THIRD)
    pass_on(world, "home-2", THIRD)
    begin_anew(world, Office(replace(agency, desks=desks, signers=signers)))
    async with serving("child_welfare", world) as bench:
        path, key = "/v1/cases:entrust", bearer("home-2")
        before = (await bench.get("home-2", "/v1/duties")).json()
        given = (await bench.client.post(path, json={"to": THIRD}, headers=key)).json()
        bench.settle()
        after = (await bench.get("home-2", "/v1/duties")).json()
        (item,) = (await bench.get("home-2", "/v1/inbox")).json()["items"]

        assert [one["events"] for one in before["to_entrust"]] == [[event]]
        assert (len(given["events"]), given["refused"]) == (1, [])
        assert (after["items"], after.get("to_entrust"), item["owes"]) == ([], None, [])
        same_state(world)


async def test_the_token_of_a_desk_that_ended_is_told_whose_to_use() -> None:
    """For every route of a desk."""
    world, _event = merged()
    async with serving("child_welfare", world) as bench:
        answers = [await bench.get("home-1", path) for path in ("/v1/inbox", "/v1/duties")]
        answers.append(await bench.post("home-1", {}))

    assert {(one.status_code, one.json()["code"]) for one in answers} == {(403, "desk_has_heir")}
    assert "home-2" in answers[0].json()["expected"]


async def test_what_a_desk_gives_to_who_follows_it_here_that_one_still_owes() -> None:
    """Who holds an ended desk's keys would clear its heir's list, and let debts lapse."""
    world, event = merged()
    given = raw(
        world,
        "home-1",
        "ENTRUST",
        ("home-2", "entrust", ""),
        case=cases(world, [event])[0],
        declared={},
    )
    begin_anew(world, Office(world.office("home-1").agency))
    async with serving("child_welfare", world) as bench:
        told = (await bench.get("home-2", "/v1/duties")).json()["items"]
        items = (await bench.get("home-2", "/v1/inbox")).json()["items"]

    assert decided(world, given, "home-2")["verdict"] == "release"
    assert [one["event"] for one in told] == [event]
    assert [one["state"] for one in items[0]["owes"]] == ["open"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"to": THIRD, "cases": ["x"]}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
    ],
)
async def test_what_is_asked_wrongly_gives_nothing(
    body: dict[str, Any], status: int, code: str
) -> None:
    """No token, no heir; another desk is refused as by `entrust`."""
    world, _events = split()
    async with serving("child_welfare", world) as bench:
        answer = await entrust(bench, **body)

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert bench.writes.batches == []

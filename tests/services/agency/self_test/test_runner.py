"""The self-test over a world in memory: a PING goes through the router; asked without end it costs nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import httpx
import pytest

from contracts.vocabulary import topics
from services.agency.self_test import runner
from services.agency.self_test.runner import PING_S, SelfTest, clock_row, directory_row, ping_rows
from services.platform.http.problems import ProblemError
from services.platform.kafka.writing.aborted import TransactionAbortedError
from services.platform.self_test.rows import ROWS, SelfTestRow, read_rows
from tests.patience import PATIENCE
from tests.services.agency.bench import Bench, bearer, serving
from tests.world import World

pytestmark = pytest.mark.anyio
NOBODY = "127.0.0.1:1"  # where no broker listens


@asynccontextmanager
async def looking(world: World | None = None) -> AsyncIterator[tuple[Bench, SelfTest]]:
    """Child welfare's service, whose router answers, and whose Kafka nobody is."""
    async with serving("child_welfare", world) as bench:
        kept = frozenset(bench.office.agency.desks) - {"pmi"}
        test = SelfTest(NOBODY, {}, bench.publisher, kept, bench.parts.clock)
        bench.parts.self_test = test
        routing = asyncio.create_task(_route(bench))
        try:
            yield bench, test
        finally:
            routing.cancel()


async def _route(bench: Bench) -> None:
    while True:
        bench.settle()
        await asyncio.sleep(0.005)


def pings(bench: Bench) -> int:
    """How many PINGs the agency's outboxes hold."""
    rows = [
        row
        for (name, _), rows in bench.world.topics.items()
        for row in rows
        if name == topics.outbox("civil", "child_welfare")
    ]
    return sum(b"relais.event.PING" in (row.value or b"") for row in rows)


def by_name(answer: httpx.Response, desk: str = "crip") -> dict[str, SelfTestRow]:
    """The rows of an answer."""
    assert answer.status_code == httpx.codes.OK
    return {row.name: row for row in read_rows(answer.json())[desk]}


async def test_a_desk_shows_its_token_and_an_event_goes_through_the_router_and_back() -> None:
    """The log has one PING, on no case, to nobody, which changes nothing; its replay finds nothing."""
    async with looking() as (bench, _test):
        answer = await bench.client.post("/check", params={"desk": "crip"}, headers=bearer("crip"))

        rows = by_name(answer)
        assert tuple(rows) == ROWS
        states = {name: row.state for name, row in rows.items()}
        assert states == {
            "name": "working", "tls": "cannot", "certificate": "unused", "token": "working",
            "own_topic": "cannot", "foreign_topic": "unused", "clock": "working",
            "directory": "working", "ping": "working",
        }  # fmt: skip
        assert (rows["ping"].seconds or 0) > 0
        assert rows["tls"].code == "kafka_away"
        assert pings(bench) == 1
        assert not [
            found for place in bench.world.routers for found in bench.world.replay(*place)[1]
        ]


async def test_who_asks_without_end_gets_what_was_found_and_no_second_event() -> None:
    """A hundred requests without a token: one PING, one look at Kafka; after a while one more of each."""
    async with looking() as (bench, test):
        now = 0.0
        test.seconds = lambda: now
        asked = [bench.client.post("/check", params={"desk": "crip"}) for _ in range(10)]
        for _ in range(9):
            await bench.client.post("/check", params={"desk": "crip", "row": "ping"})
        answers = await asyncio.gather(*asked)
        first = by_name(answers[0])["ping"]
        assert (pings(bench), {by_name(one)["ping"].at for one in answers}) == (1, {first.at})

        now = PING_S
        await bench.client.post("/check", params={"desk": "crip"})

        assert pings(bench) == 2


async def test_strangers_who_ask_without_end_take_no_desk_s_self_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They are sent away when enough wait, and have a PING of their own: the desk's place and PING are its token's."""
    monkeypatch.setattr(runner, "WAITING", 1)
    async with looking() as (bench, test):
        own = partial(bench.client.post, "/check", params={"desk": "crip"}, headers=bearer("crip"))
        async with test._looking:
            stranger = asyncio.create_task(test.again("crip"))
            await asyncio.sleep(0)
            with pytest.raises(ProblemError, match="busy"):
                await test.again("crip")
            desk = asyncio.create_task(own())
            await asyncio.sleep(0.05)
        asked = await stranger
        told = by_name(await desk)["ping"]
        assert (told.state, pings(bench)) == ("working", 2)
        assert (told.at or 0) > (asked[-1].at or 0)

        await own()
        await test.again("crip")

        assert pings(bench) == 2


async def test_a_ping_that_nobody_answers_holds_up_no_other_desk() -> None:
    """A stranger who has every desk's sent while the router is away keeps none of them from its own."""
    async with looking() as (_bench, test):
        async with test._pinging["ase"], asyncio.timeout(PATIENCE):
            rows = await test.again("crip", "ping", is_own=True)

        assert rows[-1].state == "working"


async def test_a_wrong_token_another_desk_and_another_row_are_refused_and_publish_nothing() -> None:
    """A row is one of nine, a desk one of the service's own; a token opens its own desk."""
    async with looking() as (bench, test):
        tried = [
            ({"desk": "crip"}, {"Authorization": "Bearer canary-7f3a91"}, 401, "token_unknown"),
            ({"desk": "crip"}, bearer("ase"), 403, "other_desk"),
            ({"desk": "edu-s"}, {}, 404, "desk_unknown"),
            ({"desk": "crip", "row": "canary-7f3a91"}, {}, 422, "invalid_request"),
            ({}, {}, 422, "invalid_request"),
        ]
        for params, headers, status, code in tried:
            answer = await bench.client.post("/check", params=params, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code)
            assert "canary" not in answer.text
        assert (pings(bench), test.seen) == (0, set())


async def test_what_anybody_may_read_tells_nothing_of_what_a_desk_does() -> None:
    """Desks, rows, codes and instants of tries: not when a token was used, no event, no case, no name."""
    async with looking() as (bench, _test):
        sent = await bench.client.post("/check", params={"desk": "crip"}, headers=bearer("crip"))
        own = (await bench.get("crip", "/v1/inbox", limit=1)).status_code
        shown = await bench.client.get("/check")

        assert own == httpx.codes.OK
        assert {key for rows in shown.json()["desks"].values() for row in rows for key in row} <= {
            "row", "state", "at", "code", "days", "seconds",
        }  # fmt: skip
        rows = by_name(shown, "pmi")
        assert (rows["token"].state, rows["token"].code) == ("cannot", "no_token")
        assert (rows["ping"].state, rows["ping"].code) == ("unused", "not_tried")
        assert by_name(shown)["ping"] == by_name(sent)["ping"]


async def test_a_router_that_is_silent_and_brokers_that_take_nothing_are_told_apart() -> None:
    """And neither raises: the row is what was found."""
    async with serving("child_welfare") as bench:
        silent, clock = await ping_rows(bench.publisher, bench.parts.clock, "crip", "civil", 0.05)
        bench.writes.error = TransactionAbortedError("aborted")
        lost, _ = await ping_rows(bench.publisher, bench.parts.clock, "crip", "civil", 0.05)

        assert (silent.state, silent.code, clock.state) == ("cannot", "no_answer", "unused")
        assert (lost.state, lost.code) == ("cannot", "not_published")


async def test_a_desk_needs_keys_of_those_classes_alone_in_which_it_may_receive() -> None:
    """Of a prosecutor to whom no clause sends anything none are missing; of the CRIP all are."""
    world, rows = World(), {}
    for registry in {
        id(each): each
        for office in world.offices.values()
        for each in office.agency.registries.values()
    }.values():
        for digest, directory in registry.directories.items():
            keyless = replace(directory, encryption=type(directory.encryption)(apart={}))
            registry.directories[digest] = keyless
    for agency, desk in (("justice", "parq-crim"), ("child_welfare", "crip")):
        rows[desk] = directory_row(world.offices[agency], desk, world.clock.now())

    assert (rows["parq-crim"].state, rows["crip"].code) == ("working", "no_key")


@pytest.mark.parametrize(
    ("signed", "differs"), [(100, 0), (103, 0), (98, 2), (97, 3), (106, 3)]
)  # ours: sent at 100, told at 103
def test_a_clock_differs_by_what_no_delay_explains(signed: int, differs: int) -> None:
    """Between the two instants nothing is said; two seconds more are let pass."""
    row = clock_row(signed, 100, 103, 1.0)

    assert row.seconds == differs
    assert row.state == ("working" if differs <= 2 else "cannot")

"""A desk's PING goes through the router and back; again at once it is the same one."""

from __future__ import annotations

import pytest

from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.operate.joining.checking import answer_of, ping_of
from tests.services.agency.bench import Bench, bearer, serving

AGENCY = "child_welfare"
CRIP = desk_urn("civil", "crip")


def records(bench: Bench, name: str) -> list[Inbound]:
    """All of a topic."""
    return [row for (topic, _), rows in bench.world.topics.items() if topic == name for row in rows]


def pings(bench: Bench, desk: str = CRIP) -> set[str]:
    """Ids of a desk's PINGs in its agency's outbox."""
    sent = records(bench, topics.outbox("civil", AGENCY))
    return {event for row in sent for event in ping_of(row, desk)}


async def test_a_ping_is_decided_like_any_event_and_replays() -> None:
    """Its notice is what `relais partner check --folder` looks for."""
    async with serving(AGENCY) as bench:
        answer = await bench.client.post("/check", headers=bearer("crip"))
        (event,) = answer.json()["events"]
        bench.settle()
        stands = (await bench.get("crip", f"/v1/referrals/{event}")).json()

        agency = bench.office.agency
        directory = agency.in_force("civil", bench.world.clock.now())[1]
        inbox = records(bench, topics.inbox("civil", AGENCY))

        assert (answer.status_code, stands["state"], stands["to"]) == (202, "decided", [])
        assert pings(bench) == {event}
        for known, answers in ((event, [False]), ("another", [])):
            given = (answer_of(row, CRIP, directory, {known}) for row in inbox)
            assert [refused for answer in given for refused in answer] == answers
        for place in bench.world.routers:
            assert not bench.world.replay(*place)[1]


async def test_who_asks_without_end_sends_one_ping_in_a_quarter_of_an_hour() -> None:
    """Of each desk; after that the next one."""
    async with serving(AGENCY) as bench:
        first = [
            (await bench.client.post("/check", headers=bearer("crip"))).json()["events"]
            for _ in range(5)
        ]
        await bench.client.post("/check", headers=bearer("ase"))
        assert len(pings(bench)) == 1 == len({tuple(events) for events in first})

        bench.world.clock.advance(900)
        await bench.client.post("/check", headers=bearer("crip"))

        assert len(pings(bench)) == 2
        assert len(pings(bench, desk_urn("civil", "ase"))) == 1


@pytest.mark.parametrize("value", [None, b"", b"{}", b"\xff", b'{"data":{"cover":"a.b.c"}}'])
def test_what_is_no_event_is_no_ping(value: bytes | None) -> None:
    """Whoever has the agency's certificate can write there."""
    record = Inbound(topics.outbox("civil", AGENCY), 0, 0, None, value, (), 0)

    assert ping_of(record, CRIP) == set()

"""A desk's PING, again at once, is the same one: its way back is in tests/flows."""

from __future__ import annotations

from contracts.vocabulary.schema import desk_urn
from services.operate.joining.checking import ping_of
from tests.services.agency.bench import Bench, serving

CRIP = desk_urn("civil", "crip")


def pings(bench: Bench, desk: str = CRIP) -> set[str]:
    """Ids of a desk's PINGs in its agency's outbox."""
    topics = bench.world.topics.items()
    sent = [row for (name, _), rows in topics for row in rows if ".outbox." in name]
    return {event for row in sent for event in ping_of(row, desk)}


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

"""A desk whose software reads some acts alone: who sends is told before anything is sealed."""

from __future__ import annotations

import pytest

from contracts.errors import DirectoryError
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from tests.contracts.envelope import kit
from tests.flows.acts import raw
from tests.flows.key_succession import REALM, Keeper
from tests.samples import filed
from tests.services.agency.bench import bearer, serving
from tests.world import World

READS = ["EVALREP/1", "FEEDBACK/1", "IP/1"]


def world_where(reads: list[str]) -> World:
    """In which the CRIP reads these, as the next version of the directory says."""
    world = World()
    world.clock.advance(85 * kit.DAY)  # samples tell of November 2026
    keeper = Keeper(world)
    (crip,) = (row for row in keeper.payload["desks"] if row["desk"] == desk_urn(REALM, "crip"))
    crip["reads"] = reads
    keeper.adopt()
    return world


def published(world: World) -> int:
    """Records in the school's outbox."""
    name = topics.outbox("civil", "education")
    return sum(len(rows) for (topic, _), rows in world.topics.items() if topic == name)


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_what_the_only_addressee_does_not_read_is_refused_unsealed(query: str) -> None:
    """By its reason, in the request and in its dry run; nothing is in the outbox."""
    record = filed("education", "information_preoccupante", "EDU-S")
    async with serving("education", world_where(["FEEDBACK/1", "IP/2"])) as bench:
        path = f"/v1/referrals{query}"
        answer = await bench.client.post(path, json=record, headers=bearer("edu-s"))

        assert (answer.status_code, answer.json()["code"]) == (422, "nothing_to_publish")
        assert [line["reasons"] for line in answer.json()["to"]] == [["not_read"]]
        assert published(bench.world) == 0


async def test_a_sender_finds_out_beforehand_which_acts_a_desk_reads() -> None:
    """`GET /v1/desks` has the list; of a desk that reads all, none; the reason says what next."""
    async with serving("education", world_where(READS)) as bench:
        told = (await bench.get("edu-s", "/v1/desks")).json()["items"]
        lists = (await bench.get("edu-s", "/v1/codes")).json()["items"]

    desks = {desk["desk"]: desk for item in told for desk in item["desks"]}
    assert desks["crip"]["reads"] == READS
    assert "reads" not in desks["parq-civ"]
    codes = next(one["codes"] for one in lists if one["name"] == "reasons")
    (row,) = (code for code in codes if code["code"] == "not_read")
    assert row["at"] == "recipient"
    assert "`reads`" in row["next"]["en"]


async def test_the_others_of_a_record_get_theirs() -> None:
    """A report to the prosecutor goes out; its copy to a CRIP that cannot read it does not."""
    record = filed("education", "signalement", "EDU-S")
    async with serving("education", world_where(READS)) as bench:
        answer = (await bench.post("edu-s", record)).json()

        assert (answer["outcome"], answer["sent_to"]) == ("published_in_part", ["parq-civ"])
        (line,) = (line for line in answer["to"] if line["desk"] == "crip")
        assert line["reasons"] == ["not_read"]


def test_what_was_sealed_all_the_same_is_delivered_and_replays() -> None:
    """The router asks nobody what he reads: other code may know more than the directory."""
    world = world_where(["FEEDBACK/1"])

    raw(world, "psp", "IP", ("crip", "assess", "FACTS IDENTITY"))

    inbox = topics.inbox("civil", "child_welfare")
    arrived = [row for (name, _), rows in world.topics.items() if name == inbox for row in rows]
    assert kit.addressed(arrived, "crip")
    assert world.audit()["clean"]


@pytest.mark.parametrize("reads", [[], ["IP/1", "FEEDBACK/1"], ["IP/1", "IP/1"], ["IP"], ["IP/0"]])
def test_another_form_of_the_list_is_no_directory(reads: list[str]) -> None:
    """Unsorted, twice, empty, without a version: nobody signs it."""
    with pytest.raises(DirectoryError, match="malformed"):
        world_where(reads)

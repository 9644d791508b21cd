"""What an answer says beside its verdict: a field that lacks, oddities, an act that is not read."""

from __future__ import annotations

import pytest

from contracts.errors import DirectoryError
from services.play.demo.bus import ServiceAnswer
from tests import samples
from tests.contracts.envelope import kit
from tests.flows.acts import raw
from tests.flows.directories import Keeper
from tests.samples import concern, filed, sample
from tests.services.agency.bench import serving
from tests.world import BEGIN, World


def test_a_refusal_names_the_fields_that_unmet_conditions_lack(world: World) -> None:
    """Whether parents were told; a call: a copy of nothing is no copy, the CRIP has none."""
    refused = world.post("edu-s", concern(told=None))
    record = sample("education", "signalement", call=None, danger=False)

    dry, wet = world.dry_run("edu-h-1", record), world.post("edu-h-1", record)

    (error,) = refused.body["errors"]
    assert (error["cause"], error["place"], error["got"]) == ("not_informed", "told", "nothing")
    assert (wet.status, wet.body["code"], wet.body["place"]) == (422, "nothing_to_publish", "call")
    assert [(row["place"], row["got"], row["desk"]) for row in wet.body["errors"]] == [
        ("call", "nothing", "parq-civ"), ("danger", "another answer", "parq-civ"),
    ]  # fmt: skip
    assert wet.body["errors"][0]["expected"] == "the call that came first"
    assert {row["desk"]: row["reasons"] for row in wet.body["to"]} == {
        "parq-civ": ["no_call", "danger_not_qualified"], "crip": ["not_a_copy"],
    }  # fmt: skip
    assert dry.body == wet.body


def test_an_alert_without_facts_is_taken_with_a_warning(world: World) -> None:
    """A dry run warns too; with what was seen, nobody is warned."""
    dry = world.dry_run("edu-s", concern(observations=None))
    wet = world.post("edu-s", concern(observations=None))
    whole = world.post("edu-s", concern())

    assert [row["cause"] for row in dry.body["warnings"]] == ["no_facts"]
    assert wet.status == 202
    assert wet.body["warnings"] == dry.body["warnings"]
    assert wet.body["warnings"][0]["desk"] == "crip"
    assert whole.body["warnings"] == []


def test_a_stage_that_meets_nothing_of_what_is_owed_is_taken_with_a_warning(world: World) -> None:
    """The association is asked to accept; to have received it says nothing of that."""
    record = sample(
        "child_welfare", "specialist_referral", frame="joint_evaluation", follow_up_until=None
    )
    sent = world.post("crip", record)
    (event,) = sent.body["events"]

    received = world.acknowledge("asso", event, "received")
    declined = world.acknowledge("asso", event, "declined")

    assert received.status == 202, received.body
    (warning,) = received.body["warnings"]
    assert (warning["cause"], warning["got"]) == ("stage_not_expected", "received")
    assert warning["expected"] == "accepted or declined"
    assert declined.body["warnings"] == []


LATER = BEGIN + 150 * 86_400  # the samples' dates are out of their bounds by then


@pytest.mark.parametrize(
    ("at", "code"), [(BEGIN, "call_after_event"), (LATER, "fact_out_of_bounds")]
)
def test_what_a_dry_run_takes_is_taken_and_what_it_refuses_is_refused(at: int, code: str) -> None:
    """Dates out of bounds and calls in the future too, which show when the event is sealed only."""
    refused = set()
    for agency, kind, role in samples.every_filing():
        world, desk = World(), samples.desk_of(role)
        world.clock.move_to(at)
        record = samples.filed(agency, kind, role)

        dry, wet = world.dry_run(desk, record), world.post(desk, record)

        assert told(dry) == told(wet), (desk, kind)
        assert dry.events == []
        if dry.status != 200:
            refused.add(dry.body["code"])
    assert code in refused


def told(answer: ServiceAnswer) -> tuple[bool, object]:
    """Whether it was taken, and the problem but for what names no cause."""
    taken = answer.status in (200, 202)
    return taken, None if taken else answer.body


READS = ["EVALREP/1", "FEEDBACK/1", "IP/1"]


def world_where(reads: list[str]) -> World:
    """In which the CRIP reads these, as the next version of the directory says."""
    world = World()
    world.clock.advance(85 * kit.DAY)  # samples tell of November 2026
    keeper = Keeper(world)
    keeper.row("crip")["reads"] = reads
    keeper.adopt()
    return world


@pytest.mark.parametrize("query", ["", "?dry_run=true"])
async def test_what_the_only_addressee_does_not_read_is_refused_unsealed(query: str) -> None:
    """By its reason, in the request and in its dry run; nothing is in the outbox."""
    record = filed("education", "information_preoccupante", "EDU-S")
    async with serving("education", world_where(["FEEDBACK/1", "IP/2"])) as bench:
        answer = await bench.post("edu-s", record, f"/v1/referrals{query}")

        assert (answer.status_code, answer.json()["code"]) == (422, "nothing_to_publish")
        assert [line["reasons"] for line in answer.json()["to"]] == [["not_read"]]
        assert bench.world.rows(".outbox.education") == []


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

    assert kit.addressed(world.rows(".inbox.child_welfare"), "crip")
    assert world.audit()["clean"]


@pytest.mark.parametrize("reads", [[], ["IP/1", "FEEDBACK/1"], ["IP/1", "IP/1"], ["IP"], ["IP/0"]])
def test_another_form_of_the_list_is_no_directory(reads: list[str]) -> None:
    """Unsorted, twice, empty, without a version: nobody signs it."""
    with pytest.raises(DirectoryError, match="malformed"):
        world_where(reads)

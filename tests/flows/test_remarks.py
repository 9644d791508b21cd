"""What an answer says beside its verdict: the field that a condition lacks, and what looks odd."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.vocabulary.scopes import ROLES
from services.play.demo.bus import ServiceAnswer
from tests import samples
from tests.samples import sample
from tests.world import BEGIN, World


def concern(**changes: Any) -> dict[str, Any]:
    """A school's information préoccupante of this September; a change to None removes a field."""
    return sample("education", "information_preoccupante", **changes)


def test_a_refusal_names_the_fields_that_unmet_conditions_lack() -> None:
    """Whether parents were told; a call: a copy of nothing is no copy, the CRIP has none."""
    world = World()
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


def test_an_alert_without_facts_is_taken_with_a_warning() -> None:
    """A dry run warns too; with what was seen, nobody is warned."""
    world = World()

    dry = world.dry_run("edu-s", concern(observations=None))
    wet = world.post("edu-s", concern(observations=None))
    whole = world.post("edu-s", concern())

    assert [row["cause"] for row in dry.body["warnings"]] == ["no_facts"]
    assert wet.status == 202
    assert wet.body["warnings"] == dry.body["warnings"]
    assert wet.body["warnings"][0]["desk"] == "crip"
    assert whole.body["warnings"] == []


def test_a_stage_that_meets_nothing_of_what_is_owed_is_taken_with_a_warning() -> None:
    """The association is asked to accept; to have received it says nothing of that."""
    world = World()
    record = sample(
        "child_welfare", "specialist_referral", frame="joint_evaluation", follow_up_until=None
    )
    sent = world.post("crip", record)
    world.settle()
    (event,) = sent.body["events"]

    received = world.acknowledge("asso", event, "received")
    declined = world.acknowledge("asso", event, "declined")

    assert received.status == 202, received.body
    (warning,) = received.body["warnings"]
    assert (warning["cause"], warning["got"]) == ("stage_not_expected", "received")
    assert warning["expected"] == "accepted or declined"
    assert declined.body["warnings"] == []


LATER = BEGIN + 150 * 86_400  # the samples' dates are out of their bounds by then


def records() -> Iterator[tuple[str, str]]:
    """Every desk with every kind that its role files."""
    for desk, role in samples.DESKS.items():
        for kind in samples.kinds(ROLES[role]):
            if kind != "withdrawal" and role in samples.roles_of(ROLES[role], kind):
                yield desk, kind


@pytest.mark.parametrize(
    ("at", "code"), [(BEGIN, "call_after_event"), (LATER, "fact_out_of_bounds")]
)
def test_what_a_dry_run_takes_is_taken_and_what_it_refuses_is_refused(at: int, code: str) -> None:
    """Dates out of bounds and calls in the future too, which show when the event is sealed only."""
    refused = set()
    for desk, kind in records():
        world = World()
        world.clock.move_to(at)
        role = samples.DESKS[desk]
        record = samples.filed(ROLES[role], kind, role)

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

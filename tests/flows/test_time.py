"""Silence is recorded: overdue, renewed, reopened, repeated until the end."""

from __future__ import annotations

import orjson

from tests.flows.acts import ack, decided, duty, owed, paris, raw, ref, same_state
from tests.flows.test_stories import alert
from tests.world import BEGIN, World

DAY = 86_400


def kinds(world: World, kind: str) -> list[int]:
    """The instants of all records of a kind, both realms."""
    return sorted(
        record["at"]
        for (topic, _), records in world.topics.items()
        if topic.endswith(".decisions")
        for record in (orjson.loads(one.value or b"{}") for one in records)
        if record["kind"] == kind
    )


def test_an_idle_partition_speaks_of_what_fell_due() -> None:
    """No event comes; the overdue record has the due instant itself, and both sides are told."""
    world = World()
    event = raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))

    world.clock.move_to(paris(world, "2026-09-10 09:00"))
    world.settle()

    assert kinds(world, "overdue") == [paris(world, "2026-09-08 23:59:59")]
    assert duty(world, "crip", "ACK:received")["overdue"]
    assert event
    same_state(world)


def test_nothing_is_overdue_at_its_very_instant_before_it_passes() -> None:
    """A second before, silence is still in time."""
    world = World()
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))

    world.clock.move_to(paris(world, "2026-09-08 23:59:58"))
    world.settle()

    assert kinds(world, "overdue") == []


def test_a_late_answer_closes_and_says_that_it_was_late() -> None:
    """Overdue means not seen in time; the closing record says whether it was issued in time."""
    world = World()
    event = raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    world.clock.advance(3 * DAY)
    world.settle()

    ack(world, "crip", "edu-s", event)

    assert owed(world) == ["crip R39:final"]
    closed = next(
        effect
        for (topic, _), records in world.topics.items()
        if topic.endswith(".evidence")
        for one in records
        for effect in orjson.loads(one.value or b"{}")["effects"]
        if effect["k"] == "duty_closed"
    )
    assert closed["in_time"] is False


def test_an_open_duty_is_noticed_again_every_180_days() -> None:
    """A report due in two years is not forgotten, nor is one that stays overdue."""
    world = World()
    order = raw(world, "je", "MEASURE", ("pjj", "mjie", "IDENTITY"), ends_on="2027-09-01")
    ack(world, "pjj", "je", order, "started")

    world.clock.advance(540 * DAY)
    world.settle()

    # Due on day 344: noticed again on day 180, overdue then, noticed again 180 days after that.
    assert [(at - BEGIN) // DAY for at in kinds(world, "renewed")] == [180, 344 + 180]
    assert kinds(world, "overdue") == [paris(world, "2027-08-17 23:59:59")]
    same_state(world)


def test_what_cannot_be_read_reopens_what_it_seemed_to_discharge() -> None:
    """ACK `unreadable` by the creditor: the report is owed again."""
    world = World()
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"))
    asked = raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"))
    report = raw(
        world, "ase", "EVALREP", ("crip", "decide", "FACTS"), re=[ref("crip", asked)]
    )  # fmt: skip
    before = owed(world, "ase")

    ack(world, "crip", "ase", report, "unreadable")

    assert before == []
    assert owed(world, "ase") == ["ase R18"]
    same_state(world)


def test_who_is_not_the_creditor_reopens_nothing() -> None:
    """Another recipient that cannot read its own parts does not undo the report."""
    world = World()
    raw(world, "crip", "EVALREQ", ("ase", "evaluate", "FACTS"))
    asked = raw(world, "crip", "SPECREF", ("asso", "joint_evaluation", "FACTS"))
    report = raw(
        world, "asso", "EVALREP", ("crip", "decide", "RISK"), ("ase", "decide", "RISK"),
        re=[ref("crip", asked)],
    )  # fmt: skip
    before = owed(world)

    ack(world, "ase", "asso", report, "unreadable")

    assert owed(world) == before


def test_monthly_reports_run_until_the_end_and_stop() -> None:
    """Each report opens the next, counted from the start; the end cancels what is left."""
    world = World()
    measure = raw(
        world, "ase", "MEASURE", ("mo", "aed_home", "IDENTITY"), decided_on="2026-09-07"
    )  # fmt: skip
    ack(world, "mo", "ase", measure, "started")
    dues = []
    for _ in range(3):
        dues.append(duty(world, "mo", "R31")["due"])
        world.clock.advance(25 * DAY)
        raw(world, "mo", "EVALREP", ("ase", "progress", "RISK"), re=[ref("ase", measure)])

    raw(world, "ase", "MEASURE", ("mo", "aed_home", ""), ends=[ref("ase", measure)])

    assert [due[:10] for due in dues] == ["2026-10-07", "2026-11-07", "2026-12-07"]
    assert owed(world) == []
    same_state(world)


def test_an_end_is_not_a_start() -> None:
    """Acknowledging the end, or starting after it, opens no monthly report."""
    world = World()
    measure = raw(world, "je", "MEASURE", ("mo", "execute", "IDENTITY"), decided_on="2026-09-07")
    end = raw(world, "je", "MEASURE", ("mo", "execute", ""), ends=[ref("je", measure)])
    before = owed(world)

    ack(world, "mo", "je", end, "started")
    ack(world, "mo", "je", measure, "started")

    assert before == ["mo ACK:started"]  # of the measure itself; the end starts nothing
    assert owed(world) == []


def test_an_end_unassigns_whom_it_names_and_leaves_others() -> None:
    """Two events can hold one desk: ending one leaves the other."""
    world = World()
    opp = raw(
        world, "parq-civ", "MEASURE", ("ase", "execute_opp", "IDENTITY"),
        ("home-1", "execute_opp", "IDENTITY"), decided_on="2026-09-07",
    )  # fmt: skip
    judged = raw(world, "je", "MEASURE", ("home-1", "execute", "IDENTITY"))
    raw(world, "parq-civ", "MEASURE", ("home-1", "execute_opp", ""), ends=[ref("parq-civ", opp)])
    held = raw(world, "ase", "COORD", ("home-1", "invite", "CODE.meeting"))

    raw(world, "je", "MEASURE", ("home-1", "execute", ""), ends=[ref("je", judged)])
    gone = raw(world, "ase", "COORD", ("home-1", "invite", "CODE.meeting"))

    assert decided(world, held, "home-1")["verdict"] == "release"
    assert decided(world, gone, "home-1")["reasons"] == ["not_assigned"]
    same_state(world)


def test_nobody_ends_another_desks_measure() -> None:
    """Parquet and judge may end each other's; the ASE may not end the judge's."""
    world = World()
    judged = raw(world, "je", "MEASURE", ("mo", "execute", "IDENTITY"))

    stolen = raw(world, "ase", "MEASURE", ("mo", "aed_home", ""), ends=[ref("je", judged)])
    lawful = raw(
        world, "parq-civ", "MEASURE", ("ase", "execute_opp", ""), ends=[ref("je", judged)]
    )  # fmt: skip

    assert decided(world, stolen, "mo")["reasons"] == ["ends_not_own"]
    assert decided(world, lawful, "ase")["verdict"] == "release"


def test_declining_closes_what_would_have_followed() -> None:
    """No monthly report is owed for a follow-up that was declined."""
    world = World()
    asked = raw(world, "ase", "SPECREF", ("asso", "specialist_followup", "IDENTITY"))

    ack(world, "asso", "ase", asked, "declined")

    assert owed(world) == []


def test_an_inbox_numbers_without_gaps() -> None:
    """After everything, every desk's deliveries and notices count without a hole."""
    world = World()
    for number in range(20):
        raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"), case=f"{number:043d}")
    world.clock.advance(100 * DAY)
    world.settle()

    assert world.office("crip").view("crip").gaps == []


def test_an_expired_directory_stops_sealing_and_not_reading() -> None:
    """What came can still be opened and counted; nothing new is sealed to keys of the past."""
    world = World()
    answer = world.post("edu-s", alert(world))
    world.settle()

    world.clock.advance(500 * DAY)
    world.settle()
    late = world.post("edu-s", alert(world))

    assert [one.event for one in world.inbox("crip")] == answer.events
    assert all(one["overdue"] for one in world.duties("crip"))
    assert (late.status, late.code) == (503, "directory_expired")

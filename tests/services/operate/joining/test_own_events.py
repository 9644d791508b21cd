"""What a desk's program does on a bus in service is seen out of its own outbox and inbox: each fault by its code, nothing provoked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest

from contracts.encoding import b64u, canonical, partition_of
from contracts.envelope.wire import Inbound
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from services.operate.joining.checklist import ChecklistRow
from services.operate.joining.own_events import OwnEvents
from tests.contracts.envelope import kit
from tests.samples import sample
from tests.world import MARKER, World

DAY: Final = 86_400
CONCERN: Final = sample("education", "information_preoccupante")


def rows(world: World, desk: str, sent: Sequence[Inbound] | None = None) -> dict[str, ChecklistRow]:
    """What is seen of a desk now."""
    registry, agency, now = world.registries["civil"], world.office(desk).agency, world.clock.now()
    directory = registry.directories[registry.in_force(now)[1]]
    own = OwnEvents(desk_urn("civil", desk), registry, directory, agency.routing["civil"])
    for record in outbox(world, desk) if sent is None else sent:
        own.sent(record)
    for record in of_topic(world, topics.inbox("civil", agency.name)):
        own.came(record)
    return {row.name: row for row in own.rows(now)}


def of_topic(world: World, name: str) -> list[Inbound]:
    """All of a topic's partitions, one after the other."""
    return [
        one
        for (topic, _), records in list(world.topics.items())
        if topic == name
        for one in records
    ]


def outbox(world: World, desk: str) -> list[Inbound]:
    """The outbox of a desk's agency."""
    return of_topic(world, topics.outbox("civil", world.office(desk).agency.name))


@pytest.fixture
def world() -> World:
    """A school has told the CRIP of one child three times."""
    made = World()
    for number in range(3):
        assert made.post("edu-s", CONCERN, key=str(number)).status == 202
        made.settle()
    return made


def test_what_a_sound_program_has_done_is_seen(world: World) -> None:
    """Every event of it holds, as sender and as recipient; of another desk of its agency nothing is counted."""
    for seen in world.inbox("crip"):
        assert world.acknowledge("crip", seen.event).status == 202
    world.settle()

    school, council = rows(world, "edu-s"), rows(world, "crip")

    assert school["published"] == ChecklistRow("published", "seen", facts={"n": 3})
    assert council["published"].state == "seen"
    assert council["acknowledged"] == ChecklistRow("acknowledged", "seen", facts={"n": 3})
    assert rows(world, "edu-h-1")["published"].code == "nothing_published"


def changed(record: Inbound, change: Callable[[dict[str, Any]], object]) -> Inbound:
    """With another content."""
    shell = orjson.loads(record.value or b"")
    change(shell["data"])
    return replace(record, value=canonical(shell))


SPOILT: Final[dict[str, Callable[[list[Inbound]], list[Inbound]]]] = {
    "chain_broken": lambda sent: [sent[0], sent[2]],
    "wrong_key": lambda sent: [replace(sent[0], key=b"x" * 43)],
    "wrong_partition": lambda sent: [replace(sent[0], partition=(sent[0].partition + 1) % 16)],
    "wrong_topic": lambda sent: [replace(sent[0], topic=topics.outbox("civil", "police"))],
    "part_missing": lambda sent: [changed(sent[0], lambda data: data["parts"].pop())],
    "slip_missing": lambda sent: [changed(sent[0], lambda data: data["slips"].clear())],
    "bad_signature": lambda sent: [changed(sent[0], _resigned)],
}  # fmt: skip


def _resigned(data: dict[str, Any]) -> None:
    head, payload, signature = data["cover"].split(".")
    data["cover"] = f"{head}.{payload}.{signature[::-1][1:]}A"


@pytest.mark.parametrize("code", SPOILT)
def test_an_event_that_does_not_hold_is_told_by_its_code(world: World, code: str) -> None:
    """As the vectors name it of an issuer; with the event's id, and of nobody's content."""
    row = rows(world, "edu-s", SPOILT[code](outbox(world, "edu-s")))["published"]

    assert (row.state, row.code, row.facts["reason"]) == ("cannot", "published_faulty", code)
    assert len(row.facts["event"]) == 36


@pytest.mark.parametrize("event", ["\x1b[2J\x1b]0;all is well\x07", MARKER * 1_000, {"a": MARKER}])
def test_of_a_cover_that_does_not_hold_no_text_is_shown_as_its_id(
    world: World, event: object
) -> None:
    """Whoever has the agency's certificate writes there what would move a terminal's cursor, or name a child."""
    cover = {"iss": desk_urn("civil", "edu-s"), "jti": event, "iat": world.clock.now()}
    token = f"e30.{b64u(canonical(cover))}.AAAA"
    record = changed(outbox(world, "edu-s")[0], lambda data: data.update(cover=token))

    row = rows(world, "edu-s", [record])["published"]

    assert (row.code, row.facts["event"]) == ("published_faulty", "?")
    assert len(repr(row.document())) < 200


def test_what_must_be_drawn_anew_and_is_not_is_told(world: World) -> None:
    """A program whose randomness begins anew; a record that was sent twice is no second event."""
    for number in range(2):
        world.random = kit.Seeded("again")
        world.clock.advance(1)
        assert (
            world.post("edu-s", CONCERN | {"reference": f"child {number}"}, key=f"k{number}").status
            == 202
        )
    sent = outbox(world, "edu-s")

    twice = rows(world, "edu-s", [sent[0], sent[0]])["published"]

    assert rows(world, "edu-s")["published"].facts["reason"] == "drawn_twice"
    assert twice.state == "seen"


def test_a_part_under_an_older_key_is_told(world: World) -> None:
    """Though that key is still valid."""
    start = world.clock.now() - 14 * DAY
    older = kit.realm("civil", start=start, weeks=2).directory
    issued = kit.sample_issue(
        "edu-s", directory=older, at=world.clock.now(), convd=world.convention.digest
    )
    secret = world.secrets["civil"]
    partition = partition_of(secret, "civil", issued.claims.sub, topics.PARTITIONS)
    place = replace(kit.inbound(issued), partition=partition)

    row = rows(world, "edu-s", [place])["published"]

    assert row.facts["reason"] == "not_the_newest_key"


def test_a_receipt_that_was_due_and_was_not_given_is_told(world: World) -> None:
    """From when it was due; not of what was taken back."""
    before = rows(world, "crip")["acknowledged"]
    world.clock.advance(30 * DAY)
    late = rows(world, "crip")["acknowledged"]
    for referral in world.inbox("crip"):
        world.withdraw("edu-s", referral.event)
        world.settle()

    assert before == ChecklistRow("acknowledged", "seen", facts={"n": 0})
    assert (late.code, late.facts["n"]) == ("not_acknowledged", 3)
    assert rows(world, "crip")["acknowledged"].state == "seen"


@pytest.mark.parametrize(
    "value", [None, b"", b"{}", b"[]", b"\xff", b'{"data":{"cover":"a.b.c"}}', b'{"data":[]}']
)
def test_what_is_no_event_is_passed_over(world: World, value: bytes | None) -> None:
    """Whoever has the agency's certificate can write there."""
    own = OwnEvents(
        desk_urn("civil", "edu-s"),
        world.registries["civil"],
        kit.realm("civil").directory,
        bytes(32),
    )
    record = replace(outbox(world, "edu-s")[0], value=value)

    own.sent(record)
    own.came(record)

    assert own.rows(world.clock.now())[0].code == "nothing_published"

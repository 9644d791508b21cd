"""After a fault the auditor goes on where it is sound, and counts what it could not."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from contracts.encoding import canonical, leaf_hash
from contracts.envelope import verify
from contracts.envelope.wire import Outbound
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from tests.contracts.envelope import kit
from tests.contracts.log.routed import Bus, read_back

DECISIONS = topics.decisions("civil")


def played(events: int = 8) -> tuple[Bus, int]:
    """A bus on which one case has so many events, and the partition of that case."""
    bus = Bus()
    for at in range(events):
        bus.route(bus.inbound(seed=f"event {at}", case="one case"))
    return bus, bus.longest


def replayed(bus: Bus, number: int, rows: list[Outbound]) -> tuple[Replayer, list[AuditFinding]]:
    """A replay of other rows, with their offsets."""
    replayer, evidence = Replayer("civil", number, bus.registry), bus.evidence(number)
    found: list[AuditFinding] = []
    for offset, row in enumerate(rows):
        leaf = leaf_hash(row.value)
        record = read_back(row.value, row.headers, offset, kit.NOW + offset)
        found += replayer.step(record, evidence.get(leaf))
    return replayer, [one for one in found + replayer.finish(kit.NOW) if one.alarm]


def test_garbage_between_records_is_named_and_all_others_are_audited() -> None:
    """Place and instant of the bytes; every record of the router's is decided again."""
    bus, number = played()
    rows = bus.log(number)

    replayer, found = replayed(
        bus, number, [*rows[:5], Outbound(DECISIONS, number, b"", b"{}"), *rows[5:]]
    )

    assert [(one.code, one.topic, one.offset, one.at) for one in found] == [
        ("record_malformed", DECISIONS, 5, kit.NOW + 5)
    ]
    assert (replayer.tally.records, replayer.tally.unaudited) == (len(rows), 1)


@pytest.mark.parametrize("evidence", [False, True])
def test_a_chained_record_of_nobody_is_told_from_the_routers(evidence: bool) -> None:
    """It follows as it should, with evidence or not: the next record tells whose it was."""
    bus, number = played()
    rows = bus.log(number)
    follows = {"index": 5, "prev": leaf_hash(rows[4].value)}
    forged = replace(rows[4], value=canonical(orjson.loads(rows[4].value) | follows), headers=[])
    if evidence:
        beside = bus.written[topics.evidence("civil"), number]
        beside.append(replace(beside[4], key=leaf_hash(forged.value).encode()))

    replayer, found = replayed(bus, number, [*rows[:5], forged, *rows[5:]])

    assert len(found) == 1
    assert found[0].offset == 5
    assert (replayer.tally.records, replayer.tally.unaudited) == (len(rows), 0)


def test_a_wrong_decision_of_the_routers_does_not_hide_what_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The router lied once, with its key: the event is named, later decisions are audited."""
    bus = Bus()
    with monkeypatch.context() as lying:
        lying.setattr(verify, "check_times", lambda *_: None)
        bus.route(bus.inbound(seed="not issued yet", case="one case"), now=kit.NOW - 600)
    for at in range(4):
        bus.route(bus.inbound(seed=f"later {at}", case="one case"))
    number = bus.longest
    rows = bus.log(number)

    replayer, found = replayed(bus, number, rows)

    assert [one.code for one in found] == ["issued_ahead"]
    assert found[0].event
    assert (replayer.tally.records, replayer.tally.unaudited) == (len(rows) - 1, 0)


def test_evidence_that_is_gone_leaves_the_rest_unaudited_and_says_how_much() -> None:
    """State is folded from evidence: nothing that follows can be decided, and is counted."""
    bus, number = played()
    rows = bus.log(number)
    del bus.written[topics.evidence("civil"), number][5]

    replayer, found = replayed(bus, number, rows)

    assert [(one.code, one.offset) for one in found] == [("evidence_missing", 5)]
    assert (replayer.tally.records, replayer.tally.unaudited) == (5, len(rows) - 6)


@pytest.mark.parametrize("garbage", [0, 2])
def test_a_log_that_was_cut_is_told_once_and_counted(garbage: int) -> None:
    """A record was taken out, also behind what all know is nobody's: one finding of the gap."""
    bus, number = played()
    rows = bus.log(number)
    between = [Outbound(DECISIONS, number, b"", b"{}")] * garbage

    replayer, found = replayed(bus, number, [*rows[:5], *between, *rows[6:]])

    malformed = [("record_malformed", 5)] if garbage else []
    assert [(one.code, one.offset) for one in found] == [*malformed, ("chain_broken", 5 + garbage)]
    assert replayer.tally.unaudited == garbage + len(rows) - 6


def test_a_finding_of_an_event_names_the_event_and_its_place() -> None:
    """A cover is missing before it: id, outbox, offset and instant are told."""
    bus, number = played(2)
    event = bus.inbound(seed="after a hole", case="one case", prev="A" * 43)
    bus.route(event)

    _, found = replayed(bus, number, bus.log(number))

    (one,) = found
    assert (one.code, one.topic, one.offset) == ("prev_does_not_follow", event.topic, event.offset)
    assert (one.event, one.at) == (orjson.loads(event.value or b"")["id"], kit.NOW + 1)

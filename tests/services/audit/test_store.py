"""What an audit service keeps: a start behind it finds what one from the start finds."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import orjson
import pytest

from contracts.decision.state.state import OPEN
from contracts.encoding import b64u, sha256
from contracts.envelope.wire import Inbound, Outbound
from contracts.log.replaying.finding import EVENT_ID, Judgement, event_of
from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from services.audit import following
from services.audit.app import replayed
from services.audit.lives import MOST_ROWS, counts
from services.audit.lives import Lives as EventLives
from services.audit.store import AuditStore, audit_path
from services.platform.ports import given
from services.platform.process.exit_codes import UnreachableError
from services.platform.settings import AuditSettings
from services.platform.store.owned import OwnedStore
from tests.contracts.envelope import kit
from tests.contracts.log.erasing.kit import naming, order, two_children
from tests.contracts.log.first_orders import owners
from tests.contracts.log.partners import Partners
from tests.contracts.log.routed import CONVD, Bus
from tests.flows.acts import CASE, OTHER
from tests.services.audit.projected import (
    END,
    KilledError,
    Life,
    Lives,
    decided_of,
    lived,
    said,
    spoil,
)
from tests.world import World


@pytest.fixture(autouse=True)
def _often_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that takes over every few rows."""
    monkeypatch.setattr(following, "KEEP_ROWS", 8)


@pytest.mark.parametrize("seed", [0, 1, 3])
async def test_killed_anywhere_it_ends_with_the_same_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Lives that end after any batch, over a log that grows and that others write to as well.

    What is read twice counts once: desks owe what the states of routers say.
    """
    chance = random.Random(seed)
    bus, partners = Bus(), Partners(chance)
    lives = Lives(bus, tmp_path, monkeypatch, seed)
    again = ("copy", "again")[seed // 2 % 2]  # of a log, one of both: see `spoil`
    for round_ in range(12):
        lived(bus, partners, 8, first=8 * round_)
        if seed % 2:
            spoil(bus, chance, "garbage", "evidence", again)
        with suppress(KilledError):
            await lives.live(kill_at=chance.choice((-1, 1, 2, 5, 9)))
    await lives.live()
    lived(bus, partners, 8, first=96)
    last = await lives.live()
    whole = Lives(bus, tmp_path, monkeypatch, seed)
    fresh = await whole.live(store=False)

    assert last.sum() == fresh.sum()
    assert last.findings() == fresh.findings()
    assert {one.code for one in lives.told} >= {one.code for one in whole.told}
    once = {one for one, times in Counter(lives.told).items() if times == 1}
    assert said(fresh.findings()) <= once
    assert (lives.refused, lives.asked < whole.asked) == ([], True)
    assert len(fresh.findings()) > 3
    assert_owed(bus, last)


def assert_owed(bus: Bus, life: Life) -> None:
    """That desks owe what routers have, and that each event is known."""
    known = life.followed.lives
    assert known is not None
    events = [known.life(event) for event in decided_of(bus)]
    told = [row for event in events if event for row in event["duties"].values()]
    owed = Counter((row["debtor"], row["late"]) for row in told if row["status"] == OPEN)
    cases = (case for one in bus.routers.values() for case in one.state.cases.values())
    duties = (duty for case in cases for duty in case.duties.values() if duty.status == OPEN)
    assert owed == Counter((duty.debtor, duty.overdue) for duty in duties)
    assert any(late for _desk, late in owed)
    assert all(events)


async def test_evidence_that_is_passed_by_is_settled_before_a_place_is_kept(lives: Lives) -> None:
    """A start from there would read what came behind it again, and find it altered."""
    bus, name = lives.bus, topics.evidence("civil")
    event = bus.inbound(seed="one", case="case")
    bus.route(event)
    bus.written[name, event.partition].append(Outbound(name, event.partition, b"none", b"{}", []))
    bus.route(bus.inbound(seed="two", case="case"))
    audit = (await lives.live(look=False)).audit

    await audit.read_on()
    before = set(audit.stands())
    await audit.read_whole()
    after = set(audit.stands())
    await audit.stop()

    assert before == after - {event.partition}
    assert after == set(range(topics.PARTITIONS))


async def test_evidence_is_not_given_up_while_its_record_waits_behind_another(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Evidence is first; within the pause come bytes of nobody, and behind them its record."""
    bus, name = lives.bus, topics.decisions("civil")
    event = bus.inbound(seed="one", case="case")
    bus.route(event)
    written = bus.written[name, event.partition]
    record = written.pop()

    async def pause(_seconds: float) -> None:
        if record not in written:
            written.extend([Outbound(name, event.partition, b"k", b"{}", []), record])

    monkeypatch.setattr("services.audit.replay.asyncio.sleep", pause)
    audit = (await lives.live(store=False, look=False)).audit

    await audit.read_whole()
    await audit.read_whole()
    await audit.stop()

    assert audit.tally()["kinds"]["decided"] == 1
    assert [finding.topic for finding in audit.findings] == [name]


async def test_a_start_reads_what_is_new_and_tells_nothing_twice(lives: Lives) -> None:
    """Alarms of the log are warned of still; those of an end that was mended are not."""
    lived(lives.bus, Partners(random.Random(1)), 40)
    for seed in (3, 5):
        spoil(lives.bus, random.Random(seed))
    await lives.live()
    told, first = list(lives.told), lives.asked
    of_ends = {"due_unreported"}

    lives.bus.tick(END)
    await lives.live()

    assert first > 0 < len(told)
    assert {one.code for one in told} > of_ends
    assert lives.told == told
    assert lives.warnings == {one.code for one in told} - of_ends


async def test_nothing_is_lost_between_telling_and_keeping(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that ends there tells it once more: it is told before it is kept."""
    lived(lives.bus, Partners(random.Random(1)), 30)
    for at in range(6):
        spoil(lives.bus, random.Random(at))
    with monkeypatch.context() as ended:
        ended.setattr(OwnedStore, "write_rows", Mock(side_effect=KeyboardInterrupt))
        ended.setattr(following, "KEEP_ROWS", 10_000)
        with pytest.raises(KeyboardInterrupt):
            await lives.live()
    before = set(lives.told)

    findings = (await lives.live()).findings()
    await lives.live()

    assert said(findings) <= set(lives.told)
    assert len(before) > 0
    assert max(Counter(lives.told).values()) == 2


def twins() -> tuple[Inbound, Inbound]:
    """An event, and another with its id in another partition."""
    first = kit.inbound(kit.sample_issue(seed="one", case="one", convd=CONVD), offset=0)
    names = (f"other {number}" for number in range(100))
    issued = (kit.sample_issue(seed="one", case=name, convd=CONVD) for name in names)
    seconds = (kit.inbound(one, offset=1) for one in issued)
    return first, next(one for one in seconds if one.partition != first.partition)


async def test_an_id_of_an_earlier_life_is_known_in_another_partition(lives: Lives) -> None:
    """No router sees an id used again elsewhere; an auditor does, whenever it read the first."""
    for event in twins():
        lives.bus.route(event)
        await lives.live()

    assert "id_reused_across_partitions" in {one.code for one in lives.told}


async def test_rows_that_were_altered_hide_nothing_from_a_reading_of_the_whole_log(
    lives: Lives,
) -> None:
    """A start believes its rows; the whole log's reading begins in a file that goes again."""
    first, second = twins()
    lives.bus.route(first)
    life = await lives.live()
    assert life.store is not None
    jti = next(name for name in life.audit._ids if EVENT_ID.fullmatch(name))
    life.store.write_rows([("ids", jti.encode(), None)], life.store.head)
    lives.bus.route(second)

    life = await lives.live()
    assert lives.refused == []
    assert {one.code for one in lives.told} == {"due_unreported"}
    settings = AuditSettings(home=lives.home, realms=("civil",))
    with given(lives.kafka.ports):
        whole = await replayed(settings, "civil", owners())
    life.followed.look_back(whole.findings, 123, {})
    life.followed.keep(now=True)
    again = await lives.live()

    assert "id_reused_across_partitions" in lives.warnings
    assert again.followed.looked == 123
    assert not [path for path in (lives.home / "state").iterdir() if "again" in path.name]


async def test_where_nothing_can_be_laid_aside_the_log_is_read_again_in_memory(
    lives: Lives,
) -> None:
    """What it finds is the same."""
    for event in twins():
        lives.bus.route(event)
    settings, ports = AuditSettings(home=lives.home, realms=("civil",)), lives.kafka.ports

    with given(ports):
        on_disk = await replayed(settings, "civil", owners())
    with given(replace(ports, database=Mock(side_effect=sqlite3.DatabaseError))):
        in_memory = await replayed(settings, "civil", owners())

    assert {one.code for one in on_disk.findings} == {"id_reused_across_partitions"}
    assert {one.code for one in in_memory.findings} == {"id_reused_across_partitions"}


async def test_one_of_a_log_that_is_another_is_refused(lives: Lives) -> None:
    """The store is ahead of the log, the log has another record there, or control other orders.

    What is damaged, or of another format, `StatesStore` refuses for routers too.
    """
    control = topics.control("civil"), 0
    shorter, own, other, unordered = (Bus() for _ in range(4))
    for log, seed, events in ((shorter, 4, 20), (own, 4, 40), (other, 5, 60)):
        lived(log, Partners(random.Random(seed)), events)
    unordered.written = {**own.written, control: own.written[control][:-1]}
    for changed in (shorter, other, unordered):
        for lives.bus in (own, changed):
            await lives.live()
        lives.end()
        audit_path(lives.home / "state", "civil").unlink()

    assert lives.refused == ["ahead", "foreign", "foreign"]


async def test_no_room_ends_it_and_the_next_start_goes_on(
    lives: Lives, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up while it works: exit code 3, nothing half written."""
    partners = Partners(random.Random(8))
    lived(lives.bus, partners, 20)
    await lives.live()
    lived(lives.bus, partners, 20, first=20)

    with monkeypatch.context() as full:
        full.setattr(OwnedStore, "write_rows", Mock(side_effect=sqlite3.OperationalError))
        with pytest.raises(UnreachableError, match="store_unwritable"):
            await lives.live()

    last = await lives.live()
    assert last.sum() == (await lives.live(store=False)).sum()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[AuditStore]:
    """A store that is empty."""
    opened = AuditStore(audit_path(tmp_path, "civil"), "civil", 1)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("before", "after", "counted"),
    [
        ({}, {}, True),
        ({}, {"offset": 9}, False),
        ({}, {"partition": 1}, False),
        ({"kind": "quarantined"}, {"offset": 9}, True),
        ({"kind": "quarantined"}, {"kind": "quarantined", "offset": 9}, False),
    ],
)
def test_a_record_under_the_id_of_another_does_not_take_its_place(
    before: dict[str, Any], after: dict[str, Any], counted: bool
) -> None:
    """Decided once, an event stays what it was; what was put aside makes way."""
    row = {"partition": 0, "offset": 5, "kind": "decided"}

    assert counts(row | after, row | before) == counted


def test_what_is_erased_is_forgotten_here_too(kept: AuditStore, tmp_path: Path) -> None:
    """All events of the case, and what they owe."""
    world = two_children()
    before = world.evidence("civil", 0)
    number = take_over(world, kept.lives, before, 0)
    kept.write({}, 1, world.registries["civil"], ())
    decisions = naming(world, CASE)

    order(world, decisions)
    take_over(world, kept.lives, {**world.evidence("civil", 0), **before}, number)
    kept.write({}, 1, world.registries["civil"], ())

    leaves = {leaf for _number, leaf in decisions}
    rows = {row["leaf"] for row in kept.lives.rows.values()}
    assert not leaves & rows
    assert {leaf for _number, leaf in naming(world, OTHER)} <= rows
    assert not [each.name for each in tmp_path.iterdir() if CASE.encode() in each.read_bytes()]


def test_what_a_liar_nests_too_deeply_stops_no_writing(kept: AuditStore) -> None:
    """The auditor outlives who holds the router's key: nothing is taken that cannot be written."""
    world = two_children()
    record = world.topics[topics.decisions("civil"), 0][-1]
    beside = orjson.loads(world.evidence("civil", 0)[(record.key or b"").decode()])
    beside["decision"]["reasons"] = "deep"
    lie = orjson.dumps(beside).replace(b'"deep"', b"[" * 500 + b"]" * 500)
    value = orjson.dumps(orjson.loads(record.value or b"") | {"evd": b64u(sha256(lie))})

    kept.lives.take(replace(record, value=value), lie, Judgement("differs"))
    kept.write({}, 1, world.registries["civil"], ())

    assert kept.lives.life(event_of(beside)) is None


def test_of_an_event_that_is_answered_for_ever_the_first_answers_are_kept(kept: AuditStore) -> None:
    """Its row is bounded, whatever a desk goes on sending; what is read twice counts once."""
    kept.lives.rows["event"] = {"steps": {}}
    for number in [*range(MOST_ROWS + 9), 0]:
        kept.lives._step("event", f"{number:016x}", {"at": number})

    steps = kept.lives.rows["event"]["steps"]
    assert [step["at"] for step in steps.values()] == list(range(MOST_ROWS))


def take_over(world: World, lives: EventLives, evidence: dict[str, bytes], first: int = 0) -> int:
    """Let rows take over the log from a record on; how many there are."""
    replayer = Replayer("civil", 0, world.registries["civil"])
    records = world.topics[topics.decisions("civil"), 0]
    for number, record in enumerate(records):
        beside = evidence.get((record.key or b"").decode())
        replayer.step(record, beside)
        if number >= first:
            lives.take(record, beside, replayer.judgement)
    return len(records)

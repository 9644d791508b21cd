"""A log that shows a witness two histories: the bus is told, once, and every auditor finds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from structlog.testing import capture_logs

from contracts.encoding import parse, unb64u
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.note_keys import open_note
from contracts.proof.witness import TWO_HISTORIES, log_id, request_of
from contracts.vocabulary import topics
from contracts.vocabulary.schema import short
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.witness import LogWitness, raise_all
from services.platform.kafka.writing.aborted import TransactionAbortedError
from services.platform.store.memory import Memory
from tests.contracts.proof.log import ORIGIN
from tests.contracts.proof.test_witness import LOGS, signed
from tests.flows.acts import raw
from tests.services.agency.bench import Bench, revive, serving
from tests.services.agency.test_witness import MEMORY, asked, witness_in
from tests.world import World


def contradicted(folder: Path) -> LogWitness:
    """A witness to which a log has shown two histories."""
    witness = witness_in(folder)
    witness.add(asked("a", 0, 9))
    assert witness.add(request_of(9, (), signed("b", 9))).code == TWO_HISTORIES
    return witness


def alarms(world: World) -> list[AuditFinding]:
    """What a replay of all logs finds of two histories."""
    found = [one for place in world.routers for one in world.replay(*place)[1]]
    return [one for one in found if one.code == TWO_HISTORIES]


def covers(bench: Bench) -> list[dict[str, Any]]:
    """Every ALARM in the agency's outboxes."""
    rows = [
        parse(row.value or b"", limit=1 << 20)["data"]["cover"]
        for (name, _), rows in bench.world.topics.items()
        for row in rows
        if name.endswith(".outbox.justice")
    ]
    claims = [orjson.loads(unb64u(token.split(".")[1])) for token in rows]
    return [one for one in claims if one["etype"] == "ALARM"]


async def test_both_heads_reach_the_log_once_and_prove_the_lie_to_anybody(tmp_path: Path) -> None:
    """Both signed by the log's key; not again after a start, nor a death before the note."""
    witness = contradicted(tmp_path)
    async with serving("justice") as bench:
        await raise_all(witness, bench.publisher)
        await raise_all(witness_in(tmp_path), bench.publisher)
        with Memory(tmp_path / MEMORY).changing() as rows:
            rows[f"raised/{log_id(ORIGIN)}"] = b""
        bench.publisher.office = revive(bench.world, "justice")
        await raise_all(witness_in(tmp_path), bench.publisher)
        bench.settle()

        (cover,) = covers(bench)
        for note in cover["histories"]:
            _note, good = open_note(note.encode(), LOGS[ORIGIN])
            assert len(good) == len(LOGS[ORIGIN])
        (found,) = alarms(bench.world)
        assert (found.event, found.alarm) == (cover["jti"], True)
        assert found.topic.endswith(".outbox.justice")
        assert found.detail.startswith(f"{ORIGIN}, 9 records: ")
        assert cover["to"] == []


async def test_an_alarm_that_kafka_does_not_take_is_raised_again(tmp_path: Path) -> None:
    """It is told of, and not noted as raised; a log line names no head."""
    witness = contradicted(tmp_path)
    async with serving("justice") as bench:
        bench.writes.error = TransactionAbortedError("aborted")
        with capture_logs() as lines:
            await raise_all(witness, bench.publisher)
        bench.writes.error = None
        await raise_all(witness, bench.publisher)
        bench.settle()

        assert "alarm not raised" in {line["event"] for line in lines}
        assert "relais.test" not in str(lines)
        assert len(alarms(bench.world)) == 1


@pytest.mark.parametrize(
    "notes",
    [
        ("a", "b"),
        ("relais.test/Anne Dupont-0\n9\nAAAA\n\n— x y\n", "x"),
        (signed("a", 9).decode(), signed("a", 9).decode()),
        (signed("a", 9).decode(), signed("b", 12).decode()),
        (
            signed("a", 9).decode().replace(ORIGIN, "Anne Dupont"),
            signed("b", 9).decode().replace(ORIGIN, "Anne Dupont"),
        ),
    ],
    ids=["no notes", "no checkpoint", "one head", "two sizes", "a name as origin"],
)
def test_heads_that_show_nothing_are_refused_and_told_nowhere(notes: tuple[str, str]) -> None:
    """A desk may say what it likes: no finding repeats it, and its bus goes on."""
    world = World(partitions=1)

    event = raw(world, "edu-s", "ALARM", histories=list(notes))

    assert world.decision_on(event)["reasons"] == ["no_contradiction"]
    assert (alarms(world), "Dupont" in str(world.audit())) == ([], False)


async def test_a_router_that_withholds_an_alarm_leaves_a_gap(tmp_path: Path) -> None:
    """The desk's next event follows one that the log does not have."""
    async with serving("justice", World(partitions=1)) as bench:
        desk = short(min(urn for urn in bench.office.agency.signers if ":civil:" in urn))
        sent = DeskRequest(desk, "look_up", {"case": "a case"})
        await bench.publisher.publish(sent)
        bench.settle()
        await raise_all(contradicted(tmp_path), bench.publisher)
        (cover,) = covers(bench)
        bench.world.topics[topics.outbox("civil", "justice"), 0].pop()
        await bench.publisher.publish(sent)
        bench.settle()

        found = bench.world.replay("civil", 0)[1]

    assert cover["iss"].endswith(f":{desk}")
    assert [one.code for one in found] == ["prev_does_not_follow"]

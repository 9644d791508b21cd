"""A replay of the whole log: reused ids, a verdict on each record, a disk without room."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding
from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from services.audit.decision_rows import decision_table
from services.audit.source import KafkaLog
from services.audit.store import on_disk
from services.audit.whole import replay
from tests.contracts.envelope.kit import NOW
from tests.contracts.log.routed import Bus
from tests.contracts.log.routed import replay as replayed
from tests.flows.acts import CASE
from tests.services.audit.bundle.kit import small_world
from tests.services.audit.lies.kinds import LIES
from tests.services.audit.lies.lab import REALM, Lab
from tests.services.audit.test_store import twins
from tests.world import MARKER

REUSED = "id_reused_across_partitions"


def test_the_later_record_of_an_id_is_found_whichever_is_read_first() -> None:
    """By their instants: a verdict does not hang on the order in which partitions were read."""
    bus, found = Bus(), list[list[AuditFinding]]()
    for event in twins():
        bus.route(event, now=NOW + event.offset)

    for numbers in (range(topics.PARTITIONS), reversed(range(topics.PARTITIONS))):
        ids: dict[str, Any] = {}
        rows = ((Replayer(REALM, at, bus.registry, ids), at) for at in numbers)
        every = [replayed(one, bus.log(at), bus.evidence(at), NOW + 2) for one, at in rows]
        found.append([one for some in every for one in some if one.code == REUSED])

    ((one,), other) = found
    assert other == [one]
    assert (one.topic, one.offset, one.alarm) == ("relais.civil.outbox.education", 1, True)
    assert (len(one.event), one.at) == (36, NOW + 1)


async def test_a_disk_without_room_ends_a_replay_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is replayed, and while ids are laid aside."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))

    with pytest.raises(UsageError, match=r"scratch_lost at .*none: got nothing there"):
        await replay(KafkaLog({}), ["civil"], Owners({}, {}, {}, {}), lambda: NOW)

    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(UsageError, match=r"scratch_lost at .*: got No space left"), on_disk():
        raise full


def rows_of(lab: Lab, path: Path) -> bytes:
    """The file that a replay writes."""
    with decision_table(path) as table:
        lab.replayed(rows=table.take)
    return path.read_bytes()


def judged(lab: Lab, path: Path) -> dict[tuple[int, int], dict[str, Any]]:
    """Partition and offset -> row."""
    rows = map(orjson.loads, rows_of(lab, path).splitlines())
    return {(row["partition"], row["offset"]): row for row in rows}


def test_each_record_has_a_row_in_the_order_of_the_log(tmp_path: Path) -> None:
    """By partition and offset; instant in UTC and Paris, answer, clause; nothing of a case."""
    world = small_world()
    text = rows_of(Lab(world), tmp_path / "rows")
    rows = [orjson.loads(line) for line in text.splitlines()]

    places = [(row["partition"], row["offset"]) for row in rows]
    assert places == sorted(places)
    assert {row["judgement"] for row in rows} == {"same"}
    decided = [row for row in rows if row["kind"] == "decided"]
    assert all(row["event"] and row["answer"] for row in decided)
    assert {"R01"} <= {clause for row in decided for clause in row["clauses"]}
    assert {(row["at"][10:], row["paris"][10:13]) for row in rows if row["at"][11:13] == "08"}
    assert CASE.encode() not in text
    assert MARKER.encode() not in text
    for cover in (orjson.loads(value).get("cover") for value in world.evidence(REALM, 0).values()):
        assert cover is None or cover.encode() not in text


def test_a_row_says_what_is_wrong_and_the_rows_behind_it_stand(tmp_path: Path) -> None:
    """Another clause differs; without its evidence nobody can tell, nor what follows."""
    clause, gone = Lab(), Lab()
    at = clause.first_released()
    LIES["another clause"].plant(clause)
    del gone.evidence()[at]

    one, other = judged(clause, tmp_path / "one"), judged(gone, tmp_path / "other")

    row, lost, after = one[1, at], other[1, at], other[1, at + 1]
    assert (row["judgement"], row["code"]) == ("differs", "decision_differs")
    assert "R02" in row["clauses"]
    assert {each["judgement"] for place, each in one.items() if place != (1, at)} == {"same"}
    assert (lost["judgement"], lost["code"]) == ("undecidable", "evidence_missing")
    assert lost["clauses"] == []
    assert (after["judgement"], after["code"]) == ("undecidable", "state_lost")
    assert after["event"]


def test_what_a_liar_writes_in_a_codes_place_is_not_told(tmp_path: Path) -> None:
    """Neither a name in place of a clause nor a value of another form."""
    lab = Lab()
    at = lab.first_released()

    def lie(index: int, record: dict[str, Any], beside: dict[str, Any]) -> None:
        if index == at:
            beside["decision"]["addressees"][0]["clause"] = f"{MARKER} Léa"
        if index == at + 1:
            beside["decision"] = [MARKER]
            record["kind"] = MARKER

    lab.rewrite(lie)

    rows = judged(lab, tmp_path / "rows")

    assert (rows[1, at]["judgement"], rows[1, at]["clauses"]) == ("differs", [])
    assert rows[1, at + 1]["kind"] == ""
    assert MARKER.encode() not in (tmp_path / "rows").read_bytes()


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_replayed(
    tmp_path: Path,
) -> None:
    """And one that was there stays until a verdict is reached."""
    with pytest.raises(UsageError, match="decisions_unwritable"), decision_table(tmp_path):
        raise AssertionError
    there = tmp_path / "rows"
    there.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), decision_table(there):
        raise KeyboardInterrupt

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"before"]

"""A replay shared out: who reads what, ids that several partitions decided, and one verdict of all parts."""

from __future__ import annotations

import asyncio
import errno
import tempfile
from itertools import permutations
from pathlib import Path

import orjson
import pytest

from contracts.encoding import event_id
from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from contracts.log.replaying.finding import AuditFinding, Tally
from services.audit.ids_aside import IdsAside, met_again
from services.audit.scratch import on_disk
from services.audit.shares import WholeLog, replay_shared, reused_of, shared_out
from services.audit.source import KafkaLog
from services.audit.verdict import ReplayedPart, merged
from tests.contracts.envelope.kit import NOW, Seeded

RANDOM = Seeded("ids")
IDS = [event_id(NOW * 1000 + at, RANDOM(10)) for at in range(2_000)]


@pytest.mark.parametrize("processes", [1, 2, 3, 5, 8, 100])
def test_each_partition_is_read_by_one_process(processes: int) -> None:
    """None of which has nothing to do; and none much more than another."""
    sizes = {"civil": {at: 1_000 + at for at in range(6)}, "criminal": {0: 40, 1: 0}}

    shares = shared_out(sizes, processes)

    given = [(realm, at) for share in shares for realm, own in share.items() for at in own]
    assert sorted(given) == sorted((realm, at) for realm, own in sizes.items() for at in own)
    assert len(shares) == min(processes, 8)
    loads = [sum(sizes[realm][at] for realm, own in one.items() for at in own) for one in shares]
    if processes in (2, 3):
        assert max(loads) - min(loads) < 100


def test_an_id_is_met_again_in_another_partition_alone(tmp_path: Path) -> None:
    """Whichever process read it; twice in one partition it is the router's to have seen."""
    first, second = laid_aside(tmp_path / "first", 0, 1), laid_aside(tmp_path / "second", 2)

    found = dict(met_again([first, second]))

    assert found == {jti: {(at % 2, at), (2, at)} for at, jti in enumerate(IDS) if at % 2 == 0}


def laid_aside(folder: Path, *partitions: int) -> Path:
    """All ids, in turn to some partitions; to a single one every other id."""
    folder.mkdir()
    aside = IdsAside(folder)
    for at in range(0, len(IDS), 3 - len(partitions)):
        aside.offset = at
        partition = partitions[at % len(partitions)]
        assert aside.setdefault(IDS[at], partition) == partition
    aside.close()
    return folder


def test_an_id_that_one_partition_has_twice_is_not_met_again(tmp_path: Path) -> None:
    """Nothing is said of it here."""
    aside = IdsAside(tmp_path)
    for offset in (1, 2):
        aside.offset = offset
        aside.setdefault(IDS[0], 3)
    aside.close()

    assert list(met_again([tmp_path])) == []


def test_all_records_of_an_id_but_the_first_are_found() -> None:
    """By their instant, not by who was read first; those of the first one's partition are not."""
    source = {"topic": "relais.civil.outbox.police", "offset": 7}
    rows = [
        ({"at": NOW + 5, "index": 1, "src": source}, 0),
        ({"at": NOW, "index": 9, "src": source}, 4),
        ({"at": NOW + 9, "index": 12, "src": source}, 4),
        ({"at": NOW, "index": 2, "src": source}, 5),
    ]

    found = {tuple(reused_of(IDS[0], order)) for order in permutations(rows)}

    ((one, two),) = found
    assert [(each.partition, each.index, each.detail) for each in (one, two)] == [
        (5, 2, "partition 4 too"), (0, 1, "partition 4 too"),
    ]  # fmt: skip
    assert (one.event, one.topic, one.offset, one.alarm) == (IDS[0], *source.values(), True)


def test_the_verdict_does_not_depend_on_who_found_what() -> None:
    """Parts in any order, findings in any order within them: the same words."""
    parts = [
        {
            "civil": ReplayedPart(
                {at: Tally(at + 1, {"decided": at, f"kind {at}": 1})}, findings(at), []
            )
        }
        for at in range(3)
    ]

    words = {orjson.dumps(merged(["civil"], order, {}).json()) for order in permutations(parts)}

    assert len(words) == 1
    told = orjson.loads(words.pop())
    places = [(one["partition"], one["index"]) for one in told["findings"]]
    assert places == sorted(places)
    assert told["records"] == 6


def findings(partition: int) -> list[AuditFinding]:
    """Two of a partition, the later one first."""
    return [AuditFinding(partition, index, "prev_absent", alarm=False) for index in (8, 2)]


@pytest.mark.anyio
async def test_a_disk_without_room_ends_a_replay_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Before anything is replayed, and while ids are laid aside."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    log = WholeLog(KafkaLog("127.0.0.1:1"), ["civil"], Owners({}, {}, {}, {}), lambda: NOW)

    with pytest.raises(UsageError, match=r"scratch_lost at .*none: got nothing there"):
        await asyncio.to_thread(replay_shared, log, 1, lambda *_: None)

    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(UsageError, match=r"scratch_lost at .*: got No space left"), on_disk():
        raise full

"""A replay of the whole log: ids that several partitions decided, and a disk without room."""

from __future__ import annotations

import errno
import tempfile
from itertools import permutations
from pathlib import Path

import pytest

from contracts.encoding import event_id
from contracts.errors import UsageError
from contracts.log.orders.order import Owners
from services.audit.scratch import on_disk
from services.audit.source import KafkaLog
from services.audit.whole import replay, reused_of
from tests.contracts.envelope.kit import NOW, Seeded

RANDOM = Seeded("ids")
IDS = [event_id(NOW * 1000 + at, RANDOM(10)) for at in range(2_000)]


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

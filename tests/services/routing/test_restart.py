"""Where a starting shard goes on reading: what it is told, and when it does not believe it.

Found by the campaign of faults (seed 1, 503 faults): right after the group's coordinator had moved,
a shard was told that nothing had ever been committed, and read outboxes again from their beginning.
"""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    GroupLoadInProgressError,
    KafkaError,
    NoError,
    NotCoordinatorForGroupError,
)
from aiokafka.structs import OffsetAndMetadata

from services.platform.process.exit_codes import UnreachableError
from services.routing import restart
from services.routing.restart import at_least, committed_offsets

pytestmark = pytest.mark.anyio

FIRST = TopicPartition("relais.civil.outbox.education", 0)
SECOND = TopicPartition("relais.civil.outbox.police", 0)


class Admin:
    """Stands for aiokafka's: gives one answer after the other."""

    answers: list[Any]

    def __init__(self, **_options: Any) -> None:
        """Whatever it is given."""

    async def start(self) -> None:
        """Connect."""

    async def close(self) -> None:
        """Disconnect."""

    async def list_consumer_group_offsets(self, _group: str, partitions: Any) -> Any:
        """The next answer."""
        answer = Admin.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {place: OffsetAndMetadata(offset, "") for place, offset in answer.items()}


@pytest.fixture(autouse=True)
def admin(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Kafka."""
    monkeypatch.setattr(restart, "AIOKafkaAdminClient", Admin)
    monkeypatch.setattr(restart, "LOOK_S", 0.0)


async def test_a_coordinator_that_is_loading_is_asked_again() -> None:
    """An answer that does not speak of a partition says nothing of it: it is not "from the start"."""
    Admin.answers = [
        {}, {FIRST: 7}, GroupLoadInProgressError(), NotCoordinatorForGroupError(), NoError(),
        {FIRST: 7, SECOND: -1},
    ]  # fmt: skip

    found = await committed_offsets("nowhere", "group", [FIRST, SECOND])

    assert found == {FIRST: 7, SECOND: 0}
    assert Admin.answers == []


async def test_a_coordinator_that_never_answers_ends_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Within the bound, with code 3; an error that waiting does not cure, at once."""
    monkeypatch.setattr(restart, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(restart, "LOOK_S", 0.01)
    Admin.answers = [{}] * 1000

    with pytest.raises(UnreachableError):
        await committed_offsets("nowhere", "group", [FIRST])

    Admin.answers = [KafkaError()]
    with pytest.raises(UnreachableError):
        await committed_offsets("nowhere", "group", [FIRST])


def test_committed_offsets_are_never_behind_the_log() -> None:
    """What the log has taken is taken, whatever a coordinator of yesterday says."""
    committed, taken = {FIRST: 0, SECOND: 9}, {FIRST: 5, SECOND: 3}

    assert at_least(committed, taken) == {FIRST: 5, SECOND: 9}

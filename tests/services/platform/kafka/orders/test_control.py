"""Control as a service follows it, and reads it again: for other owners, for an old directory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import typer
from aiokafka import TopicPartition

from contracts.decision.state.shelves import LostRowError
from contracts.envelope.wire import Inbound
from contracts.keys.keyring import sign_directory
from contracts.log.orders.adopted_directories import HELD
from contracts.vocabulary import topics
from services.audit.scratch import scratch_lost
from services.cli.common.output import errors_become_exit_codes
from services.platform.kafka.orders.control import Control
from services.platform.process.exit_codes import (
    UNREACHABLE,
    UnreachableError,
    exit_code,
    unreadable,
)
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import OWNER, begun, first_orders, order_values, owners
from tests.simulation.planted_log import PlantedKafka, PlantedReader

pytestmark = pytest.mark.anyio
PLACE = topics.control("civil"), 0


def control(pinned: Any = None, known: Any = None) -> tuple[Control, list[Inbound]]:
    """One that follows control, on which the first orders stand, and what stands there."""
    rows = [_row(offset, value) for offset, value in enumerate(first_orders())]
    reader = PlantedReader(PlantedKafka({PLACE: rows}, size=lambda _topic: 1))
    return Control(reader, "civil", known or owners(), pinned=pinned), rows


def _row(offset: int, value: bytes) -> Inbound:
    return Inbound(*PLACE, offset, None, value, (), 0)


def versions(count: int) -> list[bytes]:
    """So many directories behind the first orders, each with its order."""
    registry, values = begun("civil").copy(), list[bytes]()
    for version in range(2, count + 2):
        token = sign_directory(kit.realm().payload | {"version": version}, kit.realm().keeper)
        values += order_values(
            "civil", "adopt_directory", {"directory": token}, last=registry.last, start=kit.NOW,
            signers=[OWNER],
        )  # fmt: skip
        assert registry.extend(values[-2:]) == []
    return values


async def test_owners_pinned_later_take_what_was_refused_and_tell_of_what_is_new() -> None:
    """Control is read again from its beginning, with the next record."""
    pinned = [replace(owners(), directory={})]
    followed, rows = control(lambda: pinned[-1], pinned[0])
    assert await followed.start() == ["unknown_key", "directory_missing", "order_out_of_turn"]
    pinned.append(owners())
    assert await followed.refresh() == []
    assert not followed.registry.directories

    rows += [_row(len(rows) + 3, b"[]")]

    assert await followed.refresh() == followed.registry.rejected == ["order_malformed"]
    assert list(followed.registry.directories) == list(begun("civil").directories)
    assert (followed.position, await followed.refresh()) == (rows[-1].offset + 1, [])


async def test_owners_by_whom_taken_orders_fall_change_nothing() -> None:
    """What comes next is judged by the owners of before."""
    pinned = [owners()]
    followed, rows = control(lambda: pinned[-1])
    await followed.start()
    pinned.append(replace(owners(), directory={}))

    rows += [_row(len(rows) + at, value) for at, value in enumerate(versions(1))]

    assert await followed.refresh() == []
    assert (len(followed.registry.orders), followed.registry.owners) == (4, pinned[0])


@pytest.mark.parametrize("late", [False, True])
async def test_an_old_directory_is_read_again_where_control_can_be_read(late: bool) -> None:
    """Whether it was there at the start or came later; Kafka away is no fault of who asks."""
    followed, rows = control()
    new = [_row(len(rows) + at, value) for at, value in enumerate(versions(HELD + 1))]
    if late:
        await followed.start()
    rows += new
    assert await followed.refresh() == []
    directories = followed.registry.directories

    assert [one.version for one in directories.values()] == list(range(1, HELD + 3))

    def away(_place: TopicPartition, _offset: int) -> bytes:
        raise UnreachableError("kafka_unreachable", "no progress")

    followed.reader.value = away  # type: ignore[assignment,method-assign]
    with pytest.raises(LostRowError) as lost:
        directories[next(iter(directories))]
    for error in (unreadable(lost.value), scratch_lost(lost.value)):
        assert (error.code, exit_code(error)) == ("kafka_unreachable", UNREACHABLE)
    with pytest.raises(typer.Exit) as ended, errors_become_exit_codes():
        raise lost.value
    assert ended.value.exit_code == UNREACHABLE

"""Control as a service follows it, and reads it again: for other owners, for an old directory."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from unittest.mock import AsyncMock, create_autospec, patch

import pytest
import typer
from aiokafka.errors import (
    KafkaConnectionError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)
from structlog.testing import capture_logs

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import digest
from contracts.envelope.wire import Inbound
from contracts.errors import RelaisError, UsageError
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import load_directory, sign_directory
from contracts.log.orders import adopted_directories
from contracts.log.orders.adopted_directories import HELD
from contracts.log.orders.registry import Registry
from contracts.vocabulary import topics
from services.audit.store import on_disk
from services.cli.common.output import errors_become_exit_codes
from services.platform.kafka.bus import Bus
from services.platform.kafka.connection.clients import Clients
from services.platform.kafka.orders.control import Control, _write
from services.platform.ports import Ports, given
from services.platform.process.exit_codes import (
    UNREACHABLE,
    UnreachableError,
    exit_code,
    unreadable,
)
from tests.contracts.envelope import kit
from tests.contracts.log.first_orders import OWNER, begun, first_orders, order_values, owners
from tests.simulation.planted_log import PlantedKafka
from tests.world import realm_keys

PLACE = topics.control("civil"), 0
Following = Callable[..., tuple[Control, list[Inbound]]]


@pytest.fixture
async def control() -> AsyncIterator[Following]:
    """What makes one that follows control, on which the first orders stand; and what is there."""
    made: list[Control] = []

    def following(
        pinned: Any = None, known: Any = None, whole: bool = False
    ) -> tuple[Control, list[Inbound]]:
        rows = [_row(offset, value) for offset, value in enumerate(first_orders())]
        reader = PlantedKafka({PLACE: rows}, size=lambda _topic: 1).reader()
        made.append(Control(reader, "civil", known or owners(), pinned=pinned, whole=whole))
        return made[-1], rows

    yield following
    for one in made:
        await one.stop()


def _row(offset: int, value: bytes) -> Inbound:
    return Inbound(*PLACE, offset, None, value, (), 0)


def adopting(registry: Registry, version: int, token: str = "") -> tuple[bytes, ...]:
    """A directory of that version, or another, and the order that adopts it as the next one."""
    payload = kit.realm().payload | {"version": version}
    content = {"directory": token or sign_directory(payload, kit.realm().keeper)}
    return order_values(
        "civil", "adopt_directory", content, last=registry.last, start=kit.NOW, signers=[OWNER]
    )


def versions(count: int, first: int = 2, registry: Registry | None = None) -> list[bytes]:
    """So many directories behind the first orders, or others, each with its order."""
    registry, values = (registry or begun("civil")).copy(), list[bytes]()
    for version in range(first, count + first):
        made = adopting(registry, version)
        assert registry.extend(made) == []
        values += made
    return values


async def test_each_order_that_is_rejected_is_told_with_its_own_place_and_reason(
    control: Following,
) -> None:
    """Two of one code are two lines; what the keeper names a member after is nobody's to read."""
    followed, rows = control()
    await followed.start()
    named = dict(realm_keys("civil").payload) | {"version": 2, "Chloe Martin" * 1000: 1}
    token = sign_jws(named, "referral-directory+jwt", realm_keys("civil").keeper).encode()
    first = len(rows)
    rows += [_row(first + at, value) for at, value in enumerate((b"[]", b"[1]", token))]

    with capture_logs() as lines:
        assert await followed.refresh() == ["order_malformed", "order_malformed", "malformed"]

    assert [line["offset"] for line in lines] == [first, first + 1, first + 2]
    assert lines[0]["why"] != lines[1]["why"]
    assert lines[2]["why"] == "malformed at …: got another shape, expected a directory"


async def test_owners_pinned_later_take_what_was_refused_and_tell_of_what_is_new(
    control: Following,
) -> None:
    """Control is read again from its beginning, with the next record."""
    pinned = [replace(owners(), directory={})]
    followed, rows = control(lambda: pinned[-1], pinned[0])
    rows.append(_row(len(rows), b"[]"))
    refused = ["unknown_key", "directory_missing", "order_out_of_turn", "order_malformed"]
    assert await followed.start() == refused
    pinned.append(owners())
    assert await followed.refresh() == []
    assert not followed.registry.directories

    rows += [_row(len(rows) + 3, b"[]")]

    assert await followed.refresh() == ["order_malformed"]
    assert followed.registry.rejected == ["order_malformed"] * 2
    assert list(followed.registry.directories) == list(begun("civil").directories)
    assert (followed.position, await followed.refresh()) == (rows[-1].offset + 1, [])


async def test_owners_by_whom_taken_orders_fall_change_nothing(control: Following) -> None:
    """What comes next is judged by the owners of before."""
    pinned = [owners()]
    followed, rows = control(lambda: pinned[-1])
    await followed.start()
    pinned.append(replace(owners(), directory={}))

    rows += [_row(len(rows) + at, value) for at, value in enumerate(versions(1))]

    assert await followed.refresh() == []
    assert (len(followed.registry.orders), followed.registry.owners) == (4, pinned[0])


@pytest.mark.parametrize("late", [False, True])
async def test_an_old_directory_is_read_again_where_control_can_be_read(
    control: Following, late: bool
) -> None:
    """Whether it was there at the start or came later; Kafka away is no fault of who asks."""
    followed, rows = control()
    new = [_row(len(rows) + at, value) for at, value in enumerate(versions(HELD + 1))]
    if late:
        await followed.start()
    rows += new
    assert await (followed.refresh() if late else followed.start()) == []
    directories = followed.registry.directories

    assert [one.version for one in directories.values()] == list(range(1, HELD + 3))
    away = UnreachableError("kafka_unreachable", "no progress")
    with (
        patch.object(followed.reader, "value", side_effect=away),
        pytest.raises(LostRowError) as lost,
    ):
        directories[next(iter(directories))]
    with pytest.raises(UnreachableError) as told, on_disk():
        raise lost.value
    for error in (unreadable(lost.value), told.value):
        assert (error.code, exit_code(error)) == ("kafka_unreachable", UNREACHABLE)
    with pytest.raises(typer.Exit) as ended, errors_become_exit_codes():
        raise lost.value
    assert ended.value.exit_code == UNREACHABLE


def chained() -> list[bytes]:
    """A directory whose second desk's keys prove nothing, and two sound ones that follow it.

    A start believes the last ones.
    """
    registry, values = begun("civil").copy(), list[bytes]()
    hostile = copy.deepcopy(kit.realm().payload) | {"version": 2}
    hostile["desks"][1]["sealing"]["iat"] += 1
    token = sign_jws(hostile, "referral-directory+jwt", kit.realm().keeper)
    for version, own in ((2, token), (3, ""), (4, "")):
        made = adopting(registry, version, own)
        for value in made:
            registry.take(value, past=True)
        values += made
    return values


async def test_who_writes_the_next_order_follows_none_that_was_refused(
    control: Following,
) -> None:
    """A start believes what hides behind two sound versions; running routers do not."""
    believing, rows = control()
    whole, theirs = control(whole=True)
    for each in (rows, theirs):
        each += [_row(len(each) + at, value) for at, value in enumerate(chained())]

    assert await believing.start() == []
    codes = await whole.start()

    assert (codes[0], len(codes)) == ("not_signed_by_desk", 4)
    assert whole.registry.orders == believing.registry.orders[:3]


async def test_owners_read_anew_bring_no_order_that_was_refused_as_it_came(
    control: Following,
) -> None:
    """Control is read again then as by a start, which believes more."""
    pinned = [owners()]
    followed, rows = control(lambda: pinned[-1])
    await followed.start()
    rows += [_row(len(rows) + at, value) for at, value in enumerate(chained())]
    refused = await followed.refresh()
    pinned.append(replace(owners(), quorum=dict(owners().quorum) | {"erase": 2}))

    rows.append(_row(len(rows), b"[]"))

    assert await followed.refresh() == ["order_malformed"]
    assert followed.registry.owners == pinned[-1]
    assert (len(followed.registry.orders), len(refused)) == (3, 4)


@pytest.mark.parametrize(
    "away", [UsageError("kafka_forbidden", "no right", "a right"), RuntimeError("no thread")]
)
async def test_what_befalls_a_reading_is_no_fault_of_the_directory(
    control: Following, away: Exception
) -> None:
    """Neither it nor the next order is refused: others take it. It is tried once a refresh."""
    followed, rows = control()
    rows += [_row(len(rows) + at, value) for at, value in enumerate(versions(HELD + 1))]
    await followed.start()
    directories = followed.registry.directories

    with patch.object(followed.reader, "value", side_effect=away) as asked:
        for _ in range(2):
            with pytest.raises(LostRowError):
                directories[next(iter(directories))]
    assert asked.call_count == 1
    assert await followed.refresh() == []

    assert directories[next(iter(directories))].version == 1
    assert not directories.refused


async def test_a_start_reads_the_desks_of_two_directories(
    control: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the one adopted last and the one before it."""
    followed, rows = control()
    rows += [_row(len(rows) + at, value) for at, value in enumerate(versions(5))]
    read = list[int]()

    def counted(*arguments: Any) -> Any:
        directory = load_directory(*arguments)
        read.append(directory.version)
        return directory

    monkeypatch.setattr(adopted_directories, "load_directory", counted)

    assert (await followed.start(), read) == ([], [5, 6])


async def test_an_order_that_cannot_be_judged_now_is_judged_when_kafka_is_back(
    control: Following,
) -> None:
    """It is not taken for a malformed one: others take it."""
    followed, rows = control()
    rows += [_row(len(rows) + at, value) for at, value in enumerate(versions(HELD + 1))]
    await followed.start()
    directories, reader = followed.registry.directories, followed.reader
    for old in list(directories)[:HELD]:
        assert directories[old].desks
    new = versions(1, HELD + 3, followed.registry)
    rows += [_row(len(rows) + at, value) for at, value in enumerate(new)]

    away = UnreachableError("kafka_unreachable", "no progress")
    with patch.object(reader, "value", side_effect=away), pytest.raises(UnreachableError):
        await followed.refresh()

    assert await followed.refresh() == []
    assert directories.head(list(directories)[-1]).version == HELD + 3


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TopicAuthorizationFailedError("relais.civil.control"), "kafka_forbidden"),
        (KafkaConnectionError(), "kafka_unreachable"),
        (TimeoutError(), "kafka_unreachable"),
        (MessageSizeTooLargeError(), "order_rejected"),
    ],
)
async def test_an_order_that_kafka_does_not_take_is_told(error: Exception, code: str) -> None:
    """A right that lacks, a broker that is away, or the order itself; the client is closed."""
    kafka, producer = create_autospec(Clients, instance=True), AsyncMock()
    kafka.producer.return_value, producer.send_and_wait.side_effect = producer, error

    with given(Ports(kafka=kafka)), pytest.raises(RelaisError) as told:
        await _write(Bus("127.0.0.1:1"), "relais.civil.control", [b"{}"])

    record = "relais.civil.control", b"{}", digest(b"{}").encode(), 0
    producer.send_and_wait.assert_awaited_once_with(*record, headers=[])
    assert (told.value.code, producer.stop.await_count) == (code, 1)

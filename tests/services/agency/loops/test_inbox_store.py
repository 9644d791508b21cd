"""What inboxes said, kept on disk: a start on it is a start on Kafka, at any end."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition

from contracts.keys.directory import Directory
from contracts.log.erasing.forgetting import told_leaf
from contracts.vocabulary.schema import router_urn
from services.platform.store import owned
from services.platform.store.owned import OwnedStore
from tests.services.agency.loops.inbox_kit import (
    AGENCY,
    Kafka,
    Service,
    parts,
    places,
    world,
)
from tests.world import MARKER

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for a second."""
    monkeypatch.setattr(owned, "WRITE_S", 0)


async def test_a_start_on_what_is_kept_is_a_start_on_kafka_alone(tmp_path: Path) -> None:
    """While records come and old ones go: same arrivals, names, duties, numbers, counts."""
    service, alone = Service(tmp_path), Service(tmp_path / "other")
    sizes = {place: len(Kafka().rows(place)) for place in places()}

    def kafka(gone: int, there: int) -> Kafka:
        """With so many ninths of each place."""
        begin, end = ({at: size * n // 9 for at, size in sizes.items()} for n in (gone, there))
        return Kafka(begin, end)

    for before in (kafka(0, 3), kafka(1, 6)):
        await service.start(before)
    kept = await service.start(kafka(3, 9))
    counts, read = service.counts, service.read
    awaited = {place: each.fresh() for place, each in service.awaited.items()}
    await service.start(kafka(3, 9))
    fresh = await alone.start(kafka(3, 9), store=False)

    assert parts(kept) == parts(fresh)
    assert counts == alone.counts
    assert awaited == {place: each.fresh() for place, each in alone.awaited.items()}
    assert any(awaited.values())
    assert 0 == service.read < read < alone.read
    assert service.refused() == set()
    assert alone.counts[1] > 0


async def test_no_content_and_nobody_elses_eyes(tmp_path: Path) -> None:
    """Claims alone lie there: no part, no body, no marked text; mode 0600."""
    service = Service(tmp_path)
    await service.start(Kafka())
    service.memory.close()
    data = service.path.read_bytes()

    assert b'"seq":' in data
    assert MARKER.encode() not in data
    assert b'"parts"' not in data
    assert stat.S_IMODE(service.path.stat().st_mode) == 0o600


async def test_of_an_erased_case_the_file_keeps_numbers_alone(tmp_path: Path) -> None:
    """No byte of its token is left in it; the next start misses nothing, knows no case."""
    service = Service(tmp_path)
    whole = await service.start(Kafka())
    memory, store = service.memory, service.memory.store
    assert store is not None
    rows = [said for place in places() for _, _, said in store.said(place, 0) if said is not None]
    token = next(said["slip"][3] for said in rows if "slip" in said)
    named = {
        told_leaf(said)
        for said in rows
        if token in (said["notice"]["sub"] if "notice" in said else said["slip"])
    }

    def is_there() -> bool:
        return any(token.encode() in file.read_bytes() for file in service.path.parent.iterdir())

    held = is_there()

    forgot = [memory.forget_cases(places(), lambda _, leaf: leaf in named) for _ in range(2)]
    left = is_there()
    memory.close()
    fold = await service.start(Kafka())

    assert (held, forgot, left) == (True, [True, False], False)
    assert service.refused() == set()
    assert service.read == 0
    assert {name: each.numbers for name, each in fold.desks.items()} == {
        name: each.numbers for name, each in whole.desks.items()
    }
    arrivals = [
        one for each in fold.desks.values() for some in each.arrivals.values() for one in some
    ]
    assert arrivals
    assert not [one for one in arrivals if one.case == token]
    assert not [duty for each in fold.desks.values() for duty in each.duties.by_id if token in duty]


def _another_record(kafka: Kafka, place: TopicPartition) -> Kafka:
    rows = list(kafka.rows(place))
    rows[-1] = replace(rows[-1], value=b"another")
    return replace(kafka, rows=lambda at: rows if at == place else kafka.rows(at))


def _shorter(kafka: Kafka, place: TopicPartition) -> Kafka:
    return replace(kafka, end={place: len(kafka.rows(place)) - 1})


def _revoked(directory: Directory) -> Directory:
    """One in which some desk's signing key ends earlier."""
    keys = {
        kid: key if key.owner == router_urn(directory.realm) else replace(key, not_after=1)
        for kid, key in directory.signing.items()
    }
    return replace(directory, signing=keys)


def _other_router(directory: Directory) -> Directory:
    keys = {
        kid: key
        for kid, key in directory.signing.items()
        if key.owner != router_urn(directory.realm)
    }
    return replace(directory, signing=keys)


def _router_ends(directory: Directory) -> Directory:
    router = router_urn(directory.realm)
    keys = {
        kid: replace(key, not_after=1) if key.owner == router else key
        for kid, key in directory.signing.items()
    }
    return replace(directory, signing=keys)


@pytest.mark.parametrize(
    ("why", "changed", "more"),
    [
        ("foreign", _another_record, {}),
        ("ahead", _shorter, {}),
        ("damaged", None, {}),
        ("keys", None, {"directory": _revoked}),
        ("keys", None, {"directory": _other_router}),
        ("desks", None, {"desks": frozenset(("crip",))}),
    ],
)
async def test_what_kafka_and_directory_do_not_bear_out_is_refused(
    tmp_path: Path,
    why: str,
    changed: Callable[[Kafka, TopicPartition], Kafka] | None,
    more: dict[str, Any],
) -> None:
    """By name, before anything of it is folded: all is read anew."""
    first, place = Service(tmp_path), places()[0]
    await first.start(Kafka())
    first.memory.close()
    if why == "damaged":
        first.path.write_bytes(first.path.read_bytes().replace(b'"seq":', b'"sep":'))
    kafka = changed(Kafka(), place) if changed else Kafka()
    service = Service(tmp_path, **more)

    await service.start(kafka)
    total = sum((await kafka.ends(places())).values())

    assert service.refused() == {why}
    assert service.read == total


@pytest.mark.parametrize("changed", [_other_router, _revoked, _router_ends])
@pytest.mark.parametrize("lives", [1, 2])
async def test_a_key_that_changes_while_it_runs_is_refused_at_the_next_start(
    tmp_path: Path, changed: Callable[[Directory], Directory], lives: int
) -> None:
    """More records under the new directory do not hide what was verified under the old one."""
    service, agency = Service(tmp_path), world().offices[AGENCY].agency
    for _ in range(lives):
        await service.start(Kafka())
    memory, taken_to = service.memory, {}
    assert memory.store is not None
    for place in places():
        realm = place.topic.split(".")[1]
        directory = changed(agency.in_force(realm, world().clock.now())[1])
        rows = Kafka().rows(place)
        for offset, desk, said in list(memory.store.said(place, 0)):
            memory.note(rows[offset], realm, desk, said, directory)
        memory.last(rows[-1])
        taken_to[place] = len(rows)
    memory.write(taken_to)

    service.directory = changed
    await service.start(Kafka())

    assert service.refused() == {"keys"}


async def test_no_room_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service goes on without, and says so; the next start reads what is not kept."""
    service = Service(tmp_path)

    def full(*_args: object) -> None:
        raise sqlite3.OperationalError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(OwnedStore, "write_rows", full)
        fold = await service.start(Kafka())
        assert service.memory.store is None
        assert service.metrics.store.labels("all")._value.get() == 0
    again = await service.start(Kafka())

    assert parts(fold) == parts(again)
    assert service.read > 0
    assert service.metrics.store.labels("all")._value.get() == 1

"""What inboxes said, kept on disk: a start on it is a start on Kafka, at any end."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from contracts.envelope.wire import Inbound
from contracts.keys.directory import Directory
from contracts.keys.entries import SigningKey
from contracts.vocabulary.schema import router_urn
from services.platform.store import owned
from services.platform.store.owned import OwnedStore
from tests.services.agency.loops.inbox_kit import AGENCY, Service, kafka_of, parts, places, world


@pytest.fixture(autouse=True)
def _written_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owned, "WRITE_S", 0)


async def test_a_start_on_what_is_kept_is_a_start_on_kafka_alone(tmp_path: Path) -> None:
    """While records come and old ones go: same arrivals, names, duties, numbers, counts."""
    service, alone = Service(tmp_path), Service(tmp_path / "other")
    rows = {place: world().topics[place] for place in places()}
    third = {place: len(own) // 3 for place, own in rows.items()}
    await service.start(kafka_of({place: own[: third[place]] for place, own in rows.items()}))
    kept = await service.start(kafka_of(begins=third))
    counts, read = service.counts, service.read
    awaited = {place: each.fresh() for place, each in service.awaited.items()}
    await service.start(kafka_of(begins=third))
    fresh = await alone.start(kafka_of(begins=third), store=False)

    assert parts(kept) == parts(fresh)
    assert counts == alone.counts
    assert awaited == {place: each.fresh() for place, each in alone.awaited.items()}
    assert any(awaited.values())
    assert 0 == service.read < read
    assert service.refused() == set()
    assert alone.counts[1] > 0


def _another_record(rows: list[Inbound]) -> list[Inbound]:
    return [*rows[:-1], replace(rows[-1], value=b"another")]


def _shorter(rows: list[Inbound]) -> list[Inbound]:
    return rows[:-1]


def _changed(directory: Directory, change: Callable[[str, SigningKey], Any]) -> Directory:
    """One whose signing keys a change gives, of key and the router's urn; none: it has left."""
    router = router_urn(directory.realm)
    keys = {kid: change(router, key) for kid, key in directory.signing.items()}
    return replace(directory, signing={kid: key for kid, key in keys.items() if key})


def _ended(key: SigningKey) -> SigningKey:
    return replace(key, not_after=1)


def _revoked(directory: Directory) -> Directory:
    """One in which desks' signing keys end earlier."""
    return _changed(directory, lambda router, key: key if key.owner == router else _ended(key))


def _other_router(directory: Directory) -> Directory:
    return _changed(directory, lambda router, key: key if key.owner != router else None)


def _router_ends(directory: Directory) -> Directory:
    return _changed(directory, lambda router, key: _ended(key) if key.owner == router else key)


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
    changed: Callable[[list[Inbound]], list[Inbound]] | None,
    more: dict[str, Any],
) -> None:
    """By name, before anything of it is folded: all is read anew."""
    first, place = Service(tmp_path), places()[0]
    await first.start()
    first.memory.close()
    if why == "damaged":
        first.path.write_bytes(first.path.read_bytes().replace(b'"seq":', b'"sep":'))
    rows = {at: world().topics[at] for at in places()}
    if changed:
        rows[place] = changed(rows[place])
    service = Service(tmp_path, **more)

    await service.start(kafka_of(rows))

    assert service.refused() == {why}
    assert service.read == sum(len(own) for own in rows.values())


@pytest.mark.parametrize("changed", [_other_router, _revoked, _router_ends])
@pytest.mark.parametrize("lives", [1, 2])
async def test_a_key_that_changes_while_it_runs_is_refused_at_the_next_start(
    tmp_path: Path, changed: Callable[[Directory], Directory], lives: int
) -> None:
    """More records under the new directory do not hide what was verified under the old one."""
    service, agency = Service(tmp_path), world().offices[AGENCY].agency
    for _ in range(lives):
        await service.start()
    memory, taken_to = service.memory, {}
    assert memory.store is not None
    for place in places():
        realm = place.topic.split(".")[1]
        directory = changed(agency.in_force(realm, world().clock.now())[1])
        rows = world().topics[place]
        for offset, desk, said in list(memory.store.said(place, 0)):
            memory.note(rows[offset], realm, desk, said, directory)
        memory.last(rows[-1])
        taken_to[place] = len(rows)
    memory.write(taken_to)

    service.directory = changed
    await service.start()

    assert service.refused() == {"keys"}


async def test_no_room_is_no_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service goes on without, and says so; the next start reads what is not kept."""
    service = Service(tmp_path)
    full = Mock(side_effect=sqlite3.OperationalError("no space"))

    with monkeypatch.context() as patched:
        patched.setattr(OwnedStore, "write_rows", full)
        fold = await service.start()
        assert service.memory.store is None
        assert service.metrics.store.labels("all")._value.get() == 0
    again = await service.start()

    assert parts(fold) == parts(again)
    assert service.read > 0
    assert service.metrics.store.labels("all")._value.get() == 1

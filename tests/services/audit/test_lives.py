"""Events and duties by id: what counts, and what is forgotten as orders say."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.log.replaying.replay import Replayer
from contracts.vocabulary import topics
from services.audit.lives.table import Lives as Kept
from services.audit.store import AuditStore, audit_path
from tests.contracts.log.erasing.kit import naming, order, two_children
from tests.flows.acts import CASE, OTHER
from tests.world import World


def test_a_record_under_the_id_of_another_does_not_take_its_place(store: AuditStore) -> None:
    """Decided once, an event stays what it was; what was put aside makes way."""
    kept = Kept(store)
    row = {"partition": 0, "offset": 5, "kind": "decided"}
    kept._rows.put("lives", b"x", row)

    assert not kept._counts("x", {**row, "offset": 9})
    assert not kept._counts("x", {**row, "partition": 1})
    assert kept._counts("x", row)
    kept._rows.put("lives", b"x", {**row, "kind": "quarantined"})
    assert kept._counts("x", {**row, "offset": 9})
    assert not kept._counts("x", {**row, "offset": 9, "kind": "quarantined"})


def test_what_is_erased_is_forgotten_here_too(store: AuditStore, tmp_path: Path) -> None:
    """All events of the case, and what they owe."""
    world = two_children()
    before = world.evidence("civil", 0)
    number = take_over(world, store.lives, before, 0)
    store.write({}, 1, world.registries["civil"], ())
    decisions = naming(world, CASE)
    owed = list(store.lives._rows.all("owed"))

    order(world, decisions)
    take_over(world, store.lives, {**world.evidence("civil", 0), **before}, number)
    store.write({}, 1, world.registries["civil"], ())

    leaves = {leaf for _number, leaf in decisions}
    rows = {row["leaf"] for _key, row in store.lives._rows.all("lives")}
    assert not leaves & rows
    assert {leaf for _number, leaf in naming(world, OTHER)} <= rows
    held = CASE.encode() in stored_bytes(tmp_path)
    left = list(store.lives._rows.all("owed"))
    assert not held
    assert left != owed


def stored_bytes(folder: Path) -> bytes:
    """Of the store's file and its journals."""
    path = audit_path(folder, "civil")
    return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def take_over(world: World, lives: Kept, evidence: dict[str, bytes], first: int = 0) -> int:
    """Let rows take over the log from a record on; how many there are."""
    replayer = Replayer("civil", 0, world.registries["civil"])
    records = world.topics[topics.decisions("civil"), 0]
    for number, record in enumerate(records):
        beside = evidence.get((record.key or b"").decode())
        replayer.step(record.value, record.headers, beside)
        if number >= first:
            lives.take(record, beside, replayer.judgement)
    return len(records)

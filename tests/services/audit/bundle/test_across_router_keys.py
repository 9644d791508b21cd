"""A router's key is followed by another: what was published and handed out holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import orjson
from typer.testing import CliRunner

from contracts.envelope.wire import Inbound
from contracts.log.chain import SIGNATURE_HEADER
from contracts.vocabulary import topics
from services.audit.bundle.export import export
from services.cli.app import create_app
from services.operate.home.key_life import LEAD, OVERLAP
from tests.contracts.proof.log import POLICY_TEXT
from tests.contracts.proof.log import MemoryLog as PublishedLog
from tests.flows.key_succession import REALM
from tests.flows.test_key_rotation import posted
from tests.flows.test_router_key_rotation import NEW, OLD, rotating
from tests.services.audit.bundle.memory_log import (
    MemoryLog,
    judged,
    out_of,
    replayed,
    request_of,
    request_then,
)
from tests.world import World

DECISIONS = topics.decisions(REALM)


@lru_cache(maxsize=1)
def lived() -> tuple[World, int]:
    """A federation in which the old key signed, then both, then the new; and when."""
    world, begins = rotating()
    for span in (LEAD, OVERLAP, 0):
        for number in range(2):
            posted(world, f"until {span}: {number}")
        world.settle()
        world.clock.advance(span)
    return world, begins


def signers(row: Inbound) -> list[str]:
    """The ids of the keys that signed a record."""
    headers = (value for name, value in row.headers if name == SIGNATURE_HEADER)
    return [orjson.loads(value or b"")["kid"] for value in headers]


def rows(number: int) -> list[Inbound]:
    """The records of a partition."""
    return lived()[0].topics[DECISIONS, number]


def test_every_proof_holds_under_one_policy(tmp_path: Path) -> None:
    """One made before, checked afterwards; log's keys, witnesses, policy are others'."""
    number = max(range(lived()[0].partitions), key=lambda at: len(rows(at)))
    log, policy, files = PublishedLog(), tmp_path / "policy", []
    policy.write_text(POLICY_TEXT)
    for at, row in enumerate(rows(number)):
        log.add([row.value or b""])
        files.append(tmp_path / f"{at}.tlog-proof")
        files[-1].write_bytes(log.proof(at).data)
    first = tmp_path / "first-again.tlog-proof"
    first.write_bytes(log.proof(0).data)

    def holds(file: Path) -> bool:
        words = ["audit", "check", str(file), "--policy", str(policy), "--format", "json"]
        return bool(orjson.loads(CliRunner().invoke(create_app(), words).stdout)["holds"])

    assert len({tuple(signers(row)) for row in rows(number)} - {()}) == 3
    assert all(holds(file) for file in (*files, first))


def test_a_bundle_from_then_verifies_and_a_later_one_begins_with_it(tmp_path: Path) -> None:
    """The first ends while both sign; the later one is what a replay says."""
    world, begins = lived()
    first, later = (out_of(tmp_path, f"{name}.zip") for name in "12")
    export(request_then(world, begins + OVERLAP // 2, realms=(REALM,)), first)
    export(request_of(world, realms=(REALM,)), later)

    verdicts = judged(first, world), judged(later, world, after=first)

    assert [verdict.clean for verdict in verdicts] == [True] * 2
    assert verdicts[1].json() == replayed(world, realms=(REALM,)).json()


def test_a_bundle_whose_record_the_new_key_signed_alone_is_found(tmp_path: Path) -> None:
    """In the week in which both do: the old signature was taken off, and a bundle signed."""
    world, path = lived()[0], out_of(tmp_path)
    altered: dict[tuple[str, int], list[Inbound]] = defaultdict(list, world.topics)
    for number in range(world.partitions):
        altered[DECISIONS, number] = [
            replace(row, headers=row.headers[:1]) if signers(row) == [NEW, OLD] else row
            for row in rows(number)
        ]
    export(request_of(world, source=MemoryLog(altered), realms=(REALM,)), path)

    alarms = {told.code for _, told in judged(path, world).findings if told.alarm}

    assert alarms == {"signature_wrong"}

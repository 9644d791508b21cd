"""A replay and a bundle of a log in which a case was erased, whether Kafka has cleaned or not."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from services.audit.bundle.export import export
from tests.contracts.log.erasing import compacted, naming, order, two_children
from tests.flows.acts import CASE, OTHER, raw
from tests.services.audit.bundle.memory_log import judged, out_of, replayed, request_of
from tests.world import World

ALONE = ("civil",)


def erased() -> tuple[World, list[bytes], int]:
    """A log that went on after the erasure; the salts that it had, and its instant."""
    world = two_children()
    decisions = naming(world, CASE)
    evidence = world.evidence("civil", 0)
    salts = [orjson.loads(evidence[leaf])["salt"].encode() for _, leaf in decisions]
    before = world.clock.now()
    world.clock.advance(60)
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"), case=OTHER)
    world.clock.advance(60)
    order(world, decisions)
    raw(world, "edu-s", "IP", ("crip", "assess", "FACTS"), case=OTHER)
    return world, salts, before


@pytest.mark.parametrize("is_cleaned", [False, True])
@pytest.mark.parametrize("is_early", [False, True])
def test_a_bundle_has_the_stub_alone(tmp_path: Path, is_cleaned: bool, is_early: bool) -> None:
    """One up to an instant before the erasure, too: what was erased is not handed out any more."""
    world, salts, before = erased()
    if is_cleaned:
        compacted(world)
    path = out_of(tmp_path)

    export(request_of(world, realms=ALONE, until=before if is_early else None), path)

    held = path.read_bytes()
    assert not [salt for salt in salts if salt in held]
    verdict = judged(path, world)
    assert verdict.clean, verdict.findings
    assert verdict.erased == len(salts)


@pytest.mark.parametrize("is_cleaned", [False, True])
def test_a_replay_says_what_was_erased_and_decides_the_rest(is_cleaned: bool) -> None:
    """The same verdict before and after Kafka's cleaning: what is written again is no alarm."""
    world, salts, _ = erased()
    if is_cleaned:
        compacted(world)

    verdict = replayed(world, realms=ALONE)

    assert verdict.clean, verdict.findings
    assert (verdict.erased, verdict.notes["erased"]) == (len(salts), len(salts))

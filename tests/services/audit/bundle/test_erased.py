"""A replay and a bundle of a log in which a case was erased, whether Kafka has cleaned or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from contracts.encoding import canonical
from services.audit.bundle.export import export
from services.cli.auditor.finding_sentences import sentence
from tests.contracts.log.erasing.kit import compacted, naming, order, two_children
from tests.flows.acts import CASE, OTHER, raw
from tests.services.audit.bundle.memory_log import (
    judged,
    out_of,
    request_of,
    request_then,
)
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
    """One asked for before the erasure, too: what was erased is not handed out."""
    world, salts, before = erased()
    if is_cleaned:
        compacted(world)
    path = out_of(tmp_path)

    whole, early = request_of(world, realms=ALONE), request_then(world, before, realms=ALONE)
    export(early if is_early else whole, path)

    held = path.read_bytes()
    assert not [salt for salt in salts if salt in held]
    verdict = judged(path, world)
    assert verdict.clean, verdict.findings
    assert verdict.erased == len(salts)
    assert verdict.notes.get("erasure_unconfirmed") == (1 if is_early else None)


def test_a_false_stub_in_a_bundle_from_before_its_erasure_is_said_to_be_unconfirmed(
    tmp_path: Path,
) -> None:
    """Nothing refutes it; in a bundle up to the record of the erasure it is an alarm."""
    world, _salts, before = erased()
    rows = world.topics["relais.civil.evidence", 0]
    at = next(at for at, row in enumerate(rows) if (row.value or b"").endswith(b'"erased":4}'))
    false = orjson.loads(rows[at].value or b"")
    false["effects"] = [effect for effect in false["effects"] if effect["k"] != "chain"]
    assert false["effects"] != orjson.loads(rows[at].value or b"")["effects"]
    rows[at] = replace(rows[at], value=canonical(false))

    export(request_then(world, before, realms=ALONE), early := out_of(tmp_path, "early.zip"))
    export(request_of(world, realms=ALONE), later := out_of(tmp_path, "later.zip"))

    verdict = judged(early, world)
    (note,) = [found for _realm, found in verdict.findings if found.code == "erasure_unconfirmed"]
    assert (verdict.clean, note.partition, note.detail) == (True, 0, "a stub by order 4")
    assert "on the word of the owners" in sentence(note, "en")
    assert "stub_altered" in {found.code for _realm, found in judged(later, world).findings}

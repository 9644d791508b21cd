"""A bundle and the verdict that follows from it: the same as from the log that it was made of."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from aiokafka import TopicPartition

from contracts.encoding import canonical
from contracts.errors import UsageError
from contracts.vocabulary import topics
from contracts.vocabulary.scopes import REALMS
from services.cli.auditor.finding_sentences import sentence
from tests.contracts.convention.amended import looked_up
from tests.contracts.log.erasing.kit import compacted, naming, order, two_children
from tests.flows.acts import CASE, OTHER, raw
from tests.services.audit.bundle.kit import alarms, exported, judged, small_world, whole
from tests.services.audit.lies.kinds import moved
from tests.services.audit.lies.lab import Lab
from tests.simulation.planted_log import PlantedLog, PlantedReader
from tests.world import MARKER, World

SPECIFICATION = Path(__file__).parents[4] / "docs" / "specification" / "bundle.md"
DECISIONS, EVIDENCE = topics.decisions("civil"), topics.evidence("civil")


def until(world: World, lengths: Mapping[int, int]) -> PlantedLog:
    """A log that had so many records by partition when it was first asked where they end."""
    known = {TopicPartition(DECISIONS, number): length for number, length in lengths.items()}

    class Early(PlantedReader):
        async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
            found = await super().ends(partitions)
            return {place: known.pop(place, end) for place, end in found.items()}

    return PlantedLog(world.topics, kind=Early)


def test_the_verdict_is_the_replays_word_for_word(tmp_path: Path) -> None:
    """From the file alone, of both buses; made again it is the same; no child is in it."""
    path, again = (exported(tmp_path / name, realms=REALMS) for name in ("one.zip", "again.zip"))

    told = judged(path)

    assert told == Lab(small_world()).replayed(REALMS)
    assert (told.clean, told.records > 20) == (True, True)
    assert path.read_bytes() == again.read_bytes()
    assert MARKER.encode() not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0


def test_lies_are_found_in_the_file_as_in_the_log(tmp_path: Path) -> None:
    """Garbage, evidence at its end, a record gone: the same words."""
    lab = Lab(small_world())
    number = lab.fullest
    records, evidence = lab.decisions(number), lab.evidence(number)
    offset = records[-1].offset + 3
    records.append(replace(records[-1], offset=offset, value=b"\xff", headers=()))
    evidence.append(replace(evidence[-1], offset=evidence[-1].offset + 2, value=b"{}"))
    del lab.evidence((number + 1) % 6)[0]

    verdict = judged(exported(tmp_path / "bundle.zip", source=lab.log))

    assert verdict == lab.replayed()
    codes = {finding.code for finding in alarms(verdict)}
    assert codes == {"record_malformed", "evidence_altered", "evidence_missing"}


def test_what_is_written_meanwhile_is_not_half_in_it(tmp_path: Path) -> None:
    """Evidence of a record that came when the records had been read already."""
    world, number = small_world(), Lab(small_world()).fullest
    source = until(world, {number: len(world.topics[DECISIONS, number]) - 4})

    verdict = judged(exported(tmp_path / "bundle.zip", source=source))

    assert {each.code for each in alarms(verdict)} <= {"tail_unsigned"}
    assert verdict.records == sum(len(world.topics[DECISIONS, at]) for at in range(6)) - 4


@pytest.mark.parametrize("asked", [DECISIONS, EVIDENCE])
def test_a_convention_adopted_while_an_export_begins_is_whole_in_it_or_not_at_all(
    tmp_path: Path, asked: str
) -> None:
    """With each record of it, or without any."""
    world = World()
    orders = len(world.registries["civil"].orders)
    control = world.topics[topics.control("civil"), 0]
    records = len(control)

    class Racing(PlantedReader):
        """The owners adopt as soon as it was asked where that topic ends."""

        async def ends(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
            found = await super().ends(partitions)
            if len(control) == records and {place.topic for place in found} == {asked}:
                world.adopt(looked_up())
            return found

    log = PlantedLog(world.topics, kind=Racing)
    path = exported(tmp_path / "bundle.zip", world, source=log)

    adopted = [order.kind for order in whole(path).registries["civil"].orders][orders:]
    assert adopted == ["adopt_convention"] * (asked == DECISIONS)


def forked(path: Path, after: Path) -> set[int]:
    """Partitions of which a bundle does not begin with the records of another."""
    told = alarms(judged(path, after=after))
    return {each.partition for each in told if each.code == "history_forked"}


def test_a_later_bundle_begins_with_the_records_of_an_earlier_one(tmp_path: Path) -> None:
    """Which holds nothing that the later one lacks; the other way round it does."""
    early = until(small_world(), {Lab(small_world()).fullest: 3})
    first, second = exported(tmp_path / "1.zip", source=early), exported(tmp_path / "2.zip")

    assert judged(second, after=first).clean
    assert forked(first, after=second)

    later = exported(tmp_path / "3.zip", now=small_world().clock.now() + 1)
    with pytest.raises(UsageError, match=r"bundle_later at --after 3\.zip"):
        judged(second, after=later)


def test_a_log_that_was_rewritten_since_is_found_by_an_earlier_bundle(tmp_path: Path) -> None:
    """Who has router's key and Kafka may rewrite all; a bundle handed out bears witness."""
    lab = Lab(small_world())
    lab.rewrite(moved, 3)
    first, second = exported(tmp_path / "1.zip"), exported(tmp_path / "2.zip", source=lab.log)

    assert forked(second, after=first) == {3}


def test_what_only_claims_to_follow_the_end_of_a_bundle_is_not_it(tmp_path: Path) -> None:
    """Anybody writes a record that names a leaf as `prev`; the record itself must be there."""
    lab = Lab(small_world())
    records = lab.decisions(lab.fullest)
    claimed = canonical({"prev": (records[-1].key or b"").decode()})
    records[-1] = replace(records[-1], value=claimed, headers=())
    first, second = exported(tmp_path / "1.zip"), exported(tmp_path / "2.zip", source=lab.log)

    assert lab.fullest in forked(second, after=first)


def test_strangers_verify_it_by_hand(tmp_path: Path) -> None:
    """With the very commands of the specification: unzip, OpenSSL, jq and sha256sum."""
    world = small_world()
    exported(tmp_path / "evidence.zip")
    (typed,) = re.findall(r"```sh\n(unzip .*?)```", SPECIFICATION.read_text("utf-8"), re.DOTALL)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", typed],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    chain = lines[lines.index("Signature Verified Successfully") + 1 :]
    leaves = chain[1::2]
    told = [line.split() for line in chain[::2]]
    assert [prev for _index, *prev in told] == [[], *([leaf] for leaf in leaves[:-1])]
    assert leaves == [(row.key or b"").decode() for row in world.topics[DECISIONS, 0]]


def erased() -> tuple[World, list[bytes], dict[int, int]]:
    """A log that went on after the erasure; the salts that it had, and how long it was before."""
    world = two_children()
    decisions = naming(world, CASE)
    evidence = world.evidence("civil", 0)
    salts = [orjson.loads(evidence[leaf])["salt"].encode() for _, leaf in decisions]
    before = {at: len(world.topics[DECISIONS, at]) for at in range(world.partitions)}
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
    source = until(world, before) if is_early else PlantedLog(world.topics)

    path = exported(tmp_path / "bundle.zip", world, source=source)

    held = path.read_bytes()
    assert not [salt for salt in salts if salt in held]
    verdict = judged(path)
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

    early = exported(tmp_path / "early.zip", world, source=until(world, before))
    later = exported(tmp_path / "later.zip", world)

    verdict = judged(early)
    (note,) = [found for _realm, found in verdict.findings if found.code == "erasure_unconfirmed"]
    assert (verdict.clean, note.partition, note.detail) == (True, 0, "a stub by order 4")
    assert "on the word of the owners" in sentence(note, "en")
    assert "stub_altered" in {found.code for _realm, found in judged(later).findings}

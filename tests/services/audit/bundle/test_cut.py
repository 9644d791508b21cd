"""A bundle that has a part of the log: its records stand under a cosigned checkpoint all the same, and where it ends is shown."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.decision.state import sums
from contracts.errors import ProofError, UsageError
from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.proof_file import parse_proof
from contracts.vocabulary import topics
from services.audit import snapshot
from services.audit.bundle.export import export
from services.audit.bundle.head_proofs import BEGIN as FIRST
from services.audit.bundle.head_proofs import CHECKPOINT, END, EntrySpan, head_name
from services.audit.bundle.held_tree import DIFFERS, WRONG, CheckedLog
from services.audit.bundle.manifest import MANIFEST, read_manifest
from services.audit.bundle.source import BundleLog
from services.audit.bundle.stored_zip import opened
from services.audit.bundle.verify import checked_heads, registries_of
from services.audit.replay import Ended, replay
from services.cli.auditor.finding_sentences import sentence
from services.platform.tree.published_log import LogInFolder, prove_entry
from services.play.demo.screen import Teller
from services.play.demo.stories import play_all
from tests.services.audit.bundle.memory_log import (
    MemoryLog,
    judged,
    log_of,
    out_of,
    owners_of,
    request_of,
    small_world,
)
from tests.services.audit.bundle.test_attested import pinning
from tests.services.audit.bundle.test_heads import (
    DECISIONS,
    heads_of,
    held_of,
    home,
    published_by,
)
from tests.services.audit.bundle.test_hostile_bundles import (
    Files,
    files_of,
    listed,
    signed,
    written,
)
from tests.services.audit.lies.lab import Lab
from tests.world import BEGIN, World

__all__ = ["home"]  # a fixture
TOLD = {kind: head_name("civil", 1, kind) for kind in (CHECKPOINT, FIRST, END)}
UNTIL = BEGIN + 40_000  # five of partition 1, all of the others


def cut(home: Path, name: str = "bundle.zip", **more: object) -> Path:
    """A bundle up to an instant, of a log that is published and cosigned by as many as its policy asks for."""
    given: dict[str, object] = {
        "realms": ("civil",), "until": UNTIL, "heads": heads_of(home, "police", "justice"),
        "logs": {"civil": LogInFolder(home / "log")}, "left_out": unwanted,
    }  # fmt: skip
    path = out_of(home, name)
    export(request_of(small_world(), **given | more), path)
    return path


def unwanted(realm: str, number: int, error: ProofError) -> None:
    """Nothing is left out of an honest log's."""
    raise AssertionError((realm, number, error))


def found(path: Path, world: World | None = None) -> list[AuditFinding]:
    """What is told of a bundle's tree, under owners who pin two witnesses."""
    told = judged(path, world or small_world(), owners=pinning()).findings
    return [finding for _realm, finding in told if finding.code != "prev_absent"]


def alarms(path: Path) -> list[AuditFinding]:
    """What an honest bundle does not have."""
    return [finding for finding in found(path) if finding.alarm]


def until(path: Path, instant: int) -> Path:
    """The same bundle, which says that all up to another instant is in it."""
    files = files_of(path)
    manifest = orjson.loads(files[MANIFEST]) | {"asked_at": instant, "until": instant}
    return written(path, signed(files, manifest))


def test_the_records_of_a_cut_bundle_are_shown_to_be_the_logs_to_its_end(home: Path) -> None:
    """Five of ten under the checkpoint of ten; the first that is not here is later than what was asked for."""
    path = cut(home)

    assert found(path) == []
    files = files_of(path)
    assert (TOLD[END] in files, TOLD[FIRST] in files) == (True, False)
    assert orjson.loads(entry_of(files))["index"] == 5
    assert cut(home, "again.zip").read_bytes() == path.read_bytes()


def entry_of(files: Files) -> bytes:
    """The record that partition 1 goes on with, as its proof has it."""
    return parse_proof(files[TOLD[END]] + files[TOLD[CHECKPOINT]]).entry or b""


def test_records_kept_back_before_the_asked_instant_are_found(home: Path) -> None:
    """Whoever exports ends earlier than the bundle says, or says that it has all there was."""
    early = until(cut(home, until=BEGIN + 25_000), UNTIL)

    (alarm,) = alarms(early)
    (other,) = alarms(cut(home, source=cut_off(), until=None))

    for told in (alarm, other):
        assert (told.code, told.partition, told.index, told.alarm) == (DIFFERS, 1, 9, True)
    assert alarm.detail.startswith("record 4 is of")
    assert other.detail == "a checkpoint of 10 records, 5 of them here"
    assert "its end was taken away" in sentence(alarm, "en")


def test_a_part_made_anew_with_the_router_s_key_does_not_come_to_the_checkpoint(home: Path) -> None:
    """As many records up to the instant, chained and signed, of the same events: found in its partition alone."""
    lab = Lab.new(small_world())
    lab.rewrite(moved, 1)

    told = held_of(cut(home, source=MemoryLog(lab.rows)))

    assert {head.partition: head.finding.code for head in told if head.finding} == {1: DIFFERS}
    assert [head.span for head in told if head.partition == 1] == [EntrySpan(0, 5)]


def moved(_index: int, record: dict[str, Any], _evidence: dict[str, Any]) -> None:
    """Said to have come at another offset."""
    if "src" in record:
        record["src"]["offset"] += 1


def cut_off() -> MemoryLog:
    """The log with partition 1 rolled back to five records."""
    rows = {place: list(own) for place, own in small_world().topics.items()}
    for kind in (DECISIONS, topics.evidence("civil")):
        del rows[kind, 1][5:]
    return MemoryLog(rows)


def proof_of(home: Path, number: int, index: int, world: World | None = None) -> bytes:
    """A true proof of a record, without the checkpoint."""
    value = (world or small_world()).topics[DECISIONS, number][index].value or b""
    proof = prove_entry(LogInFolder(home / "log" / f"civil-{number}"), index, value)
    return proof.data.removesuffix(proof.checkpoint)


LIES: dict[str, tuple[Callable[[Path, Files], bytes], str]] = {
    "of another log": (lambda home, _files: proof_of(home, 0, 1), WRONG),
    "with another record": (
        lambda _home, files: replaced_entry(files, b'{"index":5}'), WRONG
    ),
    "with a later instant": (
        lambda _home, files: replaced_entry(files, entry_of(files).replace(b'"at":', b'"at":9')), WRONG
    ),
    "without its record": (lambda _home, files: replaced_entry(files, None), WRONG),
    "of a later record": (lambda home, _files: proof_of(home, 1, 6), DIFFERS),
    "of an earlier record": (lambda home, _files: proof_of(home, 1, 2), DIFFERS),
    "with more behind it": (lambda _home, files: files[TOLD[END]] + b"more\n\n", WRONG),
    "cut": (lambda _home, files: files[TOLD[END]][:-40], WRONG),
    "no proof": (lambda _home, _files: b"<html>502 Bad Gateway</html>", WRONG),
    "two hashes swapped": (lambda _home, files: swapped(files[TOLD[END]]), WRONG),
}  # fmt: skip


def replaced_entry(files: Files, entry: bytes | None) -> bytes:
    """The proof with another record beside it."""
    note = files[TOLD[CHECKPOINT]]
    return replace(parse_proof(files[TOLD[END]] + note), entry=entry).data.removesuffix(note)


def swapped(data: bytes) -> bytes:
    """A proof whose last two hashes stand in each other's place."""
    *lines, one, other, _end, _last = data.split(b"\n")
    return b"\n".join([*lines, other, one, b"", b""])


def test_a_proof_that_leads_elsewhere_shows_nothing(home: Path) -> None:
    """Each is found, in its partition, and told in a sentence; of the others nothing is."""
    path = cut(home)
    files = files_of(path)

    for lie, (make, code) in LIES.items():
        written(path, listed(files | {TOLD[END]: make(home, files)}))
        told = {head.partition: head.finding for head in held_of(path) if head.finding}
        assert [(number, finding.code) for number, finding in told.items()] == [(1, code)], lie
        assert sentence(told[1], "fr") != sentence(AuditFinding(0, 0, "a code of tomorrow"), "fr")


def test_without_its_proof_a_cut_end_is_taken_for_one_that_was_cut_off(home: Path) -> None:
    """Nobody is told that it is shown."""
    path = cut(home)
    files = files_of(path)
    del files[TOLD[END]]

    written(path, listed(files))

    assert [told.code for told in alarms(path)] == [DIFFERS]


def test_too_few_cosignatures_attest_no_part_either(home: Path) -> None:
    """One witness of the two that the owners pin: said of each partition, with how many records it leaves open."""
    told = found(cut(home, heads=heads_of(home, "police")))

    assert {note.code for note in told} == {"end_unattested"}
    assert {note.partition: note.detail.partition(" rec")[0] for note in told}[1] == "5 of 5"


def test_a_log_whose_files_are_gone_gives_no_checkpoint_of_a_part(home: Path) -> None:
    """Export says of which partition; where the records come to a checkpoint by themselves it stays."""
    shutil.rmtree(home / "log" / "civil-1" / "tile")
    shutil.rmtree(home / "log" / "civil-2" / "tile")
    told: list[tuple[int, str]] = []

    path = cut(home, left_out=lambda _realm, number, error: told.append((number, error.code)))

    assert told == [(1, "log_not_there"), (2, "log_not_there")]
    files = files_of(path)
    assert TOLD[CHECKPOINT] not in files
    assert head_name("civil", 2, CHECKPOINT) in files
    assert [(note.code, note.partition) for note in found(path)] == [
        ("partition_missing", 1), ("end_unattested", 1),
    ]  # fmt: skip


@pytest.fixture
def middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, World]:
    """A bundle that begins behind a snapshot and ends at an instant, of a log that tells its state each fifth record."""
    monkeypatch.setattr(sums, "POINT_EVERY", 5)
    world, ended = World(), dict[str, Ended]()
    assert play_all(world, Teller(), "A")
    published_by(world, tmp_path)
    source, now = log_of(world), world.clock.now
    asyncio.run(replay(source, ("civil",), owners_of(world), now, ended=ended))
    snapshot.save(tmp_path / "begun", {realm: stood() for realm, stood in ended.items()})
    last = orjson.loads(world.topics[DECISIONS, 1][-1].value or b"")["at"]
    given = {"begun": tmp_path / "begun", "until": last - 1, "source": source, "now": now()}
    return cut(tmp_path, **given), world


def test_a_bundle_that_begins_in_the_middle_leads_to_the_checkpoint_from_both_sides(
    middle: tuple[Path, World],
) -> None:
    """What lies before it is known by hashes alone; without them, by those of another record or another log, nothing is shown."""
    path, world = middle
    files, home = files_of(path), path.parent
    with pytest.raises(UsageError, match=r"snapshot_later.*partition 1"):
        cut(home, "2.zip", begun=home / "begun", until=BEGIN + 25_000, source=log_of(world))

    assert found(path, world) == []
    begin, note = files[TOLD[FIRST]], files[TOLD[CHECKPOINT]]
    assert parse_proof(begin + note).index == 5
    assert [head.span for head in held_of(path) if head.partition == 1] == [EntrySpan(5, 9)]
    first = next(name for name in files if name.startswith("civil/decisions/01/"))
    lies: dict[str, tuple[dict[str, bytes | None], str]] = {
        "none": ({TOLD[FIRST]: None}, WRONG),
        "of another record": ({TOLD[FIRST]: proof_of(home, 1, 6, world)}, WRONG),
        "of another log": ({TOLD[FIRST]: proof_of(home, 0, 2, world)}, WRONG),
        "a record less": ({first: b"".join(files[first].splitlines(keepends=True)[1:])}, DIFFERS),
    }
    for lie, (other, code) in lies.items():
        told = files | {name: data for name, data in other.items() if data is not None}
        made = {name: data for name, data in told.items() if other.get(name, b"") is not None}
        with opened(written(path, listed(made))) as file:
            bundle, owners = BundleLog(file, read_manifest(file)), owners_of(world)
            heads = checked_heads(bundle, owners, registries_of(bundle, owners))
        assert {head.finding.code for head in heads if head.finding} == {code}, lie


def test_any_bytes_that_should_lead_to_a_checkpoint_show_nothing_or_the_same(home: Path) -> None:
    """Three hundred altered copies of a true proof: an error of ours, or the very part that is here."""
    path, chance = cut(home), random.Random(4)
    files, rows = files_of(path), small_world().topics[DECISIONS, 1][:5]
    note, end = files[TOLD[CHECKPOINT]], files[TOLD[END]]
    registry = small_world().registries["civil"]
    log = CheckedLog("civil", 1, registry, None, UNTIL)
    true = log.held(read_checkpoint(note), note, {END: end}, rows)
    assert (true.code, true.span) == ("", EntrySpan(0, 5))

    for _ in range(300):
        data = bytearray(end)
        for _edit in range(chance.randint(1, 2)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(8)] = chance.choice([b"", b"\n", b"9", b"A", b"extra "])
        told = log.held(read_checkpoint(note), note, {END: bytes(data)}, rows)
        assert told == true or told.code in {DIFFERS, WRONG}

"""What leads from a bundle's records to a published checkpoint: taken along, and held to it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.proof_file import parse_proof
from services.audit.bundle.export import export
from services.audit.bundle.head_proofs import CHECKPOINT, END, head_name
from services.audit.bundle.heads import DIFFERS, WRONG, CheckedLog
from services.cli.auditor.finding_sentences import sentence
from services.platform.tree.published_log import LogInFolder, prove_entry
from tests.services.audit.bundle.memory_log import (
    MemoryLog,
    judged,
    out_of,
    request_of,
    small_world,
)
from tests.services.audit.bundle.test_attested import pinning
from tests.services.audit.bundle.test_heads import DECISIONS, heads_of, held_of, home, unexpected
from tests.services.audit.bundle.test_hostile_bundles import Files, files_of, listed, written
from tests.services.audit.lies.kinds import moved
from tests.services.audit.lies.lab import Lab

__all__ = ["home"]  # a fixture
TOLD = {kind: head_name("civil", 3, kind) for kind in (CHECKPOINT, END)}
SIZE = 10  # records of partition 3


def proved(home: Path, name: str = "bundle.zip", **more: object) -> Path:
    """A bundle of a log that is published and cosigned by as many as its policy asks for."""
    given: dict[str, object] = {
        "realms": ("civil",), "heads": heads_of(home, "police", "justice"),
        "logs": {"civil": LogInFolder(home / "log")}, "left_out": unexpected,
    }  # fmt: skip
    path = out_of(home, name)
    export(request_of(small_world(), **given | more), path)
    return path


def found(path: Path) -> list[AuditFinding]:
    """What is told of a bundle's tree, under owners who pin two witnesses."""
    told = judged(path, small_world(), owners=pinning()).findings
    return [finding for _realm, finding in told if finding.code != "prev_absent"]


def test_each_checkpoint_comes_with_a_proof_of_its_last_record(home: Path) -> None:
    """The same bytes each time; nothing is found."""
    path = proved(home)

    files = files_of(path)
    assert found(path) == []
    assert parse_proof(files[TOLD[END]] + files[TOLD[CHECKPOINT]]).index == SIZE - 1
    assert proved(home, "again.zip").read_bytes() == path.read_bytes()


def test_a_log_made_anew_with_the_router_s_key_does_not_come_to_the_checkpoint(home: Path) -> None:
    """As many records, chained and signed, of the same events: found in its partition alone."""
    lab = Lab.new(small_world())
    lab.rewrite(moved, 3)

    told = held_of(proved(home, source=MemoryLog(lab.rows)))

    assert {head.partition: head.finding.code for head in told if head.finding} == {3: DIFFERS}
    assert [head.here for head in told if head.partition == 3] == [SIZE]


def of_another_log(home: Path) -> bytes:
    """A true proof of a record of another partition, without the checkpoint."""
    value = small_world().topics[DECISIONS, 0][1].value or b""
    proof = prove_entry(LogInFolder(home / "log" / "civil-0"), 1, value)
    return proof.data.removesuffix(proof.checkpoint)


LIES: dict[str, Callable[[Path, Files], bytes]] = {
    "of another log": lambda home, _files: of_another_log(home),
    "with another record": lambda _home, files: replaced_entry(files, b'{"index":5}'),
    "without its record": lambda _home, files: replaced_entry(files, None),
    "with more behind it": lambda _home, files: files[TOLD[END]] + b"more\n\n",
    "cut": lambda _home, files: files[TOLD[END]][:-40],
    "no proof": lambda _home, _files: b"<html>502 Bad Gateway</html>",
}


def replaced_entry(files: Files, entry: bytes | None) -> bytes:
    """The proof with another record beside it."""
    note = files[TOLD[CHECKPOINT]]
    return replace(parse_proof(files[TOLD[END]] + note), entry=entry).data.removesuffix(note)


def test_a_proof_that_leads_elsewhere_is_found(home: Path) -> None:
    """In its partition, and told in a sentence; of the others nothing is."""
    path = proved(home)
    files = files_of(path)

    for lie, make in LIES.items():
        written(path, listed(files | {TOLD[END]: make(home, files)}))
        told = {head.partition: head.finding for head in held_of(path) if head.finding}
        assert [(number, finding.code) for number, finding in told.items()] == [(3, WRONG)], lie
        assert sentence(told[3], "fr") != sentence(AuditFinding(0, 0, "a code of tomorrow"), "fr")


def test_a_log_whose_files_are_gone_leaves_its_checkpoint_in_the_bundle(home: Path) -> None:
    """Export says of which partition; the records come to the checkpoint by themselves."""
    shutil.rmtree(home / "log" / "civil-3" / "tile")
    told: list[tuple[int, str]] = []

    path = proved(home, left_out=lambda _realm, number, error: told.append((number, error.code)))

    assert told == [(3, "log_not_there")]
    assert {TOLD[CHECKPOINT], TOLD[END]} & {*files_of(path)} == {TOLD[CHECKPOINT]}
    assert found(path) == []


def test_any_bytes_in_a_proofs_place_are_found_or_the_same(home: Path) -> None:
    """Three hundred altered copies of a true proof: an error of ours, or one that holds."""
    chance, files = random.Random(4), files_of(proved(home))
    note, end = files[TOLD[CHECKPOINT]], files[TOLD[END]]
    rows, log = (
        small_world().topics[DECISIONS, 3],
        CheckedLog("civil", 3, small_world().registries["civil"]),
    )

    for _ in range(300):
        data = bytearray(end)
        for _edit in range(chance.randint(1, 2)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(8)] = chance.choice([b"", b"\n", b"9", b"A", b"extra "])
        told = log.held(read_checkpoint(note), note, bytes(data), rows)
        assert (told.here, told.code) in {(SIZE, ""), (0, WRONG)}

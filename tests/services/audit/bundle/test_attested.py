"""A log's end: who cuts it off with its checkpoints leaves it sound; readers are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from contracts.log.orders.order import Owners
from contracts.proof.checkpoint import Checkpoint, origin_of
from contracts.proof.edge import TreeEdge
from contracts.proof.log_keys import log_signers
from contracts.proof.note import SignedNote
from contracts.proof.tree import entry_hash
from services.audit.verdict import AuditVerdict
from tests.services.audit.bundle.memory_log import MemoryLog, judged, owners_of, small_world
from tests.services.audit.bundle.test_heads import (
    DECISIONS,
    SECRET,
    WITNESSES,
    heads_of,
    home,
    made,
    shorter,
)
from tests.world import BEGIN

__all__ = ["home"]  # a fixture


def pinning(witnesses: int = 2) -> Owners:
    """Owners who pin how many witnesses must cosign."""
    return replace(owners_of(small_world()), witnesses=witnesses)


def checkpoint_of(number: int, log: MemoryLog, root: bytes | None = None) -> bytes:
    """A partition's checkpoint as it was in a log, or of another tree, signed by all."""
    edge, origin = TreeEdge(), origin_of("local", "civil", number)
    for record in log.rows[DECISIONS, number]:
        edge.append(entry_hash(record.value or b""))
    text = Checkpoint(origin, edge.size, root or edge.root()).text
    signed = [signer.sign(text, BEGIN) for signer in log_signers(SECRET, origin)]
    seen = [WITNESSES[name].sign(text, BEGIN + 5) for name in ("police", "justice")]
    return SignedNote(text, (*signed, *seen)).data


def ends(verdict: AuditVerdict) -> dict[int, tuple[int, str]]:
    """Partition -> the first record that nobody attests, and how many follow."""
    return {
        found.partition: (found.index, found.detail.partition(" records")[0])
        for _realm, found in verdict.findings
        if found.code == "end_unattested"
    }


def test_a_cut_end_without_its_checkpoint_is_said_to_be_unattested_and_the_checkpoint_missing(
    home: Path,
) -> None:
    """The liar takes away the last records, their inputs and the checkpoint over them."""
    ((number, log),) = shorter()
    heads = heads_of(home, "police", "justice")
    del heads[f"heads/civil-{number:02}.checkpoint"]

    verdict = judged(made(home, heads, source=log), small_world(), owners=pinning())

    assert ends(verdict) == {number: (0, "3 of 3")}
    assert verdict.json()["notes"] == {"end_unattested": 1}
    alarms = [(found.code, found.partition) for _realm, found in verdict.findings if found.alarm]
    assert alarms == [("partition_missing", number)]


@pytest.mark.parametrize("cosigners", [(), ("police",)])
def test_checkpoints_that_too_few_cosigned_attest_nothing(
    home: Path, cosigners: tuple[str, ...]
) -> None:
    """Every cosignature stripped, or all but one of the two that the policy asks for."""
    verdict = judged(made(home, heads_of(home, *cosigners)), small_world(), owners=pinning())

    assert sorted(ends(verdict)) == list(range(6))


def test_no_checkpoint_at_all_is_a_note_in_each_partition(home: Path) -> None:
    """All of them dropped, and the policy with them; the exit code stays that of a sound log."""
    verdict = judged(made(home, {}), small_world(), owners=pinning())

    assert (verdict.clean, sorted(ends(verdict))) == (True, list(range(6)))


def test_records_behind_an_attested_checkpoint_are_counted(home: Path) -> None:
    """What came after the checkpoint was published, and nothing of what it covers."""
    ((number, log),) = shorter()
    whole = len(small_world().topics[DECISIONS, number])
    heads = heads_of(home, "police", "justice")
    heads[f"heads/civil-{number:02}.checkpoint"] = checkpoint_of(number, log)

    verdict = judged(made(home, heads), small_world(), owners=pinning())

    assert ends(verdict) == {number: (3, f"{whole - 3} of {whole}")}


def test_an_attested_end_is_not_remarked_and_without_pinned_witnesses_nothing_is(
    home: Path,
) -> None:
    """A log that never had witnesses is verified as before."""
    attested = judged(
        made(home, heads_of(home, "police", "justice")), small_world(), owners=pinning()
    )
    never = judged(made(home, {}), small_world(), owners=pinning(0))

    assert (attested.notes, never.notes.get("end_unattested")) == (never.notes, None)

"""What an auditor tells of a record's proof: what its files and the policy bear out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from contracts.encoding import leaf_hash
from contracts.errors import ProofError
from contracts.proof.note import SignedNote, parse_note
from contracts.proof.note_keys import NoteSigner, SignatureKind, log_signers
from contracts.proof.policy import TrustPolicy, parse_policy
from contracts.proof.signed_policy import policy_text
from services.audit.projection.answers import Policies, proof_told
from services.audit.tree.log_folder import LogFolder
from services.platform.store.memory import Memory
from services.platform.tree.tile_folder import CHECKPOINT
from tests.contracts.proof.log import AT, ORIGIN, signer

RECORDS = [b"record %d" % number for number in range(300)]
SIGNERS = log_signers(bytes(range(32)), ORIGIN)
WITNESSES = {
    name: signer(f"{name}.example/witness", SignatureKind.COSIGNATURE, number)
    for number, name in enumerate(("education", "justice", "police"), 2)
}


def policy() -> TrustPolicy:
    """Two witnesses of three."""
    keys = {name: witness.key for name, witness in WITNESSES.items()}
    return parse_policy(policy_text([own.key for own in SIGNERS], keys, 2))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[LogFolder]:
    """A published log of 290 records, which nobody has cosigned."""
    log = LogFolder(tmp_path / "civil-0", Memory(None), SIGNERS)
    for record in RECORDS[:290]:
        log.add(record)
    log.publish(AT, 290)
    yield log
    log.close()


def cosign(log: LogFolder, *by: NoteSigner) -> SignedNote:
    """Have witnesses sign the checkpoint that is there."""
    note = parse_note((log.path / CHECKPOINT).read_bytes())
    lines = (*note.signatures, *(witness.sign(note.text, AT) for witness in by))
    whole = SignedNote(note.text, lines)
    (log.path / CHECKPOINT).write_bytes(whole.data)
    return whole


def told(
    log: LogFolder, index: int, record: bytes = b"", policies: Policies = lambda _realm: policy()
) -> dict[str, Any]:
    """What is told of a record that the audit has read under a number."""
    row = {"partition": 0, "index": index, "leaf": leaf_hash(record or RECORDS[index])}
    return proof_told(log.path.parent, "civil", row, policies)


@pytest.mark.parametrize("index", [255, 289])
def test_a_record_that_stands_there_is_told_with_who_cosigned(log: LogFolder, index: int) -> None:
    """In a full tile or not; witnesses by the policy's names."""
    cosign(log, WITNESSES["education"], WITNESSES["police"])

    proof = told(log, index)

    assert (proof["inclusion"], proof["size"]) == ("stands", 290)
    assert proof["cosigned"] == ["education", "police"]


def test_of_another_record_under_its_number_no_cosignature_is_told(log: LogFolder) -> None:
    """A log rolled back and grown anew: what witnesses signed is not of what was read."""
    cosign(log, *WITNESSES.values())

    proof = told(log, 7, b"what the audit had read")

    assert (proof["inclusion"], proof["cosigned"]) == ("other", [])


def test_what_is_not_published_yet_or_cannot_be_read_is_told_as_that(log: LogFolder) -> None:
    """No word of it more."""
    cosign(log, *WITNESSES.values())
    proofs = [told(log, 290)]
    for tile in (path for path in (log.path / "tile" / "0").rglob("*") if path.is_file()):
        tile.write_bytes(b"no hashes")
    proofs.append(told(log, 7))
    (log.path / CHECKPOINT).unlink()
    proofs.append(told(log, 7))

    said = [(proof["inclusion"], proof["cosigned"]) for proof in proofs]
    assert said == [("early", []), ("unread", []), ("unread", [])]


def test_without_a_quorum_or_a_policy_that_the_owners_signed_nobody_is_believed(
    log: LogFolder,
) -> None:
    """One witness of two; no policy in the home, or one that somebody has changed."""
    changed = Mock(side_effect=ProofError("policy_not_signed", "another", "the owners'"))
    cosign(log, WITNESSES["police"])
    assert (told(log, 7)["inclusion"], told(log, 7)["cosigned"]) == ("stands", [])

    cosign(log, *WITNESSES.values())

    for policies in (lambda _realm: None, changed):
        assert told(log, 7, policies=policies)["cosigned"] == []

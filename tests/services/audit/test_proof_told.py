"""What an auditor tells of a record's proof: what its files and the policy bear out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from contracts.encoding import leaf_hash
from contracts.errors import ProofError
from services.audit.projection.answers import Policies, proof_told
from services.audit.tree import cosigning
from services.platform.tree.tile_folder import CHECKPOINT
from tests.services.audit.tree.test_witnesses import KEYS, POLICY, Audited


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Audited]:
    """A published log of 290 records, which all witnesses have cosigned."""
    log = Audited(tmp_path)
    log.grow(290)
    await log.until(lambda: log.log.shown is not None)
    yield log
    log.close()


def told(
    log: Audited, index: int, record: bytes = b"", policies: Policies = lambda _realm: POLICY
) -> dict[str, Any]:
    """What is told of a record that the audit has read under a number."""
    row = {"partition": 0, "index": index, "leaf": leaf_hash(record or b"record %d" % index)}
    return proof_told(log.path.parent, "civil", row, policies)


@pytest.mark.parametrize("index", [255, 289])
async def test_a_record_that_stands_there_is_told_with_who_cosigned(
    log: Audited, index: int
) -> None:
    """In a full tile or not; witnesses by the policy's names."""
    proof = told(log, index)

    assert (proof["inclusion"], proof["size"]) == ("stands", 290)
    assert proof["cosigned"] == sorted(KEYS)


async def test_of_another_record_under_its_number_no_cosignature_is_told(log: Audited) -> None:
    """A log rolled back and grown anew: what witnesses signed is not of what was read."""
    proof = told(log, 7, b"what the audit had read")

    assert (proof["inclusion"], proof["cosigned"]) == ("other", [])


async def test_what_is_not_published_yet_or_cannot_be_read_is_told_as_that(log: Audited) -> None:
    """No word of it more."""
    proofs = [told(log, 290)]
    for tile in (path for path in (log.path / "tile" / "0").rglob("*") if path.is_file()):
        tile.write_bytes(b"no hashes")
    proofs.append(told(log, 7))
    (log.path / CHECKPOINT).unlink()
    proofs.append(told(log, 7))

    said = [(proof["inclusion"], proof["cosigned"]) for proof in proofs]
    assert said == [("early", []), ("unread", []), ("unread", [])]


async def test_without_a_quorum_or_a_policy_that_the_owners_signed_nobody_is_believed(
    log: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too few cosigned; no policy in the home, or one that somebody has changed."""
    changed = Mock(side_effect=ProofError("policy_not_signed", "another", "the owners'"))
    for policies in (lambda _realm: None, changed):
        assert told(log, 7, policies=policies)["cosigned"] == []

    monkeypatch.setattr(cosigning, "WAIT_S", 0.1)
    log.agencies.up = {"police", "education"}
    log.grow(300)
    await log.until(lambda: bool(log.health.warnings))
    assert (told(log, 7)["inclusion"], told(log, 7)["size"]) == ("stands", 300)
    assert told(log, 7)["cosigned"] == []

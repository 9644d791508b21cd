"""Lies planted by who runs the bus: which check finds each, and what the report says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint, origin_of
from contracts.proof.edge import TreeEdge
from contracts.proof.log_keys import log_signers
from contracts.proof.note import SignedNote
from contracts.proof.note_keys import NoteSigner, SignatureKind
from contracts.proof.signed_policy import policy_text, sign_policy
from contracts.proof.tree import entry_hash
from services.audit.bundle.export import export
from services.cli.auditor.finding_sentences import sentence
from tests.services.audit.bundle.memory_log import MemoryLog, judged, out_of, request_of
from tests.services.audit.lies.kinds import LIES, NO_SIDE, WITNESSED, rolled_back
from tests.services.audit.lies.lab import REALM, Lab, played, told
from tests.world import BEGIN, realm_keys

SECRET: Final = b"the keeper of this log".ljust(32)
WITNESSES: Final = {
    name: NoteSigner(f"relais.local/{name}", SignatureKind.COSIGNATURE, name.encode().ljust(32))
    for name in ("education", "justice", "police")
}


def published(lab: Lab) -> dict[str, bytes]:
    """Each partition's checkpoint, cosigned by all, and the policy, by name in a bundle."""
    logs = {number: log_signers(SECRET, origin_of("local", REALM, number)) for number in (0, 1)}
    keys = [signer.key for pair in logs.values() for signer in pair]
    policy = policy_text(keys, {name: witness.key for name, witness in WITNESSES.items()}, 2)
    token = sign_policy(policy, REALM, BEGIN, realm_keys(REALM).keeper).encode()
    files = {f"heads/{REALM}.policy": policy, f"heads/{REALM}.policy.jws": token}
    for number, own in logs.items():
        edge = TreeEdge()
        for row in lab.decisions(number):
            edge.append(entry_hash(row.value or b""))
        text = Checkpoint(own[0].key.name, edge.size, edge.root()).text
        lines = tuple(signer.sign(text, BEGIN) for signer in (*own, *WITNESSES.values()))
        files[f"heads/{REALM}-{number:02}.checkpoint"] = SignedNote(text, lines).data
    return files


def found_in_bundle(lab: Lab, heads: dict[str, bytes], folder: Path) -> list[AuditFinding]:
    """All alarms that a bundle of this log with these checkpoints raises."""
    path, world = out_of(folder), played()
    request = request_of(world, realms=(REALM,), source=MemoryLog(lab.rows), heads=heads)
    export(request, path)
    return [finding for _realm, finding in judged(path, world).findings if finding.alarm]


def test_an_honest_log_has_no_finding() -> None:
    """Nor has one that was written anew with the router's key and says the same."""
    assert Lab.new().found() == []
    assert Lab.new(told()).found() == []
    same = Lab.new()
    same.rewrite(lambda *_: None)
    assert same.found() == []


@pytest.mark.parametrize("kind", LIES)
def test_a_planted_lie_is_found(kind: str) -> None:
    """By the check that the table names, and told in a sentence."""
    lie = LIES[kind]
    lab = Lab.new(lie.world())
    lie.plant(lab)

    found = lab.found()

    assert {finding.code for finding in found} == {lie.code, *lie.also}
    first = next(finding for finding in found if finding.code == lie.code)
    if lie.side != NO_SIDE:
        assert (first.member, first.recorded, first.follows) == lie.side
    told = {sentence(finding, "fr") for finding in found}
    assert sentence(AuditFinding(0, 0, "a code of tomorrow"), "fr") not in told


def test_what_a_record_differs_from_is_told_with_its_input() -> None:
    """Where the event lies from which another decision follows; if gone, the next."""
    lab, gone = Lab.new(), Lab.new()
    LIES["clause"].plant(lab)
    LIES["removed"].plant(gone)

    (found,), (broken,) = lab.found(), gone.found()

    assert found.source == "relais.civil.outbox.education/1/1"
    assert (broken.index, broken.offset, broken.at) == (
        7,
        7,
        gone.decisions()[6].timestamp_ms // 1000,
    )


def test_a_partition_rolled_back_to_a_signed_end_is_seen_by_nobody_alone() -> None:
    """So it is said plainly: only who kept something from before can tell."""
    lab = Lab.new()
    rolled_back(lab)

    assert lab.found() == []


@pytest.mark.parametrize("kind", WITNESSED)
def test_a_lie_is_found_by_a_checkpoint_that_was_published_before(
    kind: str, tmp_path: Path
) -> None:
    """Cosigned by agencies; an honest log comes to it, and without it the lie is not seen."""
    lie, lab = WITNESSED[kind], Lab.new()
    heads = published(lab)
    assert found_in_bundle(lab, heads, tmp_path) == []
    lie.plant(lab)
    assert lab.found() == []

    found = found_in_bundle(lab, heads, tmp_path)

    assert [finding.code for finding in found] == [lie.code]

"""Checkpoints of a lab's log as it was published and cosigned, and the verdict of a bundle that has them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from contracts.log.replaying.finding import AuditFinding
from contracts.proof.checkpoint import Checkpoint, origin_of
from contracts.proof.edge import TreeEdge
from contracts.proof.log_keys import log_signers
from contracts.proof.note import SignedNote
from contracts.proof.note_keys import NoteSigner, SignatureKind
from contracts.proof.signed_policy import policy_text, sign_policy
from contracts.proof.tree import entry_hash
from services.audit.bundle.export import export
from tests.services.audit.bundle.memory_log import MemoryLog, judged, out_of, request_of
from tests.services.audit.lies.lab import REALM, Lab, played
from tests.world import BEGIN, realm_keys

SECRET: Final = b"the keeper of this log".ljust(32)
WITNESSES: Final = {
    name: NoteSigner(f"relais.local/{name}", SignatureKind.COSIGNATURE, name.encode().ljust(32))
    for name in ("education", "justice", "police")
}


def published(lab: Lab) -> dict[str, bytes]:
    """A checkpoint of each partition, cosigned by all, and the owners' policy, by their names in a bundle."""
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

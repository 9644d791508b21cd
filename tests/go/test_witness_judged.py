"""Our witness, asked by others' log: Tessera publishes what it cosigns, no more."""

from __future__ import annotations

from pathlib import Path

import httpx

from contracts.proof.checkpoint import parse_checkpoint
from contracts.proof.note import b64, parse_note
from contracts.proof.note_keys import SignatureKind
from contracts.proof.policy import parse_policy
from contracts.proof.witness import log_id
from tests.contracts.proof.log import signer
from tests.go.judge import Judge
from tests.services.agency.witness_server import witness_server

ORIGIN = "tessera.test/log"
SEED = bytes((5, SignatureKind.ED25519)) * 16
LOG = signer(ORIGIN, SignatureKind.ED25519, 5)
OWN = signer("relais.test/justice", SignatureKind.COSIGNATURE, 6)
SECRET = (
    f"PRIVATE+KEY+{ORIGIN}+{LOG.key.key_id.hex()}+{b64(bytes((SignatureKind.ED25519,)) + SEED)}"
)


def test_tessera_publishes_with_our_cosignatures_and_not_without(
    judge: Judge, tmp_path: Path
) -> None:
    """A log that grows by steps; then a second under the same key, which is refused for good."""
    with witness_server(tmp_path / "witness", OWN, {ORIGIN: [LOG.key]}) as address:
        policy = f"witness justice {OWN.key.vkey} {address}\nquorum justice\n"
        grown = judge.log(policy, SECRET, tmp_path / "one")
        forked = judge.log(policy, SECRET, tmp_path / "other")
        kept = httpx.get(f"{address}/{log_id(ORIGIN)}/checkpoint", trust_env=False).content

    kind, _space, told = grown.partition(" ")
    assert kind == "accepted", grown
    trusted = parse_policy(f"log {LOG.key.vkey}\n{policy}".encode())
    verified = trusted.verify(told.replace("|", "\n").encode())
    assert verified.checkpoint.size == 5
    assert forked.startswith("refused"), forked
    assert parse_checkpoint(parse_note(kept).text) == verified.checkpoint

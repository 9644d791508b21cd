"""A witness of others in a policy of ours: our audit service hands it heads, and its cosignatures count."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from contracts.errors import ProofError
from contracts.proof.note import NoteSignature, SignedNote, parse_note
from contracts.proof.note_keys import NoteKey, SignatureKind
from contracts.proof.policy import TrustPolicy, parse_policy
from contracts.proof.witness import (
    BAD_REQUEST,
    CONFLICT,
    FORBIDDEN,
    UNKNOWN,
    UNPROCESSABLE,
    request_of,
)
from services.audit.tree.cosigning import HeadCosigning, WitnessedHead
from services.audit.tree.witness_client import WitnessClient
from tests.contracts.proof.log import LOG, ORIGIN, MemoryLog, signer
from tests.contracts.proof.test_witness import log_of, path, signed
from tests.go.litewitness_server import litewitness

pytestmark = pytest.mark.anyio
STRANGER = signer(ORIGIN, SignatureKind.ED25519, 77)


@pytest.fixture
def running(go_program: Callable[..., Path], tmp_path: Path) -> Iterator[tuple[str, NoteKey]]:
    """A litewitness that knows our log by its Ed25519 key, and nothing of it yet."""
    program = go_program("litewitness", "filippo.io/torchwood/cmd/litewitness")
    with litewitness(program, tmp_path, {ORIGIN: LOG[0].key}) as told:
        yield told


@pytest.fixture
async def client(running: tuple[str, NoteKey]) -> AsyncIterator[WitnessClient]:
    """How our audit service asks it."""
    asked = WitnessClient({"lw": running[0]})
    yield asked
    await asked.close()


@pytest.fixture
def policy(running: tuple[str, NoteKey]) -> TrustPolicy:
    """Our log, and that witness alone."""
    logs = "".join(f"log {key.key.vkey}\n" for key in LOG)
    return parse_policy(f"{logs}witness lw {running[1].vkey}\nquorum lw\n".encode())


async def shown(asked: HeadCosigning, fork: str, size: int) -> WitnessedHead:
    """A head of a history, handed to it."""
    return await asked.ask(signed(fork, size), log_of(fork, size).hashes().subtree)


async def test_its_cosignatures_meet_our_policy_and_a_lying_log_gets_none(
    client: WitnessClient, policy: TrustPolicy
) -> None:
    """Heads of 5, 9 and 14 records; after a restart too; no fork of as many records or more, nothing rolled back."""
    auditor = HeadCosigning(policy, client.post)
    grown = [await shown(auditor, "a", size) for size in (5, 9, 14)]
    again = await shown(HeadCosigning(policy, client.post), "a", 14)
    lies = {
        (fork, size): await shown(HeadCosigning(policy, client.post), fork, size)
        for fork, size in (("b", 14), ("b", 20), ("a", 9))
    }

    for head in (*grown, again):
        assert (head.met, head.missing) == (True, {})
        assert [seen.witness for seen in policy.verify(head.note).cosigned] == ["lw"]
    assert {lie: (head.met, head.missing["lw"]) for lie, head in lies.items()} == {
        ("b", 14): (False, UNPROCESSABLE), ("b", 20): (False, UNPROCESSABLE), ("a", 9): (False, CONFLICT),
    }  # fmt: skip
    assert lies["a", 9].ahead == ("lw",)


async def test_altered_requests_are_refused_as_our_own_witness_refuses_them(
    client: WitnessClient,
) -> None:
    """By the standard's status; and then the honest head is cosigned all the same."""
    head, way = signed("a", 9), path("a", 5, 9)
    unknown = (
        MemoryLog().add([b"x"]).published([signer("relais.test/other-0", SignatureKind.ED25519, 1)])
    )
    assert (await client.post("lw", request_of(0, [], signed("a", 5))))[0] == 200
    altered = {
        "another path": (request_of(5, [*way[1:], way[0]], head), UNPROCESSABLE),
        "a path too short": (request_of(5, way[:-1], head), UNPROCESSABLE),
        "another root": (request_of(5, way, signed("b", 9)), UNPROCESSABLE),
        "another size": (request_of(4, path("a", 4, 9), head), CONFLICT),
        "an old size beyond the new one": (request_of(11, [], head), BAD_REQUEST),
        "a stranger's signature": (request_of(5, way, signed("a", 9, [STRANGER])), FORBIDDEN),
        "a bit of the log's signature": (request_of(5, way, turned(head, 0)), FORBIDDEN),
        "the log's ML-DSA-44 line alone": (request_of(5, way, signed("a", 9, LOG[1:])), FORBIDDEN),
        "an unknown log": (request_of(0, [], unknown.replace(ORIGIN.encode(), b"relais.test/other-0")), UNKNOWN),
        "no request": (b"old five\n\n" + head, BAD_REQUEST),
    }  # fmt: skip

    told = {name: (await client.post("lw", body))[0] for name, (body, _status) in altered.items()}

    assert told == {name: status for name, (_body, status) in altered.items()}
    assert (await client.post("lw", request_of(5, way, head)))[0] == 200


async def test_an_altered_cosignature_of_its_counts_for_nothing(
    client: WitnessClient, policy: TrustPolicy
) -> None:
    """Its time, its signature, its name, its key, its head: each copy is refused by the policy."""
    auditor = HeadCosigning(policy, client.post)
    earlier, whole = await shown(auditor, "a", 5), await shown(auditor, "a", 9)
    note = parse_note(whole.note)
    line = note.signatures[-1]
    copies = {
        "time": NoteSignature(line.name, line.key_id, bytes(7) + b"\1" + line.signature[8:]),
        "signature": NoteSignature(line.name, line.key_id, line.signature[:-1] + bytes([line.signature[-1] ^ 1])),
        "name": NoteSignature("litewitness.test/other", line.key_id, line.signature),
        "key": NoteSignature(line.name, bytes(4), line.signature),
        "head": parse_note(earlier.note).signatures[-1],
        "none": note.signatures[0],
    }  # fmt: skip

    policy.verify(whole.note)
    for copy in copies.values():
        data = SignedNote(note.text, (*note.signatures[:-1], copy)).data
        with pytest.raises(ProofError, match=r"signature_wrong|quorum_missed"):
            policy.verify(data)


def turned(data: bytes, at: int) -> bytes:
    """A note of which a line has one bit another one."""
    note = parse_note(data)
    lines = list(note.signatures)
    raw = lines[at].signature
    lines[at] = NoteSignature(lines[at].name, lines[at].key_id, raw[:-1] + bytes([raw[-1] ^ 1]))
    return SignedNote(note.text, tuple(lines)).data

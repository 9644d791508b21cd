"""A witness of others in our policy: our audit hands it heads, its cosignatures count."""

from __future__ import annotations

import base64
import hashlib
import socket
import socketserver
import sqlite3
import struct
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
from services.audit.tree.publishing import WitnessClient
from services.platform.process.tether import tethered
from tests.contracts.proof.log import LOG, ORIGIN, MemoryLog, signer
from tests.contracts.proof.test_witness import log_of, path, signed
from tests.go.judge import turned
from tests.patience import until
from tests.ports import free_port

NAME: Final = "litewitness.test/witness"
_EMPTY: Final = base64.b64encode(hashlib.sha256(b"").digest()).decode()
_TABLES: Final = """
    CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
    CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL,
        FOREIGN KEY(origin) REFERENCES log(origin));
"""
# Of the agent's protocol: what is asked, and what it is answered with.
_FAILURE, _IDENTITIES, _SIGN = 5, 11, 13


@contextmanager
def litewitness(
    program: Path, folder: Path, logs: Mapping[str, NoteKey]
) -> Iterator[tuple[str, NoteKey]]:
    """Run it while the block lasts."""
    key = Ed25519PrivateKey.from_private_bytes(b"litewitness".ljust(32))
    database = folder / "witness.db"
    with sqlite3.connect(database) as rows:
        rows.executescript(_TABLES)
        rows.executemany("insert into log values (?, 0, ?)", [(origin, _EMPTY) for origin in logs])
        rows.executemany(
            "insert into key values (?, ?)", [(name, own.vkey) for name, own in logs.items()]
        )
    rows.close()
    with _agent(folder / "agent", key), (folder / "said").open("wb") as said:
        port, named = free_port(), base64.b64encode(hashlib.sha256(_blob(key)).digest()).decode()
        command: list[str | Path] = [
            program, "-name", NAME, "-db", database, "-ssh-agent", folder / "agent",
            "-listen", f"127.0.0.1:{port}", "-key", f"SHA256:{named.rstrip('=')}",
        ]  # fmt: skip
        process = subprocess.Popen(tethered(command), stdout=said, stderr=said)
        try:
            until(lambda: _listens(port, process), (folder / "said").read_text)
            public = key.public_key().public_bytes_raw()
            yield f"http://127.0.0.1:{port}", NoteKey(NAME, SignatureKind.COSIGNATURE, public)
        finally:
            process.kill()
            process.wait()


def _listens(port: int, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "it has ended"
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def _blob(key: Ed25519PrivateKey) -> bytes:
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


@contextmanager
def _agent(path: Path, key: Ed25519PrivateKey) -> Iterator[None]:
    class Asked(socketserver.StreamRequestHandler):
        """One connection to the agent."""

        def handle(self) -> None:
            """Answer each request."""
            while head := self.rfile.read(4):
                answer = _answer(self.rfile.read(*struct.unpack(">I", head)), key)
                self.wfile.write(_string(answer))

    with socketserver.ThreadingUnixStreamServer(str(path), Asked) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _answer(asked: bytes, key: Ed25519PrivateKey) -> bytes:
    if asked[0] == _IDENTITIES:
        return bytes([_IDENTITIES + 1]) + struct.pack(">I", 1) + _string(_blob(key)) + _string(b"")
    if asked[0] != _SIGN:
        return bytes([_FAILURE])
    at = 1 + 4 + int.from_bytes(asked[1:5], "big")  # behind the key that is asked for
    size = int.from_bytes(asked[at : at + 4], "big")
    signature = key.sign(asked[at + 4 : at + 4 + size])
    return bytes([_SIGN + 1]) + _string(_string(b"ssh-ed25519") + _string(signature))


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
    """Heads of 5, 9 and 14 records; after a restart too; no fork, nothing rolled back."""
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
        ("b", 14): (False, UNPROCESSABLE), ("b", 20): (False, UNPROCESSABLE),
        ("a", 9): (False, CONFLICT),
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
        "a stranger's signature": (request_of(5, way, signed("a", 9, STRANGER)), FORBIDDEN),
        "a bit of the log's signature": (request_of(5, way, turned(head, 0)), FORBIDDEN),
        "the log's ML-DSA-44 line alone": (request_of(5, way, signed("a", 9, *LOG[1:])), FORBIDDEN),
        "an unknown log": (
            request_of(0, [], unknown.replace(ORIGIN.encode(), b"relais.test/other-0")), UNKNOWN),
        "no request": (b"old five\n\n" + head, BAD_REQUEST),
    }  # fmt: skip

    told = {name: (await client.post("lw", body))[0] for name, (body, _status) in altered.items()}

    assert told == {name: status for name, (_body, status) in altered.items()}
    assert (await client.post("lw", request_of(5, way, head)))[0] == 200

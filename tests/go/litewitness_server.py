"""`litewitness` (torchwood) on a port of its own: a witness of others, in a policy of ours.

It keeps its key in an SSH agent. Ours answers the two requests that it makes, so that no agent need be installed.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import socketserver
import sqlite3
import struct
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contracts.proof.note_keys import NoteKey, SignatureKind
from services.platform.process.tether import tethered
from tests.patience import PATIENCE
from tests.ports import free_port

NAME: Final = "litewitness.test/witness"
_EMPTY: Final = base64.b64encode(hashlib.sha256(b"").digest()).decode()
_TABLES: Final = """
    CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
    CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
"""
# Of the agent's protocol: what is asked, and what it is answered with.
_FAILURE, _IDENTITIES, _SIGN = 5, 11, 13


@contextmanager
def litewitness(
    program: Path, folder: Path, logs: Mapping[str, NoteKey]
) -> Iterator[tuple[str, NoteKey]]:
    """Run it while the block lasts.

    Args:
        logs: origin → the log's key, of those that it knows.

    Yields:
        Its address, and the key that it cosigns with.
    """
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
        port = free_port()
        command: list[str | Path] = [
            program, "-name", NAME, "-db", database, "-ssh-agent", folder / "agent",
            "-listen", f"127.0.0.1:{port}", "-key", _fingerprint(key),
        ]  # fmt: skip
        process = subprocess.Popen(tethered(command), stdout=said, stderr=said)
        try:
            _wait(port, process, folder / "said")
            public = key.public_key().public_bytes_raw()
            yield f"http://127.0.0.1:{port}", NoteKey(NAME, SignatureKind.COSIGNATURE, public)
        finally:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes], said: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(said.read_text(errors="replace")[-600:])


def _blob(key: Ed25519PrivateKey) -> bytes:
    line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    return base64.b64decode(line.split()[1])


def _fingerprint(key: Ed25519PrivateKey) -> str:
    digest = hashlib.sha256(_blob(key)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


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

"""A published log, read where it lies, by address or folder; and proofs out of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Timer
from typing import Any, Final

import httpx

from contracts.errors import UsageError
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.proof_file import InclusionProof
from contracts.proof.tiles import (
    ENTRIES,
    MAX_ENTRY_BYTES,
    WIDTH,
    ReadFile,
    ReadTile,
    TileHashes,
    tile_at,
    tile_reader,
)
from contracts.proof.tree import check_inclusion, entry_hash, inclusion_path
from services.platform.ports import http_transport
from services.platform.process.exit_codes import UnreachableError

TIMEOUT_S: Final = 5  # without a byte
WHOLE_S: Final = 60  # for a file, its head and all
OPENED: Final = ("connection.connect_tcp.complete", "connection.start_tls.complete")
MAX_FILE_BYTES: Final = WIDTH * (2 + MAX_ENTRY_BYTES)  # of the largest bundle


class LogInFolder:
    """A log's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            UnreachableError: `log_not_there`.
        """
        try:
            with (self._folder / path).open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except OSError:
            raise UnreachableError("log_not_there", path, "a published log") from None
        if len(data) > MAX_FILE_BYTES:
            raise UnreachableError("log_not_there", f"{path}: no end", "a published log")
        return data


class LogOverHttp:
    """A log's files at an address, over one connection.

    A server that sends a byte now and then is never silent: from outside, its connection is cut.
    """

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        plain = {"Accept-Encoding": "identity"}
        self._client = httpx.Client(
            timeout=TIMEOUT_S, trust_env=False, headers=plain, transport=http_transport()
        )
        self._socket: socket.socket | None = None

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises as `LogInFolder.read` does."""
        data, traced = bytearray(), {"trace": self._opened}
        address = f"{self._address}/{path}"
        try:
            with self._in_time(), self._client.stream("GET", address, extensions=traced) as answer:
                status = answer.status_code
                for chunk in answer.iter_raw():
                    data += chunk
                    if len(data) > MAX_FILE_BYTES:
                        raise UnreachableError(
                            "log_not_there", f"{path}: no end", "a published log"
                        )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            got = type(error).__name__
            raise UnreachableError("log_not_there", got, "a published log") from None
        if status != httpx.codes.OK:
            raise UnreachableError("log_not_there", f"{path}: {status}", "a published log")
        return bytes(data)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        """Cut the connection unless this ends within the time for a file."""
        timer = Timer(WHOLE_S, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _opened(self, name: str, info: Mapping[str, Any]) -> None:
        if name in OPENED:
            self._socket = info["return_value"].get_extra_info("socket")

    def _cut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # closed meanwhile
                # of TCP alone: TLS may be in the reader's hands
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def open_files(place: str) -> LogInFolder | LogOverHttp:
    """What lies below an address or a folder."""
    if place.startswith(("http://", "https://")):
        return LogOverHttp(place)
    return LogInFolder(Path(place))


def below(read: ReadFile, name: str) -> ReadFile:
    """Reads one of the logs that lie below a place, by its name there."""
    return lambda path: read(f"{name}/{path}")


def open_log(place: str, realm: str, partition: int) -> ReadFile:
    """Reads the log of a partition, below an address or a folder in which all lie."""
    return below(open_files(place).read, f"{realm}-{partition}")


def published_tiles(read: ReadFile) -> ReadTile:
    """Reads the tiles of a published log; raises `log_not_there`, and as `tile_reader` does."""
    return tile_reader(read, UnreachableError)


def find_entry(read: ReadFile, leaf: bytes) -> tuple[int, bytes] | None:
    """Index and bytes of the entry with a leaf, last ones first; None if there is none.

    What is told is the log's word: `prove_entry` holds it to the checkpoint.

    Args:
        leaf: 32 bytes.

    Raises:
        UnreachableError: `log_not_there`.
        ProofError: what was published is malformed.
    """
    size = read_checkpoint(read("checkpoint")[: MAX_NOTE_BYTES + 1]).size
    read_tile = published_tiles(read)
    for number in range((size - 1) // WIDTH, -1, -1):
        hashes = read_tile(tile_at(0, number, size))
        if leaf in hashes:
            at = hashes.index(leaf)
            return number * WIDTH + at, read_tile(tile_at(ENTRIES, number, size))[at]
    return None


def prove_entry(read: ReadFile, index: int, entry: bytes) -> InclusionProof:
    """A proof that an entry is in a log, under its last checkpoint; the log is held to it.

    Raises:
        UnreachableError: `log_not_there`.
        UsageError: `not_published_yet`.
        ProofError: what was published is malformed, or has another entry there.
    """
    data = read("checkpoint")[: MAX_NOTE_BYTES + 1]
    head = read_checkpoint(data)
    if index >= head.size:
        expected = f"a checkpoint of more than {index} records"
        raise UsageError("not_published_yet", str(head.size), expected)
    tiles = TileHashes(head.size, published_tiles(read))
    path = inclusion_path(index, head.size, tiles.subtree)
    check_inclusion(entry_hash(entry), index, head.size, head.root, path)
    return InclusionProof(index, tuple(path), data, entry)

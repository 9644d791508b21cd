"""A log that was published, read where it lies: at an address or in a folder; and a proof out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import httpx

from contracts.errors import UsageError
from contracts.proof.checkpoint import read_checkpoint
from contracts.proof.note import MAX_NOTE_BYTES
from contracts.proof.proof_file import InclusionProof
from contracts.proof.tiles import TileHashes, whole_if_gone
from contracts.proof.tree import check_inclusion, entry_hash, inclusion_path
from services.platform.process.exit_codes import UnreachableError
from services.texts import Catalogue

_ = Catalogue(__name__)

TIMEOUT_S: Final = 10


class LogFiles(Protocol):
    """Hands out a log's files by their paths below its prefix."""

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            UnreachableError: nobody answers, or there is none.
        """


class LogInFolder:
    """A log's files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises as `LogFiles.read` does."""
        try:
            return (self._folder / path).read_bytes()
        except OSError:
            raise UnreachableError("log_not_there", path, _("a published log")) from None


class LogOverHttp:
    """A log's files at an address, over one connection."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")
        self._client = httpx.Client(timeout=TIMEOUT_S, trust_env=False)

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises as `LogFiles.read` does."""
        try:
            answer = self._client.get(f"{self._address}/{path}")
        except httpx.HTTPError as error:
            got = type(error).__name__
            raise UnreachableError("log_not_there", got, _("a published log")) from None
        if answer.status_code != httpx.codes.OK:
            got = f"{path}: {answer.status_code}"
            raise UnreachableError("log_not_there", got, _("a published log"))
        return answer.content


def open_files(place: str) -> LogFiles:
    """What lies below an address or a folder."""
    if place.startswith(("http://", "https://")):
        return LogOverHttp(place)
    return LogInFolder(Path(place))


def open_log(place: str, realm: str, partition: int) -> LogFiles:
    """The log of a partition, below an address or a folder in which all lie."""
    return open_files(f"{place.rstrip('/')}/{realm}-{partition}")


def prove_entry(log: LogFiles, index: int, entry: bytes) -> InclusionProof:
    """A proof that an entry stands in a log, under the log's last checkpoint; what the log says is held to it.

    Raises:
        UnreachableError: `log_not_there`.
        UsageError: `not_published_yet`.
        ProofError: what was published is malformed, or has another entry there.
    """
    data = log.read("checkpoint")[: MAX_NOTE_BYTES + 1]
    head = read_checkpoint(data)
    if index >= head.size:
        expected = _("a checkpoint of more than {index} records").of(index=index)
        raise UsageError("not_published_yet", str(head.size), expected)
    tiles = TileHashes(head.size, whole_if_gone(log.read, UnreachableError))
    path = inclusion_path(index, head.size, tiles.subtree)
    check_inclusion(entry_hash(entry), index, head.size, head.root, path)
    return InclusionProof(index, tuple(path), data, entry)

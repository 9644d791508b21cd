"""Private keys, secrets and token hashes in files that only their owner can read.

    keys/<realm>/<desk>/<desk>-sig-1.json      the desk's signing keys: -2 and so on once rotated;
                                               what signs is in them (`d`) or is named
                                               (`signer`): a device's URI (`pkcs11.py`)
    keys/<realm>/<desk>/<desk>-p30-2026m11.json
                                               one key a retention class and period; what stood
                                               there before a theft beside it, as …m11.1.json
    keys/<realm>/router-<realm>-1.json         the router's signing keys; it has no others
    keys/<realm>/routing.secret                places cases in partitions
    keys/<realm>/projection.secret             opens to the console what the auditor tells it
    keys/<realm>/log.secret                    the auditor's, of which its log's keys are made
    keys/agencies/<agency>.secret              case tokens, idempotency keys, cursors
    keys/agencies/<agency>.witness             cosigns checkpoints
    tokens.json                                desk -> SHA-256 of its bearer token

A file that others may read is refused; root's that our group may read is not (how Kubernetes mounts
a Secret). Decryption keys are read when they are needed and not kept:
a key whose file is gone opens nothing from that moment.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

import orjson

from contracts.errors import UsageError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.keyring import (
    Signer,
    destroyed_at,
    destroyed_file,
    read_encryption_file,
    read_signing_file,
    signing_key_of,
    valid_signers,
)
from contracts.keys.sealing_keys import parts_of
from contracts.keys.sealing_kinds import SealingPrivate
from contracts.log.routing.partition_router import RouterKeys
from contracts.vocabulary.schema import desk_urn, router_urn
from services.platform.keys.pkcs11 import Pkcs11Signer
from services.platform.keys.private_files import read_private, read_secret
from services.platform.process.durable_file import write_durably

_KID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,80}\Z")  # a file name, never a path
_NUMBER: Final = re.compile(r"-(\d+)\Z")


class FolderRing:
    """One desk's decryption keys, a file a key, read at each use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._gone: dict[str, int] = {}  # seen to be destroyed, and since when
        self._names, self._kids = list[str](), set[str]()  # of the folder's files, of their keys

    def private(self, kid: str) -> SealingPrivate | None:
        """The private half of a key, None if its file is not there.

        Raises:
            UsageError: those of `read_private` but for a missing file, `key_file_malformed`.
        """
        path = self._folder / f"{kid}.json"
        if not _KID.match(kid) or not path.exists():
            return None
        data = read_private(path)
        if (since := destroyed_at(data)) is not None:
            self._gone[kid] = since
            return None
        key, private = read_encryption_file(data)
        return private if key.kid == kid else None

    def former(self, kid: str) -> Iterator[SealingPrivate]:
        """The halves that were replaced under its id, as `rotation.replace_keys` left them.

        Raises:
            UsageError: those of `read_private`, `key_file_malformed`.
        """
        for path in former_files(self._folder, kid):
            yield read_encryption_file(read_private(path))[1]

    def held(self) -> list[str]:
        """The ids of the keys that it holds, as far as it has not seen that one is destroyed.

        Raises:
            OSError: its folder is there, and cannot be read.
        """
        try:
            names = os.listdir(self._folder)  # noqa: PTH208 (no path a name: they are many)
        except FileNotFoundError:
            return []
        if names != self._names:  # a service with a thousand desks asks every ten seconds
            stems = (name.removesuffix(".json") for name in names if name.endswith(".json"))
            self._names, self._kids = names, {stem for stem in stems if parts_of(stem)[0]}
        return sorted(self._kids - self._gone.keys())

    def destroy(self, kid: str, at: int) -> None:
        """Put in a key's place that it is destroyed, in one step; on the disk when this returns.

        Halves that were replaced under its id go before it, also if it is destroyed already: a
        backup may have brought them back.

        What a disk keeps of the old file's blocks is beyond us (keys §2.7).

        Raises:
            OSError: it cannot be written; the key is held still.
        """
        path = self._folder / f"{kid}.json"
        for former in former_files(self._folder, kid):
            former.unlink()
        if kid not in self.held() or destroyed_at(path.read_bytes()) is not None:
            return
        write_durably(path, destroyed_file(kid, at))

    def destroyed(self) -> Mapping[str, int]:
        """Key id -> since when, seconds: those that it has seen to be destroyed."""
        return self._gone


def former_files(folder: Path, kid: str) -> list[Path]:
    """Files `<kid>.<n>.json` of halves that were replaced under a key's id."""
    return sorted(folder.glob(f"{kid}.*.json")) if _KID.match(kid) else []


class FolderSigners:
    """One owner's signing keys, a file a key, named by its id; read once the directory lists it.

    So a service takes up a new key without a restart, when its file has come and it is adopted.

    Attributes:
        in_device: the newest was in a device when this was made: it may be away.
    """

    def __init__(self, folder: Path, owner: str, newest: Signer) -> None:
        self.owner = owner
        self.in_device = isinstance(newest, Pkcs11Signer)
        self._folder = folder
        self._read: dict[str, tuple[SigningKey, Signer]] = {}

    def valid(self, directory: Directory, at: int) -> tuple[Signer, ...]:
        """As `keyring.Signers` has it.

        Raises:
            DirectoryError: `no_signing_key`.
            UsageError: those of `read_signer` but for a missing file.
        """
        return valid_signers(directory, self.owner, at, self._held)

    def _held(self, key: SigningKey) -> Signer | None:
        """The private half of this very key, None if there is no such file."""
        path = self._folder / f"{key.kid}.json"
        if key.kid not in self._read and _KID.match(key.kid) and path.exists():
            self._read[key.kid] = read_signer(path)
        own, signer = self._read.get(key.kid, (None, None))
        return signer if own is not None and own.public == key.public else None


def desk_signers(keys: Path, realm: str, desk: str) -> FolderSigners:
    """A desk's signing keys.

    Raises:
        UsageError: `key_file_missing`: there is none; those of `read_signer`.
    """
    newest = newest_signer(keys / realm / desk, f"{desk}-sig")
    return FolderSigners(keys / realm / desk, desk_urn(realm, desk), newest)


def desk_ring(keys: Path, realm: str, desk: str) -> FolderRing:
    """A desk's decryption keys."""
    return FolderRing(keys / realm / desk)


def agency_secret(keys: Path, agency: str) -> bytes:
    """An agency's own secret."""
    return read_secret(keys / "agencies" / f"{agency}.secret")


def witness_secret(keys: Path, agency: str) -> bytes:
    """Of what the key is made with which an agency cosigns checkpoints."""
    return read_secret(keys / "agencies" / f"{agency}.witness")


def routing_secret(keys: Path, realm: str) -> bytes:
    """A realm's routing secret."""
    return read_secret(keys / realm / "routing.secret")


def log_secret(keys: Path, realm: str) -> bytes | None:
    """What a realm's log is signed with; None if there is none: then nothing is published.

    Raises:
        UsageError: those of `read_secret` but for a missing file.
    """
    path = keys / realm / "log.secret"
    return read_secret(path) if path.exists() else None


def projection_secrets(keys: Path, realms: Iterable[str]) -> dict[str, bytes]:
    """Realm -> what the console shows to its audit service; without a file nothing is told of it.

    Raises:
        UsageError: those of `read_secret` but for a missing file.
    """
    paths = {realm: keys / realm / "projection.secret" for realm in realms}
    return {realm: read_secret(path) for realm, path in paths.items() if path.exists()}


def router_keys(keys: Path, realm: str) -> RouterKeys:
    """What a realm's router holds.

    Raises:
        UsageError: `not_the_router`, those of `read_signer` and `read_secret`.
    """
    signer = newest_signer(keys / realm, f"router-{realm}")
    if signer.owner != router_urn(realm):
        raise UsageError("not_the_router", "another owner's key", router_urn(realm))
    return RouterKeys(
        FolderSigners(keys / realm, signer.owner, signer), routing_secret(keys, realm)
    )


def hashed(token: str) -> str:
    """What is stored of a token: its SHA-256 in hexadecimal."""
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def token_hashes(file: Path) -> dict[str, str]:
    """Desk -> SHA-256 of its bearer token, in hexadecimal.

    Raises:
        UsageError: `tokens_malformed`, those of `read_private`.
    """
    try:
        hashes = orjson.loads(read_private(file))
    except orjson.JSONDecodeError:
        hashes = None
    if not isinstance(hashes, dict) or not all(isinstance(value, str) for value in hashes.values()):
        raise UsageError("tokens_malformed", "another content", "desk: hash", str(file))
    return hashes


def read_signer(path: Path) -> tuple[SigningKey, Signer]:
    """The public entry of a signing key's file, and what signs with it. No device is asked yet.

    The public half stands in the file in any case and is what the directory has: a signer that
    holds another key is refused.

    Raises:
        UsageError: `key_file_malformed`, `key_file_mismatch`, `signer_unknown`, those of
            `read_private` and of `Pkcs11Signer`.
    """
    data = read_private(path)
    key, uri = signing_key_of(data)
    if not uri:
        return read_signing_file(data)
    if not uri.startswith("pkcs11:"):
        raise UsageError("signer_unknown", "another kind of URI", "pkcs11:", str(path))
    return key, Pkcs11Signer(key, uri)


def newest_signer(folder: Path, stem: str) -> Signer:
    """The signing key `<stem>-N.json` with the greatest N.

    Raises:
        UsageError: `key_file_missing`: there is none; those of `read_signer`.
    """
    paths = [path for path in folder.glob(f"{stem}-*.json") if _NUMBER.search(path.stem)]
    if not paths:
        raise UsageError("key_file_missing", "none", f"{stem}-1.json", str(folder))
    newest = max(paths, key=lambda path: int(_NUMBER.findall(path.stem)[0]))
    return read_signer(newest)[1]

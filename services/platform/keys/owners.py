"""Who may order what: the owners' public keys, pinned in a file that services read (settings).

`owners.json` has one entry a kind of order: how many must sign, and the public keys that may; and
`directory`, the keys that sign the directory itself; `parties`, the keys with which the parties
sign the conventions; `witnesses`, how many must cosign a checkpoint at least; `policy_from`, when
the trust policy in force was signed at the earliest. Nothing in it is secret, all of it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import Field, ValidationError

from contracts.errors import DirectoryError, EnvelopeError, UsageError
from contracts.keys.directory import SigningKey
from contracts.keys.sealing_kinds import coordinates
from contracts.keys.verification import check_public, read_public
from contracts.log.orders.order import KINDS, Owners
from contracts.proof.policy import MAX_WITNESSES
from contracts.vocabulary.schema import Closed, Digest, Kid

FILE: Final = "owners.json"
ALWAYS: Final = 2**40  # an owner's key is valid for as long as it is pinned


class _Key(Closed):
    kid: Kid
    alg: Literal["Ed25519", "ES256"]
    owner: str
    x: Digest
    y: Digest | None = None


class _Kind(Closed):
    quorum: Annotated[int, Field(ge=1, le=16)]
    keys: tuple[_Key, ...]


class _File(Closed):
    orders: dict[str, _Kind]
    directory: tuple[_Key, ...]
    parties: tuple[_Key, ...] = ()
    witnesses: Annotated[int, Field(ge=0, le=MAX_WITNESSES)] = 0
    policy_from: Annotated[int, Field(ge=0, lt=ALWAYS)] = 0


def read_owners(home: Path, file: Path | None = None) -> Owners:
    """The owners of a file, if one is named, else of a home; raises as `read_owners_file`."""
    return read_owners_file(file or home / FILE)


def read_owners_file(path: Path) -> Owners:
    """The owners that a file pins.

    Raises:
        UsageError: `owners_missing`, `owners_malformed`.
    """
    try:
        file = _File.model_validate_json(path.read_bytes())
        orders = {kind: (row.quorum, _keys(row.keys)) for kind, row in file.orders.items()}
        directory, parties = _keys(file.directory), _keys(file.parties)
    except OSError:
        raise UsageError("owners_missing", "no file", "the owners' keys", str(path)) from None
    except (ValidationError, EnvelopeError, DirectoryError):
        raise UsageError("owners_malformed", "another content", "keys", str(path)) from None
    if set(orders) != set(KINDS) or any(number > len(keys) for number, keys in orders.values()):
        got = "a kind without owners"
        raise UsageError("owners_malformed", got, ", ".join(KINDS), str(path))
    return Owners(
        {kind: keys for kind, (_, keys) in orders.items()},
        {kind: number for kind, (number, _) in orders.items()},
        directory,
        parties,
        file.witnesses,
        file.policy_from,
    )


def owners_text(
    kinds: Mapping[str, tuple[int, tuple[SigningKey, ...]]],
    directory: tuple[SigningKey, ...],
    parties: tuple[SigningKey, ...],
) -> bytes:
    """The file's text.

    Args:
        kinds: kind of order -> how many must sign, and whose keys.
        directory: whose keys sign the directory.
        parties: whose keys sign the conventions.
    """
    rows = {
        kind: {"quorum": quorum, "keys": [public_row(key) for key in keys]}
        for kind, (quorum, keys) in kinds.items()
    }
    data = {
        "orders": rows,
        "directory": [public_row(key) for key in directory],
        "parties": [public_row(key) for key in parties],
    }
    return _text(data)


def with_parties(text: bytes, parties: tuple[SigningKey, ...]) -> bytes:
    """The text of a file with the keys of more parties."""
    data = orjson.loads(text)
    known = {row["kid"]: row for row in data.get("parties", [])}
    known |= {key.kid: public_row(key) for key in parties if key.kid not in known}
    return _text(data | {"parties": list(known.values())})


def with_policy(text: bytes, **pinned: int) -> bytes:
    """The text of a file that pins `witnesses` or `policy_from` anew."""
    return _text(orjson.loads(text) | pinned)


def _text(data: dict[str, Any]) -> bytes:
    return orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def public_row(key: SigningKey) -> dict[str, object]:
    """A key as the file pins it: nothing in it is secret."""
    return {
        "kid": key.kid, "alg": key.alg, "owner": key.owner, **coordinates(key.public),
    }  # fmt: skip


def _keys(rows: tuple[_Key, ...]) -> dict[str, SigningKey]:
    keys = {}
    for row in rows:
        public = read_public(row.alg, row.x, row.y)
        check_public(row.alg, public, row.kid)
        keys[row.kid] = SigningKey(row.kid, row.alg, row.owner, public, 0, ALWAYS)
    return keys

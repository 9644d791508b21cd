"""What the home of the local federation (`folder.py`) holds, and how it is made.

`prepare` is idempotent: what is there stays, what runs out is renewed, so that a second `relais up`
goes on where the first one was. `first_orders.py` does the same on control.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final

import orjson

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.convention.retention import classes_of
from contracts.convention.signing import party_urn, sign_convention
from contracts.conventions import shipped
from contracts.encoding import unb64u
from contracts.errors import UsageError
from contracts.keys.directory import Directory
from contracts.keys.keyring import Signer, load_directory, sign_directory
from contracts.keys.signed_directory import check_follows
from contracts.log.orders.order import KINDS, Owners
from contracts.vocabulary import topics
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import AGENCIES, REALMS
from services.operate.home import keys as making
from services.operate.home.folder import HomeFolder
from services.operate.home.key_life import Row
from services.operate.home.partners import Partner, read_partners
from services.operate.home.policy import pin_quorum, prepare_policies
from services.platform.keys.keystore import hashed, read_signer
from services.platform.keys.owners import FILE as OWNERS_FILE
from services.platform.keys.owners import owners_text, read_owners, with_parties
from services.platform.keys.signatures import read_convention, signature_file
from services.platform.ports import random_token
from services.platform.process.durable_file import write_durably

SPARE: Final = 4 * making.WEEK  # a directory that expires earlier than this is made anew
OWNERS: Final = ("convention", "directory")


@dataclass(frozen=True)
class Home(HomeFolder):
    """A federation's folder with keys, directories, convention; nothing is read before asked."""

    _loaded: dict[str, Directory] = field(default_factory=dict, repr=False, compare=False)

    @contextmanager
    def complete(self) -> Iterator[None]:
        """Tell a file of the home that is not there as wrong use, and how to make it.

        Raises:
            UsageError: `home_missing`, `home_incomplete`.
        """
        try:
            yield
        except FileNotFoundError as error:
            raise self._incomplete(str(error.filename)) from None
        except UsageError as error:
            if error.code != "key_file_missing":
                raise
            raise self._incomplete(error.place) from None

    def _incomplete(self, place: str) -> UsageError:
        self.check()
        expected = "`relais keys new` or `relais up`"
        return UsageError("home_incomplete", "no file", expected, place)

    @cached_property
    def convention(self) -> Convention:
        """The convention that the federation begins with."""
        path = self.path / "convention.yaml"
        return load(read_convention(path) if path.exists() else shipped(), str(path))

    @cached_property
    def partners(self) -> tuple[Partner, ...]:
        """Every desk, with its role."""
        return read_partners(self.path)

    @property
    def agencies(self) -> dict[str, tuple[Partner, ...]]:
        """Agency -> its desks, as the convention says whose role is whose.

        Raises:
            UsageError: `role_unknown`: a partner's role is not the convention's.
        """
        by_agency: dict[str, tuple[Partner, ...]] = dict.fromkeys(AGENCIES, ())
        for partner in self.partners:
            role = self.convention.roles.get(partner.role)
            if role is None:
                expected = "a role of the convention"
                raise UsageError("role_unknown", "another role", expected, partner.desk)
            by_agency[role.agency] = (*by_agency.get(role.agency, ()), partner)
        return by_agency

    @property
    def owners(self) -> Owners:
        """Who may order what, as the file says by now."""
        self.check()
        return read_owners(self.path)

    def directory(self, realm: str) -> Directory:
        """The signed directory of a realm, verified."""
        token = self.directory_token(realm)
        if token not in self._loaded:  # thousands of signatures: once is enough
            self._loaded[token] = load_directory(token, self.owners.directory)
        return self._loaded[token]

    def directory_token(self, realm: str) -> str:
        """The signed directory of a realm as it is sent."""
        return self.directory_file(realm).read_text(encoding="ascii").strip()

    def directory_file(self, realm: str) -> Path:
        """Where the signed directory of a realm lies."""
        return self.path / f"directory.{realm}.jws"

    def owner(self, name: str) -> Signer:
        """The signer of an owner: `convention` or `directory`."""
        return read_signer(self._owner_file(name))[1]

    def token(self, desk: str) -> str:
        """A desk's bearer token."""
        return (self.path / "tokens" / desk).read_text(encoding="ascii").strip()

    @property
    def partitions(self) -> int:
        """What a realm's first layout is to say, or has said.

        Raises:
            UsageError: `partitions_malformed`.
        """
        file = self._partitions_file
        text = file.read_text("utf-8").strip() if file.exists() else f"{topics.PARTITIONS}"
        if not text.isdecimal() or not 1 <= int(text) <= topics.MOST_PARTITIONS:
            expected = f"1 to {topics.MOST_PARTITIONS}"
            raise UsageError("partitions_malformed", "another content", expected, str(file))
        return int(text)

    @property
    def _partitions_file(self) -> Path:
        return self.path / "partitions"

    def choose_partitions(self, number: int | None, shards: int = 1) -> None:
        """Take the number that was asked for, if any; only a home without keys yet takes another.

        Args:
            shards: routing processes that are to share them.

        Raises:
            UsageError: `partitions_differ`, `too_many_shards`.
        """
        chosen = self.partitions
        if number is not None and not (self.path / OWNERS_FILE).exists():
            chosen = number
        if number not in (None, chosen):
            expected = "{n}, as when this home was made; for another number, another --home"
            raise UsageError(
                "partitions_differ", f"{number}", expected.format(n=chosen), str(self.path)
            )
        if shards > chosen:
            expected = "at most {n}, one a partition"
            raise UsageError("too_many_shards", str(shards), expected.format(n=chosen))
        if chosen != self.partitions:
            making.private_folder(self.path)
            making.write_secret(self._partitions_file, f"{chosen}\n".encode())

    def prepare(self, at: int, weeks: int) -> None:
        """Make what is missing.

        Args:
            at: the federation's time, seconds.
            weeks: that keys must cover from then on.
        """
        making.private_folder(self.path)
        if not (path := self.path / "convention.yaml").exists():
            making.write_secret(path, shipped())  # no secret, but written in one step
        self._prepare_owners(at)
        pin_quorum(self.path, len(self.agencies))
        self._prepare_signatures()
        for agency in self.agencies:
            making.ensure_secret(self.keys / "agencies" / f"{agency}.secret")
        for realm in REALMS:
            making.ensure_secret(self.keys / realm / "routing.secret")
            making.ensure_secret(self.keys / realm / "log.secret")
            making.ensure_secret(self.keys / realm / "projection.secret")
            if not self.directory_file(realm).exists() or self._outdated(realm, at, weeks):
                self.sign_directory(realm, at, weeks)
        prepare_policies(self.path, self.agencies, self.partitions, at, self.owner("directory"))
        self._prepare_tokens(partner.desk for partner in self.partners)

    def _prepare_owners(self, at: int) -> None:
        keys = {
            name: making.ensure_signing(self._owner_file(name), f"urn:relais:owner:{name}", at)[0]
            for name in OWNERS
        }
        file = self.path / OWNERS_FILE
        if not file.exists():
            # The convention is its signatories' to order, all else the directory keeper's.
            whose = dict.fromkeys(KINDS, "directory") | {"adopt_convention": "convention"}
            kinds = {kind: (1, (keys[name],)) for kind, name in whose.items()}
            making.write_secret(file, owners_text(kinds, (keys["directory"],), ()))
        self.pin_parties(self.convention.parties, at)

    def pin_parties(self, parties: Iterable[str], at: int) -> None:
        """Make keys of parties that have none yet, and pin them: one may have joined."""
        keys = tuple(
            making.ensure_signing(self.party_file(party), party_urn(party), at)[0]
            for party in parties
        )
        file, pinned = self.path / OWNERS_FILE, read_owners(self.path).parties
        if any(key.kid not in pinned for key in keys):
            making.write_secret(file, with_parties(file.read_bytes(), keys))

    def _prepare_signatures(self) -> None:
        file = self.path / "convention.yaml"
        for party in self.convention.parties:
            signer = read_signer(self.party_file(party))[1]
            token = sign_convention(self.convention, party, signer).encode()
            path = signature_file(file, party)
            if not path.exists() or path.read_bytes() != token:  # of the version before
                making.write_secret(path, token)

    def party_file(self, party: str) -> Path:
        """The signing key of a party to the convention: here one person plays them all."""
        return self.keys / "parties" / f"{party.replace('_', '-')}-1.json"

    def _owner_file(self, name: str) -> Path:
        return self.keys / "owners" / f"{name}-1.json"

    def _outdated(self, realm: str, at: int, weeks: int) -> bool:
        """Whether a directory runs out soon, or lacks a desk or keys that one needs."""
        directory, lasting = self.directory(realm), at + min(SPARE, weeks * making.WEEK // 2)
        desks = {desk_urn(realm, partner.desk) for partner in self.partners_of(realm)}
        return (
            directory.expires < lasting
            or not desks <= set(directory.desks)
            or any(  # a desk may receive under a retention class of which it has no key
                not directory.encryption.has_class(desk_urn(realm, partner.desk), keep)
                for partner in self.partners_of(realm)
                for keep in classes_of(self.convention, realm, partner.role)
            )
        )

    def partners_of(self, realm: str) -> tuple[Partner, ...]:
        """The partners whose role acts in a realm."""
        roles = self.convention.roles
        return tuple(partner for partner in self.partners if realm in roles[partner.role].realms)

    def sign_directory(self, realm: str, at: int, weeks: int) -> Directory:
        """Make what is missing of a realm's keys, and sign a directory of the next version.

        Args:
            at: the federation's time, seconds.
            weeks: until it expires; keys cover them.

        Raises:
            OSError: the owner's key is not there; nothing was made.
            EnvelopeError, DirectoryError: what was signed is refused, e.g. `too_large`; the file
                of the home is the one before.
        """
        self.owner("directory")  # first: without it keys would be made for nothing
        folder, expires = self.keys / realm, at + weeks * making.WEEK
        making.ensure_keys(folder, realm, self.partners_of(realm), self.convention, at, expires)
        os.sync()  # hundreds of files: on the disk, all at once, before a directory lists them
        return self._sign(realm, at, expires, {})

    def renew_directory(
        self, realm: str, at: int, ends: Mapping[str, Row] = MappingProxyType({})
    ) -> Directory:
        """Sign the next version over the keys as they lie, expiring when the last one does.

        Args:
            ends: of signing keys that end now: see `key_life.signing_rows`.

        Raises:
            OSError, EnvelopeError, DirectoryError: as `sign_directory`.
        """
        return self._sign(realm, at, 0, ends)

    def _sign(self, realm: str, at: int, expires: int, ends: Mapping[str, Row]) -> Directory:
        file = self.directory_file(realm)
        last = self.directory(realm) if file.exists() else None
        before = orjson.loads(unb64u(self.directory_token(realm).split(".")[1])) if last else {}
        payload = making.directory_payload(
            self.keys / realm, realm, self.partners_of(realm), self.convention,
            at=at, expires=expires or before["exp"], before=before, ends=ends,
            outside=self.outside(realm),
        )  # fmt: skip
        token = sign_directory(payload, self.owner("directory"))
        made = load_directory(token, self.owners.directory, last)
        if last is not None:
            check_follows(made, last)  # refused before it replaces anything
        self._loaded[token] = made
        write_durably(file, token.encode())
        return made

    def outside_file(self, realm: str, desk: str) -> Path:
        """Where the row of a desk lies that keeps its keys itself (`relais partner answer`)."""
        return self.path / "outside" / realm / f"{desk}.json"

    def outside(self, realm: str) -> list[Row]:
        """Those rows, by the desks' short ids."""
        files = sorted((self.path / "outside" / realm).glob("*.json"))
        return [orjson.loads(file.read_bytes()) for file in files]

    def _prepare_tokens(self, desks: Iterable[str]) -> None:
        hashes = {}
        for desk in desks:
            path = self.path / "tokens" / desk
            if not path.exists():
                making.write_secret(path, random_token(32).encode())
            hashes[desk] = hashed(self.token(desk))
        making.write_secret(self.path / "tokens.json", orjson.dumps(hashes))

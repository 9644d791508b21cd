"""What an agency's inboxes have said, in SQLite: a start need not fetch and verify it again.

Of each record that verified its claims are kept, as the fold takes them: who, which event, case
token, numbers, what is owed; no part, no body; of an erased case numbers alone. A start folds those
of records that Kafka still has, in their order, and reads on behind them: the same fold as from
Kafka alone. What did not verify is read again each time, since a later directory may mend it.
Believed are rows under keys that the directory in force has as they were, for the same desks, of
topics that hold the last record of each partition as it was; else all is read anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import orjson

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import canonical, sha256
from contracts.envelope.wire import Inbound, LogPlace
from contracts.keys.directory import Directory
from contracts.keys.entries import SigningKey
from contracts.log.erasing.forgetting import told_leaf
from contracts.vocabulary.schema import router_urn
from services.agency.office.inbox.inbox_fold import Said, forgotten
from services.agency.office.sending.identity import Inboxes
from services.platform.process.exit_codes import FencedError
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.store.owned import NotBelievedError, OwnedStore
from services.platform.store.place import StorePlace

FORMAT: Final = 5  # of rows and head, and of what verifying a record means
_SAID, _KEYS = "said", "keys"
_OFFSET_BYTES: Final = 8


class InboxStore(OwnedStore):
    """One agency's store, open and owned; its head says `next`, `desks`, `routers`."""

    def __init__(self, path: Path, agency: str) -> None:
        """Open a store, or make one; errors as `OwnedStore` has them."""
        log_ = {"format": FORMAT, "of": "inbox", "agency": agency}
        super().__init__(path, log_, 1)

    def said(self, place: LogPlace, begin: int) -> Iterator[tuple[int, str, Said | None]]:
        """Offset, desk and what was said of each record of a partition from an offset on."""
        prefix = _prefix(place)
        for key, value in self.rows(_SAID, _key(place, begin)):
            if not key.startswith(prefix):
                return
            desk, said = orjson.loads(value)
            yield int.from_bytes(key[-_OFFSET_BYTES:], "big"), desk, said

    def before(self, place: LogPlace, end: int) -> list[bytes]:
        """Keys of a partition's rows before an offset."""
        keys, prefix = [], _prefix(place)
        for key, _ in self.rows(_SAID, prefix):
            if not key.startswith(prefix) or key >= _key(place, end):
                break
            keys.append(key)
        return keys

    def signer(self, realm: str, kid: str) -> bytes | None:
        """What is known of a key under which a row was verified."""
        return self.table(_KEYS).get(f"{realm} {kid}".encode())


class InboxMemory:
    """The inboxes' store while a service runs: rows are added as they are taken, never read."""

    def __init__(
        self, place: StorePlace[InboxStore] | None = None, inboxes: Inboxes | None = None
    ) -> None:
        """Nothing is remembered without a place, or where no store can be."""
        self.place = place
        self._desks = desks_of(inboxes or {})
        self._rows: list[tuple[str, bytes, bytes | None]] = []
        self._signers: set[tuple[str, str]] = set()
        self._directories: dict[str, Directory] = {}
        self._routers: dict[str, dict[str, str]] = {}
        self._last: dict[LogPlace, tuple[int, str]] = {}

    @property
    def store(self) -> InboxStore | None:
        """It, while it is open."""
        return self.place.store if self.place is not None else None

    def refuse(self, error: NotBelievedError) -> None:
        """Begin anew in place of a store that is not what Kafka says."""
        if self.place is not None:
            self.place.refuse(error)

    def note(
        self, record: Inbound, realm: str, desk: str, said: Said | None, directory: Directory
    ) -> None:
        """Remember what a record said once `write` is called."""
        if self.store is None:
            return
        place = LogPlace(record.topic, record.partition)
        self._rows.append((_SAID, _key(place, record.offset), orjson.dumps([desk, said])))
        if said is None:
            return
        if self._directories.get(realm) is not directory:
            self._directories[realm] = directory
            self._routers[realm] = routers_of(directory) | self._routers.get(realm, {})
        kid = said.get("kid")
        if kid is not None and (realm, kid) not in self._signers:
            self._signers.add((realm, kid))
            self._rows.append((_KEYS, f"{realm} {kid}".encode(), digest_of(directory.signing[kid])))

    def go_on(self, store: InboxStore, signers: Iterable[tuple[str, str]]) -> None:
        """Rows of earlier lives stand: they were verified under these, as the store has them."""
        self._signers.update(signers)
        self._routers = {realm: dict(keys) for realm, keys in store.head["routers"].items()}

    def last(self, record: Inbound) -> None:
        """Take note of a partition's last record."""
        if self.store is not None:
            place = LogPlace(record.topic, record.partition)
            self._last[place] = record.offset, sha256(record.value or b"").hex()

    def close(self) -> None:
        """Nothing more is remembered."""
        if self.place is not None:
            self.place.close()

    def forget(self, rows: Iterable[bytes]) -> None:
        """Delete rows of records that Kafka has no more, once `write` is called."""
        self._rows += [(_SAID, key, None) for key in rows]

    def forget_cases(
        self, places: Iterable[LogPlace], is_erased: Callable[[LogPlace, str], bool]
    ) -> bool:
        """Keep of messages their numbers alone, and write the file anew; whether there were any.

        Args:
            is_erased: whether the case of a leaf of a partition is.
        """
        if (store := self.store) is None:
            return False
        try:
            rows = [
                (_SAID, _key(place, offset), orjson.dumps([desk, forgotten(said)]))
                for place in places
                for offset, desk, said in store.said(place, 0)
                if said is not None and is_erased(place, told_leaf(said))
            ]
            if rows:
                store.write_rows(rows, store.head, forgets=True)
        except (sqlite3.Error, OSError, LostRowError, FencedError) as error:
            self._lost(error)
            return False
        return bool(rows)

    def write(self, taken_to: Mapping[LogPlace, int], *, now: bool = False) -> None:
        """Write what was taken, and how far, if it is time or much; without a store if it fails.

        A router's key that verified any row stays named, as it was then: that it left the directory
        since is seen at the next start.
        """
        store = self.store
        if store is None:
            return
        if not (self._rows or self._last):
            try:
                store.tidy()
            except sqlite3.Error as error:
                self._lost(error)
            return
        if not (now or store.is_due(len(self._rows))):
            return
        nexts = dict(store.head.get("next", {}))
        for place, (offset, digest) in self._last.items():
            nexts[_name(place)] = [taken_to[place], offset, digest]
        routers = {realm: dict(keys) for realm, keys in self._routers.items()}
        head = {"next": nexts, "desks": self._desks, "routers": routers}
        try:
            store.write_rows(self._rows, head)
        except (sqlite3.Error, LostRowError, FencedError) as error:
            self._lost(error)
            return
        self._rows, self._last = [], {}

    def _lost(self, error: Exception) -> None:
        """Go on without a store."""
        if self.place is not None:
            self.place.give_up(error)


def desks_of(inboxes: Inboxes) -> dict[str, list[str]]:
    """Topic -> the desks that are told there, sorted."""
    return {topic: sorted(desks) for topic, (_realm, desks) in inboxes.items()}


def digest_of(key: SigningKey) -> bytes:
    """All that a verification takes from a key."""
    told = [key.kid, key.alg, key.owner, key.public.hex(), key.not_before, key.not_after]
    return sha256(canonical(told))


def routers_of(directory: Directory) -> dict[str, str]:
    """The router's keys in a directory, each by its digest."""
    router = router_urn(directory.realm)
    keys = directory.signing.values()
    return {key.kid: digest_of(key).hex() for key in keys if key.owner == router}


def inbox_place(
    folder: Path, agency: str, metrics: Metrics, health: ServiceHealth
) -> StorePlace[InboxStore]:
    """Where an agency's store lies."""
    path = folder / f"inbox-{agency}.sqlite"
    return StorePlace(path, partial(InboxStore, path, agency), metrics, health)


def _name(place: LogPlace) -> str:
    return f"{place.topic}/{place.partition}"


def _prefix(place: LogPlace) -> bytes:
    return f"{_name(place)} ".encode()


def _key(place: LogPlace, offset: int) -> bytes:
    return _prefix(place) + offset.to_bytes(_OFFSET_BYTES, "big")

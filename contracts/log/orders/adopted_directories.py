"""The directories that control has brought, and those that were adopted.

A realm has hundreds of them in ten years. Each was checked when it came; of an old one only the
rows are kept, most of which its neighbours have too, and it is put together when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from contracts.errors import DirectoryError, LogError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.signed_directory import (
    Parts,
    check_follows,
    load_directory,
    parts_of,
    put_together,
)
from contracts.vocabulary.schema import router_urn

HELD: Final = 8  # kept whole, those asked for last: a replay's partitions may be at several


class DirectoryFacts(NamedTuple):
    """What is asked of every directory that was ever adopted.

    Attributes:
        version: only rises.
        router: kid -> the realm's router's key.
        houses: (role, agency) of its desks.
    """

    version: int
    router: Mapping[str, SigningKey]
    houses: frozenset[tuple[str, str]]


class AdoptedDirectories(Mapping[str, Directory]):
    """Every directory of a realm by digest, in the order of adoption.

    Attributes:
        brought: each that control has, by digest, whether an order has adopted it or not.
    """

    def __init__(self, realm: str, keepers: Mapping[str, SigningKey]) -> None:
        """None yet.

        Args:
            keepers: keys of the directory's keeper, pinned in settings.
        """
        self.brought: dict[str, Parts] = {}
        self._realm = realm
        self._keepers = keepers
        self._newest: Directory | None = None  # the last one brought: the next shares its rows
        self._whole: dict[str, Directory] = {}
        self._facts: dict[str, DirectoryFacts] = {}
        self._houses: dict[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = {}

    def __getitem__(self, digest: str) -> Directory:
        if digest not in self._facts:
            raise KeyError(digest)
        return self._get(digest)

    def __setitem__(self, digest: str, directory: Directory) -> None:
        router = router_urn(directory.realm)
        keys = {kid: key for kid, key in directory.signing.items() if key.owner == router}
        houses = frozenset((desk.role, desk.agency) for desk in directory.desks.values())
        shared = self._houses.setdefault(houses, houses)  # of hundreds of versions most are equal
        self._facts[digest] = DirectoryFacts(directory.version, keys, shared)
        self._hold(digest, directory)

    def __contains__(self, digest: object) -> bool:
        return digest in self._facts  # nothing is put together for that

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def facts(self, digest: str) -> DirectoryFacts:
        """What is asked of a directory however old it is; `KeyError` if it was not adopted."""
        return self._facts[digest]

    def copy(self) -> AdoptedDirectories:
        """The same, to go on by itself."""
        own = AdoptedDirectories(self._realm, self._keepers)
        own.take_over(self)
        return own

    def take_over(self, other: AdoptedDirectories) -> None:
        """Have all that another one has, by its keys."""
        self._keepers = other._keepers
        self.brought |= other.brought
        self._newest = other._newest
        self._whole |= other._whole
        self._facts |= other._facts

    def take(self, value: bytes) -> None:
        """Take a directory of control, which an order may adopt from now on.

        Raises:
            EnvelopeError, DirectoryError: those of `load_directory`.
            LogError: `order_malformed`: another realm's.
        """
        directory = load_directory(value.decode("ascii", "replace"), self._keepers, self._newest)
        if directory.realm != self._realm:
            raise LogError("order_malformed", "another realm's directory", self._realm)
        if directory.digest not in self.brought:
            self.brought[directory.digest] = parts_of(directory)
            self._newest = directory
            self._hold(directory.digest, directory)

    def adopt(self, digest: str) -> str:
        """Take the directory that an order adopts; its digest.

        Raises:
            DirectoryError: `directory_missing`, `sealing_older`.
        """
        if digest not in self.brought:
            raise DirectoryError("directory_missing", "none on control", "it before its order")
        directory = self._get(digest)
        if self._facts:
            newest = max(self._facts, key=lambda one: self._facts[one].version)
            check_follows(directory, self._get(newest))
        self[digest] = directory
        return digest

    def _get(self, digest: str) -> Directory:
        directory = self._whole.pop(digest, None) or put_together(self.brought[digest])
        self._hold(digest, directory)
        return directory

    def _hold(self, digest: str, directory: Directory) -> None:
        self._whole[digest] = directory
        for oldest in list(self._whole)[:-HELD]:
            self._whole.pop(oldest, None)

"""The directories that control has brought, and those that were adopted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from contracts.errors import DirectoryError, LogError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.signed_directory import check_follows, load_directory
from contracts.vocabulary.schema import router_urn


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
        self.brought: dict[str, Directory] = {}
        self._realm = realm
        self._keepers = keepers
        self._adopted: dict[str, Directory] = {}
        self._facts: dict[str, DirectoryFacts] = {}
        self._houses: dict[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = {}

    def __getitem__(self, digest: str) -> Directory:
        return self._adopted[digest]

    def __setitem__(self, digest: str, directory: Directory) -> None:
        router = router_urn(directory.realm)
        keys = {kid: key for kid, key in directory.signing.items() if key.owner == router}
        houses = frozenset((desk.role, desk.agency) for desk in directory.desks.values())
        shared = self._houses.setdefault(houses, houses)  # of hundreds of versions most are equal
        self._facts[digest] = DirectoryFacts(directory.version, keys, shared)
        self._adopted[digest] = directory

    def __iter__(self) -> Iterator[str]:
        return iter(self._adopted)

    def __len__(self) -> int:
        return len(self._adopted)

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
        self._adopted |= other._adopted
        self._facts |= other._facts

    def take(self, value: bytes) -> None:
        """Take a directory of control, which an order may adopt from now on.

        Raises:
            EnvelopeError, DirectoryError: those of `load_directory`.
            LogError: `order_malformed`: another realm's.
        """
        newest = next(reversed(self.brought.values()), None)
        directory = load_directory(value.decode("ascii", "replace"), self._keepers, newest)
        if directory.realm != self._realm:
            raise LogError("order_malformed", "another realm's directory", self._realm)
        self.brought.setdefault(directory.digest, directory)

    def adopt(self, digest: str) -> str:
        """Take the directory that an order adopts; its digest.

        Raises:
            DirectoryError: `directory_missing`, `sealing_older`.
        """
        directory = self.brought.get(digest)
        if directory is None:
            raise DirectoryError("directory_missing", "none on control", "it before its order")
        if self._adopted:
            check_follows(directory, max(self._adopted.values(), key=lambda one: one.version))
        self[digest] = directory
        return digest

"""The directories that control has brought, their pages."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from contracts.errors import LogError
from contracts.keys.checked_desk import CheckedDesk
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.directory_page import Page, load_page
from contracts.keys.keyring import load_directory
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
        pages: each page that control has, by digest.
    """

    def __init__(self, realm: str, keepers: Mapping[str, SigningKey]) -> None:
        """None yet.

        Args:
            keepers: keys of the directory's keeper, pinned in settings.
        """
        self.pages: dict[str, Page] = {}
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
        self.pages |= other.pages
        self._adopted |= other._adopted
        self._facts |= other._facts

    def take_page(self, value: bytes) -> None:
        """Take a page of control.

        Raises:
            EnvelopeError, DirectoryError: those of `load_page`.
            LogError: `order_malformed`: another realm's.
        """
        page = load_page(value.decode("ascii", "replace"), self._keepers, self._known())
        if page.realm != self._realm:
            raise LogError("order_malformed", "another realm's page", self._realm)
        self.pages[page.digest] = page

    def adopt(self, token: str) -> str:
        """Take the directory that an order adopts; its digest.

        Raises:
            EnvelopeError, DirectoryError: those of `load_directory`.
            LogError: `order_malformed`: another realm's.
        """
        newest = next(reversed(self._adopted.values()), None)
        directory = load_directory(token, self._keepers, newest, self.pages)
        if directory.realm != self._realm:
            raise LogError("order_malformed", "another realm's directory", self._realm)
        self[directory.digest] = directory
        return directory.digest

    def _known(self) -> Mapping[bytes, CheckedDesk]:
        """Rows of the last two directories: no row that they have is verified again."""
        last = islice(reversed(self._adopted.values()), 2)
        return ChainMap(*(directory.checked for directory in last))  # type: ignore[arg-type]

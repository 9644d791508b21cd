"""The directories that control has brought: those in use, and what is asked of others.

A département's directory is some five megabytes, and a log of ten years names hundreds of versions.
Of one that was superseded a router needs its number, the router's keys and which agencies had
desks; only an auditor, who decides its records again, needs the rest. So where there is a place for
values that were verified, what was superseded is read from there when somebody asks for it, and
verified once more; and a value that an earlier life has verified under the same keys, byte for
byte, is not verified again before it is asked for.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, Protocol

from contracts.decision.state.shelves import LostRowError
from contracts.encoding import canonical, framed, sha256
from contracts.errors import DirectoryError, LogError
from contracts.keys.checked_desk import CheckedDesk
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.directory_page import Page, load_page
from contracts.keys.keyring import load_directory
from contracts.log.orders.directory_facts import DirectoryFacts, facts_of, read, written
from contracts.log.orders.listed_keys import ListedKeys, rows_of

AT_HAND: Final = 8  # directories, besides the newest: versions of one week share nearly all
_RULES: Final = "4"  # of verifying: what was verified by others is verified again
_PAGE, _WHOLE = "page", "directory"


class VerifiedValues(Protocol):
    """Values of control that were verified, by mark; a changed value is nobody's proof."""

    def told(self, mark: str) -> Mapping[str, Any] | None:
        """What was told of a value, None if it is not there."""

    def keep(self, mark: str, value: bytes, told: Mapping[str, Any]) -> bool:
        """Keep a value and what is told of it; False if there is no room."""

    def value(self, mark: str) -> bytes | None:
        """A value, None if it is not there."""

    def drop(self, mark: str) -> None:
        """Forget a value that is not what was kept."""


class AdoptedDirectories(Mapping[str, Directory]):
    """Every directory of a realm by digest, in the order of adoption.

    Attributes:
        pages: digest of each page that control has -> its mark, empty if it is in memory alone.
        listed: the signing keys that they have listed.
    """

    def __init__(
        self, realm: str, keepers: Mapping[str, SigningKey], verified: VerifiedValues | None = None
    ) -> None:
        """None yet.

        Args:
            keepers: keys of the directory's keeper, pinned in settings.
            verified: where values can be read again; without it all stay in memory.
        """
        self.pages: dict[str, str] = {}
        self.listed = ListedKeys()
        self.verified = verified
        self._realm = realm
        self._keepers = keepers
        self._facts: dict[str, DirectoryFacts] = {}
        self._at_hand: dict[str, Directory] = {}  # the one asked for last stands last
        self._page_at_hand: dict[str, Page] = {}
        self._unasked = ""  # the newest, while nobody has asked for it
        self._houses: dict[frozenset[tuple[str, str]], frozenset[tuple[str, str]]] = {}

    def __getitem__(self, digest: str) -> Directory:
        """A directory, at hand or read again.

        Raises:
            KeyError: none that was adopted.
            LostRowError: it was superseded, and where it lay it is no more.
        """
        directory = self._at_hand.pop(digest, None) or self._read_again(digest)
        self._at_hand[digest] = directory
        if digest == self._unasked:
            self._unasked = ""
        if self.verified is not None and len(self._at_hand) > AT_HAND:
            self._let_go()
        return directory

    def __setitem__(self, digest: str, directory: Directory) -> None:
        self._facts[digest] = self._shared(facts_of(directory))
        self._at_hand[digest] = directory

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, digest: object) -> bool:
        return digest in self._facts

    def facts(self, digest: str) -> DirectoryFacts:
        """What is known of a directory without reading it; `KeyError` if it was not adopted."""
        return self._facts[digest]

    def copy(self) -> AdoptedDirectories:
        """The same, to go on by itself."""
        own = AdoptedDirectories(self._realm, self._keepers, self.verified)
        own.take_over(self)
        return own

    def take_over(self, other: AdoptedDirectories) -> None:
        """Have all that another one has, by its keys."""
        self._keepers = other._keepers
        self.pages |= other.pages
        self.listed = other.listed.copy()
        self._facts |= other._facts
        self._at_hand |= other._at_hand
        self._page_at_hand |= other._page_at_hand

    def take_page(self, value: bytes) -> None:
        """Take a page of control.

        Raises:
            EnvelopeError, DirectoryError: those of `load_page`.
            LogError: `order_malformed`: another realm's.
        """
        mark = self._mark(_PAGE, value)
        if (told := self._told(mark)) is not None:
            self.pages[told["page"]] = mark
            return
        page = load_page(value.decode("ascii", "replace"), self._keepers, self._known())
        if page.realm != self._realm:
            raise LogError("order_malformed", "another realm's page", self._realm)
        self._page_at_hand[page.digest] = page
        self.pages[page.digest] = self._kept(mark, value, {"page": page.digest})

    def adopt(self, token: str) -> str:
        """Take the directory that an order adopts; its digest.

        Raises:
            EnvelopeError, DirectoryError: those of `load_directory`.
            LogError: `order_malformed`: another realm's.
        """
        mark = self._mark(_WHOLE, token.encode())
        if (told := self._told(mark)) is not None:
            for page in told["pages"]:
                if page not in self.pages:  # it was, in another life: this control lacks it
                    raise DirectoryError(
                        "page_missing", "none at hand", "each page before it", page
                    )
            name: str = told["directory"]
            self._facts[name] = self._shared(read(told)._replace(mark=mark))
            self.listed.take(told["keys"])
            return name
        pages = _Pages(self)
        directory = load_directory(token, self._keepers, self._newest, pages)
        if directory.realm != self._realm:
            raise LogError("order_malformed", "another realm's directory", self._realm)
        facts, keys = self._shared(facts_of(directory)), rows_of(directory)
        told = written(directory.digest, facts, pages.named, keys)
        kept = self._kept(mark, token.encode(), told)
        self.listed.take(keys)
        self._facts[directory.digest] = facts._replace(mark=kept)
        self._supersede(directory, pages.named)
        return directory.digest

    def page(self, digest: str) -> Page:
        """A page of control, at hand or read again; `KeyError`, `LostRowError` as elsewhere."""
        mark = self.pages[digest]
        page = self._page_at_hand.get(digest)
        if page is None:
            token = self._value(_PAGE, mark).decode("ascii")
            page = load_page(token, self._keepers, self._known())
            if page.digest != digest:
                raise self._lost(mark)
            self._page_at_hand[digest] = page
        return page

    @property
    def _newest(self) -> Directory | None:
        """The last one at hand, most of whose desks the next one has too."""
        return next(reversed(self._at_hand.values()), None)

    def _known(self) -> Mapping[bytes, CheckedDesk]:
        """Rows of the last two at hand: no row that they have is verified again."""
        last = islice(reversed(self._at_hand.values()), 2)
        return ChainMap(*(directory.checked for directory in last))  # type: ignore[arg-type]

    def _read_again(self, digest: str) -> Directory:
        facts, pages = self._facts[digest], _Pages(self)
        token = self._value(_WHOLE, facts.mark).decode("ascii")
        directory = load_directory(token, self._keepers, self._newest, pages)
        if directory.digest != digest or facts_of(directory)._replace(mark=facts.mark) != facts:
            raise self._lost(facts.mark)
        self._keep_pages(pages.named)
        return directory

    def _supersede(self, directory: Directory, pages: Iterable[str]) -> None:
        """Have a new one at hand, and nothing of the one before if nobody has asked for it."""
        if self._unasked and self._facts[self._unasked].mark:
            self._at_hand.pop(self._unasked, None)
        self._at_hand[directory.digest], self._unasked = directory, directory.digest
        self._keep_pages(pages)

    def _let_go(self) -> None:
        """Of what can be read again, what was not asked for longest; not the newest of all."""
        for digest in list(self._at_hand)[:-AT_HAND]:
            if self._facts[digest].mark and digest != self._unasked:
                del self._at_hand[digest]

    def _keep_pages(self, named: Iterable[str]) -> None:
        """Have the pages of one directory at hand, and those that can be read nowhere."""
        kept = {name: page for name, page in self._page_at_hand.items() if not self.pages[name]}
        now = {name: self._page_at_hand[name] for name in named}
        self._page_at_hand = kept | now

    def _shared(self, facts: DirectoryFacts) -> DirectoryFacts:
        """With the same houses as an earlier one, of which hundreds are equal."""
        return facts._replace(houses=self._houses.setdefault(facts.houses, facts.houses))

    def _mark(self, kind: str, value: bytes) -> str:
        """Names a value as one that these keys have verified by these rules."""
        keys = [
            [kid, key.alg, key.public.hex(), key.not_before, key.not_after]
            for kid, key in sorted(self._keepers.items())
        ]
        named = framed("relais-verified", _RULES, self._realm, canonical(keys), kind, value)
        return sha256(named).hex()

    def _told(self, mark: str) -> Mapping[str, Any] | None:
        return self.verified.told(mark) if self.verified is not None else None

    def _kept(self, mark: str, value: bytes, told: Mapping[str, Any]) -> str:
        """The mark if the value can be read again, else nothing."""
        kept = self.verified is not None and self.verified.keep(mark, value, told)
        return mark if kept else ""

    def _value(self, kind: str, mark: str) -> bytes:
        value = self.verified.value(mark) if self.verified is not None else None
        if value is not None and self._mark(kind, value) == mark:
            return value
        raise self._lost(mark)

    def _lost(self, mark: str) -> LostRowError:
        """Of what lies there as another thing than was kept: the next start verifies it anew."""
        if self.verified is not None:
            self.verified.drop(mark)
        return LostRowError("a value of control")


class _Pages(Mapping[str, Page]):
    """The pages of control as a directory asks for them.

    Attributes:
        named: digests of those that were asked for.
    """

    def __init__(self, directories: AdoptedDirectories) -> None:
        self.named: list[str] = []
        self._directories = directories

    def __getitem__(self, digest: str) -> Page:
        page = self._directories.page(digest)
        self.named.append(digest)
        return page

    def __iter__(self) -> Iterator[str]:
        return iter(self._directories.pages)

    def __len__(self) -> int:
        return len(self._directories.pages)

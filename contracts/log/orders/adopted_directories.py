"""The directories that control has brought, and those that were adopted.

A realm has hundreds of them in ten years. Of an old one the head is kept, and where it stands on
control; it is read and checked again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Final

from contracts.decision.state.shelves import LostRowError
from contracts.errors import DirectoryError, LogError, RelaisError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.signed_directory import check_follows, load_directory, load_head

HELD: Final = 4  # kept whole, those asked for last: a replay's partitions may be at several
ReadAgain = Callable[[int], bytes]  # offset -> the value that stands there on control


class AdoptedDirectories(Mapping[str, Directory]):
    """Every directory of a realm by digest, in the order of adoption.

    Attributes:
        brought: of each that control has, by digest, what `load_head` has of it, whether an order
            has adopted it or not.
        refused: digests of those that were not to be taken, as was seen when they were read.
    """

    def __init__(
        self, realm: str, keepers: Mapping[str, SigningKey], read: ReadAgain | None = None
    ) -> None:
        """None yet.

        Args:
            keepers: keys of the directory's keeper, pinned in settings.
            read: reads a value of control again, and may raise `LostRowError`; None: all
                directories are kept whole.
        """
        self.brought: dict[str, Directory] = {}
        self.refused = set[str]()
        self._realm = realm
        self._keepers = keepers
        self._read = read
        self._offsets: dict[str, int] = {}
        self._adopted: dict[str, None] = {}
        self._whole: dict[str, Directory] = {}  # the one asked for last at the end

    def __getitem__(self, digest: str) -> Directory:
        if digest not in self._adopted:
            raise KeyError(digest)
        return self._get(digest)

    def __contains__(self, digest: object) -> bool:
        return digest in self._adopted  # nothing is read for that

    def __iter__(self) -> Iterator[str]:
        return iter(self._adopted)

    def __len__(self) -> int:
        return len(self._adopted)

    def head(self, digest: str) -> Directory:
        """A directory without its desks: version and router's keys; `KeyError` if not adopted."""
        if digest not in self._adopted:
            raise KeyError(digest)
        return self.brought[digest]

    def take_over(self, other: AdoptedDirectories) -> None:
        """Have all that another one of the same control has, by its keys."""
        self._keepers, self._read = other._keepers, other._read
        self.brought |= other.brought
        self.refused |= other.refused
        self._offsets |= other._offsets
        self._adopted |= other._adopted
        self._whole |= other._whole

    def take(self, value: bytes, offset: int | None, *, whole: bool) -> None:
        """Take a directory of control, which an order may adopt from now on.

        Args:
            offset: where it stands on control; None: it is not written yet.
            whole: check its desks now, not when they are asked for.

        Raises:
            EnvelopeError, DirectoryError: those of `load_directory`.
            LogError: `order_malformed`: another realm's.
        """
        token = value.decode("ascii", "replace")
        try:
            head = load_head(token, self._keepers)
        except RelaisError:
            load_directory(token, self._keepers)  # says why, in the order of its checks
            raise
        directory = self._load(token) if whole else None
        if head.realm != self._realm:
            raise LogError("order_malformed", "another realm's directory", self._realm)
        if head.digest in self.brought:
            return
        self.brought[head.digest] = head
        if offset is not None:
            self._offsets[head.digest] = offset
        if directory is not None:
            self._hold(directory)

    def adopt(self, digest: str) -> str:
        """Take the directory that an order adopts; its digest.

        Raises:
            DirectoryError: `directory_missing`.
        """
        if digest not in self.brought:
            raise _missing()
        self._adopted[digest] = None
        return digest

    def check(self, digest: str, earlier: Iterable[str]) -> None:
        """Check a directory whole, and beside the newest that was adopted before it.

        Raises:
            DirectoryError: `directory_missing`, caused by what is wrong with one of the two if it
                was taken unread; `sealing_older`.
        """
        if digest not in self.brought or digest in self.refused:
            raise _missing()
        newest = max(earlier, key=lambda one: self.brought[one].version, default=digest)
        try:
            before, directory = self._get(newest), self._get(digest)
        except RelaisError as error:
            raise _missing() from error
        check_follows(directory, before)

    def keep(self, adopted: Iterable[str]) -> None:
        """Take back the adoption of all others."""
        self._adopted = dict.fromkeys(adopted)

    def _get(self, digest: str) -> Directory:
        try:
            directory = self._whole.pop(digest, None) or self._again(digest)
        except RelaisError:
            self.refused.add(digest)
            raise
        self._hold(directory)
        return directory

    def _again(self, digest: str) -> Directory:
        if self._read is None:
            raise KeyError(digest)
        token = self._read(self._offsets[digest]).decode("ascii", "replace")
        found = ""
        with suppress(RelaisError):
            found = load_head(token, self._keepers).digest
        if found != digest:
            why = LogError("directory_missing", "another record", "the directory that was there")
            raise LostRowError(why.describe()) from why
        return self._load(token)

    def _load(self, token: str) -> Directory:
        before = next(reversed(self._whole.values()), None)  # most rows are the same
        return load_directory(token, self._keepers, before)

    def _hold(self, directory: Directory) -> None:
        self._whole[directory.digest] = directory
        if self._read is not None:
            written = [digest for digest in self._whole if digest in self._offsets]
            for oldest in written[:-HELD]:
                del self._whole[oldest]


def _missing() -> DirectoryError:
    return DirectoryError("directory_missing", "none on control", "it before its order")

"""The signing keys that control has listed for each desk, in order of arrival (log §6.4).

What the directory's keeper says of a key's end is his own word, and so is what he leaves out of the
next version; where a key stood first on control, and the term that it has itself signed, are not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from contracts.keys.directory import Directory, SigningKey


class ListedKey(NamedTuple):
    """A key of a desk as it stood first.

    Attributes:
        key: valid for the term that it has itself signed.
        place: number of the directory on control that listed it first, from 1.
    """

    key: SigningKey
    place: int


class ListedKeys:
    """Of every desk of a realm; a desk that has left is still known."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[ListedKey, ...]] = {}
        self._directories = 0

    def take(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take the next directory's, as `rows_of` gives them."""
        self._directories += 1
        for owner, kid, alg, public, begins, term in rows:
            held, own = bytes.fromhex(public), self._of.get(owner, ())
            if all(one.key.public != held for one in own):
                key = SigningKey(kid, alg, owner, held, begins, term)
                self._of[owner] = (*own, ListedKey(key, self._directories))

    def of(self, desk: str) -> tuple[ListedKey, ...]:
        """A desk's, the first one first."""
        return self._of.get(desk, ())

    def copy(self) -> ListedKeys:
        """The same, to go on by itself."""
        own = ListedKeys()
        own._of, own._directories = dict(self._of), self._directories
        return own


def rows_of(directory: Directory) -> list[list[Any]]:
    """A directory's signing keys as JSON has them."""
    return [
        [key.owner, key.kid, key.alg, key.public.hex(), key.not_before, key.term]
        for key in directory.signing.values()
    ]

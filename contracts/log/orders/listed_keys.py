"""The signing keys that control has listed for each desk, in order of arrival (log §6.4).

What the directory's keeper says of a key's end is his own word, and so is what he leaves out of the
next version; where a key stood first on control, and the term that it has itself signed, are not.
"""

from __future__ import annotations

from typing import NamedTuple

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

    def take(self, directory: Directory) -> None:
        """Take the next directory's."""
        self._directories += 1
        for key in directory.signing.values():
            own = self._of.get(key.owner, ())
            if all(one.key.public != key.public for one in own):
                first = SigningKey(
                    key.kid, key.alg, key.owner, key.public, key.not_before, key.term
                )
                self._of[key.owner] = (*own, ListedKey(first, self._directories))

    def of(self, desk: str) -> tuple[ListedKey, ...]:
        """A desk's, the first one first."""
        return self._of.get(desk, ())

    def copy(self) -> ListedKeys:
        """The same, to go on by itself."""
        own = ListedKeys()
        own._of, own._directories = dict(self._of), self._directories
        return own

"""The shipped convention, and faulty copies of it."""

from __future__ import annotations

from functools import cache

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SHIPPED, shipped
from contracts.errors import ConventionError


@cache
def convention() -> Convention:
    """The shipped file, loaded once."""
    return load(shipped(), SHIPPED)


@cache
def refused(data: bytes) -> ConventionError:
    """The error with which a file does not load: once for all tests that look at it."""
    with pytest.raises(ConventionError) as caught:
        load(data, "faulty.yaml")
    return caught.value


def text() -> str:
    """The shipped file's text."""
    return shipped().decode()


def clause(name: str) -> str:
    """The text of one clause of the shipped file, up to its sentences."""
    start = text().index(f"  - id: {name}\n")
    return text()[start : text().index("sentence:", start)]


def changed(old: str, new: str, inside: str = "") -> bytes:
    """The shipped file with the first `old` replaced, from the clause `inside` on if named."""
    whole = text()
    start = whole.index(f"  - id: {inside}\n") if inside else 0
    place = whole.index(old, start)
    return (whole[:place] + new + whole[place + len(old) :]).encode()

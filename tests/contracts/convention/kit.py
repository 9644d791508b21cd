"""The shipped convention, and faulty copies of it."""

from __future__ import annotations

import re
from functools import cache

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SHIPPED, shipped
from contracts.errors import ConventionError
from services.committee.texts.file_errors import told


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


def assert_told(error: ConventionError) -> None:
    """What is wrong is said in words, each of them filled in."""
    said = told(error)
    assert said[0]
    assert not re.search(r"[{}]|« »|“”|  ", "".join(said))


def changed(old: str, new: str, inside: str = "") -> bytes:
    """The shipped file with the first `old` replaced, from the clause `inside` on if named."""
    whole = text()
    start = whole.index(f"  - id: {inside}\n") if inside else 0
    place = whole.index(old, start)
    return (whole[:place] + new + whole[place + len(old) :]).encode()

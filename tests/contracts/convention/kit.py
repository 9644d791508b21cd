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

# old text, new text; clause or row from which on the old one is looked for
Edit = tuple[str, str] | tuple[str, str, str]


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
    assert said
    assert not re.search(r"[{}]|« »|“”|  ", said)


def edited(whole: str, *edits: Edit) -> str:
    """A text with the first of each old text replaced, from a clause or row on if one is named."""
    for old, new, *after in edits:
        inside = after[0] if after else ""
        mark = f"  - id: {inside}\n" if f"  - id: {inside}\n" in whole else f"  {inside}"
        place = whole.index(old, whole.index(mark) if inside else 0)
        whole = whole[:place] + new + whole[place + len(old) :]
    return whole


def following(text: bytes, *edits: Edit) -> bytes:
    """The version after this one, with some texts replaced."""
    old = load(text)
    return edited(
        text.decode(),
        (f"version: {old.version}\n", f"version: {old.version + 1}\n"),
        (f"predecessor: {old.predecessor}" if old.predecessor else 'predecessor: ""',
         f"predecessor: {old.digest}"),
        *edits,
    ).encode()  # fmt: skip


def changed(old: str, new: str, inside: str = "") -> bytes:
    """The shipped file with a text replaced."""
    return edited(text(), (old, new, inside)).encode()

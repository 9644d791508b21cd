"""A directory is read beside the one before it as it is read alone, whoever has written it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.encoding import canonical, parse, sha256
from contracts.errors import EnvelopeError
from contracts.keys.known_rows import parse_rows
from tests.contracts.envelope import kit

HERE = kit.realm("civil", weeks=3)
TEXT = canonical(HERE.payload)
ROWS = [canonical(row) for row in HERE.payload["desks"]]
KNOWN = {sha256(row): row for row in ROWS}
LIMIT = len(TEXT) * 3


def alone(text: bytes) -> dict[str, Any] | str:
    """What the whole is parsed to, or why it is not."""
    try:
        return parse(text, limit=LIMIT, place="directory")
    except EnvelopeError as error:
        return error.code


def beside(text: bytes, realm: str = HERE.realm) -> tuple[dict[str, Any] | str, int]:
    """The same where all rows of HERE are known; and how many were not read again."""
    try:
        read = parse_rows(text, realm, KNOWN, limit=LIMIT, place="directory")
    except EnvelopeError as error:
        return error.code, 0
    rows = read["desks"] if isinstance(read.get("desks"), list) else []
    known = [row for row in rows if isinstance(row, bytes)]
    whole = [parse(KNOWN[row], limit=LIMIT) if isinstance(row, bytes) else row for row in rows]
    return (read | {"desks": whole} if known else read), len(known)


def test_all_rows_but_the_first_and_the_last_are_known_again() -> None:
    """Of the same directory; and of its next version, in which one row is another."""
    made = copy.deepcopy(HERE.payload) | {"version": 2}
    made["desks"][2]["label"]["en"] = "Another name"

    assert beside(TEXT) == (HERE.payload, len(ROWS) - 2)
    assert beside(canonical(made)) == (made, len(ROWS) - 3)


def test_rows_that_another_realm_has_checked_are_read() -> None:
    """They prove nothing here."""
    assert beside(TEXT, "criminal") == (HERE.payload, 0)


def in_a_label(text: bytes) -> bytes:
    """The text of known rows inside a string, as far as one can hold it."""
    return text.replace(b'"en":"Desk', b'"en":"},' + ROWS[2].replace(b'"', b'\\"') + b",Desk", 1)


def in_a_label_raw(text: bytes) -> bytes:
    """The same without the escapes: no JSON."""
    return text.replace(b'"en":"Desk', b'"en":"},' + ROWS[2] + b',{"agency":"x"},Desk', 1)


def in_a_member(text: bytes) -> bytes:
    """Known rows in a list of another member, which sorts behind them."""
    return text.replace(b'"exp":', b'"else":[' + b",".join(ROWS[:4]) + b'],"exp":')


def in_a_row(text: bytes) -> bytes:
    """Known rows in a list inside a row."""
    return text.replace(b'"label":{', b'"all":[' + b",".join(ROWS[:4]) + b'],"label":{', 1)


def under_desks_twice(text: bytes) -> bytes:
    """The rows again, under the same name."""
    return b'{"desks":[' + b",".join(ROWS) + b"]," + text[1:]


CHANGES: list[Callable[[bytes], bytes]] = [
    in_a_label, in_a_label_raw, in_a_member, in_a_row, under_desks_twice,
    lambda text: text.replace(ROWS[2], ROWS[2] + b" "),
    lambda text: text.replace(ROWS[2] + b",", ROWS[2]),
    lambda text: text.replace(ROWS[2] + b",", ROWS[2] + b",,"),
    lambda text: text.replace(ROWS[2], ROWS[3]),
    lambda text: text.replace(ROWS[2], ROWS[2].replace(b"true", b"null").replace(b"false", b"-1")),
    lambda text: text.replace(b'"desks":[', b'"desks":[[').replace(b'],"exp"', b']],"exp"'),
    lambda text: text.replace(b'"desks":[', b'"desks":{"a":[').replace(b'],"exp"', b']},"exp"'),
    lambda text: text.replace(b'"desks"', b'"desk"'),
    lambda text: text[:-1],
    lambda text: text + b"}",
    lambda text: text[len(text) // 2 :],
    lambda text: b"[" + text + b"]",
    lambda text: b",".join(ROWS),
    lambda _text: b"",
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_hostile_keepers_text_is_read_as_if_nothing_were_known(
    change: Callable[[bytes], bytes],
) -> None:
    """The same members, or the same reason: rows stand where no row stands, or are none."""
    made = change(TEXT)

    assert made != TEXT
    assert beside(made)[0] == alone(made)


def test_a_letter_changed_anywhere_changes_nothing_of_that() -> None:
    """At a hundred places."""
    for at in range(0, len(TEXT), max(7, len(TEXT) // 100)):
        made = TEXT[:at] + (b'"' if at % 2 else b"}") + TEXT[at + 1 :]
        assert beside(made)[0] == alone(made), at

"""Where a record and what follows from its inputs part: the first member, both values.

Findings are read far from the log: of a value only numbers and codes are told, and none that names
    a case.
"""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Any, Final

import orjson

from contracts.errors import LogError
from contracts.log.entry import Entry

ABSENT: Final = "-"
NOT_TOLD: Final = "…"  # a token, a digest of an event, whatever is no code
_CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_TOLD: Final = frozenset(
    {
        "acts", "by", "chain", "clause", "code", "convd", "desk", "dird", "etype", "evd", "grant",
        "iss", "k",
        "kind", "not_published", "outs", "place", "prev", "reason", "reasons", "released",
        "scopes", "stage", "status", "topic", "withheld",
    }
)  # fmt: skip
_MISSING: Final = object()


class DiffersError(LogError):
    """A record or its evidence is not what follows from its input.

    Attributes:
        place, got, expected: as `first_difference` has them.
    """


def first_difference(
    recorded: Any, follows: Any, path: tuple[str, ...] = ()
) -> tuple[str, str, str]:
    """The first member in which two JSON values differ, in the order of canonical JSON.

    It is looked for as deep as `follows` goes, which is of our own making.

    Args:
        path: of both.

    Returns:
        The member's path, such as `decision.addressees.0.clause`; what is recorded there, and what
        follows from the inputs: a number or a code, `ABSENT`, or `NOT_TOLD`.
    """
    if isinstance(recorded, dict) and isinstance(follows, dict):
        for key in sorted(recorded.keys() | follows.keys()):
            pair = recorded.get(key, _MISSING), follows.get(key, _MISSING)
            if _differ(*pair):
                return first_difference(*pair, (*path, key))
    if isinstance(recorded, list) and isinstance(follows, list):
        for at, pair in enumerate(zip_longest(recorded, follows, fillvalue=_MISSING)):
            if _differ(*pair):
                return first_difference(*pair, (*path, str(at)))
    return ".".join(map(_name, path)), _told(recorded, path), _told(follows, path)


def _differ(one: Any, other: Any) -> bool:
    """Unlike Python, JSON tells `true` from 1."""
    return type(one) is not type(other) or bool(one != other)


def _told(value: Any, path: tuple[str, ...]) -> str:
    """A number or a code as it stands; a list or an object is not told, whatever is in it."""
    if value is _MISSING:
        return ABSENT
    if value is None or isinstance(value, bool | int):
        return orjson.dumps(value).decode()
    names = [key for key in path if not key.isdecimal()][-2:]
    is_code = isinstance(value, str) and _CODE.fullmatch(value) is not None
    return value if is_code and not _TOLD.isdisjoint(names) else NOT_TOLD


def _name(key: str) -> str:
    return key if _CODE.fullmatch(key) else NOT_TOLD


def check_same(value: bytes, evidence: bytes, entry: Entry) -> None:
    """What was settled again is what was written.

    Raises:
        DiffersError: `decision_differs`, `record_differs`.
    """
    for code, recorded, follows in (
        ("decision_differs", evidence, entry.evidence),
        ("record_differs", value, entry.record),
    ):
        if recorded != follows:
            member, got, expected = first_difference(orjson.loads(recorded), orjson.loads(follows))
            raise DiffersError(code, got, expected, member)

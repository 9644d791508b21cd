"""The nine rows of a partner's self-test: values that name no person, no case and no secret.

    working   tried, and it worked then
    unused    not tried yet, or nothing to try here (brokers without TLS)
    cannot    tried, and it does not work: the code says why, `words.py` what to do

An instant is that of the try and of nothing else: when a desk sent or read something stands nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

State = Literal["working", "unused", "cannot"]
RowName = Literal[
    "name", "tls", "certificate", "token", "own_topic", "foreign_topic", "clock", "directory", "ping"
]  # fmt: skip
ROWS: Final[tuple[RowName, ...]] = get_args(RowName)
STATES: Final[tuple[State, ...]] = get_args(State)

ENDING_DAYS: Final = 14  # of a certificate, as `certificate_watch` warns
SKEW_S: Final = 2  # that clocks may differ

_CODE: Final = re.compile(r"[a-z_]{1,40}")
_DESK: Final = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class SelfTestRow:
    """What one row found.

    Attributes:
        at: instant of the try by the machine's clock, seconds; 0: never.
        code: why not, or why there was nothing to try; empty if it works.
        days: left of what ends.
        seconds: that were measured.
    """

    name: RowName
    state: State = "unused"
    at: float = 0
    code: str = "not_tried"
    days: int | None = None
    seconds: float | None = None

    def document(self) -> dict[str, Any]:
        """As it is answered; what does not apply is absent."""
        own: dict[str, Any] = {"row": self.name, "state": self.state}
        more = {
            "at": round(self.at, 3) or None, "code": self.code or None, "days": self.days,
            "seconds": None if self.seconds is None else round(self.seconds, 4),
        }  # fmt: skip
        return own | {name: value for name, value in more.items() if value is not None}


def worked(name: RowName, at: float, **figures: Any) -> SelfTestRow:
    """It works."""
    return SelfTestRow(name, "working", at, "", **figures)


def cannot(name: RowName, at: float, code: str, **figures: Any) -> SelfTestRow:
    """It does not."""
    return SelfTestRow(name, "cannot", at, code, **figures)


def unused(name: RowName, code: str, at: float = 0) -> SelfTestRow:
    """There was nothing to try, or nobody has."""
    return SelfTestRow(name, "unused", at, code)


def every(rows: Iterable[SelfTestRow]) -> tuple[SelfTestRow, ...]:
    """All nine in their order; what is not among these was never tried."""
    known = {row.name: row for row in rows}
    return tuple(known.get(name, SelfTestRow(name)) for name in ROWS)


def read_rows(document: Mapping[str, Any]) -> dict[str, tuple[SelfTestRow, ...]]:
    """Desk -> its rows, of what a service answered, which may be anything.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is no such document.
    """
    read: dict[str, tuple[SelfTestRow, ...]] = {}
    for desk, rows in document["desks"].items():
        if not _DESK.fullmatch(desk):
            raise ValueError("got another desk, expected a short id")
        read[desk] = every(_row(row) for row in rows)
    return read


def _row(row: Mapping[str, Any]) -> SelfTestRow:
    name, state, code = row["row"], row["state"], row.get("code", "")
    if name not in ROWS or state not in STATES or (code and not _CODE.fullmatch(code)):
        raise ValueError("got another row, expected one of the nine")
    days, seconds = row.get("days"), row.get("seconds")
    return SelfTestRow(
        name, state, float(row.get("at", 0)), code,
        None if days is None else int(days), None if seconds is None else float(seconds),
    )  # fmt: skip

"""The tables of a convention file beside its clauses: parties, legal texts, calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from contracts.convention.calendar import Calendar
from contracts.convention.clauses import Act, ClauseId
from contracts.convention.file import field_types as kinds
from contracts.convention.file.faults import fault
from contracts.convention.file.yaml_nodes import Fields
from contracts.vocabulary.principals import is_agency

_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
_OFFSETS: Final = {"+01:00": 3600, "+02:00": 7200}


def _party(name: str) -> str:
    if not is_agency(name):
        raise fault("bad_party", name, "small letters and _, no name of the bus's own")
    return name


def _digest(text: str) -> str:
    if text and not _DIGEST.match(text):
        raise fault("bad_digest", "other text", "43 characters", key=True)
    return text


def _quorum(node: Any, read: Callable[[Any], str], info: kinds.Known) -> int:
    """How many parties must sign; 0 for all."""
    if (text := read(node)) == "all":
        return 0
    parties = len(info.context.parties)
    quorum = kinds.as_number(node) if text.isdecimal() else 0
    if not 1 <= quorum <= parties:
        facts, expected = (text[:40], str(parties)), "all, or 1 to the number of parties"
        raise fault("bad_quorum", " of ".join(facts), expected, *facts, key=True)
    return quorum


def _check_events(table: Any, info: kinds.Known) -> Any:
    """The table `system`, if it has every event of the bus and no other."""
    if isinstance(table, Fields):
        for event in info.context.events:
            if event not in table:
                raise fault("missing_field", "nothing", event, at=(event,))
        kinds.no_others(table, info.context.events)
    return table


@dataclass(frozen=True, slots=True)
class _Access:
    __pydantic_config__ = kinds.CLOSED
    reference: kinds.Some[kinds.Role]


@dataclass(frozen=True, slots=True)
class _Repealed:
    __pydantic_config__ = kinds.CLOSED
    event: kinds.Event
    purpose: kinds.Purpose


@dataclass(frozen=True, slots=True)
class _LegalText:
    __pydantic_config__ = kinds.CLOSED
    fr: kinds.Line
    en: kinds.Line
    in_force_from: Annotated[kinds.Day, Field(alias="from")]
    in_force_until: Annotated[kinds.DayOrNone, Field(alias="until")]
    checked: kinds.DayOrNone
    successor: Annotated[str, kinds.known("unknown_basis", "texts")] = ""


@dataclass(frozen=True, slots=True)
class _Calendar:
    __pydantic_config__ = kinds.CLOSED
    zone: kinds.Line
    first: Annotated[date, kinds.of(str, kinds.as_day)]
    last: Annotated[date, kinds.of(str, kinds.as_day)]
    holidays: kinds.Table[kinds.Word, kinds.Several[kinds.Word]]
    offsets: kinds.Table[kinds.Word, kinds.Line]


def _calendar(table: _Calendar) -> Calendar:
    if table.zone != "Europe/Paris":
        raise fault("unknown_zone", "another", "Europe/Paris", at=("zone",), key=True)
    holidays = {
        kinds.as_day(f"{year}-{day}", at=("holidays", year), key=True): year
        for year, days in table.holidays.items()
        for day in days
    }
    offsets = tuple(_change(*change) for change in table.offsets.items())
    for day, year in holidays.items():
        if not table.first <= day <= table.last:
            got, at = day.isoformat(), ("holidays", year)
            raise fault("calendar_gap", got, "a day of the table", at=at, key=True)
    return Calendar(frozenset(holidays), offsets, table.first, table.last)


def _change(key: str, text: str) -> tuple[int, int]:
    """The instant from which an offset holds, and its seconds."""
    at = "offsets", key
    try:
        moment = datetime.strptime(key, _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        raise fault("bad_date", "text that is no instant", _INSTANT, at=at, key=True) from None
    if text not in _OFFSETS:
        raise fault("bad_offset", "another", " or ".join(_OFFSETS), at=at, key=True)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1), _OFFSETS[text]


_Party = Annotated[kinds.Word, AfterValidator(_party)]
Parties = Annotated[kinds.Table[_Party, kinds.Label], Field(min_length=1)]
LegalTexts = kinds.Table[kinds.Word, Annotated[dict[str, str], kinds.of(_LegalText, asdict)]]
every_event = BeforeValidator(_check_events)
CalendarTable = Annotated[Calendar, kinds.of(_Calendar, _calendar)]
Reference = Annotated[tuple[str, ...], kinds.of(_Access, lambda access: access.reference)]
Repealed = kinds.Table[ClauseId, Annotated[Act, kinds.of(_Repealed, astuple)]]
Digest = Annotated[kinds.LineOrNone, AfterValidator(_digest)]
Quorum = Annotated[int, kinds.built(kinds.Line, _quorum)]

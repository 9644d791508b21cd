"""What a desk was told of accesses to its cases (rules §17).

Answers to look-ups and notices of first accesses name events by which a desk may then be asked. The
last ones are kept; whoever wants older ones looks the case up again, which the log records.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import short
from services.agency.office.fold.own_events import OwnEvent
from services.agency.office.responses.standing import AccessAnswer, FirstAccesses, ToldAccess

KEPT_ANSWERS: Final = 50  # pages of look-ups of one desk
KEPT_FIRST: Final = 1_000  # notices of first accesses of one desk

Notice = Mapping[str, Any]
Place = tuple[str, str, str]  # realm, case, urn of the event's issuer


@dataclass(slots=True)
class KnownAccesses:
    """What one desk was told."""

    answers: dict[str, tuple[str, Notice]] = field(default_factory=dict)  # by the look-up's id
    first: deque[tuple[str, Notice]] = field(default_factory=lambda: deque(maxlen=KEPT_FIRST))

    def take(self, realm: str, notice: Notice) -> None:
        """Take a verified notice, if it is of accesses."""
        if notice["kind"] == "first_access":
            self.first.append((realm, notice))
        elif notice["kind"] == "accesses":
            self.answers[notice["event"]["jti"]] = realm, notice
            if len(self.answers) > KEPT_ANSWERS:
                del self.answers[next(iter(self.answers))]

    def places_of(self, event: str) -> set[Place]:
        """On which case an event was told, and whose it is; several, if its id was used again."""
        places = {
            (realm, told["sub"], row["event"]["iss"])
            for realm, told in self.answers.values()
            for row in told.get("rows", ())
            if row["event"]["jti"] == event
        }
        return places | {
            (realm, told["sub"], told["event"]["iss"])
            for realm, told in self.first
            if told["event"]["jti"] == event
        }

    def desks_of(self, event: str) -> list[str]:
        """Short ids of the desks that were told to have received an event."""
        rows = [row for _, told in self.answers.values() for row in told.get("rows", ())]
        rows += [_row_of(notice) for _, notice in self.first]
        return sorted({short(row["desk"]) for row in rows if row["event"]["jti"] == event})

    def told(self, desk: str) -> FirstAccesses:
        """First accesses, in the order in which they were told."""
        items = tuple(_told(realm, notice["sub"], _row_of(notice)) for realm, notice in self.first)
        return FirstAccesses(desk=desk, items=items)

    def answer(self, own: OwnEvent) -> AccessAnswer:
        """Where a look-up stands, with the page that it was answered."""
        realm, notice = self.answers.get(own.id, (own.realm, {}))
        rows = tuple(_told(realm, own.case, row) for row in notice.get("rows", ()))
        return AccessAnswer(
            event=own.id,
            case=own.case,
            realm=own.realm,
            state=own.state,
            reasons=own.reasons or None,
            answered=bool(notice),
            skip=notice.get("skip", 0),
            total=notice.get("total", 0),
            items=rows,
        )


def _row_of(notice: Notice) -> Notice:
    """A first access as a row of an answer."""
    named = {name: notice[name] for name in ("event", "clause", "scopes")}
    return {**named, "desk": notice["by"], "at": notice["iat"]}


def _told(realm: str, case: str, row: Notice) -> ToldAccess:
    return ToldAccess(
        event=row["event"]["jti"],
        issuer=short(row["event"]["iss"]),
        type=row.get("etype"),
        realm=realm,
        case=case,
        desk=short(row["desk"]),
        at=rfc3339(row["at"]),
        clause=row["clause"],
        scopes=tuple(row.get("scopes", ())),
        withdrawn=row.get("withdrawn"),
    )

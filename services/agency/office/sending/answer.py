"""What an agency's service is about to publish, and the answer that its partner system gets.

Both come from one value, so that a dry run, a publication and a repeated request give the same
answer. Nothing here holds content: the answer names record *fields*, scopes and desks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from contracts.decision.draft import Draft
from contracts.decision.outcome import DoorLike, door_json
from services.agency.office.responses.common import LeftOutScope, RightDoor
from services.agency.office.responses.sending import (
    AddresseeVerdict,
    LeftOutField,
    PublishedEvent,
    Remark,
    SendAnswer,
)

Verdict = Literal["release", "depends", "withhold", "attempt"]


@dataclass(frozen=True, slots=True)
class AddresseeLine:
    """What becomes of one addressee that the record named.

    Attributes:
        event: index of the event that carries it, None if it is not published.
        beside: index of the event beside which it was left out, if it is not published.
        desk: short id.
        scopes: what goes to the desk, sealed for it.
        left_out: scope -> reasons, of what the record had for it and is not published.
    """

    event: int | None
    desk: str
    purpose: str | None
    clause: str
    verdict: Verdict
    scopes: tuple[str, ...] = ()
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    doors: tuple[DoorLike, ...] = ()
    beside: int = 0

    def told(self, ids: Sequence[str]) -> AddresseeVerdict:
        """As the answer shows it."""
        return AddresseeVerdict(
            desk=self.desk,
            verdict=self.verdict,
            event=_id(ids, self.event),
            purpose=self.purpose or None,
            clause=self.clause or None,
            scopes=self.scopes,
            left_out=tuple(
                LeftOutScope(scope=scope, reasons=self.left_out[scope])
                for scope in sorted(self.left_out)
            ),
            reasons=self.reasons,
            doors=_doors(self.doors),
        )


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event ready to be sealed.

    Attributes:
        draft: holds only what goes out: permitted portions of addressees not surely withheld.
        case: the token.
        convd, dird: digests of what it was judged by.
        retention: short desk id -> class of the keys to seal with.
        left_out: short desk id -> scopes not published.
    """

    draft: Draft = field(repr=False)
    case: str
    convd: str
    dird: str
    retention: Mapping[str, str]
    left_out: Mapping[str, tuple[str, ...]]
    attempt: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record that was judged: events to publish, and what to answer.

    Attributes:
        desk: short id of the issuer.
        remarks: what was missing for a desk, or looks like a slip of the pen; stops nothing.
    """

    desk: str
    events: tuple[Outgoing, ...]
    lines: tuple[AddresseeLine, ...]
    left_out: tuple[LeftOutField, ...]
    remarks: tuple[Remark, ...] = ()

    @property
    def outcome(self) -> Literal["published", "published_in_part", "attempt_recorded"]:
        """What happened, as the top of the answer tells it."""
        if self.events and all(event.attempt for event in self.events):
            return "attempt_recorded"
        unserved = any(line.event is None or line.verdict == "attempt" for line in self.lines)
        return "published_in_part" if unserved else "published"

    @property
    def sent_to(self) -> tuple[str, ...]:
        """Short ids of the desks that an event with what the request said is for; once each."""
        sent = (one for one in self.lines if one.event is not None and one.verdict != "attempt")
        return tuple(dict.fromkeys(line.desk for line in sent))

    def unsent(self, place: int) -> tuple[AddresseeLine, ...]:
        """The desks that no event names and that were left out beside one, by its index."""
        last = len(self.events) - 1
        return tuple(
            line for line in self.lines if line.event is None and min(line.beside, last) == place
        )

    @property
    def doors(self) -> tuple[DoorLike, ...]:
        """The right doors for what no clause lets be sent where it was meant to go; once each."""
        tried = (line for line in self.lines if line.verdict == "attempt")
        return tuple(dict.fromkeys(door for line in tried for door in line.doors))

    def answer(self, ids: Sequence[str], *, dry_run: bool = False) -> SendAnswer:
        """The body of a 202, or of a dry run.

        Args:
            ids: event ids in the order of `events`; none for a dry run.
        """
        return SendAnswer(
            outcome=self.outcome,
            sent_to=self.sent_to,
            doors=_doors(self.doors),
            events=tuple(ids),
            case=self.events[0].case if self.events else "",
            dry_run=dry_run,
            published=tuple(
                PublishedEvent(
                    id=_id(ids, place),
                    type=event.draft.etype,
                    realm=event.draft.realm,
                    case=event.case,
                    attempt=event.attempt,
                )
                for place, event in enumerate(self.events)
            ),
            to=tuple(line.told(ids) for line in self.lines),
            left_out=self.left_out,
            warnings=self.remarks,
        )


def _id(ids: Sequence[str], place: int | None) -> str | None:
    """The id of an event, once it has one."""
    return ids[place] if place is not None and place < len(ids) else None


def _doors(doors: Iterable[DoorLike]) -> tuple[RightDoor, ...]:
    return tuple(RightDoor(**door_json(door)) for door in doors)

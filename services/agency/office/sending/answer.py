"""What an agency's service is about to publish, and the answer that its partner system gets.

Both come from one value, so that a dry run, a publication and a repeated request give the same
answer. Nothing here holds content: the answer names record *fields*, scopes and desks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from contracts.decision.draft import Draft
from services.agency.office.responses.common import RightDoor
from services.agency.office.responses.sending import (
    AddresseeVerdict,
    LeftOutField,
    PublishedEvent,
    Remark,
    SendAnswer,
)


@dataclass(frozen=True, slots=True)
class AddresseeLine:
    """What becomes of one addressee that the record named.

    Attributes:
        verdict: as the answer shows it, but for the event's id.
        event: index of the event that carries it, None if it is not published.
    """

    verdict: AddresseeVerdict
    event: int | None

    @property
    def is_attempt(self) -> bool:
        """Whether no clause lets the desk be addressed."""
        return self.verdict.verdict == "attempt"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event ready to be sealed.

    Attributes:
        draft: holds only what goes out: permitted portions of addressees not surely withheld.
        retention: short desk id -> class of the keys to seal with.
        left_out: short desk id -> scopes not published.
        case: the token.
        convd, dird: digests of what it was judged by.
    """

    draft: Draft = field(repr=False)
    retention: Mapping[str, str]
    left_out: Mapping[str, tuple[str, ...]]
    case: str
    convd: str
    dird: str
    attempt: bool = False


@dataclass(slots=True)
class Prepared:
    """A record while its drafts are judged: events to publish, and what to answer.

    Attributes:
        desk: short id of the issuer.
        unmet, doubts: what was missing for a desk; what looks like a slip. It stops nothing.
    """

    desk: str
    events: list[Outgoing] = field(default_factory=list)
    lines: list[AddresseeLine] = field(default_factory=list)
    left_out: list[LeftOutField] = field(default_factory=list)
    unmet: list[Remark] = field(default_factory=list)
    doubts: list[Remark] = field(default_factory=list)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """What was missing, then what looks like a slip."""
        return *self.unmet, *self.doubts

    @property
    def outcome(self) -> Literal["published", "published_in_part", "attempt_recorded"]:
        """What happened, as the top of the answer tells it."""
        if self.events and all(event.attempt for event in self.events):
            return "attempt_recorded"
        unserved = any(line.event is None or line.is_attempt for line in self.lines)
        return "published_in_part" if unserved else "published"

    @property
    def sent_to(self) -> tuple[str, ...]:
        """Short ids of the desks that an event with what the request said is for; once each."""
        sent = (one for one in self.lines if one.event is not None and not one.is_attempt)
        return tuple(dict.fromkeys(line.verdict.desk for line in sent))

    @property
    def unsent(self) -> tuple[AddresseeLine, ...]:
        """The desks that no event names: they stand beside the first."""
        return tuple(line for line in self.lines if line.event is None)

    @property
    def doors(self) -> tuple[RightDoor, ...]:
        """Suggested recipients of what no clause lets go where it was meant to; once each."""
        tried = (line.verdict for line in self.lines if line.is_attempt)
        return tuple(dict.fromkeys(door for one in tried for door in one.doors))

    def answer(self, ids: Sequence[str], *, dry_run: bool = False) -> SendAnswer:
        """The body of a 202, or of a dry run.

        Args:
            ids: event ids in the order of `events`; none for a dry run.
        """
        return SendAnswer(
            outcome=self.outcome,
            sent_to=self.sent_to,
            doors=self.doors,
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
            to=tuple(
                line.verdict.model_copy(update={"event": _id(ids, line.event)})
                for line in self.lines
            ),
            left_out=tuple(self.left_out),
            warnings=self.remarks,
        )


def _id(ids: Sequence[str], place: int | None) -> str | None:
    """The id of an event, once it has one."""
    return ids[place] if place is not None and place < len(ids) else None

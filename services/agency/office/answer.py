"""What an agency's service is about to publish, and the answer that its partner system gets.

Both come from one value, so that a dry run, a publication and a repeated request give the same
answer. Nothing here holds content: the answer names record *fields*, scopes and desks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.decision.draft import Draft
from contracts.decision.outcome import DoorLike, door_json

Verdict = Literal["release", "depends", "withhold", "attempt"]

# What a request came to, told at the top of its answer.
PUBLISHED: Final = "published"  # every event carries what the request said
PARTLY: Final = "published_in_part"  # some desks are sent content, of others an attempt is recorded
ATTEMPTED: Final = (
    "attempt_recorded"  # nothing was sent: no clause lets any named desk be addressed
)


def _given(**members: str | None) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one addressee that the record named.

    Attributes:
        event: index of the event that carries it, None if it is not published.
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

    def json(self, ids: Sequence[str]) -> dict[str, Any]:
        """As the answer shows it."""
        out: dict[str, Any] = {"desk": self.desk, "verdict": self.verdict}
        if self.event is not None and self.event < len(ids):
            out["event"] = ids[self.event]
        out |= _given(purpose=self.purpose, clause=self.clause)
        out["scopes"] = list(self.scopes)
        out["left_out"] = [
            {"scope": scope, "reasons": list(self.left_out[scope])}
            for scope in sorted(self.left_out)
        ]
        out["reasons"] = list(self.reasons)
        out["doors"] = [door_json(door) for door in self.doors]
        return out


@dataclass(frozen=True, slots=True)
class LeftField:
    """A field of the agency's record that is not published, and why.

    Attributes:
        field: its name in the agency's own vocabulary.
        desk, scope: what it would have become; empty if the mapping sends it nowhere.
    """

    field: str
    reasons: tuple[str, ...]
    desk: str = ""
    scope: str = ""

    def json(self) -> dict[str, Any]:
        """As the answer shows it."""
        given = _given(desk=self.desk, scope=self.scope)
        return {"field": self.field, "reasons": list(self.reasons), **given}


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
    """

    desk: str
    events: tuple[Outgoing, ...]
    lines: tuple[Line, ...]
    left_out: tuple[LeftField, ...]

    @property
    def outcome(self) -> str:
        """`published`, `published_in_part` or `attempt_recorded`."""
        attempts = [event.attempt for event in self.events]
        if not any(attempts):
            return PUBLISHED
        return ATTEMPTED if all(attempts) else PARTLY

    @property
    def sent_to(self) -> tuple[str, ...]:
        """Short ids of the desks that an event with what the request said is for; once each."""
        sent = (one for one in self.lines if one.event is not None and one.verdict != "attempt")
        return tuple(dict.fromkeys(line.desk for line in sent))

    @property
    def doors(self) -> tuple[DoorLike, ...]:
        """The right doors for what no clause lets be sent where it was meant to go; once each."""
        tried = (line for line in self.lines if line.verdict == "attempt")
        return tuple(dict.fromkeys(door for line in tried for door in line.doors))

    def answer(self, ids: Sequence[str], *, dry_run: bool = False) -> dict[str, Any]:
        """The body of a 202, or of a dry run.

        Args:
            ids: event ids in the order of `events`; none for a dry run.
        """
        published = [
            {
                **({"id": ids[place]} if place < len(ids) else {}),
                "type": event.draft.etype, "realm": event.draft.realm, "case": event.case,
                "attempt": event.attempt,
            }
            for place, event in enumerate(self.events)
        ]  # fmt: skip
        return {
            "outcome": self.outcome,
            "sent_to": list(self.sent_to),
            "doors": [door_json(door) for door in self.doors],
            "events": list(ids),
            "case": self.events[0].case if self.events else "",
            "dry_run": dry_run,
            "published": published,
            "to": [line.json(ids) for line in self.lines],
            "left_out": [one.json() for one in self.left_out],
        }

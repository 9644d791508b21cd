"""Where an agency's own events stand: a fold of its covers and of the router's notices.

    published → delivered | withheld, by desk → acknowledged (stages) · overdue · withdrawn
    published → refused (as a whole, with reasons) | quarantined (with an error code)

Everything here is metadata that the issuer wrote itself or was told in a signed notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from sys import intern
from typing import Any, Final

from contracts.encoding import rfc3339
from contracts.envelope.model import Cover
from contracts.vocabulary.schema import short
from services.agency.office.responses.sending import (
    AcknowledgedStage,
    DeskState,
    DeskStatus,
    DutyStatus,
    EventState,
    EventStatus,
)

Notice = Mapping[str, Any]
Stage = dict[str, str]

PUBLISHED: Final[EventState] = "published"  # state of an event until routing says more
NOT_TAKEN: Final[tuple[EventState, ...]] = ("refused", "quarantined")  # it changed no case


@dataclass(slots=True)
class Progress:
    """What became of an event at one desk, as the issuer was told.

    Attributes:
        state: `published`, `delivered`, `withheld` or `refused`.
        outcome: the notice's entry: clause, released, withheld, not_published, reasons, doors.
        receipt: leaf of the decision that released it (`dec`).
        stages: what the desk acknowledged.
    """

    desk: str
    purpose: str
    state: DeskState = "published"
    outcome: Mapping[str, Any] = field(default_factory=dict)
    receipt: str = ""
    stages: list[Stage] = field(default_factory=list)
    withdrawn: bool = False

    def told(self) -> DeskStatus:
        """As `GET /v1/referrals/{id}` shows it."""
        successor, until = self.outcome.get("successor"), self.outcome.get("until")
        named = ("clause", "withheld", "not_published", "reasons", "doors")
        shown: dict[str, Any] = {name: self.outcome.get(name) or None for name in named}
        return DeskStatus(
            desk=self.desk,
            state=self.state,
            purpose=self.purpose or None,
            released=tuple(sorted(self.outcome.get("released") or ())) or None,
            receipt=self.receipt or None,
            successor=short(successor) if successor else None,
            until=rfc3339(until) if until else None,
            acknowledged=tuple(AcknowledgedStage(**stage) for stage in self.stages),
            withdrawn=self.withdrawn or None,
            **shown,
        )


@dataclass(slots=True)
class OwnEvent:
    """One of our events.

    Attributes:
        state: `published`, `decided`, `refused` or `quarantined`.
        re: ids that the event answers or withdraws.
        stage: of an acknowledgement.
        phase: `end` of what ends an earlier event.
        unsent: desks that it does not name, because nothing of the record could be sent to them.
        participants: short ids that a look-up was answered with.
    """

    id: str
    desk: str
    realm: str
    etype: str
    case: str
    issued: int
    attempt: bool
    re: tuple[str, ...]
    to: dict[str, Progress]
    unsent: tuple[DeskStatus, ...] = ()
    stage: str = ""
    phase: str = ""
    state: EventState = PUBLISHED
    reasons: tuple[str, ...] = ()
    code: str = ""
    place: str = ""
    participants: tuple[str, ...] = ()

    @classmethod
    def of(cls, cover: Cover, unsent: tuple[DeskStatus, ...] = ()) -> OwnEvent:
        """From a cover that we published."""
        to = {
            intern(addressee.desk): Progress(
                intern(short(addressee.desk)), intern(addressee.purpose or "")
            )
            for addressee in cover.to
        }
        re = tuple({ref.jti: None for one in cover.to for ref in one.re or ()})
        return cls(
            cover.jti, intern(short(cover.iss)), intern(cover.realm), intern(cover.etype),
            cover.sub, cover.iat, bool(cover.attempt), re, to, unsent,
            intern(cover.stage or ""), intern(cover.phase or ""),
        )  # fmt: skip

    def decided(self, notice: Notice) -> None:
        """The router's answer."""
        self.state = "refused" if notice.get("refused") else "decided"
        self.reasons = tuple(notice.get("reasons", ()))
        for outcome in notice.get("addressees", ()):
            desk = outcome["desk"]
            progress = self.to.setdefault(desk, Progress(short(desk), ""))
            progress.outcome = outcome
            progress.state = _STATES.get(outcome["verdict"], "withheld")
            if self.state == "refused":
                progress.state = "refused"
            if progress.state == "delivered":
                progress.receipt = notice.get("dec", "")

    def acknowledged(self, notice: Notice) -> None:
        """A desk told how far it is."""
        progress = self.to.get(notice["by"])
        if progress is None or any(one["stage"] == notice["stage"] for one in progress.stages):
            return
        told = {
            "stage": notice["stage"],
            "at": rfc3339(notice["iat"]),
            "event": notice["ack"]["jti"],
        }
        progress.stages.append(told)

    def delivered_to(self, *, withdrawn: bool = False) -> tuple[str, ...]:
        """Urns of the desks that have it; with `withdrawn`, those from which it was taken too."""
        return tuple(
            urn
            for urn, progress in self.to.items()
            if progress.state == "delivered" and (withdrawn or not progress.withdrawn)
        )

    def told(self, duties: Iterable[DutyStatus]) -> EventStatus:
        """As `GET /v1/referrals/{id}` shows it."""
        opened = tuple(duties)
        return EventStatus(
            event=self.id,
            type=self.etype,
            realm=self.realm,
            case=self.case,
            issued=rfc3339(self.issued),
            state=self.state,
            attempt=self.attempt,
            withdrawn=any(one.withdrawn for one in self.to.values()),
            to=(*(one.told() for one in self.to.values()), *self.unsent),
            reasons=self.reasons or None,
            code=self.code or None,
            place=self.place or None,
            duties=opened,
            overdue=any(duty.overdue for duty in opened),
        )


_STATES: Final[dict[str, DeskState]] = {
    "release": "delivered",
    "withhold": "withheld",
    "refuse": "refused",
}

"""Where an agency's own events stand: a fold of its covers and of the router's notices.

    published → delivered | withheld, by desk → acknowledged (stages) · overdue · withdrawn
    published → refused (as a whole, with reasons) | quarantined (with an error code)

Everything here is metadata that the issuer wrote itself or was told in a signed notice.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from sys import intern
from typing import Any, Final

from contracts.decision.heirs import Heirs
from contracts.encoding import rfc3339
from contracts.envelope.model import Cover
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import ENTRUST
from services.agency.office.fold.interned import shared
from services.agency.office.responses.common import told_heirs
from services.agency.office.responses.standing import (
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
_BESIDE: Final = frozenset({"ACK", "UNLINK", ENTRUST})  # they add nothing to a case


@dataclass(slots=True)
class Progress:
    """What became of an event at one desk, as the issuer was told.

    Attributes:
        state: `published`, `delivered`, `withheld` or `refused`.
        outcome: the notice's entry, shared with events alike: clause, released, withheld,
            not_published, reasons, doors.
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

    def told(self, desk: str, heirs: Heirs, by_others: Mapping[str, list[Stage]]) -> DeskStatus:
        """As `GET /v1/referrals/{id}` shows it.

        Args:
            desk: its urn.
            by_others: stages that desks told which the event does not name, by their urns: heirs of
                this one.
        """
        by_heirs = (one for heir in _followers(heirs, desk) for one in by_others.get(heir, ()))
        followed_by, until = told_heirs(heirs, desk)
        named = ("clause", "withheld", "not_published", "reasons", "doors")
        shown: dict[str, Any] = {name: self.outcome.get(name) or None for name in named}
        return DeskStatus(
            desk=self.desk,
            state=self.state,
            purpose=self.purpose or None,
            released=tuple(sorted(self.outcome.get("released") or ())) or None,
            receipt=self.receipt or None,
            heirs=followed_by,
            until=until,
            acknowledged=tuple(AcknowledgedStage(**stage) for stage in (*self.stages, *by_heirs)),
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
        entrusted: of desks that passed it on, by their urns, the urn of the heir that has it.
        by_others: what desks acknowledged that it does not name, by their urns: they follow ones
            that it does.
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
    entrusted: dict[str, str] = field(default_factory=dict)
    by_others: dict[str, list[Stage]] = field(default_factory=dict)

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
            progress.outcome = shared(outcome)
            progress.state = _STATES.get(outcome["verdict"], "withheld")
            if self.state == "refused":
                progress.state = "refused"
            if progress.state == "delivered":
                progress.receipt = notice.get("dec", "")

    @property
    def deliveries(self) -> int:
        """How many deliveries its case holds of it, as far as is known: at first, all."""
        if self.state in NOT_TAKEN or self.attempt or self.etype in _BESIDE:
            return 0
        return sum(progress.state in (PUBLISHED, "delivered") for progress in self.to.values())

    def acknowledged(self, notice: Notice) -> None:
        """A desk told how far it is, or to whom it passed it on."""
        progress = self.to.get(notice["by"])
        stages = progress.stages if progress else self.by_others.setdefault(notice["by"], [])
        if any(one["stage"] == notice["stage"] for one in stages):
            return
        told = {
            "stage": notice["stage"],
            "at": rfc3339(notice["iat"]),
            "event": notice["ack"]["jti"],
        }
        if to := notice.get("to"):
            told["to"] = short(to)
            self.entrusted[intern(notice["by"])] = intern(to)
        stages.append(told)

    def delivered_to(self, *, withdrawn: bool = False) -> tuple[str, ...]:
        """Urns of the desks that have it; with `withdrawn`, those from which it was taken too."""
        return tuple(
            urn
            for urn, progress in self.to.items()
            if progress.state == "delivered" and (withdrawn or not progress.withdrawn)
        )

    def told(self, duties: Iterable[DutyStatus], heirs: Heirs) -> EventStatus:
        """As `GET /v1/referrals/{id}` shows it.

        Args:
            duties: those that it opened.
            heirs: who stands for whom by now.
        """
        opened, heirs = tuple(duties), replace(heirs, entrusted=self.entrusted)
        return EventStatus(
            event=self.id,
            type=self.etype,
            realm=self.realm,
            case=self.case,
            issued=rfc3339(self.issued),
            state=self.state,
            attempt=self.attempt,
            withdrawn=any(one.withdrawn for one in self.to.values()),
            to=(
                *(one.told(desk, heirs, self.by_others) for desk, one in self.to.items()),
                *self.unsent,
            ),
            reasons=self.reasons or None,
            code=self.code or None,
            place=self.place or None,
            duties=opened,
            overdue=any(duty.overdue for duty in opened),
        )


def _followers(heirs: Heirs, desk: str) -> tuple[str, ...]:
    """All that may follow a desk, once each: its issuer may not be told of a case given."""
    succession = heirs.succession(desk)
    named = succession.heirs if succession is not None else ()
    return tuple(dict.fromkeys(one for heir in named for one in (heir, *_followers(heirs, heir))))


_STATES: Final[dict[str, DeskState]] = {
    "release": "delivered",
    "withhold": "withheld",
    "refuse": "refused",
}


_TAKEN: Final = ("published", "delivered")  # of an addressee that has the case, or may have yet


@dataclass(frozen=True, slots=True)
class GivenCases:
    """What was given, and what was passed on with it.

    Attributes:
        heirs: realm and case -> short id of the heir.
        passed: case and id of each event that was passed on.
    """

    heirs: dict[tuple[str, str], str]
    passed: set[tuple[str, str]]

    @classmethod
    def by(cls, entrusts: Iterable[OwnEvent], names: Container[str] = ()) -> GivenCases:
        """By a desk's own ENTRUSTs: what routing has refused gave nothing.

        Args:
            names: short ids of the desk and of those that it follows: what one gave another stays.
        """
        given = cls({}, set())
        for own in entrusts:
            for progress in _taken(own):
                if progress.desk not in names:
                    given.heirs[own.realm, own.case] = progress.desk
                given.passed.update((own.case, event) for event in own.re)
        return given


def refusals(entrusts: Iterable[OwnEvent], case: str) -> int:
    """How many ENTRUSTs of a case routing has refused: each may be said again, as another event."""
    return sum(own.case == case and is_refused(own) for own in entrusts)


def is_refused(entrust: OwnEvent) -> bool:
    """Whether routing has refused an ENTRUST: it gave nothing."""
    return not _taken(entrust)


def _taken(own: OwnEvent) -> list[Progress]:
    return [progress for progress in own.to.values() if progress.state in _TAKEN]

"""What a decision is, as values: for each addressee release or withhold, with reasons and doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from contracts.decision.state.effects import Effect
from contracts.envelope.model import Addressee


class DoorLike(Protocol):
    """A right door: the clause, role, event and purpose that would be answered yes."""

    @property
    def clause(self) -> str:
        """Id of the clause that would answer yes."""

    @property
    def role(self) -> str:
        """Role to address."""

    @property
    def event(self) -> str:
        """Event type to send."""

    @property
    def purpose(self) -> str:
        """For which purpose."""

    @property
    def desk(self) -> str:
        """Urn of the desk to address, where it is a certain one; else empty."""


@dataclass(frozen=True, slots=True)
class AddresseeDecision:
    """What one addressee gets.

    Attributes:
        desk: urn.
        verdict: `release` (some parts, or a system event) or `withhold` (the whole desk).
        grant: id of the deciding grant, empty if none or a system clause.
        released: scopes.
        withheld: scope -> reasons, of parts that were sent.
        not_published: scope -> reasons, of scopes that the issuer had and left out.
        reasons: why the whole desk is withheld.
        doors: the right doors for what was withheld or left out.
        successor, until: of a desk that ends, who follows it, and until when it is sent anything
            new; else empty, 0.
    """

    desk: str
    verdict: Literal["release", "withhold"]
    grant: str = ""
    released: tuple[str, ...] = ()
    withheld: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_published: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()
    doors: tuple[DoorLike, ...] = ()
    successor: str = ""
    until: int = 0

    def json(self) -> dict[str, Any]:
        """As notices and evidence hold it; empty fields left out."""
        out: dict[str, Any] = {"desk": self.desk, "verdict": self.verdict}
        if self.grant:
            out["clause"] = self.grant
        if self.released:
            out["released"] = dict.fromkeys(self.released, self.grant)
        for name, scopes in (("withheld", self.withheld), ("not_published", self.not_published)):
            if scopes:
                out[name] = [
                    {"scope": scope, "reasons": list(scopes[scope])} for scope in sorted(scopes)
                ]
        if self.reasons:
            out["reasons"] = list(self.reasons)
        if self.doors:
            out["doors"] = [door_json(door) for door in self.doors]
        if self.successor:
            out |= {"successor": self.successor, "until": self.until}
        return out


def door_json(door: DoorLike) -> dict[str, str]:
    """A door as notices and evidence hold it."""
    told = {
        "clause": door.clause, "role": door.role, "event": door.event, "purpose": door.purpose,
    }  # fmt: skip
    return told | {"desk": door.desk} if door.desk else told


Chain = Literal["ok", "absent", "broken", "late"]


@dataclass(frozen=True, slots=True)
class AcknowledgedEvent:
    """What an ACK tells the issuer of the event that it acknowledges."""

    iss: str
    jti: str
    stage: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The one value that `decide` returns.

    Attributes:
        refused: nothing of the event reaches anybody.
        reasons: why the event as a whole is refused.
        chain: `ok`, `absent` (no `prev`), `broken` (a `prev` that does not follow: alarm), or
            `late` (released from quarantine, when the issuer's chain had gone on).
        effects: what changes, in order.
        acknowledged: notices that the event itself asks for (ACK).
        participants: urns that a LOOKUP is answered with; empty for another event.
    """

    refused: bool
    chain: Chain
    outcomes: tuple[AddresseeDecision, ...] = ()
    reasons: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    acknowledged: tuple[AcknowledgedEvent, ...] = ()
    participants: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """As notices and evidence hold it, effects and what is told beside apart."""
        out: dict[str, Any] = {"refused": self.refused, "chain": self.chain}
        if self.outcomes:
            out["addressees"] = [outcome.json() for outcome in self.outcomes]
        if self.reasons:
            out["reasons"] = list(self.reasons)
        return out


@dataclass(frozen=True, slots=True)
class PartialDecision:
    """What a kind of event itself decides; what holds for every event, `decide` adds.

    Attributes:
        passed: the event takes effect although nobody is addressed (LINK, UNLINK, LOOKUP).
        participants: urns that a LOOKUP is answered with.
    """

    outcomes: tuple[AddresseeDecision, ...] = ()
    reasons: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    acknowledged: tuple[AcknowledgedEvent, ...] = ()
    passed: bool = False
    participants: tuple[str, ...] = ()


def refused(addressee: Addressee, reason: str) -> AddresseeDecision:
    """A desk that gets nothing, for one reason."""
    return AddresseeDecision(addressee.desk, "withhold", reasons=(reason,))

"""What a decision is, as values: for each addressee release or withhold, with reasons and doors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, Literal

from contracts.decision.doors import Door
from contracts.decision.state.effects import Effect
from contracts.envelope.model import Addressee
from contracts.values import value_class
from contracts.vocabulary import reasons
from contracts.vocabulary.schema import Ref

Chain = Literal["ok", "absent", "broken", "late"]


@value_class(frozen=True, slots=True)
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
    doors: tuple[Door, ...] = ()
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
            out["doors"] = [door.json() for door in self.doors]
        if self.successor:
            out |= {"successor": self.successor, "until": self.until}
        return out


@value_class(frozen=True, slots=True)
class Decision:
    """The one value that `decide` returns.

    Attributes:
        refused: nothing of the event reaches anybody.
        reasons: why the event as a whole is refused.
        effects: what changes, in order.
        acknowledged: events whose issuers are told that they were acknowledged (ACK).
        participants: urns that a LOOKUP is answered with; empty for another event.
        chain: `ok`, `absent` (no `prev`), `broken` (a `prev` that does not follow: alarm), or
            `late` (released from quarantine, when the issuer's chain had gone on).
    """

    refused: bool
    outcomes: tuple[AddresseeDecision, ...] = ()
    reasons: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    acknowledged: tuple[Ref, ...] = ()
    participants: tuple[str, ...] = ()
    chain: Chain = "ok"

    def json(self) -> dict[str, Any]:
        """As notices and evidence hold it, effects and what is told beside apart."""
        out: dict[str, Any] = {"refused": self.refused, "chain": self.chain}
        if self.outcomes:
            out["addressees"] = [outcome.json() for outcome in self.outcomes]
        if self.reasons:
            out["reasons"] = list(self.reasons)
        return out


def by_outcomes(
    outcomes: Iterable[AddresseeDecision],
    effects: Iterable[Effect] = (),
    acknowledged: Iterable[Ref] = (),
) -> Decision:
    """A decision that takes effect if anything is released to anybody, and else is a refusal."""
    outcomes = tuple(outcomes)
    if all(outcome.verdict == "withhold" for outcome in outcomes):
        return Decision(True, outcomes, (reasons.NOTHING_RELEASED,))
    return Decision(False, outcomes, (), tuple(effects), tuple(acknowledged))


def refused(reason: str, outcomes: Iterable[AddresseeDecision] = ()) -> Decision:
    """A decision by which an event is refused as a whole."""
    return Decision(True, tuple(outcomes), (reason,))


def withheld(addressee: Addressee, reason: str) -> AddresseeDecision:
    """A desk that gets nothing, for one reason."""
    return AddresseeDecision(addressee.desk, "withhold", reasons=(reason,))

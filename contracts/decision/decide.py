"""`decide`: the convention's one lawful reading, asked by intake, routing and audit alike.

Each kind of event is answered by its module in `events`. What holds of all stands here: its
issuer's chain, and who follows a desk that ends.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from contracts.convention.model import Convention
from contracts.decision.desk_ends import DeskEnds
from contracts.decision.events import access, acts, bus_events
from contracts.decision.outcome import AddresseeDecision, Chain, Decision, PartialDecision
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.decision.state.view import View
from contracts.envelope.event import Event
from contracts.envelope.model import Cover
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import (
    EVENT_TYPES,
    LOOKUP,
    PING,
    SYSTEM_EVENTS,
)

_AFTER_END: Final = frozenset({"ACK", "WITHDRAW", *EVENT_TYPES})  # of acts those that answer


def decide(
    convention: Convention,
    directory: Directory,
    view: View,
    event: Event,
    at: int,
    *,
    late: bool = False,
) -> Decision:
    """Decide an event whose envelope has been verified.

    Args:
        view: state of the event's partition, at the moment of the decision.
        at: instant of the decision, seconds.
        late: it was released from quarantine: its issuer's chain may have gone on without it.

    Returns:
        A value: a refusal is no error. Nothing is changed; `evolve` applies the effects.
    """
    cover = event.cover
    case = view.case(cover.sub)
    setting = Setting(convention, directory, cover, case, at, DeskEnds(view.desk_end, at))
    chain = chain_of(view, cover, late=late)
    decided = _by_kind(setting, event)
    released = any(outcome.verdict == "release" for outcome in decided.outcomes)
    refused = not (released or decided.passed)
    return Decision(
        refused=refused,
        chain=chain,
        outcomes=tuple(_with_end(setting, outcome) for outcome in decided.outcomes),
        reasons=decided.reasons or ((reasons.NOTHING_RELEASED,) if refused else ()),
        effects=(*_standing_effects(event, chain), *(() if refused else decided.effects)),
        acknowledged=() if refused else decided.acknowledged,
        participants=() if refused else decided.participants,
    )


def _by_kind(setting: Setting, event: Event) -> PartialDecision:
    """What its kind decides of the event."""
    cover = setting.cover
    if setting.desk_ends.has_ended(cover.iss) and cover.etype not in _AFTER_END:
        partial = PartialDecision(reasons=(reasons.ISSUER_ENDED,))
    elif cover.attempt:
        partial = bus_events.refuse_attempt(setting)
    elif cover.etype == LOOKUP:
        partial = access.decide(setting)
    elif cover.etype in SYSTEM_EVENTS:
        partial = bus_events.decide(setting)
    elif cover.etype == PING:  # on no case, to nobody: its issuer's notice is all that it is for
        partial = PartialDecision(passed=True)
    elif cover.etype == "STAT":
        partial = PartialDecision(reasons=(reasons.PUBLICATION_ONLY,))
    elif cover.etype not in EVENT_TYPES:
        partial = PartialDecision(reasons=(reasons.NOT_FOR_OUTBOX,))
    else:
        partial = acts.decide(setting, event)
    return partial


def _with_end(setting: Setting, outcome: AddresseeDecision) -> AddresseeDecision:
    """Of a desk that ends also who follows it, and until when it is sent what is new."""
    end = setting.desk_ends.end_of(outcome.desk)
    if end is None:
        return outcome
    return replace(outcome, successor=end.successor, until=end.until)


def _standing_effects(event: Event, chain: Chain) -> tuple[Effect, ...]:
    """Whatever the outcome: the id is used, and the issuer's chain advances, if not past it."""
    cover = event.cover
    seen: Effect = {
        "k": "seen", "jti": cover.jti, "iss": cover.iss, "d": event.digest, "exp": cover.exp,
    }  # fmt: skip
    if chain == "late":
        return (seen,)
    return seen, {"k": "chain", "iss": cover.iss, "d": event.digest}


def chain_of(view: View, cover: Cover, *, late: bool) -> Chain:
    """How a cover follows its issuer's last one here."""
    before = view.chain(cover.iss)
    if late and (cover.prev or "") != before:
        return "late"
    if cover.prev is None:
        return "absent" if before else "ok"
    return "ok" if cover.prev == before else "broken"

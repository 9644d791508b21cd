"""`decide`: the convention's one lawful reading, asked by intake, routing and audit alike.

Deny by default: nothing is released without a clause, an unmet condition withholds the desk, an
unlisted scope withholds the part, and a second guard holds whatever the clause says (rules §5).
What holds of every event comes first, then the acts; the bus's own are in `bus_events.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from contracts.convention import hard_denials
from contracts.convention.agreed import agreed
from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import REPORT
from contracts.convention.model import Convention
from contracts.decision.act_effects import act_effects
from contracts.decision.bus_events import BUS_EVENTS
from contracts.decision.conditions import (
    ConditionInputs,
    ends_own,
    failures,
    original_scopes,
    scope_reasons,
)
from contracts.decision.desk_ends import DeskEnds
from contracts.decision.doors import Door, doors
from contracts.decision.outcome import (
    AddresseeDecision,
    Chain,
    Decision,
    by_outcomes,
    refused,
    withheld,
)
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.decision.state.view import View
from contracts.envelope.event import Event, Head
from contracts.envelope.model import Addressee, Cover
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.scopes import EVENT_TYPES

_AFTER_END: Final = frozenset({"ACK", "WITHDRAW", *EVENT_TYPES})  # of acts those that answer
_UNDECLARED: Final = Declared()


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
    cover, ends = event.cover, DeskEnds(view.desk_ends.get, at)
    setting = Setting(convention, directory, cover, view.case(cover.sub), at, ends)
    chain = chain_of(view, cover, late=late)
    decision = _by_kind(setting, event)
    outcomes = tuple(_with_end(setting, outcome) for outcome in decision.outcomes)
    effects = (*_standing_effects(event, chain), *decision.effects)
    return Decision(
        decision.refused, outcomes, decision.reasons, effects, decision.acknowledged,
        decision.participants, chain,
    )  # fmt: skip


def chain_of(view: View, cover: Cover, *, late: bool) -> Chain:
    """How a cover follows its issuer's last one here."""
    before = view.chain.get(cover.iss) or ""
    if late and (cover.prev or "") != before:
        return "late"
    if cover.prev is None:
        return "absent" if before else "ok"
    return "ok" if cover.prev == before else "broken"


def _standing_effects(event: Event, chain: Chain) -> Iterator[Effect]:
    """Whatever the outcome: the id is used, and the issuer's chain advances, if not past it."""
    cover, digest = event.cover, event.digest
    yield {"k": "seen", "jti": cover.jti, "iss": cover.iss, "d": digest, "exp": cover.exp}
    if chain != "late":
        yield {"k": "chain", "iss": cover.iss, "d": digest}


def _with_end(setting: Setting, outcome: AddresseeDecision) -> AddresseeDecision:
    """Of a desk that ends also who follows it, and until when it is sent what is new."""
    end = setting.desk_ends.end_of(outcome.desk)
    if end is None:
        return outcome
    return replace(outcome, successor=end.successor, until=end.until)


def _by_kind(setting: Setting, event: Event) -> Decision:
    """What its kind decides of the event."""
    cover = setting.cover
    if setting.desk_ends.has_ended(cover.iss) and cover.etype not in _AFTER_END:
        return refused(reasons.ISSUER_ENDED)
    if cover.attempt:
        return refused(reasons.ATTEMPT, [_attempted(setting, one) for one in cover.to])
    if cover.etype in BUS_EVENTS:
        return BUS_EVENTS[cover.etype](setting)
    if cover.etype not in EVENT_TYPES:
        return refused(reasons.NOT_FOR_OUTBOX)
    return _act(setting, event)


def _act(setting: Setting, event: Event) -> Decision:
    """One of the twelve acts: signalements before their copies, then addressee by addressee."""
    cover = setting.cover
    if cover.etype == "STAT":
        return refused(reasons.PUBLICATION_ONLY)
    if not ends_own(setting.directory, cover, setting.case):
        every = [withheld(addressee, reasons.ENDS_NOT_OWN) for addressee in cover.to]
        return refused(reasons.ENDS_NOT_OWN, every)
    decided: dict[str, AddresseeDecision] = {}
    released: dict[str, tuple[AddresseeDecision, Grant]] = {}
    copied: frozenset[str] | None = None
    for addressee in sorted(cover.to, key=lambda one: one.purpose == "avoid_duplicates"):
        outcome, grant = _addressee(setting, event, addressee, copied)
        decided[addressee.desk] = outcome
        if grant is None or outcome.verdict == "withhold":
            continue
        released[addressee.desk] = outcome, grant
        if act_of(grant) == REPORT:
            copied = (copied or frozenset()) | frozenset(outcome.released)
    outcomes = [decided[addressee.desk] for addressee in cover.to]
    return by_outcomes(outcomes, act_effects(setting, released))


def _addressee(
    setting: Setting, event: Event, addressee: Addressee, copied: frozenset[str] | None
) -> tuple[AddresseeDecision, Grant | None]:
    """What one desk gets, and by which grant.

    Args:
        copied: scopes that the signalement in the same event released, None if there is none.
    """
    heads = event.heads_for(addressee.desk)
    grant = _grant(setting, addressee)
    if isinstance(grant, str):
        return _withheld(setting, addressee, heads, (grant,)), None
    asked = ConditionInputs(
        setting.convention,
        setting.directory,
        grant,
        setting.case,
        setting.cover.iss,
        addressee.desk,
        setting.cover.declared or _UNDECLARED,
        addressee.re or (),
        setting.ending(addressee.desk),
        copied,
        setting.desk_ends,
    )
    failed = _failures(asked)
    if not heads and not setting.ends_its_kind:
        failed = (*failed, reasons.NO_PARTS)
    if failed:
        return _withheld(setting, addressee, heads, failed, grant), grant
    original = original_scopes(asked) if "copy_of" in grant.conditions else None
    held_back: dict[str, tuple[str, ...]] = {}
    for head in heads:
        why = scope_reasons(grant, *setting.roles(addressee), head.cat, original)
        if why := (*why, *setting.seal_reasons(head, grant.keep)):
            held_back[head.cat] = why
    released = tuple(sorted(head.cat for head in heads if head.cat not in held_back))
    whole = (reasons.NOTHING_RELEASED,) if heads and not released else ()
    left_out = _left_out(setting.cover, addressee)
    return AddresseeDecision(
        addressee.desk,
        "withhold" if whole else "release",
        grant.id,
        released,
        held_back,
        _judge_left_out(grant, left_out),
        whole,
        _doors(setting, addressee, (*held_back, *left_out)),
    ), grant


def _grant(setting: Setting, addressee: Addressee) -> Grant | str:
    """The grant that answers for an addressee, or why none does."""
    cover, directory = setting.cover, setting.directory
    if not setting.may_send(addressee):
        return reasons.ISSUER_ENDED
    if not setting.reaches(addressee):
        return reasons.DESK_ENDED
    desks = directory.desk(cover.iss), directory.desk(addressee.desk)
    if not all(agreed(setting.convention, desk) for desk in desks):
        return reasons.UNKNOWN_DESK
    return _grant_to(setting, addressee, addressee.desk) or reasons.NO_CLAUSE


def _grant_to(setting: Setting, addressee: Addressee, desk: str) -> Grant | None:
    """The grant under which the same act, for the same purpose, would go to a desk."""
    cover, role_of = setting.cover, setting.directory.role_of
    purpose = addressee.purpose or ""
    question = cover.realm, role_of(cover.iss), cover.etype, purpose, role_of(desk)
    return setting.convention.grant(*question)


def _failures(asked: ConditionInputs) -> tuple[str, ...]:
    """Unmet conditions, those that the second guard imposes included."""
    failed, grant, case = failures(asked), asked.grant, asked.case
    recipient = asked.directory.role_of(asked.recipient)
    imposed = hard_denials.needs_assignment(grant.event, grant.purpose, recipient)
    if imposed and case is not None and not asked.desk_ends.takes_part(asked.recipient, case):
        failed = tuple(dict.fromkeys((*failed, reasons.NOT_ASSIGNED)))
    return failed


def _withheld(
    setting: Setting,
    addressee: Addressee,
    heads: tuple[Head, ...],
    why: tuple[str, ...],
    grant: Grant | None = None,
) -> AddresseeDecision:
    """A desk that gets nothing, with what it was sent, what was left out, and the right doors."""
    sent, left = tuple(head.cat for head in heads), _left_out(setting.cover, addressee)
    right = _successors_door(setting, addressee) if why == (reasons.DESK_ENDED,) else ()
    return AddresseeDecision(
        addressee.desk,
        "withhold",
        grant.id if grant is not None else "",
        withheld=dict.fromkeys(sent, why),
        not_published=_judge_left_out(grant, left),
        reasons=why,
        doors=right or _doors(setting, addressee, (*sent, *left)),
    )


def _left_out(cover: Cover, addressee: Addressee) -> tuple[str, ...]:
    """The scopes that the issuer had for a desk and did not publish."""
    mine = (left for left in cover.left_out or () if left.desk == addressee.desk)
    return tuple(scope for left in mine for scope in left.scopes)


def _judge_left_out(grant: Grant | None, left: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """`left_out` is judged like parts and reported as not published."""
    if grant is None:
        return dict.fromkeys(left, (reasons.NO_CLAUSE,))
    return {
        scope: (reasons.NOT_SENT if scope in grant.released else reasons.NOT_PERMITTED,)
        for scope in left
    }


def _doors(setting: Setting, addressee: Addressee, scopes: tuple[str, ...]) -> tuple[Door, ...]:
    """The right doors for what a desk did not get."""
    if not scopes:
        return ()
    cover, (issuer, recipient) = setting.cover, setting.roles(addressee)
    question = cover.realm, issuer, cover.etype, scopes, recipient, addressee.purpose
    return doors(setting.convention, *question)


def _successors_door(setting: Setting, addressee: Addressee) -> tuple[Door, ...]:
    """Of a desk that has ended: the same act, to its successor; none if no clause lets it there."""
    successor = setting.desk_ends.successor(addressee.desk)
    grant = _grant_to(setting, addressee, successor)
    if grant is None:
        return ()
    role = setting.directory.role_of(successor)
    return (Door(grant.clause, role, grant.event, grant.purpose, successor),)


def _attempted(setting: Setting, addressee: Addressee) -> AddresseeDecision:
    """Every purpose is answered: a scope is `not_permitted` if no clause at all releases it."""
    cover, convention = setting.cover, setting.convention
    issuer, recipient = setting.roles(addressee)
    if not issuer or not recipient:
        return withheld(addressee, reasons.UNKNOWN_DESK)
    scopes = _left_out(cover, addressee)
    grants = [
        grant
        for grant in convention.by_issuer.get((cover.realm, issuer), ())
        if grant.event == cover.etype and recipient in grant.recipients
    ]
    permitted = {scope for grant in grants for scope in grant.released}
    not_released = reasons.NOT_PERMITTED if grants else reasons.NO_CLAUSE
    return AddresseeDecision(
        addressee.desk,
        "withhold",
        not_published={
            scope: (reasons.NOT_SENT if scope in permitted else not_released,) for scope in scopes
        },
        reasons=(reasons.ATTEMPT if grants else reasons.NO_CLAUSE,),
        doors=doors(convention, cover.realm, issuer, cover.etype, scopes, recipient),
    )

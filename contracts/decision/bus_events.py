"""The bus's own events: ACK, WITHDRAW, LINK, UNLINK, PING, LOOKUP (rules §8, §17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from contracts.convention.known_acts import LINKERS
from contracts.decision import duties
from contracts.decision.act_effects import event_effect
from contracts.decision.outcome import AddresseeDecision, Decision, by_outcomes, refused, withheld
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.decision.state.state import Case
from contracts.envelope.model import Addressee
from contracts.vocabulary import reasons
from contracts.vocabulary.schema import Ref
from contracts.vocabulary.scopes import ACKNOWLEDGE, LOOKUP, PING, WITHDRAWAL


def _acknowledge(setting: Setting) -> Decision:
    """ACK: by a desk that was delivered `re`, to its issuer; once a stage; no parts."""
    outcomes: list[AddresseeDecision] = []
    acknowledged: list[Ref] = []
    for addressee in setting.cover.to:
        outcomes.append(_outcome(addressee, _ack_fault(setting, addressee)))
        if outcomes[-1].verdict == "release":
            acknowledged += dict.fromkeys(addressee.re or ())
    effects = [effect for ref in acknowledged for effect in _ack_effects(setting, ref.jti)]
    return by_outcomes(outcomes, effects, acknowledged)


def _outcome(addressee: Addressee, fault: str | None) -> AddresseeDecision:
    """What an addressee of a system event gets: the event, unless there is a fault."""
    if fault is not None:
        return withheld(addressee, fault)
    return AddresseeDecision(addressee.desk, "release")


def _ack_fault(setting: Setting, addressee: Addressee) -> str | None:
    if setting.cover.stage is None or addressee.purpose != ACKNOWLEDGE:
        return reasons.STAGE_MISSING
    if addressee.parts or not addressee.re:
        return reasons.NOT_DELIVERED
    faults = (_ref_fault(setting, addressee.desk, ref) for ref in addressee.re)
    return next((fault for fault in faults if fault is not None), None)


def _ref_fault(setting: Setting, issuer: str, ref: Ref) -> str | None:
    """What stands in the way of acknowledging one event of `issuer`, None if nothing does."""
    cover, past = setting.cover, setting.case.events.get(ref.jti)
    if past is None or past.iss != ref.iss or past.iss != issuer or cover.iss not in past.desks:
        return reasons.NOT_DELIVERED
    if (cover.stage == "withdrawn") != (past.etype == "WITHDRAW"):
        return reasons.NOT_DELIVERED  # a withdrawal is confirmed as withdrawn, and only it
    return reasons.STAGE_REPEATED if cover.stage in past.stages.get(cover.iss, ()) else None


def _ack_effects(setting: Setting, jti: str) -> Iterator[Effect]:
    cover, stage = setting.cover, setting.cover.stage or ""
    yield {"k": "stage", "sub": cover.sub, "jti": jti, "desk": cover.iss, "stage": stage}
    if stage == "unreadable":
        yield from duties.reopened(setting, jti)
        return
    yield from duties.discharged_by_ack(setting, jti, stage)
    yield from duties.opened_by_ack(setting, jti, stage)


def _withdraw(setting: Setting) -> Decision:
    """WITHDRAW: by the issuer of `re`, to desks that it was delivered to; no parts."""
    cover = setting.cover
    outcomes = [_outcome(one, _withdraw_fault(setting, one)) for one in cover.to]
    told = [
        one for one, outcome in zip(cover.to, outcomes, strict=True) if outcome.verdict == "release"
    ]
    effects = [event_effect(cover, {one.desk: {"grant": "", "scopes": []} for one in told})]
    for jti in dict.fromkeys(ref.jti for one in told for ref in one.re or ()):
        effects.append({"k": "withdrawn", "sub": cover.sub, "jti": jti})
        effects += duties.cancelled_by_withdrawal(setting, jti)
        effects += duties.reopened_by_withdrawal(setting, jti)
    for one in told:
        effects += duties.withdrawal(setting, one.desk)
    return by_outcomes(outcomes, effects)


def _withdraw_fault(setting: Setting, addressee: Addressee) -> str | None:
    if addressee.purpose != WITHDRAWAL or addressee.parts or not addressee.re:
        return reasons.NOT_OWN_EVENT
    for ref in addressee.re:
        past = setting.case.events.get(ref.jti)
        if past is None or past.iss != ref.iss or past.iss != setting.cover.iss:
            return reasons.NOT_OWN_EVENT
        if past.etype == "WITHDRAW":
            return reasons.NOT_OWN_EVENT
        if addressee.desk not in past.desks:
            return reasons.NOT_DELIVERED
    return None


def _link(setting: Setting) -> Decision:
    """LINK and UNLINK: by the CRIP, no addressee; they move the case clock and nothing else."""
    cover, links, linked = setting.cover, dict(setting.case.links), setting.cover.linked
    fits = setting.directory.role_of(cover.iss) in LINKERS and not cover.to
    if not fits or linked is None or linked.peer == cover.sub:
        return refused(reasons.NOT_LINKABLE)
    effect: Effect = {"k": cover.etype.lower(), "sub": cover.sub, "peer": linked.peer}
    if cover.etype == "LINK":
        links[linked.peer] = effect["date"] = linked.date
    elif links.pop(linked.peer, None) is None:
        return refused(reasons.NOT_LINKABLE)
    moved = duties.moved(setting, setting.case.clock, links)
    return Decision(False, effects=(effect, *moved))


def _look_up(setting: Setting) -> Decision:
    """LOOKUP: which desks take part in a case, told to a reference service of it.

    It is read from the case as the log has it, so an auditor computes the same answer. A desk that
    is no reference service of a case is refused alike whether there is such a case or not. Under a
    convention without reference services it is for no outbox.
    """
    if not setting.convention.reference:
        return refused(reasons.NOT_FOR_OUTBOX)
    if not _is_reference(setting, setting.cover.iss):
        return refused(reasons.NOT_REFERENCE)
    return Decision(False, participants=_participants(setting.case))


def _is_reference(setting: Setting, desk: str) -> bool:
    """Whether a desk takes part in the case in one of the roles that the convention names.

    By an event that opened the case, or that an agency delivered to it which the case had reached:
    else a desk that has learnt another's token, or its colleague, would give it the right to see
    all of that case.
    """
    entry = setting.directory.desk(desk)
    if entry is None or entry.role not in setting.convention.reference:
        return False
    case = setting.case
    stands_for = setting.desk_ends.stands_for
    held = [(holder, event) for holder, event in case.assigned if stands_for(desk, holder)]
    by_others = [event for holder, event in held if holder in case.events[event].desks]
    if next(iter(case.events), "") in {event for _, event in held}:
        return True
    reached = _reached(setting) if by_others else frozenset()
    return any(_agency(setting, case.events[event].iss) in reached for event in by_others)


def _reached(setting: Setting) -> frozenset[str]:
    """The agencies that the case has come to: its opener's, and those that clauses led it to."""
    reached: set[str] = set()
    for past in setting.case.events.values():
        issuer = _agency(setting, past.iss)
        if not reached:
            reached.add(issuer)
        if issuer in reached:
            reached |= {_agency(setting, desk) for desk, (grant, _) in past.desks.items() if grant}
    return frozenset(reached)


def _agency(setting: Setting, desk: str) -> str:
    """Whose desk it is; one that the directory has lost stands for itself."""
    entry = setting.directory.desk(desk)
    return entry.agency if entry is not None else desk


def _participants(case: Case) -> tuple[str, ...]:
    """The desks that wrote on the case, or that a clause delivered something of it to."""
    desks: set[str] = set()
    for past in case.events.values():
        desks.add(past.iss)
        desks.update(desk for desk, (grant, _) in past.desks.items() if grant)
    return tuple(sorted(desks))


BUS_EVENTS: Final[dict[str, Callable[[Setting], Decision]]] = {
    "ACK": _acknowledge, "WITHDRAW": _withdraw, "LINK": _link, "UNLINK": _link,
    LOOKUP: _look_up, PING: lambda _setting: Decision(False),  # a notice is all that it is for
}  # fmt: skip

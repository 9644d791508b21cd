"""`decide`: the convention's one lawful reading, asked by intake, routing and audit alike.

Deny by default: nothing is released without a clause, an unmet condition withholds the desk, an
unlisted scope withholds the part, and a second guard holds whatever the clause says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from contracts.convention import hard_denials
from contracts.convention.agreed import agreed
from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import ALERT, REPORT
from contracts.convention.model import Convention
from contracts.decision import access, alarm, bus_events, duties, entrusting, new_cases, reading
from contracts.decision.conditions import ConditionInputs, clauses_at, failures, original_scopes
from contracts.decision.doors import Door, doors
from contracts.decision.effects import Effect
from contracts.decision.heirs import NO_HEIRS, Heirs
from contracts.decision.outcome import AddresseeDecision, Chain, Decision
from contracts.decision.seals import seal_reasons
from contracts.decision.setting import ENDED, Setting
from contracts.decision.state import Case
from contracts.decision.view import View
from contracts.envelope.event import Event
from contracts.envelope.model import Addressee, Cover
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.scopes import (
    ACCESS_EVENTS,
    ALARM,
    ENTRUST,
    EVENT_TYPES,
    PING,
    READING,
    SYSTEM_EVENTS,
)

_UNDECLARED = Declared()
_ENDED_ROLES = frozenset({"HOME", "MO", "PJJ", "ASSO", "ASE"})
_JUDICIAL = frozenset({"JE", "PARQ-CIV"})


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
    heirs = Heirs(view.succession, case.entrusted)
    setting = Setting(convention, directory, cover, case, at, heirs)
    chain = chain_of(view, cover, late=late)
    base = _standing_effects(event, chain)
    decided = _part(setting, event)
    released = any(outcome.verdict == "release" for outcome in decided.outcomes)
    refused = not (released or decided.passed)
    again = 0
    most = None if refused else new_cases.figure(setting)
    if most is not None and (price := new_cases.cost(setting, most)):
        if refused := new_cases.spent(setting, view, most, price):
            decided = new_cases.refused(setting)
            again = new_cases.hour_of(at) + new_cases.HOUR_S
        else:
            base = (*base, new_cases.counted(setting, price))
    return Decision(
        refused=refused,
        chain=chain,
        outcomes=tuple(_with_heirs(setting, outcome) for outcome in decided.outcomes),
        reasons=decided.reasons or ((reasons.NOTHING_RELEASED,) if refused else ()),
        effects=(*base, *(() if refused else decided.effects)),
        acknowledged=() if refused else decided.acknowledged,
        again=again,
        first=() if refused else decided.first,
        accesses=None if refused else decided.accesses,
    )


def _part(setting: Setting, event: Event) -> bus_events.Part:
    """What the kind of event comes to."""
    cover = setting.cover
    if cover.attempt:
        part = bus_events.refuse_attempt(setting)
    elif cover.etype in ACCESS_EVENTS:
        part = access.decide(setting)
    elif cover.etype in SYSTEM_EVENTS:
        part = bus_events.decide(setting)
    elif cover.etype == ENTRUST:
        part = entrusting.decide(setting, event)
    elif cover.etype == ALARM:
        part = alarm.decide(setting)
    elif cover.etype == READING:
        part = reading.decide(setting)
    elif cover.etype == PING:  # on no case, to nobody: its issuer's notice is all that it is for
        part = bus_events.Part(passed=True)
    elif cover.etype == "STAT":
        part = bus_events.Part(reasons=(reasons.PUBLICATION_ONLY,))
    elif cover.etype not in EVENT_TYPES:
        part = bus_events.Part(reasons=(reasons.NOT_FOR_OUTBOX,))
    else:
        part = _ordinary(setting, event)
    return part


def _with_heirs(setting: Setting, outcome: AddresseeDecision) -> AddresseeDecision:
    """Of a desk that ends also who follows it and until when it is delivered what it is sent."""
    succession = setting.heirs.succession(outcome.desk)
    if succession is None:
        return outcome
    return replace(outcome, heirs=setting.heirs.next_of(outcome.desk), until=succession.until)


def _standing_effects(event: Event, chain: Chain) -> tuple[Effect, ...]:
    """Whatever the outcome: the id is used, and the issuer's chain advances, if it is not past it."""
    cover = event.cover
    seen: Effect = {
        "k": "seen", "jti": cover.jti, "iss": cover.iss, "d": event.digest, "exp": cover.exp,
    }  # fmt: skip
    if chain == "late" or cover.etype == READING:  # auditors keep no numbering of theirs
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


def _ordinary(setting: Setting, event: Event) -> bus_events.Part:
    """One of the twelve acts: signalements before their copies, then addressee by addressee."""
    cover = setting.cover
    if not ends_own(setting.directory, cover, setting.case, setting.heirs):
        refused = tuple(
            AddresseeDecision(addressee.desk, "withhold", reasons=(reasons.ENDS_NOT_OWN,))
            for addressee in cover.to
        )
        return bus_events.Part(outcomes=refused, reasons=(reasons.ENDS_NOT_OWN,))
    decided: dict[str, tuple[AddresseeDecision, Grant | None]] = {}
    copied: frozenset[str] | None = None
    for addressee in sorted(cover.to, key=lambda one: one.purpose == "avoid_duplicates"):
        outcome, grant = _addressee(setting, event, addressee, copied)
        decided[addressee.desk] = outcome, grant
        if grant is not None and act_of(grant) == REPORT and outcome.verdict == "release":
            copied = (copied or frozenset()) | frozenset(outcome.released)
    outcomes = tuple(decided[addressee.desk][0] for addressee in cover.to)
    released = {
        desk: (outcome, grant)
        for desk, (outcome, grant) in decided.items()
        if outcome.verdict == "release" and grant is not None
    }
    effects = tuple(_effects(setting, released))
    told = tuple(access.first(setting, released, effects))
    return bus_events.Part(outcomes=outcomes, effects=effects, first=told)


def ends_own(
    directory: Directory, cover: Cover, case: Case | None, heirs: Heirs = NO_HEIRS
) -> bool:
    """`ends` names events of the issuer's own or, for JE and PARQ-CIV, of each other.

    Args:
        case: None where there is no state: as far as the cover tells.
        heirs: an heir may end what the desk that it follows has begun.
    """
    issuer = directory.desk(cover.iss)
    for ref in cover.ends or ():
        other = directory.desk(heirs.heir(ref.iss))
        past = case.events.get(ref.jti) if case is not None else None
        if past is not None and past.iss != ref.iss:
            return False
        judicial = (
            issuer is not None
            and other is not None
            and issuer.role in _JUDICIAL
            and other.role in _JUDICIAL
        )
        if not heirs.stands_for(cover.iss, ref.iss) and not judicial:
            return False
    return True


def _addressee(
    setting: Setting, event: Event, addressee: Addressee, copied: frozenset[str] | None
) -> tuple[AddresseeDecision, Grant | None]:
    cover, directory = setting.cover, setting.directory
    left = _left_out(cover, addressee.desk)
    issuer, recipient = directory.desk(cover.iss), directory.desk(addressee.desk)
    both = agreed(setting.convention, issuer) and agreed(setting.convention, recipient)
    heads = event.heads_for(addressee.desk)
    sent = tuple(head.cat for head in heads)
    if setting.heirs.has_ended(addressee.desk, setting.at):
        return _ended(setting, addressee, sent, left), None
    if issuer is None or recipient is None or not both:
        return _withheld(setting, addressee, (reasons.UNKNOWN_DESK,), sent, left, None), None
    grant = setting.convention.grant(
        cover.realm, issuer.role, cover.etype, addressee.purpose or "", recipient.role
    )
    if grant is None:
        return _withheld(setting, addressee, (reasons.NO_CLAUSE,), sent, left, None), None
    asked = ConditionInputs(
        setting.convention,
        directory,
        grant,
        setting.case,
        cover.iss,
        addressee.desk,
        cover.declared or _UNDECLARED,
        addressee.re or (),
        setting.ending(addressee.desk),
        copied,
        setting.heirs,
    )
    failed = _failures(asked, recipient.role)
    if not heads and not setting.ends_its_kind:
        failed = (*failed, reasons.NO_PARTS)
    if failed:
        return _withheld(setting, addressee, failed, sent, left, grant), grant
    original = original_scopes(asked) if "copy_of" in grant.conditions else None
    withheld = {}
    for head in heads:
        why = scope_reasons(grant, issuer.role, recipient.role, head.cat, original)
        why = (*why, *seal_reasons(setting, head, grant.keep))
        if why:
            withheld[head.cat] = why
    released = tuple(sorted(scope for scope in sent if scope not in withheld))
    whole = (reasons.NOTHING_RELEASED,) if sent and not released else ()
    return AddresseeDecision(
        addressee.desk,
        "withhold" if whole else "release",
        grant.id,
        released,
        withheld,
        _judge_left_out(grant, left),
        whole,
        _doors(setting, recipient.role, (*withheld, *left), addressee.purpose),
    ), grant


def _failures(asked: ConditionInputs, recipient: str) -> tuple[str, ...]:
    """Unmet conditions, those that the second guard imposes included."""
    failed = failures(asked)
    grant = asked.grant
    imposed = hard_denials.needs_assignment(grant.event, grant.purpose, recipient)
    case = asked.case
    if imposed and case is not None and not asked.heirs.takes_part(asked.recipient, case):
        failed = tuple(dict.fromkeys((*failed, reasons.NOT_ASSIGNED)))
    return failed


def scope_reasons(
    grant: Grant, issuer: str, recipient: str, scope: str, original: frozenset[str] | None
) -> tuple[str, ...]:
    """Why a scope may not pass under a grant; empty if it may.

    Args:
        original: for a copy, the scopes that the original released (R11); else None.
    """
    why = []
    if scope not in grant.released:
        why.append(reasons.NOT_PERMITTED)
    if hard_denials.denied(issuer, recipient, grant.event, scope):
        why.append(reasons.HARD_DENIAL)
    if original is not None and scope not in original:
        why.append(reasons.NOT_IN_ORIGINAL)
    return tuple(why)


def _left_out(cover: Cover, desk: str) -> tuple[str, ...]:
    return tuple(
        scope for left in cover.left_out or () if left.desk == desk for scope in left.scopes
    )


def _judge_left_out(grant: Grant | None, left: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`left_out` is judged like parts and reported as not published."""
    if grant is None:
        return dict.fromkeys(left, (reasons.NO_CLAUSE,))
    return {
        scope: (reasons.NOT_SENT if scope in grant.released else reasons.NOT_PERMITTED,)
        for scope in left
    }


def _withheld(
    setting: Setting,
    addressee: Addressee,
    why: tuple[str, ...],
    sent: tuple[str, ...],
    left: tuple[str, ...],
    grant: Grant | None,
) -> AddresseeDecision:
    recipient = setting.directory.desk(addressee.desk)
    role = recipient.role if recipient is not None else ""
    return AddresseeDecision(
        addressee.desk,
        "withhold",
        grant.id if grant is not None else "",
        withheld=dict.fromkeys(sent, why),
        not_published=_judge_left_out(grant, left),
        reasons=why,
        doors=_doors(setting, role, (*sent, *left), addressee.purpose),
    )


def _ended(
    setting: Setting, addressee: Addressee, sent: tuple[str, ...], left: tuple[str, ...]
) -> AddresseeDecision:
    """Withheld from a desk that nobody reads any more; the door is the same act, to its heir."""
    cover, heir = setting.cover, setting.heirs.next_of(addressee.desk)[0]
    issuer, entry = setting.directory.desk(cover.iss), setting.directory.desk(heir)
    roles = issuer.role if issuer is not None else "", entry.role if entry is not None else ""
    purpose = addressee.purpose or ""
    grant = setting.convention.grant(cover.realm, roles[0], cover.etype, purpose, roles[1])
    why = (reasons.DESK_ENDED,)
    withheld = _withheld(setting, addressee, why, sent, left, None)
    if grant is None:
        return withheld
    return replace(withheld, doors=(Door(grant.clause, roles[1], grant.event, purpose, heir),))


def _doors(
    setting: Setting, recipient: str, scopes: tuple[str, ...], purpose: str | None
) -> tuple[Door, ...]:
    issuer = setting.directory.desk(setting.cover.iss)
    if issuer is None or not scopes:
        return ()
    cover = setting.cover
    return doors(
        setting.convention, cover.realm, issuer.role, cover.etype, scopes, recipient, purpose
    )


def _effects(
    setting: Setting, released: dict[str, tuple[AddresseeDecision, Grant]]
) -> Iterable[Effect]:
    """What an ordinary event changes: the event, assignments, clock and duties."""
    cover = setting.cover
    if not released:
        return
    yield {
        "k": "event", "sub": cover.sub, "jti": cover.jti, "iss": cover.iss, "etype": cover.etype,
        "iat": cover.iat,
        "desks": {
            desk: {"grant": grant.id, "scopes": list(outcome.released)}
            for desk, (outcome, grant) in released.items()
        },
        **access.dated(setting),
    }  # fmt: skip
    yield from _assignments(setting, released)
    if any(act_of(grant) == ALERT for _, grant in released.values()):
        yield from _clock(setting)
    done: set[tuple[str, str]] = set()  # a duty is closed or opened once, by however many desks
    for effect in _owed(setting, released):
        name = effect["k"], effect["id"] if "id" in effect else effect["duty"]["id"]
        if name not in done:
            done.add(name)
            yield effect


def _owed(
    setting: Setting, released: dict[str, tuple[AddresseeDecision, Grant]]
) -> Iterable[Effect]:
    """Duties that each release discharges and opens; an event without content answers nothing."""
    answered = {addressee.desk: addressee.re or () for addressee in setting.cover.to}
    told = tuple(desk for desk, (outcome, _) in released.items() if outcome.released)
    for desk, (outcome, grant) in released.items():
        if outcome.released:
            yield from duties.discharged_by_event(setting, grant.clause, desk, answered[desk])
        yield from duties.opened_by_release(setting, grant, desk, tuple(released), told)


def _assignments(
    setting: Setting, released: dict[str, tuple[AddresseeDecision, Grant]]
) -> Iterable[Effect]:
    cover = setting.cover
    if any(setting.ending(desk) for desk in released):
        yield from _ends(setting)
        return
    held: dict[str, None] = {}
    for desk, (_, grant) in released.items():
        for who in grant.assigns:
            held[cover.iss if who == "issuer" else desk] = None
    for desk in held:
        yield {"k": "assigned", "sub": cover.sub, "desk": desk, "by": cover.jti}


def _ends(setting: Setting) -> Iterable[Effect]:
    """Unassign those whom the ended events assigned; their repeated reports stop."""
    cover, case = setting.cover, setting.case
    ended = setting.convention.numbers(*ENDED)
    for ref in dict.fromkeys(cover.ends or ()):
        past = case.events.get(ref.jti)
        if past is None or not ended & clauses_at(past):
            continue
        for desk, by in sorted(case.assigned):
            entry = setting.entry(desk)
            if by == ref.jti and entry is not None and entry.role in _ENDED_ROLES:
                yield {"k": "unassigned", "sub": cover.sub, "desk": desk, "by": by}
        yield from duties.cancelled_by_end(setting, ref.jti)


def _clock(setting: Setting) -> Iterable[Effect]:
    """The case clock starts with the earliest information préoccupante (R06 is none)."""
    cover, case = setting.cover, setting.case
    day = setting.calendar.date_of(cover.iat).isoformat()
    if not case.clock or day < case.clock:
        yield {"k": "clock", "sub": cover.sub, "date": day}
        yield from duties.moved(setting, day, case.links)

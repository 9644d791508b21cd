"""What a released act changes: its event, assignments, case clock, duties (rules §11, §12)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import ALERT
from contracts.decision import duties
from contracts.decision.conditions import clauses_at
from contracts.decision.outcome import AddresseeDecision
from contracts.decision.setting import ENDED, Setting
from contracts.decision.state.effects import Effect
from contracts.envelope.model import Cover

_ENDED_ROLES = frozenset({"HOME", "MO", "PJJ", "ASSO", "ASE"})


def act_effects(
    setting: Setting, released: dict[str, tuple[AddresseeDecision, Grant]]
) -> Iterable[Effect]:
    """The event itself, then assignments, clock and duties, of what is released."""
    cover = setting.cover
    delivered = {
        desk: {"grant": grant.id, "scopes": list(outcome.released)}
        for desk, (outcome, grant) in released.items()
    }
    yield event_effect(cover, delivered)
    yield from _assignments(setting, released)
    if any(act_of(grant) == ALERT for _, grant in released.values()):
        yield from _clock(setting)
    done: set[tuple[str, str]] = set()  # a duty is closed or opened once, by however many desks
    for effect in _owed(setting, released):
        name = effect["k"], effect["id"] if "id" in effect else effect["duty"]["id"]
        if name not in done:
            done.add(name)
            yield effect


def event_effect(cover: Cover, desks: dict[str, Any]) -> Effect:
    """That an event was delivered: to each desk by which grant, with which scopes."""
    return {
        "k": "event", "sub": cover.sub, "jti": cover.jti, "iss": cover.iss, "etype": cover.etype,
        "iat": cover.iat, "desks": desks,
    }  # fmt: skip


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
            entry = setting.directory.desk(desk)
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

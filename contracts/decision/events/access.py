"""LOOKUP: which desks take part in a case, told to a reference service of it (rules §17).

It is read from the case as the log has it, so an auditor computes the same answer. A desk that is
no reference service of a case is refused alike whether there is such a case or not.
"""

from __future__ import annotations

from contracts.decision.outcome import PartialDecision
from contracts.decision.setting import Setting
from contracts.decision.state.state import Case
from contracts.vocabulary import reasons


def decide(setting: Setting) -> PartialDecision:
    """Decide a LOOKUP; under a convention without reference services it is for no outbox."""
    if not setting.convention.reference:
        return PartialDecision(reasons=(reasons.NOT_FOR_OUTBOX,))
    if not _is_reference(setting, setting.cover.iss):
        return PartialDecision(reasons=(reasons.NOT_REFERENCE,))
    return PartialDecision(passed=True, participants=_participants(setting.case))


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

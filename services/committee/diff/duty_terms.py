"""What one release makes owed to whom by when, by recipient, as `diff` compares it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from contracts.convention.clauses import Flags, Grant
from contracts.convention.duty import WITHIN, DutySpec, act_name
from services.committee.matrix.clause_margin import assigned_by

_DAY: Final = 86_400
_UNITS: Final = {"min": 60, "h": 3_600, "d": _DAY, "wd": 1.5 * _DAY, "mo": 30 * _DAY}


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a question is answered, beside scopes and conditions.

    Attributes:
        keep: retention class, empty for a publication.
        duties: those of this recipient, soonest first.
        assigns: whom it makes take part: `issuer`, `recipient`.
        basis, flags: of the grant: what is opened comes with its texts and its origin.
    """

    keep: str
    duties: tuple[DutySpec, ...]
    assigns: tuple[str, ...]
    basis: tuple[str, ...]
    flags: Flags


def terms(grant: Grant, recipient: str) -> Terms:
    """The terms of one recipient: other recipients of a grant may owe something else."""
    duties = sorted(owed(grant, recipient).values(), key=_soonest)
    return Terms(grant.keep, tuple(duties), assigned_by(grant), grant.basis, grant.flags)


def _soonest(duty: DutySpec) -> tuple[float | str, ...]:
    who = duty.debtor, duty.creditor, duty.opened_by, str(duty.repeat)
    return (_seconds(duty.within) or 0, duty.act, *who, *when(duty))


def owed(grant: Grant, recipient: str) -> dict[tuple[str, ...], DutySpec]:
    """What one recipient's release makes owed, by what is owed to whom; order aside."""
    duties: dict[tuple[str, ...], DutySpec] = {}
    for duty in sorted(grant.duties, key=when):
        if duty.recipients and recipient not in duty.recipients:
            continue
        act = "|".join(sorted(duty.acts)) + ":" + "|".join(sorted(duty.stages))
        who = duty.debtor, duty.creditor
        key: tuple[str, ...] = act, str(duty.final), *who, duty.opened_by, str(duty.repeat)
        while key in duties:  # the same twice, with two deadlines
            key = (*key, "again")
        duties[key] = _plain(duty)
    return duties


def _plain(duty: DutySpec) -> DutySpec:
    """A duty without order, and without whom else it is of."""
    acts, stages = (tuple(sorted(words)) for words in (duty.acts, duty.stages))
    return replace(duty, act=act_name(acts, stages, final=duty.final), recipients=())


def tells(duty: DutySpec, recipient: str) -> bool:
    """Whether it tells a third role of the event: whoever owes, or is owed to, hears of it."""
    return any(role != recipient for role in duty.third)


def dated(duty: DutySpec) -> tuple[bool, ...]:
    """Whether it falls due by a date that an event need not bring: usually, and if it is urgent."""
    within = duty.within, duty.urgent_within or duty.within
    return tuple(duty.start == "ends_on" or delay == "due" for delay in within)


def when(duty: DutySpec) -> tuple[str, ...]:
    """All that says by when, and whose idea it is."""
    return duty.within, duty.urgent_within, duty.start, str(duty.legal)


def compare(old: str, new: str) -> Literal["same", "sooner", "later", "otherwise"]:
    """Whether a delay is sooner or later than it was, a working day taken as a day and a half."""
    if old == new:
        return "same"
    before, after = _seconds(old), _seconds(new)
    if before is None or after is None or before == after or (before < 0) != (after < 0):
        return "otherwise"  # a date that the sender sets, or now before an end and not after
    return "later" if after > before else "sooner"


def _seconds(within: str) -> float | None:
    """About how long a delay is; negative before an end, None for a date that the sender sets."""
    if within == "day":
        return _DAY / 2
    parsed = WITHIN.match(within)
    if parsed is None or not parsed[2]:
        return None
    return int(f"{parsed[1]}{parsed[2]}") * _UNITS[parsed[3]]

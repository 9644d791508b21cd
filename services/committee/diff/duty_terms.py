"""What one release makes owed to whom by when, by recipient, as `diff` compares it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.clauses import DutySpec, Flags, Grant
from contracts.convention.file.duty_grammar import WITHIN
from services.committee.matrix.rows import assigned_by

_DAY: Final = 86_400
_SECONDS: Final = {"min": 60, "h": 3600}


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
    return (*_span(duty.within), duty.act, *who, *when(duty))


def owed(grant: Grant, recipient: str) -> dict[tuple[str, ...], DutySpec]:
    """What one recipient's release makes owed, by what is owed to whom; order aside."""
    duties: dict[tuple[str, ...], DutySpec] = {}
    for duty in sorted(grant.duties, key=when):
        if duty.recipients and recipient not in duty.recipients:
            continue
        act = "|".join(sorted(duty.acts)) + ":" + "|".join(sorted(duty.stages))
        key: tuple[str, ...] = (
            act,
            str(duty.final),
            duty.debtor,
            duty.creditor,
            duty.opened_by,
            str(duty.repeat),
        )
        while key in duties:  # the same twice, with two deadlines
            key = (*key, "again")
        duties[key] = _plain(duty)
    return duties


def _plain(duty: DutySpec) -> DutySpec:
    return DutySpec(
        acts=tuple(sorted(duty.acts)),
        debtor=duty.debtor,
        creditor=duty.creditor,
        within=duty.within,
        stages=tuple(sorted(duty.stages)),
        final=duty.final,
        urgent_within=duty.urgent_within,
        start=duty.start,
        legal=duty.legal,
        opened_by=duty.opened_by,
        repeat=duty.repeat,
    )


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
    """Whether a delay is always at most (`sooner`) or at least (`later`) what it was."""
    if old == new:
        return "same"
    (least, most), (new_least, new_most) = _span(old), _span(new)
    units = {re.sub(r"\d", "", word) for word in (old, new)}
    if len(units) == 1 and WITHIN.match(old):
        longer = _count(new) > _count(old)
        # Before an end, more days before are sooner.
        return "later" if longer is not old.startswith("-") else "sooner"
    if new_most <= least:
        return "sooner"
    return "later" if new_least >= most else "otherwise"


def _count(within: str) -> int:
    digits = re.search(r"\d+", within)
    return int(digits[0]) if digits else 0


def _span(within: str) -> tuple[float, float]:
    """The shortest and longest time, in seconds, that a delay can take."""
    parsed = WITHIN.match(within)
    if within == "day":
        return 0, _DAY
    if parsed is None or not parsed[2] or parsed[1]:
        return 0, float("inf")
    count, unit = int(parsed[2]), parsed[3]
    if unit in _SECONDS:
        return count * _SECONDS[unit], count * _SECONDS[unit]
    if unit == "mo":
        return 28 * count * _DAY, (31 * count + 1) * _DAY
    # Working days: weekends, and holidays at their densest.
    spare = 0 if unit == "d" else 2 * (count // 5 + 1) + 4
    return count * _DAY, (count + spare + 1) * _DAY

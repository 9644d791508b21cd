"""Duties and conditions that others of the same clause already bring: what lint calls redundant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.convention.file.duty_grammar import WITHIN
from contracts.convention.model import Convention, DutySpec, Grant
from contracts.decision.duties import LATER_THAN_RECEIVED
from services.committee.lint.finding import PROBLEM, Finding, at

_SECONDS: Final = {"min": 60, "h": 3_600}


def redundant(convention: Convention) -> Iterator[Finding]:
    """Duties that a stricter one covers, and a measure asked for where a judge takes part."""
    for grant in convention.grants:
        for duty in grant.duties:
            others = (one for one in grant.duties if one != duty and _covers(grant, one, duty))
            if other := next(others, None):
                facts = duty.act, duty.within, other.act, other.within
                yield at(convention, grant, "duty_looser", *facts, level=PROBLEM)
        # A judge that is assigned to the case has a measure open (`conditions`).
        if {"assigned", "measure_open"} <= set(grant.conditions) and grant.recipients == ("JE",):
            needless = "measure_open", "assigned"
            yield at(convention, grant, "condition_adds_nothing", *needless, level=PROBLEM)


def _covers(grant: Grant, strict: DutySpec, loose: DutySpec) -> bool:
    """Whether whatever discharges one duty in time discharges the other one in time."""
    return (
        (strict.debtor, strict.creditor, strict.start, strict.repeat, strict.opened_by)
        == (loose.debtor, loose.creditor, loose.start, loose.repeat, loose.opened_by)
        and set(loose.recipients or grant.recipients) <= set(strict.recipients or grant.recipients)
        and (strict.legal or not loose.legal)
        and _discharges(strict, loose)
        and _by(strict.within, loose.within)
        and _by(strict.urgent_within or strict.within, loose.urgent_within or loose.within)
    )


def _discharges(strict: DutySpec, loose: DutySpec) -> bool:
    """Whether every act that discharges the one discharges the other."""
    if strict.acts != ("ACK",) or loose.acts != ("ACK",):
        return set(strict.acts) <= set(loose.acts) and (strict.final or not loose.final)
    met = set(loose.stages) | (LATER_THAN_RECEIVED if "received" in loose.stages else set())
    return set(strict.stages) <= met


def _by(sooner: str, later: str) -> bool:
    """Whether a delay is always at most another one: of one unit, or minutes and hours."""
    one, other = (WITHIN.match(within) for within in (sooner, later))
    if sooner == later or not (one and other and one[2] and other[2]):
        return sooner == later
    units = _SECONDS.get(one[3], one[3]), _SECONDS.get(other[3], other[3])
    first, second = (int(f"{found[1]}{found[2]}") for found in (one, other))
    if isinstance(units[0], int) and isinstance(units[1], int):
        return first * units[0] <= second * units[1]
    return units[0] == units[1] and first <= second

"""Clause ids to which the bus ties rules of its own: they are more than names (`conditions`, `duties`).

Under which clause a past event was released decides what may answer, copy or end it. The ids of the
first version keep that meaning for ever, so that one that is given to another act takes it along.
Any other id counts as what the version in force makes of it: given to an alert or a report, it makes
alerts or reports of all that was ever sent under it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts.convention.model import Convention
from contracts.decision.conditions import ALERT, REPORT

BOUND: Final = frozenset(
    {
        "R01", "R02", "R03", "R04", "R05", "R07",  # alerts, which feedback may answer
        "R08", "R09", "R10",  # reports, which may be copied; R10 is not answered
        "R11",  # the copy, which counts as an alert and is not owed twice
        "R21", "R22",  # instructions, which may be answered
        "R25", "R26", "R27", "R29", "R30",  # measures and follow-ups, which may be ended
        "R33", "R34",  # absences, which may be ended
    }
)  # fmt: skip
Act = tuple[str, str]


def given_anew(old: Convention, new: Convention) -> Iterator[tuple[str, tuple[str, ...], Act]]:
    """(id, act before or nothing, act now) of each of these ids that is given to another act."""
    before, after = _acts(old), _acts(new)
    for clause in sorted(tied(new) & after.keys()):
        was = before.get(clause, ())
        # Under an id that is new, and that only this version counts, nothing has been sent.
        if was != after[clause] and (was or clause in BOUND):
            yield clause, was, after[clause]


def tied(convention: Convention) -> frozenset[str]:
    """Ids that are more than names: by rules of their own, or as alerts or reports of a version."""
    return BOUND.union(*(convention.by_act.get(act, ()) for act in (ALERT, REPORT)))


def _acts(convention: Convention) -> dict[str, Act]:
    """A clause has one act, whatever its grants."""
    return {grant.clause: (grant.event, grant.purpose) for grant in convention.grants}

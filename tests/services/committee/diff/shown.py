"""The least event that shows each change of a comparison, and both answers, by `decide`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.convention.checks.compatible_conditions import satisfiable
from contracts.convention.model import Convention
from contracts.convention.rows import in_order
from contracts.errors import ConventionError
from services.committee.diff.change import Change, effective
from services.committee.diff.compare import Diff
from services.committee.explain.synthetic_event import Example
from services.committee.matrix.rows import BUS
from tests.services.committee.synthetic import Verdict, judge, made

# The date that a duty counts from or falls due on, in an example.
_DATES: Final = ("ends_on", "decided_on")
_LATER: Final = "2027-06-30"
_EARLIER: Final = "2026-09-30"
_CALL: Final = {"call": {"to": "duty_magistrate", "at": 0, "ref": "A" * 22}}


@dataclass(frozen=True)
class Shown:
    """A change with an event that shows it; `old` and `new` are what the versions say."""

    change: Change
    example: Example
    old: Verdict
    new: Verdict


def shown(found: Diff, change: Change) -> Shown | None:
    """None of a change of the file as a whole, and where the tables of days end."""
    example = _example(found.old, found.new, change)
    if example is None:
        return None
    example = example.model_copy(update={"on": _day(found.old, found.new)})
    try:
        return Shown(change, example, judge(found.old, example), judge(found.new, example))
    except ConventionError:
        return None


def can_be_shown(change: Change) -> bool:
    """Whether some event may show it: none shows what is of the file as a whole."""
    if not (change.issuers and change.recipients):
        return False
    return change.atom.kind == "scopes" or None not in change.grants


def _day(old: Convention, new: Convention) -> str | None:
    """A day on which both files can be asked, or None."""
    day = max(old.effective, new.effective)
    both = (old.calendar, new.calendar)
    inside = all(one.first <= date.fromisoformat(day) <= one.last for one in both)
    return day if inside else None


def _example(old: Convention, new: Convention, change: Change) -> Example | None:
    """Which facts show an atom: those that one file asks for, or both."""

    def least(scopes: Any, facts: set[str], **more: Any) -> Example:
        """One scope is enough; a publication reads no facts."""
        asked = () if question[1] == BUS else facts
        return made(question, list(scopes)[:1], asked, new, old, **more)

    atom, (before, after) = change.atom, change.grants
    if not can_be_shown(change):
        return None
    question = next(iter(change.questions()))
    recipient = question[-1]
    wanted = [set(effective(one, recipient)) if one is not None else set() for one in change.grants]
    if atom.kind == "scopes":
        facts = wanted[1] if atom.group == "opened" else wanted[0]
        return least(atom.what, facts)
    if before is None or after is None:
        return None
    both = in_order(before.released & after.released) or in_order(after.released)
    if atom.kind == "condition":
        return least(both, wanted[0] if atom.group == "harder" else wanted[1])
    facts = wanted[0] | wanted[1]
    if not satisfiable(facts, recipient):
        facts = wanted[atom.kind != "retention"]  # what is sealed as the old file asks, it releases
    more: dict[str, Any] = {}
    if atom.kind == "retention":
        more["keep"] = before.keep
    if atom.duty is not None:
        more = _dates(change)
    return least(both, facts, **more)


def _dates(change: Change) -> dict[str, Any]:
    """The dates and the call that a duty of either file reads."""
    found: dict[str, Any] = {}
    atom = change.atom
    starts = {atom.was[2:3], atom.becomes[2:3], (atom.duty.start,) if atom.duty else ()}
    within = {*atom.was[:1], *atom.becomes[:1], atom.duty.within if atom.duty else ""}
    for (start,) in (one for one in starts if one):
        if start in _DATES:
            found[start] = _LATER if start == "ends_on" else _EARLIER
    if "due" in within:
        found["due"] = _LATER
    if atom.was[1:2] != atom.becomes[1:2] and atom.was[:1] == atom.becomes[:1]:
        found["declared"] = _CALL
    return found

"""What a new version opens, closes, makes harder or easier: complete over the whole space.

Every question that either file answers is compared; all others are refused by both. What a file
says beside its clauses (signatories, promises, calendar, doors, words) is compared too. Order and
wording count for nothing: two files that mean the same have no difference in what may be shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.convention.change import (
    GROUPS,
    SHARING,
    Atom,
    Change,
    Group,
    answering,
    atoms,
    effective,
    rectangles,
)
from contracts.convention.door_change import door_changes
from contracts.convention.example import BUS, Example, judge, made
from contracts.convention.general import general
from contracts.convention.matrix import in_order
from contracts.convention.model import Convention, Grant
from contracts.convention.number_change import number_changes
from contracts.convention.sentences import generate
from contracts.convention.together import satisfiable
from contracts.errors import ConventionError

_Key = tuple[Atom, str, str, str, tuple[str, str]]  # what, and clauses of the old and new file
# The date that a duty counts from or falls due on, in an example.
_DATES: Final = ("ends_on", "decided_on")
_LATER: Final = "2027-06-30"
_EARLIER: Final = "2026-09-30"
_CALL: Final = {"call": {"to": "duty_magistrate", "at": 0, "ref": "A" * 22}}


@dataclass(frozen=True)
class Diff:
    """All changes between two files.

    Attributes:
        changes: by group, then by clause.
    """

    old: Convention
    new: Convention
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """No difference in what may be shared, on which conditions, how long and with what owed.

        A remark counts: it says what may be shared where no data do.
        """
        return not any(
            change.group in SHARING or change.atom.opens or change.atom.kind == "note"
            for change in self.changes
        )

    @property
    def opens(self) -> bool:
        """Whether something may reach somebody, or stay, that could not before."""
        return any(change.atom.opens for change in self.changes)

    def of(self, group: Group) -> tuple[Change, ...]:
        """The changes of one group."""
        return tuple(change for change in self.changes if change.group == group)


def diff(old: Convention, new: Convention) -> Diff:
    """Compare two conventions."""
    found = [*_clauses(old, new), *door_changes(old, new)]
    found += [*number_changes(old, new), *general(old, new)]
    day = _day(old, new)
    shown = [_shown(old, new, change, day) for change in found]
    shown.sort(key=lambda one: (GROUPS.index(one.group), not one.clause, one.clause))
    return Diff(old, new, tuple(shown))


def _clauses(old: Convention, new: Convention) -> Iterator[Change]:
    """The atoms of all questions, joined for issuers times recipients."""
    joined: dict[_Key, list[tuple[str, str]]] = {}
    grants: dict[_Key, tuple[Grant | None, Grant | None]] = {}
    for question in dict.fromkeys([*new.by_question, *old.by_question]):
        realm, issuer, event, purpose, recipient = question
        before, after = old.by_question.get(question), new.by_question.get(question)
        own = _atoms(old, new, before, after, recipient)
        for atom in own:
            clauses = before.clause if before else "", after.clause if after else ""
            key = atom, realm, event, purpose, clauses
            joined.setdefault(key, []).append((issuer, recipient))
            grants.setdefault(key, (before, after))
    for key, pairs in joined.items():
        atom, realm, event, purpose, _ = key
        for issuers, recipients in rectangles(pairs):
            yield Change(atom, realm, event, purpose, issuers, recipients, grants[key])


def _atoms(
    old: Convention, new: Convention, before: Grant | None, after: Grant | None, recipient: str
) -> list[Atom]:
    found = list(atoms(answering(before, recipient), answering(after, recipient), recipient))
    if before is not None and after is not None and before.sentence != after.sentence:
        for lang in ("fr", "en"):
            # Only where the data make the same sentence: else its change is that of the data.
            data = generate(old, before, lang), generate(new, after, lang)
            said = before.sentence[lang], after.sentence[lang]
            if data[0] == data[1] and said[0] != said[1]:
                found.append(Atom("reworded", "words", ("sentence", lang), said[:1], said[1:]))
    return found


def _day(old: Convention, new: Convention) -> str | None:
    """A day on which both files can be asked, or None."""
    day = max(old.effective, new.effective)
    both = (old.calendar, new.calendar)
    inside = all(one.first <= date.fromisoformat(day) <= one.last for one in both)
    return day if inside else None


def _shown(old: Convention, new: Convention, change: Change, day: str | None) -> Change:
    """The change with the least event that shows it, and both verdicts."""
    example = change.example or _example(old, new, change)
    if example is None:
        return change
    example = example.model_copy(update={"on": day})
    try:
        verdicts = judge(old, example), judge(new, example)
    except ConventionError:  # a table that ends: the change stands without an example
        return change
    return Change(
        change.atom,
        change.realm,
        change.event,
        change.purpose,
        change.issuers,
        change.recipients,
        change.grants,
        example,
        verdicts,
        change.notes,
    )


def _example(old: Convention, new: Convention, change: Change) -> Example | None:
    """Which facts show an atom: those that one file asks for, or both."""

    def least(scopes: Any, facts: set[str], **more: Any) -> Example:
        """One scope is enough; a publication reads no facts."""
        asked = () if question[1] == BUS else facts
        return made(question, list(scopes)[:1], asked, new, old, **more)

    atom, (before, after) = change.atom, change.grants
    if not (change.issuers and change.recipients) or atom.group == "reworded":
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

"""Numbers by which duties name what is owed, and by which the bus looks up what an answer starts (`diff`).

A duty of the log names clauses by their numbers: given to another act, a number lets that act meet
it. An event of the log names the permission that it was released under: another one in its place
says what its acknowledgement makes owed.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.convention.model import Convention, Grant, Question, questions
from services.committee.diff.change import Atom, Change
from services.committee.diff.duty_terms import owed
from services.committee.texts.first_version_acts import is_known


def owed_numbers(old: Convention, new: Convention) -> Iterator[Change]:
    """Numbers that a duty names and that are given to other sendings."""
    for clause in sorted(old.named_by_duties | new.named_by_duties):
        before, after = _questions(old, clause), _questions(new, clause)
        if before and after and _given(old, new, before, after):
            was, becomes = _held(old, clause), _held(new, clause)
            yield Change(Atom("otherwise", "owed_number", (clause,), was, becomes, opens=True))


def started_numbers(old: Convention, new: Convention) -> Iterator[Change]:
    """Permissions under whose number an acknowledgement of a past event makes something else owed."""
    permitted = {grant.id: grant for grant in new.grants}
    for grant in old.grants:
        found = permitted.get(grant.id)
        if any(_starts_otherwise(new, grant, found, one) for one in questions(grant)):
            yield Change(Atom("otherwise", "started_number", (grant.id,), opens=True))


def known_otherwise(old: Convention, new: Convention, grant: Grant) -> bool:
    """Whether the sentence of a clause names otherwise what it makes owed, as its number moved."""
    acts = {act for duty in grant.duties for act in duty.acts}
    return any(is_known(old, act) != is_known(new, act) for act in acts)


def _given(old: Convention, new: Convention, before: set[Question], after: set[Question]) -> bool:
    """Other acts than before, no question of before, or some that another clause now answers or did."""
    if {one[2:4] for one in before} != {one[2:4] for one in after} or before.isdisjoint(after):
        return True
    moved = (before - after) & new.by_question.keys(), (after - before) & old.by_question.keys()
    return any(moved)


def _questions(convention: Convention, clause: str) -> set[Question]:
    grants = convention.by_clause.get(clause, ())
    return {question for grant in grants for question in questions(grant)}


def _held(convention: Convention, clause: str) -> tuple[str, ...]:
    """The act of a clause, and what its grants are to the reader: issuers, then recipients."""
    grants = convention.by_clause[clause]
    sides = (
        (one for grant in grants for one in getattr(grant, name))
        for name in ("issuers", "recipients")
    )
    roles = ("|".join(dict.fromkeys(side)) for side in sides)
    return (grants[0].event, grants[0].purpose, *roles)


def _starts_otherwise(
    new: Convention, grant: Grant, found: Grant | None, question: Question
) -> bool:
    """Where the permission that now answers is told of, and another one has the number."""
    answer = new.by_question.get(question)
    if answer is found:  # what it makes owed is compared with the clause, or it fell with it
        return False
    return _started(grant, question[-1]) != _started(found, question[-1])


def _started(grant: Grant | None, recipient: str) -> dict[tuple[str, ...], object]:
    """What acknowledgements of one recipient make owed."""
    found = owed(grant, recipient) if grant is not None else {}
    return {key: one for key, one in found.items() if one.opened_by.startswith("ACK:")}

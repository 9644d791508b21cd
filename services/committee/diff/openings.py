"""What opens beside the clauses: accesses told, a role's agency, a promise that falls, a lower quorum; and places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from contracts.convention.checks.promise_scope import select
from contracts.convention.clauses import Grant, Question, questions
from contracts.convention.load import BUS
from contracts.convention.model import Convention
from contracts.convention.promise import Invariant
from services.committee.diff.change import Atom, Change
from services.committee.diff.duty_terms import owed

_LANGUAGES: Final = ("fr", "en")


def openings(old: Convention, new: Convention) -> Iterator[Change]:
    """Changes that no question shows; some open something, the others are told for the whole picture."""
    for part in (_accesses, _quorum, _promises, _agencies, _places):
        for atom in part(old, new):
            yield Change(atom)


def _accesses(old: Convention, new: Convention) -> Iterator[Atom]:
    """Who newly learns of others' accesses to a case, or no longer does, and by which clauses unasked."""
    for what in ("reference", "told"):
        before, after = (getattr(convention.access, what) for convention in (old, new))
        if more := tuple(name for name in after if name not in before):
            yield Atom("opened", "access", (what, *more), opens=True)
        if less := tuple(name for name in before if name not in after):
            yield Atom("closed", "access", (what, *less))


def _quorum(old: Convention, new: Convention) -> Iterator[Atom]:
    """Fewer signatures may put into force whatever comes next."""
    share = new.needed * len(old.parties) < old.needed * len(new.parties)
    if share or new.needed < old.needed:
        yield Atom("otherwise", "quorum", (), _signers(old), _signers(new), opens=True)


def _signers(convention: Convention) -> tuple[str, ...]:
    return (str(convention.quorum or "all"), str(len(convention.parties)))


def _promises(old: Convention, new: Convention) -> Iterator[Atom]:
    """By what they demand as written, whatever their ids and order and the roles that have joined."""
    before = {_promise(promise): promise for promise in old.invariants}
    after = {_promise(promise): promise for promise in new.invariants}
    for key, promise in after.items():
        if key not in before:
            yield Atom(
                "otherwise", "promise", ("added", promise.id), becomes=_both(promise.sentence)
            )
    for key, promise in before.items():
        if key not in after:
            was, opens = _both(promise.sentence), _falls(promise, new)
            yield Atom("otherwise", "promise", ("removed", promise.id), was=was, opens=opens)


def _falls(promise: Invariant, new: Convention) -> bool:
    """Whether no single promise of the new file demands as much of as many."""
    others = (*new.readers, BUS)
    meant = select(dict(promise.selection.written), new.roles, others)
    there = frozenset((*new.roles, *others))  # of who has left, no promise can be made
    meant = replace(meant, issuers=meant.issuers & there, recipients=meant.recipients & there)
    return not promise.void and not any(newer.covers(promise, meant) for newer in new.invariants)


def _promise(invariant: Invariant) -> tuple[Any, ...]:
    conditions = tuple(sorted(invariant.conditions))
    return invariant.demand, invariant.selection.written, conditions, invariant.keep


def _both(texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(texts.get(lang, "") for lang in _LANGUAGES)


def _agencies(old: Convention, new: Convention) -> Iterator[Atom]:
    """Whoever works in the other agency reads all that the role receives."""
    for role, spec in new.roles.items():
        before = old.roles.get(role)
        if before is not None and before.agency != spec.agency:
            was, becomes = (before.agency,), (spec.agency,)
            yield Atom("otherwise", "agency", (role,), was, becomes, opens=True)


def _places(old: Convention, new: Convention) -> Iterator[Atom]:
    """The log knows a permission by its place in a clause: another one there may start other duties."""
    permitted = {grant.id: grant for grant in new.grants}
    for grant in old.grants:
        now = permitted.get(grant.id)
        if any(_starts_otherwise(new, grant, now, question) for question in questions(grant)):
            yield Atom("otherwise", "place", (grant.id,), opens=True)


def _starts_otherwise(new: Convention, grant: Grant, now: Grant | None, question: Question) -> bool:
    """Where the permission that now answers is told of, and another one has the place."""
    if new.by_question.get(question) is now:  # what it makes owed is compared with the clause
        return False
    return _started(grant, question[-1]) != _started(now, question[-1])


def _started(grant: Grant | None, recipient: str) -> dict[tuple[str, ...], object]:
    """What acknowledgements of one recipient make owed."""
    duties = owed(grant, recipient) if grant is not None else {}
    return {key: duty for key, duty in duties.items() if duty.opened_by.startswith("ACK:")}

"""What a new version opens, closes, makes harder or easier: complete over the whole space.

Every question that either file answers is compared; all others are refused by both. What a file
says beside its clauses is compared too: what opens something by it is a change, all the rest is a
line diff. Order and wording count for nothing: two files that mean the same have no difference in
what may be shared.

That a clause number keeps its act is no matter of comparing: `adoption.check_numbers` holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.convention.promise import Invariant
from services.committee.diff.change import (
    GROUPS,
    SHARING,
    Atom,
    Change,
    Group,
    atoms,
    rectangles,
)
from services.committee.diff.sections import Line, line_diff

_LANGUAGES: Final = ("fr", "en")


def openings(old: Convention, new: Convention) -> Iterator[Change]:
    """Changes that no question shows; those that open nothing are told to be complete."""
    for part in (_references, _quorum, _promises, _agencies):
        for atom in part(old, new):
            yield Change(atom)


def _references(old: Convention, new: Convention) -> Iterator[Atom]:
    """Roles that may newly look up who takes part in a case, or no longer."""
    before, after = old.reference, new.reference
    if more := tuple(role for role in after if role not in before):
        yield Atom("opened", "access", more, opens=True)
    if less := tuple(role for role in before if role not in after):
        yield Atom("closed", "access", less)


def _quorum(old: Convention, new: Convention) -> Iterator[Atom]:
    """Fewer signatures may put into force whatever comes next."""
    share = new.needed * len(old.parties) < old.needed * len(new.parties)
    if share or new.needed < old.needed:
        yield Atom("otherwise", "quorum", (), _signers(old), _signers(new), opens=True)


def _signers(convention: Convention) -> tuple[str, ...]:
    return (str(convention.quorum or "all"), str(len(convention.parties)))


def _promises(old: Convention, new: Convention) -> Iterator[Atom]:
    """By what they demand as written; one that is gone is to be reviewed, whatever stands in."""
    before = {_promise(promise): promise for promise in old.invariants}
    after = {_promise(promise): promise for promise in new.invariants}
    for key, promise in after.items():
        if key not in before:
            yield Atom(
                "otherwise", "promise", ("added", promise.id), becomes=_both(promise.sentence)
            )
    for key, promise in before.items():
        if key not in after:
            was = _both(promise.sentence)
            yield Atom("otherwise", "promise", ("removed", promise.id), was=was, opens=True)


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


_Key = tuple[Atom, str, str, str, tuple[str, str]]  # what, and clauses of the old and new file


@dataclass(frozen=True)
class Diff:
    """All changes between two files.

    Attributes:
        changes: by group, then by clause.
        beside: what the files say beside their permissions, where it differs.
        remarks: a remark differs: it says what may be shared where no data do.
    """

    old: Convention
    new: Convention
    changes: tuple[Change, ...]
    beside: tuple[Line, ...] = ()
    remarks: bool = False

    @property
    def same(self) -> bool:
        """No difference in what may be shared, on which conditions, how long and with what owed."""
        return not self.remarks and not any(
            change.group in SHARING or change.atom.opens for change in self.changes
        )

    @property
    def opens(self) -> bool:
        """Whether something may reach somebody, or stay, that could not before."""
        return any(change.atom.opens for change in self.changes)

    def shown(self, group: Group) -> tuple[Change, ...]:
        """Those that people read under a group: what opens, a term or a promise too."""
        return tuple(
            change
            for change in self.changes
            if group == ("opened" if change.atom.opens else change.group)
        )


def diff(old: Convention, new: Convention) -> Diff:
    """Compare two conventions."""
    changes = [*_clauses(old, new), *openings(old, new)]
    changes.sort(key=lambda change: (GROUPS.index(change.group), not change.clause, change.clause))
    return Diff(old, new, tuple(changes), line_diff(old, new), _remarks(old, new))


def _remarks(old: Convention, new: Convention) -> bool:
    """Whether a question that both files answer comes with another remark."""
    shared = old.by_question.keys() & new.by_question.keys()
    return any(
        old.by_question[question].note != new.by_question[question].note for question in shared
    )


def _clauses(old: Convention, new: Convention) -> Iterator[Change]:
    """The atoms of all questions, joined for issuers times recipients."""
    joined: dict[_Key, list[tuple[str, str]]] = {}
    for question in dict.fromkeys([*new.by_question, *old.by_question]):
        realm, issuer, event, purpose, recipient = question
        before, after = old.by_question.get(question), new.by_question.get(question)
        clauses = before.clause if before else "", after.clause if after else ""
        for atom in atoms(before, after, recipient):
            key = atom, realm, event, purpose, clauses
            joined.setdefault(key, []).append((issuer, recipient))
    for (atom, realm, event, purpose, _), pairs in joined.items():
        for senders, recipients in rectangles(pairs):
            # Grants of one clause may share an atom, and not the facts that show it.
            asked = realm, senders[0], event, purpose, recipients[0]
            answers = old.by_question.get(asked), new.by_question.get(asked)
            yield Change(atom, realm, event, purpose, senders, recipients, answers)

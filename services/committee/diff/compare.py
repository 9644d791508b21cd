"""What a new version opens, closes, makes harder or easier: complete over the whole space.

Every question that either file answers is compared; all others are refused by both. What a file
says beside its clauses is compared too: what opens something by it is a change, all the rest is a
line diff. Order and wording count for nothing, but for what the log knows by its place: the
permissions of a clause. Two files that mean the same have no difference in what may be shared.

That a clause number keeps its act is no matter of comparing: `adoption.check_numbers` holds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.diff.change import (
    GROUPS,
    SHARING,
    Atom,
    Change,
    Group,
    answering,
    atoms,
    rectangles,
)
from services.committee.diff.openings import openings
from services.committee.diff.sections import Line, line_diff

_Answers = tuple[Grant | None, Grant | None]  # of the old and new file
_Alike = tuple[_Answers, str, str, str, str]  # realm, event, purpose, recipient
_Key = tuple[Atom, str, str, str, tuple[str, str]]  # what, and clauses of the old and new file


@dataclass(frozen=True)
class Diff:
    """All changes between two files.

    Attributes:
        changes: by group, then by clause.
        beside: what the files say beside their permissions, where it differs.
        remarks: a remark differs: it says what may be shared where no data do.
        paths: of both files as a shell finds them, for the commands; empty for the one in force.
    """

    old: Convention
    new: Convention
    changes: tuple[Change, ...]
    beside: tuple[Line, ...] = ()
    remarks: bool = False
    paths: tuple[str, str] = ("", "")

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

    @property
    def lines(self) -> tuple[str, ...]:
        """What differs beside the permissions as programs read it: `- path: value`, `+ path: value`."""
        return tuple(text for line in self.beside for text in line.written())

    def of(self, group: Group) -> tuple[Change, ...]:
        """The changes of one group."""
        return tuple(change for change in self.changes if change.group == group)

    def shown(self, group: Group) -> tuple[Change, ...]:
        """Those that people read under a group: whatever opens under what opens, a term or a promise too."""
        return tuple(change for change in self.changes if _read_under(change) == group)


def _read_under(change: Change) -> Group:
    return "opened" if change.atom.opens else change.group


def diff(old: Convention, new: Convention, paths: tuple[str, str] | None = None) -> Diff:
    """Compare two conventions.

    Args:
        paths: of both files as a shell finds them, empty for the one in force; else their names.
    """
    changes = [*_clauses(old, new), *openings(old, new)]
    changes.sort(key=lambda change: (GROUPS.index(change.group), not change.clause, change.clause))
    named = paths if paths is not None else (old.file, new.file)
    return Diff(old, new, tuple(changes), line_diff(old, new), _remarks(old, new), named)


def _remarks(old: Convention, new: Convention) -> bool:
    """Whether a question that both files answer comes with another remark."""
    shared = old.by_question.keys() & new.by_question.keys()
    return any(
        old.by_question[question].note != new.by_question[question].note for question in shared
    )


def _clauses(old: Convention, new: Convention) -> Iterator[Change]:
    """The atoms of all questions, joined for issuers times recipients."""
    joined: dict[_Key, list[tuple[list[str], str]]] = {}
    for (answers, realm, event, purpose, recipient), issuers in _alike(old, new):
        before, after = answers
        clauses = before.clause if before else "", after.clause if after else ""
        for atom in atoms(answering(before, recipient), answering(after, recipient), recipient):
            key = atom, realm, event, purpose, clauses
            joined.setdefault(key, []).append((issuers, recipient))
    for key, sendings in joined.items():
        atom, realm, event, purpose, _ = key
        pairs = ((issuer, recipient) for issuers, recipient in sendings for issuer in issuers)
        for senders, recipients in rectangles(pairs):
            # Grants of one clause may share an atom, and not the facts that show it.
            asked = realm, senders[0], event, purpose, recipients[0]
            answers = old.by_question.get(asked), new.by_question.get(asked)
            yield Change(atom, realm, event, purpose, senders, recipients, answers)


def _alike(old: Convention, new: Convention) -> list[tuple[_Alike, list[str]]]:
    """Questions that the same grants answer, whoever asks: who sends it makes no difference to atoms."""
    groups: dict[tuple[int | str, ...], tuple[_Alike, list[str]]] = {}  # grants hold dicts: by id
    for question in dict.fromkeys([*new.by_question, *old.by_question]):
        realm, issuer, event, purpose, recipient = question
        answers = old.by_question.get(question), new.by_question.get(question)
        name = (id(answers[0]), id(answers[1]), realm, event, purpose, recipient)
        alike = answers, realm, event, purpose, recipient
        groups.setdefault(name, (alike, []))[1].append(issuer)
    return list(groups.values())

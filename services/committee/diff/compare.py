"""What a new version opens, closes, makes harder or easier: complete over the whole space.

Every question that either file answers is compared; all others are refused by both. What a file
says beside its clauses (signatories, promises, calendar, doors, words) is compared too. Order and
wording count for nothing, but for what the log knows by its place: the permissions of a clause. Two
files that mean the same have no difference in what may be shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.convention.model import Convention, Grant
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
from services.committee.diff.change_examples import shown
from services.committee.diff.doors_moved import door_changes
from services.committee.diff.file_changes import general
from services.committee.diff.reused_numbers import number_changes
from services.committee.diff.reused_owed_numbers import (
    known_otherwise,
    owed_numbers,
    started_numbers,
)
from services.committee.texts.clause_sentence import generate

_Answers = tuple[Grant | None, Grant | None]  # of the old and new file
_Alike = tuple[_Answers, str, str, str, str]  # realm, event, purpose, recipient
_Key = tuple[Atom, str, str, str, tuple[str, str]]  # what, and clauses of the old and new file


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
    def untried(self) -> int:
        """Of how many changes no example was worked out, since there are many of their kind."""
        return sum(change.untried for change in self.changes)

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
    found += [*number_changes(old, new), *owed_numbers(old, new)]
    found += [*started_numbers(old, new), *general(old, new)]
    found.sort(key=lambda one: (GROUPS.index(one.group), not one.clause, one.clause))
    return Diff(old, new, tuple(shown(old, new, found)))


def _clauses(old: Convention, new: Convention) -> Iterator[Change]:
    """The atoms of all questions, joined for issuers times recipients."""
    joined: dict[_Key, list[tuple[list[str], str]]] = {}
    for (answers, realm, event, purpose, recipient), issuers in _alike(old, new):
        before, after = answers
        clauses = before.clause if before else "", after.clause if after else ""
        for atom in _atoms(old, new, before, after, recipient):
            key = atom, realm, event, purpose, clauses
            joined.setdefault(key, []).append((issuers, recipient))
    for key, found in joined.items():
        atom, realm, event, purpose, _ = key
        pairs = ((issuer, recipient) for issuers, recipient in found for issuer in issuers)
        for senders, recipients in rectangles(pairs):
            # Grants of one clause may share an atom, and not the facts that show it.
            asked = realm, senders[0], event, purpose, recipients[0]
            answers = old.by_question.get(asked), new.by_question.get(asked)
            yield Change(atom, realm, event, purpose, senders, recipients, answers)


def _alike(old: Convention, new: Convention) -> list[tuple[_Alike, list[str]]]:
    """Questions that the same grants answer, whoever asks: who sends it makes no difference to atoms."""
    found: dict[tuple[int | str, ...], tuple[_Alike, list[str]]] = {}  # grants hold dicts: by id
    for question in dict.fromkeys([*new.by_question, *old.by_question]):
        realm, issuer, event, purpose, recipient = question
        answers = old.by_question.get(question), new.by_question.get(question)
        name = (id(answers[0]), id(answers[1]), realm, event, purpose, recipient)
        one = answers, realm, event, purpose, recipient
        found.setdefault(name, (one, []))[1].append(issuer)
    return list(found.values())


def _atoms(
    old: Convention, new: Convention, before: Grant | None, after: Grant | None, recipient: str
) -> list[Atom]:
    found = list(atoms(answering(before, recipient), answering(after, recipient), recipient))
    if before is not None and after is not None and before.sentence != after.sentence:
        moved = known_otherwise(old, new, after)
        for lang in ("fr", "en"):
            # Only where the data make the same sentence: else its change is that of the data. A number
            # that a duty names is no data of the clause's own.
            data = generate(old, before, lang), generate(new, after, lang)
            said = before.sentence[lang], after.sentence[lang]
            if (moved or data[0] == data[1]) and said[0] != said[1]:
                found.append(Atom("reworded", "words", ("sentence", lang), said[:1], said[1:]))
    return found

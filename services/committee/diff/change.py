"""One difference between two conventions, as a value, and those of a question (`diff`).

A question (realm, issuer, event, purpose, recipient) has one answer in each file: what is released,
on which conditions, how long it is kept, what it makes owed, who takes part by it. What differs is
an *atom*; the same atom of several questions becomes one change, for issuers times recipients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from contracts.convention.clauses import Grant, Question
from contracts.convention.duty import DutySpec
from contracts.convention.model import Convention
from contracts.convention.rows import in_order
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import KEPT_DAYS, NARROW, SCOPES, expand
from services.committee.diff.duty_terms import Terms, compare, dated, owed, tells, terms, when
from services.committee.matrix.clause_margin import assigned_by

Group = Literal["opened", "closed", "harder", "easier", "otherwise"]
GROUPS: Final[tuple[Group, ...]] = Group.__args__  # type: ignore[attr-defined]
SHARING: Final = frozenset({"opened", "closed", "harder", "easier"})


@dataclass(frozen=True, slots=True)
class Atom:
    """What differs in one question.

    Attributes:
        kind: `scopes`, `condition`, `retention`, `deadline`, `duty`, `assignment`, `clause`,
            `basis`; of the file as a whole `access`, `quorum`, `promise`, `agency`.
        what: scopes, one condition, a duty's name, …: whatever `kind` is about.
        was, becomes: values in the old and the new file, where both have one; of scopes that are
            closed, `becomes` is what narrow ones of theirs still pass.
        opens: something may reach somebody, or stay, that could not before.
        conditions: on which the scopes pass, for `scopes`.
        terms: of a question that is opened: what it makes owed, how long it is kept.
    """

    group: Group
    kind: str
    what: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    becomes: tuple[str, ...] = ()
    opens: bool = False
    conditions: tuple[str, ...] = ()
    duty: DutySpec | None = None
    new_question: bool = False
    terms: Terms | None = None


@dataclass(frozen=True)
class Change:
    """One difference, and the questions that it changes.

    Attributes:
        issuers, recipients: the atom holds for each pair; both empty for the file as a whole.
        grants: the answering grants of the old and new file, None where there is none.
    """

    atom: Atom
    realm: str = ""
    event: str = ""
    purpose: str = ""
    issuers: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    grants: tuple[Grant | None, Grant | None] = (None, None)

    @property
    def group(self) -> Group:
        """Where it is listed."""
        return self.atom.group

    @property
    def clause(self) -> str:
        """Id of the clause, of the new file if it has one; empty for the file as a whole."""
        old, new = self.grants
        grant = new or old
        return grant.clause if grant is not None else ""

    def questions(self) -> Iterator[Question]:
        """Every question that it changes."""
        for issuer in self.issuers:
            for recipient in self.recipients:
                yield self.realm, issuer, self.event, self.purpose, recipient


def effective(grant: Grant, recipient: str) -> tuple[str, ...]:
    """The conditions that restrict: a judge assigned to the case has a measure open."""
    conditions = set(grant.conditions)
    if recipient == "JE" and "assigned" in conditions:
        conditions.discard("measure_open")
    return tuple(name for name in CONDITIONS if name in conditions)


def atoms(old: Grant | None, new: Grant | None, recipient: str) -> Iterator[Atom]:
    """All that differs between two answers to one question."""
    if old is None or new is None:
        yield from _whole(old, new, recipient)
        return
    if old.publication != new.publication:
        yield from _whole(old, None, recipient)
        yield from _whole(None, new, recipient)
        return
    yield from _scopes(old, new, recipient)
    yield from _conditions(old, new, recipient)
    yield from _retention(old, new)
    yield from _duties(old, new, recipient)
    yield from _assignment(old, new)
    yield from _otherwise(old, new)


def _whole(old: Grant | None, new: Grant | None, recipient: str) -> Iterator[Atom]:
    """A question that only one of the two answers."""
    if new is not None:
        scopes = tuple(in_order(new.released))
        yield Atom(
            "opened", "scopes", scopes, opens=True, conditions=effective(new, recipient),
            new_question=True, terms=terms(new, recipient),
        )  # fmt: skip
    elif old is not None:
        scopes = tuple(in_order(old.released))
        yield Atom("closed", "scopes", scopes, new_question=True)


def _scopes(old: Grant, new: Grant, recipient: str) -> Iterator[Atom]:
    if gained := new.released - old.released:
        conditions = effective(new, recipient)
        yield Atom("opened", "scopes", tuple(in_order(gained)), opens=True, conditions=conditions)
    if lost := old.released - new.released:
        narrow = (scope for scope in new.released if SCOPES[scope] == NARROW)
        left = frozenset(scope for scope in narrow if scope.split(".")[0] in lost)
        yield Atom("closed", "scopes", tuple(in_order(lost)), becomes=tuple(in_order(left)))


def _conditions(old: Grant, new: Grant, recipient: str) -> Iterator[Atom]:
    """Of what both release; what only one releases is opened or closed as a whole."""
    if not old.released & new.released:
        return
    before, after = effective(old, recipient), effective(new, recipient)
    for condition in after:
        if condition not in before:
            yield Atom("harder", "condition", (condition,))
    for condition in before:
        if condition not in after:
            yield Atom("easier", "condition", (condition,), opens=True)


def _retention(old: Grant, new: Grant) -> Iterator[Atom]:
    if old.keep == new.keep:
        return
    longer = KEPT_DAYS[new.keep] > KEPT_DAYS[old.keep]
    group: Group = "easier" if longer else "harder"
    yield Atom(group, "retention", (), (old.keep,), (new.keep,), opens=longer)


def _duties(old: Grant, new: Grant, recipient: str) -> Iterator[Atom]:
    before, after = owed(old, recipient), owed(new, recipient)
    for key, duty in after.items():
        if key not in before:
            yield Atom("harder", "duty", key, duty=duty, opens=tells(duty, recipient))
    for key, duty in before.items():
        if key not in after:
            yield Atom("easier", "duty", key, duty=duty)
        elif after[key] != duty:
            yield _deadline(key, duty, after[key], recipient)


def _deadline(key: tuple[str, ...], old: DutySpec, new: DutySpec, recipient: str) -> Atom:
    """The same duty by another date, or from another one, or by law."""
    # By a date that an event need not bring, nobody may have been told before.
    opens = tells(new, recipient) and dated(old) != dated(new)
    was, becomes = when(old), when(new)
    moves = {
        compare(old.within, new.within) if old.start == new.start else "otherwise",
        compare(old.urgent_within or old.within, new.urgent_within or new.within),
    } - {"same"}
    group: Group = "otherwise"
    if old.legal == new.legal and old.start == new.start and len(moves) == 1:
        group = "harder" if moves == {"sooner"} else "easier" if moves == {"later"} else group
    return Atom(group, "deadline", key, was, becomes, opens=opens, duty=new)


def _assignment(old: Grant, new: Grant) -> Iterator[Atom]:
    before, after = assigned_by(old), assigned_by(new)
    for who in after:
        if who not in before:
            yield Atom("easier", "assignment", (who,), opens=True)
    for who in before:
        if who not in after:
            yield Atom("harder", "assignment", (who,))


def _otherwise(old: Grant, new: Grant) -> Iterator[Atom]:
    if old.clause != new.clause:
        yield Atom("otherwise", "clause", (), (old.clause,), (new.clause,))
    if set(old.basis) != set(new.basis):
        was, becomes = tuple(sorted(old.basis)), tuple(sorted(new.basis))
        yield Atom("otherwise", "basis", (), was, becomes)


def rectangles(pairs: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Pairs as issuers times recipients, each pair once, in the order in which they came."""
    by_issuer: dict[str, list[str]] = {}
    for issuer, recipient in pairs:
        by_issuer.setdefault(issuer, []).append(recipient)
    merged: dict[tuple[str, ...], list[str]] = {}
    for issuer, recipients in by_issuer.items():
        merged.setdefault(tuple(recipients), []).append(issuer)
    return [(tuple(issuers), recipients) for recipients, issuers in merged.items()]


def tops(scopes: tuple[str, ...]) -> frozenset[str]:
    """Scopes without those that a base among them releases."""
    given = frozenset(scopes)
    bases = {scope for scope in given if "." not in scope}
    return given - (expand(frozenset(bases)) - bases)


def wording(old: Convention, new: Convention) -> Convention:
    """The new convention, which also knows the names of what only the old one has.

    A reader signs the new file: roles, acts and data have its names, in what closes too.
    """
    gone = (
        old.roles.keys() - new.roles.keys()
        | old.readers.keys() - new.readers.keys()
        | old.scope_labels.keys() - new.scope_labels.keys()
        | old.texts.keys() - new.texts.keys()
        | old.party_labels.keys() - new.party_labels.keys()
    )
    if not gone:
        return new
    return replace(
        new,
        roles=old.roles | new.roles,
        readers=old.readers | new.readers,
        scope_labels=old.scope_labels | new.scope_labels,
        texts=old.texts | new.texts,
        party_labels=old.party_labels | new.party_labels,
    )


def act_label(words: Convention, grant: Grant, lang: str) -> str:
    """What a clause calls its act; its number keeps the act, so the new file's name is it."""
    return words.by_clause.get(grant.clause, (grant,))[0].label[lang]

"""What a new version does to events that are in the log already, by the numbers they were sent under (`diff`)."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.convention.checks.compatible_conditions import EARLIER
from contracts.convention.model import Condition, Convention, Grant, questions
from contracts.decision.conditions import answerable
from services.committee.cases.synthetic_event import Earlier, Example, made
from services.committee.diff.change import Atom, Change, effective
from services.committee.diff.change_examples import EXAMPLES
from services.committee.diff.rule_numbers import given_anew
from services.committee.matrix.rows import in_order


def number_changes(old: Convention, new: Convention) -> Iterator[Change]:
    """Numbers that come to count as something else, and those that count no more."""
    for clause, was, becomes in given_anew(old, new):
        yield Change(Atom("otherwise", "number", (clause,), was, becomes, opens=True))
    for number, (clause, condition) in enumerate(_left_behind(old, new).items()):
        sent = old.by_clause[clause][0]
        atom = Atom("closed", "number_left", (clause,), (sent.event, sent.purpose))
        untried = number >= EXAMPLES
        example = None if untried else _example(old, new, sent, condition)
        yield Change(atom, example=example, untried=untried)


def _left_behind(old: Convention, new: Convention) -> dict[str, Condition]:
    """Number -> a condition that counts what was sent under it in the old version, not in the new."""
    found: dict[str, Condition] = {}
    for condition in _asked(old) & _asked(new):
        before, after = (answerable(one, condition) or frozenset() for one in (old, new))
        for clause in before - after:
            found[clause] = min(condition, found.get(clause, condition))
    return dict(sorted(found.items()))


def _asked(convention: Convention) -> frozenset[Condition]:
    found = {name for grant in convention.grants for name in grant.conditions}
    return frozenset(name for name in found if name in EARLIER)


def _example(old: Convention, new: Convention, sent: Grant, condition: Condition) -> Example | None:
    """An answer or a copy that the old version lets through and the new does not, if both have one."""
    for grant in old.grants:
        for question in questions(grant) if condition in grant.conditions else ():
            _, issuer, _, _, recipient = question
            author = issuer if condition == "copy_of" else recipient
            after = new.by_question.get(question)
            if author not in sent.issuers or after is None or condition not in after.conditions:
                continue
            scopes = grant.released & after.released
            scopes &= sent.released if condition == "copy_of" else scopes
            facts = {*effective(grant, recipient), *effective(after, recipient)} - set(EARLIER)
            if scopes:
                answers = (_delivery(sent, author, issuer, in_order(scopes)),)
                return made(question, in_order(scopes)[:1], facts, new, old, answers=answers)
    return None


def _delivery(sent: Grant, author: str, reader: str, scopes: list[str]) -> Earlier:
    """The event under the number: to whoever answers it, if that can be."""
    to = reader if reader in sent.recipients else sent.recipients[0]
    return Earlier(issuer=author, recipient=to, clause=sent.clause, scopes=tuple(scopes))

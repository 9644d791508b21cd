"""The earlier event that an example answers or copies: one that its author can really have sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.convention.checks.compatible_conditions import ANSWERS
from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import INQUIRED, INQUIRY, answerable
from contracts.convention.model import Convention

INQUIRED_BY: Final = "R21"  # the clause of an inquiry, in every version
# (clause, recipient) where no convention is at hand, or none has such an event.
_USUAL: Final = {
    "own_ip": ("R01", "CRIP"), "own_report": ("R08", "PARQ-CIV"), "own_st": ("R22", "CRIP"),
    "copy_of": ("R08", "PARQ-CIV"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Precedent:
    """One delivery of an earlier event."""

    issuer: str
    recipient: str
    clause: str
    scopes: tuple[str, ...] = ()


def precedents(
    conventions: Sequence[Convention],
    question: tuple[str, str, str, str, str],
    scopes: tuple[str, ...],
    wanted: frozenset[str],
) -> tuple[Precedent, ...]:
    """What an event must name to meet its conditions; empty if they ask for nothing earlier.

    Args:
        conventions: that are to be shown alike; the earlier event counts in all of them if one
            does.
        question: realm, issuer, event, purpose and recipient of the event.
        scopes: that it carries.
        wanted: the conditions.
    """
    realm, issuer, _, _, recipient = question
    inquired = "own_report" in wanted and ("own_report", recipient) == INQUIRED
    if "copy_of" in wanted and inquired:  # one event of the author's, to police by the inquiry
        order = Precedent(issuer, recipient, INQUIRED_BY)
        return order, _of(conventions, realm, "copy_of", issuer, scopes=scopes, taken=[order])
    if "copy_of" in wanted:
        return (_of(conventions, realm, "copy_of", issuer, scopes=scopes),)
    if inquired:
        return (_inquiry(conventions, realm, recipient, issuer),)
    return _own(conventions, realm, recipient, issuer, [one for one in ANSWERS if one in wanted])


def _own(
    conventions: Sequence[Convention], realm: str, author: str, reader: str, wanted: list[str]
) -> tuple[Precedent, ...]:
    """One event of the author's that all conditions count: to a desk by each clause."""
    event = _event(conventions, realm, author, wanted)
    found: list[Precedent] = []
    for condition in wanted:
        if not any(_in_all(conventions, condition, one.clause) for one in found):
            found.append(
                _of(conventions, realm, condition, author, reader, taken=found, event=event)
            )
    return tuple(found)


def _event(conventions: Sequence[Convention], realm: str, author: str, wanted: list[str]) -> str:
    """The type of the author's events that most conditions count; the first of them."""
    met: dict[str, set[str]] = {}
    for grant in _sent(conventions, realm, author):
        counted = {one for one in wanted if _any(_counted(conventions, one), grant.clause)}
        met.setdefault(grant.event, set()).update(counted)
    return max(met, key=lambda one: len(met[one]), default="")


def _inquiry(conventions: Sequence[Convention], realm: str, reader: str, sender: str) -> Precedent:
    """The inquiry that the police was given, by the one who now answers it if that can be."""
    authors = [
        issuer
        for convention in conventions
        for grant in convention.grants
        if (act_of(grant), grant.realm) == (INQUIRY, realm) and reader in grant.recipients
        for issuer in grant.issuers
    ]
    author = sender if sender in authors else (*authors, "PARQ-CRIM")[0]
    return Precedent(author, reader, INQUIRED_BY)


def _of(
    conventions: Sequence[Convention],
    realm: str,
    condition: str,
    author: str,
    reader: str = "",
    *,
    scopes: tuple[str, ...] = (),
    taken: Sequence[Precedent] = (),
    event: str = "",
) -> Precedent:
    """A delivery of the author's that counts, goes to the reader, and holds the scopes.

    Args:
        taken: deliveries of the same event: a desk gets it by one clause.
        event: its type, if there is such an event.
    """
    counted = _counted(conventions, condition)

    def rank(grant: Grant) -> tuple[int, int, bool, bool, str]:
        held = sum(scope in grant.released for scope in scopes)
        counts = sum(grant.clause in clauses for clauses in counted)
        other = bool(event) and grant.event != event
        return -held, -counts, other, reader not in grant.recipients, grant.id

    known = [one for one in _sent(conventions, realm, author) if _any(counted, one.clause)]
    if known:
        grant = min(known, key=rank)
        clause, whom = grant.clause, grant.recipients
        first = reader if reader in whom else whom[0]
    else:
        clause, usual = _USUAL[condition]
        first, whom = usual if condition == "copy_of" else reader, ()
    gone = {author, *(one.recipient for one in taken)} if taken else set()
    free = [role for role in (first, *whom, *_roles(conventions)) if role not in gone]
    return Precedent(author, free[0] if free else first, clause, scopes)


def _roles(conventions: Sequence[Convention]) -> Iterator[str]:
    for convention in conventions:
        yield from convention.roles


def _counted(conventions: Sequence[Convention], condition: str) -> list[frozenset[str]]:
    return [answerable(one, condition) or frozenset() for one in conventions]


def _in_all(conventions: Sequence[Convention], condition: str, clause: str) -> bool:
    return all(clause in clauses for clauses in _counted(conventions, condition))


def _sent(conventions: Sequence[Convention], realm: str, author: str) -> Iterator[Grant]:
    for convention in conventions:
        yield from convention.by_issuer.get((realm, author), ())


def _any(counted: Iterable[frozenset[str]], clause: str) -> bool:
    return any(clause in clauses for clauses in counted)

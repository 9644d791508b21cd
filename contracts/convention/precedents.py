"""The earlier event that an example answers or copies: one that its author can really have sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.conditions import INQUIRED, INQUIRY, answerable
from contracts.convention.model import Convention, Grant

# (clause, recipient) where no convention is at hand, or none has such an event.
_USUAL: Final = {
    "own_ip": ("R01", "CRIP"), "own_report": ("R08", "PARQ-CIV"), "own_st": ("R22", "CRIP"),
    "copy_of": ("R08", "PARQ-CIV"),
}  # fmt: skip
_COPY: Final = ("R11", "CRIP")
ANSWERS: Final = ("own_ip", "own_report", "own_st")


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
        conventions: that are to be shown alike; the earlier event counts in all of them if one does.
        question: realm, issuer, event, purpose and recipient of the event.
        scopes: that it carries.
        wanted: the conditions.
    """
    realm, issuer, _, _, recipient = question
    if "copy_of" in wanted:
        return (_of(conventions, realm, "copy_of", issuer, "", scopes),)
    if "own_report" in wanted and ("own_report", recipient) == INQUIRED:
        return (_inquiry(conventions, realm, recipient, issuer),)
    if {"own_ip", "own_report"} <= wanted:  # one signalement, and its copy to the CRIP
        report = _of(conventions, realm, "own_report", recipient, issuer)
        return report, Precedent(recipient, _COPY[1], _COPY[0])
    return tuple(
        _of(conventions, realm, one, recipient, issuer) for one in ANSWERS if one in wanted
    )[:1]


def _inquiry(conventions: Sequence[Convention], realm: str, reader: str, sender: str) -> Precedent:
    """The inquiry that the police was given, by the one who now answers it if that can be."""
    authors = [
        issuer
        for convention in conventions
        for grant in convention.grants
        if (grant.clause, grant.realm) == (INQUIRY, realm) and reader in grant.recipients
        for issuer in grant.issuers
    ]
    author = sender if sender in authors else (*authors, "PARQ-CRIM")[0]
    return Precedent(author, reader, INQUIRY)


def _of(
    conventions: Sequence[Convention],
    realm: str,
    condition: str,
    author: str,
    reader: str,
    scopes: tuple[str, ...] = (),
) -> Precedent:
    """The author's event that counts in most conventions, goes to the reader, and holds the scopes."""
    counted = [answerable(one, condition) or frozenset() for one in conventions]

    def rank(grant: Grant) -> tuple[int, int, bool, str]:
        held = sum(scope in grant.released for scope in scopes)
        counts = sum(grant.clause in clauses for clauses in counted)
        return -held, -counts, reader not in grant.recipients, grant.id

    known = [one for one in _sent(conventions, realm, author) if _any(counted, one.clause)]
    if not known:
        clause, usual = _USUAL[condition]
        return Precedent(author, usual if condition == "copy_of" else reader, clause, scopes)
    grant = min(known, key=rank)
    to = reader if reader in grant.recipients else grant.recipients[0]
    return Precedent(author, to, grant.clause, scopes)


def _sent(conventions: Sequence[Convention], realm: str, author: str) -> Iterator[Grant]:
    for convention in conventions:
        yield from convention.by_issuer.get((realm, author), ())


def _any(counted: Iterable[frozenset[str]], clause: str) -> bool:
    return any(clause in clauses for clauses in counted)

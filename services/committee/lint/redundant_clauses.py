"""Clauses that let nothing through that others, one or several together, do not let through already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import product

from contracts.convention.model import Convention, Grant
from services.committee.diff.rule_numbers import tied
from services.committee.lint.finding import PROBLEM, Finding, at
from services.committee.texts.labels import purpose_label

Way = tuple[str, str, str, str]  # realm, event, issuer role, recipient role


def covered(convention: Convention) -> Iterator[Finding]:
    """Each of them; those to be left out could all be so at once: none is covered by another of them.

    Every sender, reader and scope of a clause is looked at. What others let pass counts if they do so
    on no further conditions and with the same consequences: duties, participants, retention. A clause
    whose number counts comes last: it is kept, so that another is left out where there is one.
    """
    ways, needed = _laid_out(convention.grants), tied(convention) | convention.named_by_duties
    found: set[str] = set()
    for grant in sorted(convention.grants, key=_place, reverse=True):
        if grant.clause not in needed and (by := _cover(grant, ways, found)):
            found.add(grant.id)
            yield _finding(convention, grant, "clause_adds_nothing", by)
    for grant in convention.grants:
        if grant.clause in needed and (by := _cover(grant, ways, found)):
            yield _finding(convention, grant, "clause_adds_its_number", by)


def _finding(convention: Convention, grant: Grant, code: str, by: list[Grant]) -> Finding:
    """Its facts: the other clauses, then its purpose and theirs, in French and in English."""
    facts = [", ".join(one.id for one in by)]
    for lang, quotes in (("fr", "« {} »"), ("en", "“{}”")):
        theirs = dict.fromkeys(purpose_label(one.purpose, lang) for one in by)
        facts.append(quotes.format(purpose_label(grant.purpose, lang)))
        facts.append(", ".join(quotes.format(one) for one in theirs))
    return at(convention, grant, code, *facts, level=PROBLEM)


def _place(grant: Grant) -> tuple[str, str]:
    return grant.purpose, grant.id


def _laid_out(grants: Iterable[Grant]) -> dict[Way, list[Grant]]:
    """Who may send an act to whom by which grants: a purpose each, as no question has two answers."""
    ways: dict[Way, list[Grant]] = {}
    for grant in sorted(grants, key=_place):
        for way in _ways(grant):
            ways.setdefault(way, []).append(grant)
    return ways


def _ways(grant: Grant) -> Iterator[Way]:
    for issuer, recipient in product(grant.issuers, grant.recipients):
        yield grant.realm, grant.event, issuer, recipient


def _cover(grant: Grant, ways: dict[Way, list[Grant]], found: Collection[str]) -> list[Grant]:
    """The grants that cover all of one, as few as are easily found; empty if some of it is its own."""
    near = {one.id: one for way in _ways(grant) for one in ways[way]}
    others = [one for one in near.values() if one.id not in found and _replaces(one, grant)]
    # Those that let most of it pass first: one is named alone where it does for all.
    others.sort(key=lambda one: -_reach(one, grant))
    chosen: dict[str, Grant] = {}
    for issuer, recipient in product(grant.issuers, grant.recipients):
        lacking = grant.released
        for one in (*chosen.values(), *others):
            if not lacking:
                break
            if lacking & one.released and issuer in one.issuers and recipient in one.recipients:
                chosen[one.id] = one
                lacking -= one.released
        if lacking:
            return []
    return sorted(chosen.values(), key=lambda one: one.id)


def _replaces(other: Grant, grant: Grant) -> bool:
    """Whether what another grant lets pass, passes as easily and with the same consequences."""
    return (
        other is not grant
        and set(other.conditions) <= set(grant.conditions)
        and (other.duties, other.assigns, other.keep) == (grant.duties, grant.assigns, grant.keep)
    )


def _reach(other: Grant, grant: Grant) -> int:
    """How much of a grant another one covers, in scopes of a sender and a reader."""
    return (
        len(set(grant.issuers) & set(other.issuers))
        * len(set(grant.recipients) & set(other.recipients))
        * len(grant.released & other.released)
    )

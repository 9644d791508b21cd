"""Promises of the file that forbid nothing: whoever signs them relies on words alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from contracts.convention.checks.promises import Invariant
from contracts.convention.model import Convention
from services.committee.lint.finding import NOTE, PROBLEM, Finding, Level

BUS: Final = "BUS"  # issues the publications; no desk
_PUBLISHED: Final = "STAT"  # event and category of what is published, and never sent to a desk


def promises(convention: Convention) -> Iterator[Finding]:
    """Those that every clause keeps, and those that the form of clauses keeps by itself."""
    for one in convention.invariants:
        if one.void:
            yield _finding(convention, one, "promise_forbids_nothing", PROBLEM)
        elif not _sent(convention, one) and not _published(convention, one):
            yield _finding(convention, one, "promise_adds_nothing", NOTE)


def _finding(convention: Convention, one: Invariant, code: str, level: Level) -> Finding:
    facts = one.id, one.sentence["fr"], one.sentence["en"]
    return Finding(code, level, convention.file, one.line, "", facts)


def _sent(convention: Convention, promise: Invariant) -> bool:
    """Whether any clause between two desks could release what it is about."""
    selected, roles = promise.selection, convention.roles
    events = selected.events - {_PUBLISHED}
    scopes = [one for one in selected.scopes if one.split(".")[0] != _PUBLISHED]
    senders, readers = (roles.keys() & one for one in (selected.issuers, selected.recipients))
    return bool(events and scopes) and any(
        sender != reader
        and selected.realms.intersection(roles[sender].realms, roles[reader].realms)
        for sender, reader in product(senders, readers)
    )


def _published(convention: Convention, promise: Invariant) -> bool:
    """Whether any publication could; one is kept by nobody."""
    selected = promise.selection
    return (
        promise.demand != "at_most"
        and BUS in selected.issuers
        and _PUBLISHED in selected.events
        and not selected.recipients.isdisjoint(convention.readers)
        and any(one.split(".")[0] == _PUBLISHED for one in selected.scopes)
    )

"""What intake may foresee: the convention's answer to a draft, without state.

The same clauses, conditions and guard as `decide`; a condition that reads the state *depends*, and
what depends is sent. Only what no clause lets through is left out, and never published; beside it
what its desk does not read, of which no router asks (keys §2.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contracts.convention.agreed import agreed
from contracts.convention.known_acts import REPORT
from contracts.convention.model import Convention
from contracts.decision.conditions import DEPENDS, ConditionInputs, failures, scope_reasons
from contracts.decision.doors import Door, doors
from contracts.decision.draft import Draft, DraftAddressee
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared
from contracts.vocabulary.events import version_of
from contracts.vocabulary.schema import desk_urn

Verdict = Literal["release", "withhold", "depends"]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What intake may foresee of one addressee, without state.

    Attributes:
        desk: short id.
        verdict: `release`, `withhold` (surely) or `depends` (only the router knows).
        scopes: those that a clause releases, of what the draft holds.
        withheld: scope -> reasons, of what no clause lets through.
        retention: class of the key to seal with, empty if withheld.
        known: whether any clause, for any purpose, lets this issuer's act address this desk.
    """

    desk: str
    grant: str
    verdict: Verdict
    scopes: tuple[str, ...]
    withheld: dict[str, tuple[str, ...]]
    reasons: tuple[str, ...]
    doors: tuple[Door, ...]
    retention: str
    known: bool


def foresee(convention: Convention, directory: Directory, draft: Draft) -> tuple[Foreseen, ...]:
    """What the convention will surely say of a draft, addressee by addressee.

    A condition that reads the state *depends*, and what depends is sent: only what no clause lets
    through is left out.
    """
    copied: frozenset[str] | None = None
    foreseen: dict[str, Foreseen] = {}
    for addressee in sorted(draft.to, key=lambda one: one.purpose == "avoid_duplicates"):
        ahead = foreseen[addressee.desk] = _foresee(convention, directory, draft, addressee, copied)
        reported = (draft.etype, addressee.purpose) == REPORT
        if reported and ahead.verdict != "withhold":
            copied = (copied or frozenset()) | frozenset(ahead.scopes)
    return tuple(foreseen[addressee.desk] for addressee in draft.to)


def _foresee(
    convention: Convention,
    directory: Directory,
    draft: Draft,
    addressee: DraftAddressee,
    copied: frozenset[str] | None,
) -> Foreseen:
    urns = desk_urn(draft.realm, draft.issuer), desk_urn(draft.realm, addressee.desk)
    issuer, recipient = (
        row if agreed(convention, row) else None for row in map(directory.desk, urns)
    )
    had = tuple(sorted(addressee.portions))
    roles = (issuer.role if issuer else "", recipient.role if recipient else "")
    known = any(
        roles[1] in grant.recipients and grant.event == draft.etype and not grant.publication
        for grant in convention.by_issuer.get((draft.realm, roles[0]), ())
    )
    grant = convention.grant(draft.realm, roles[0], draft.etype, addressee.purpose or "", roles[1])
    question = draft.realm, roles[0], draft.etype, had, roles[1], addressee.purpose
    if grant is None:
        why: tuple[str, ...] = (reasons.NO_CLAUSE if recipient else reasons.UNKNOWN_DESK,)
        right = doors(convention, *question)
        return Foreseen(
            addressee.desk, "", "withhold", (), dict.fromkeys(had, why), why, right, "", known
        )
    ending = draft.facts.get("phase") == "end" and bool(draft.ends)
    asked = ConditionInputs(
        convention, directory, grant, None, *urns, draft.declared or Declared(), addressee.re,
        ending, copied,
    )  # fmt: skip
    failed = failures(asked)
    sure = tuple(reason for reason in failed if reason != DEPENDS)
    if recipient is not None and not recipient.can_read(version_of(draft.etype)):
        sure = (reasons.NOT_READ, *sure)
    original = copied if "copy_of" in grant.conditions and not addressee.re else None
    faults = {scope: scope_reasons(grant, *roles, scope, original) for scope in had}
    kept_back = {scope: why for scope, why in faults.items() if why}
    kept = tuple(scope for scope in had if scope not in kept_back)
    if not kept and not ending:
        sure = (*sure, reasons.NO_PARTS)
    elif not kept:
        failed = (*failed, DEPENDS)  # an end may be empty, of what its recipient was told of
    verdict: Verdict = "withhold" if sure else "depends" if failed else "release"
    right = doors(convention, *question) if kept_back or sure else ()
    return Foreseen(
        addressee.desk, grant.id, verdict, kept, kept_back, sure, right, grant.keep, known
    )

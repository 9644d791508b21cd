"""The same facts for the engine and for an oracle: declarations, a case and a directory; as values.

Each `Variant` is one way in which a condition is met or not. The engine gets a cover, a state and a
directory; the oracle gets what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.decision.decide import decide
from contracts.decision.state.state import Case, Past, State
from contracts.decision.state.view import View
from contracts.encoding import digest
from contracts.envelope.event import Head
from contracts.keys.directory import Directory
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import ROLES, SCOPES
from tests.contracts.convention.cedar import Question
from tests.contracts.decision.asking import (
    AT,
    BOUND,
    DIRECTORIES,
    EVERYTHING,
    SUB,
    desk_of,
    event,
    jti,
    ref,
)

NUMBERS: Final = {role: 1000 + at for at, role in enumerate(ROLES)}  # one past event a role
WHERE: Final = {"R01": "crip", "R08": "parq-civ", "R22": "je", "R21": "pol"}  # delivered to whom
PART: Final = ("FACTS", "IDENTITY")  # of a signalement that released little


@dataclass(frozen=True)
class Variant:
    """What is declared, what the case holds, who is bound.

    Attributes:
        changed: declarations that differ from `EVERYTHING`; None: not declared.
        past: clauses under which each role's own past event was released.
        reported: scopes that R08 released.
        unassigned: roles that take no part in the case.
        bound: roles that are bound by secrecy.
    """

    name: str
    changed: tuple[tuple[str, Any], ...] = ()
    past: tuple[str, ...] = tuple(WHERE)
    reported: tuple[str, ...] = tuple(SCOPES)
    unassigned: frozenset[str] = frozenset()
    bound: frozenset[str] = BOUND

    @property
    def declared(self) -> dict[str, Any]:
        """The cover's declarations."""
        both = EVERYTHING | dict(self.changed)
        return {name: value for name, value in both.items() if value is not None}


EVERYBODY: Final = frozenset(ROLES)
FAVOURABLE: Final = Variant("favourable")
VARIANTS: Final = (
    *(
        Variant(f"no {name}", ((name, None),))
        for name in EVERYTHING
    ),
    Variant("inquiry", (("inquiry", True),)),
    Variant("inquiry, not authorised", (("inquiry", True), ("auth", None))),
    Variant("deferred", (("parents_told", "deferred"),)),
    Variant("deferred, not authorised", (("parents_told", "deferred"), ("auth", None))),
    Variant("no danger declared", (("danger", False),)),
    Variant("no judge, nothing declared", (("measure_open", None),), unassigned=frozenset({"JE"})),
    Variant("nobody assigned", unassigned=EVERYBODY),
    *(Variant(f"only {clause}", past=(clause,)) for clause in WHERE),
    Variant("an empty case", past=(), unassigned=EVERYBODY),
    Variant("little was reported", reported=PART),
    Variant("nobody bound", bound=frozenset()),
    Variant("everybody bound", bound=EVERYBODY),
)  # fmt: skip


def facts(question: Question, variant: Variant) -> dict[str, Any]:
    """What an oracle reads."""
    _, issuer, _, purpose, recipient = question
    said = variant.declared
    copies = purpose == "avoid_duplicates"
    inquiry = said.get("inquiry")
    return {
        "informed": "informed" in said,
        "call": "call" in said,
        "danger": bool(said.get("danger")),
        "auth": "auth" in said,
        "inquiry": "none" if inquiry is None else "yes" if inquiry else "no",
        "told": said.get("parents_told", "none"),
        "agree": bool(said.get("parents_agree")),
        "declared_open": bool(said.get("measure_open")),
        "judge": "JE" not in variant.unassigned,
        "assigned": recipient not in variant.unassigned,
        "issuer_bound": issuer in variant.bound,
        "recipient_bound": recipient in variant.bound,
        "own": [] if copies else list(variant.past),
        "original": list(variant.reported) if copies and "R08" in variant.past else [],
    }


def released(
    convention: Convention, question: Question, keep: str, variant: Variant = FAVOURABLE
) -> frozenset[str]:
    """The scopes that the engine releases, of all, for one question."""
    realm, issuer, etype, purpose, recipient = question
    (found,) = released_to(convention, (realm, issuer, etype, purpose), {recipient: keep}, variant)
    return found


def released_to(
    convention: Convention,
    asked: tuple[str, str, str, str],
    keeps: Mapping[str, str],
    variant: Variant = FAVOURABLE,
) -> list[frozenset[str]]:
    """As `released`, for several recipients of one event: role -> retention class."""
    realm, issuer, etype, purpose = asked
    copies = purpose == "avoid_duplicates"
    to = [
        {
            "role": role, "purpose": purpose,
            "re": (ref(issuer if copies else role, NUMBERS[issuer if copies else role], realm),),
        }
        for role in keeps
    ]  # fmt: skip
    bare = event(issuer, etype, to, realm=realm, declared=variant.declared)
    heads = tuple(one for role, keep in keeps.items() for one in _heads(realm, role, keep))
    what = replace(bare, heads=heads)
    decision = decide(convention, _directory(realm, variant), _view(realm, variant), what, AT)
    outcomes = decision.outcomes or (None,) * len(to)
    return [frozenset(one.released if one is not None else ()) for one in outcomes]


@cache
def _heads(realm: str, role: str, keep: str) -> tuple[Head, ...]:
    """A part of every scope for the desk of a role, sealed for one class."""
    urn, kid = desk_urn(realm, desk_of(role)), f"{desk_of(role)}-{keep.lower()}"
    return tuple(
        Head(digest(f"{urn}{scope}"), "head", digest("rest"), urn, scope, kid, digest("pth"))
        for scope in SCOPES
    )


@cache
def _view(realm: str, variant: Variant) -> View:
    """`decide` changes nothing: one view serves all."""
    case = Case()
    for role, number in NUMBERS.items():
        issuer = desk_urn(realm, desk_of(role))
        desks = {
            desk_urn(realm, WHERE[clause]): (clause, variant.reported if clause == "R08" else ())
            for clause in variant.past
        }
        if desks:
            case.events[jti(number)] = Past(issuer, "ANY", AT, desks)
        if role not in variant.unassigned:
            case.assigned.add((issuer, jti(number)))
    return View(State(cases={SUB: case}))


@cache
def _directory(realm: str, variant: Variant) -> Directory:
    found = DIRECTORIES[realm]
    rows = {
        urn: replace(row, secrecy=row.role in variant.bound) for urn, row in found.desks.items()
    }
    return replace(found, desks=rows)

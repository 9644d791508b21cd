"""What is told of an event's life, and who may be told it.

This file alone says who, without the console's word: a console says for which role it asks. Whoever
has stolen its secret may say either of them, so nothing stands here that not even the auditor is
told. An operator is told times, codes and roles, of the civil bus, and nothing of who looks cases
up; an auditor desks and scopes too, of both buses.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from contracts.errors import LogError
from contracts.log.orders.registry import Registry
from contracts.vocabulary.scopes import CIVIL, LOOKUP
from services.audit.lives import MOST_ROWS

ROLES: Final = ("operator", "auditor")
# Who looked a case up is for those who supervise it.
SUPERVISION: Final = frozenset({LOOKUP})


def sees_desks(role: str) -> bool:
    """Whether desks and scopes are told to a role, beside roles and codes."""
    return role == "auditor"


def sees_event(role: str, realm: str, etype: str) -> bool:
    """Whether an event exists for a role: criminal proceedings are not an operator's (CPP 11)."""
    return sees_desks(role) or (realm == CIVIL and etype not in SUPERVISION)


Party = Callable[[str], dict[str, str]]  # a desk's urn -> its role, and its name for who sees desks
_PLAIN: Final = ("etype", "kind", "at", "judged", "code", "refused", "told")
_OF_DUTY: Final = ("act", "due", "status", "late")


def event_told(row: dict[str, Any], party: Party) -> dict[str, Any]:
    """The answer on an event.

    Args:
        row: what `lives` has of it.
    """
    steps = [step for _place, step in sorted(row["steps"].items())]
    duties = [duty for _id, duty in sorted(row["duties"].items())]
    return {
        **{name: row[name] for name in _PLAIN},
        "issued": row["iat"], "reasons": row["reasons"], "issuer": party(row["iss"]),
        "addressees": [_addressee(each, party) for each in row["addressees"]],
        "steps": [  # a stage, a withdrawal, or an answer, whose `stage` is its type
            {name: step[name] for name in ("k", "at", "stage")} | party(step["desk"])
            for step in steps[:MOST_ROWS]
        ],
        "duties": [_duty(duty, party) for duty in duties[:MOST_ROWS]],
    }  # fmt: skip


def _duty(duty: dict[str, Any], party: Party) -> dict[str, Any]:
    """A duty with who owes it, and to whom."""
    parties = {name: party(duty[name]) for name in ("debtor", "creditor")}
    return {name: duty[name] for name in _OF_DUTY} | parties


def _addressee(told: dict[str, Any], party: Party) -> dict[str, Any]:
    """One addressee; scopes, which say what was known of a child, only for who sees desks."""
    row = {"clause": "", "reasons": [], **told, **party(told["desk"])}
    if row["desk"]:
        return row
    withheld = [code for codes in told["withheld"].values() for code in codes]
    reasons = sorted({*row["reasons"], *withheld})
    return row | {"reasons": reasons, "released": [], "withheld": {}, "left_out": {}}


def parties(registry: Registry, now: int, *, desks: bool) -> Party:
    """How desks are named.

    Args:
        now: instant at which the directory is in force, seconds.
        desks: by their names too.
    """
    directory = None
    with suppress(LogError):  # nothing is adopted: nobody has a role
        directory = registry.directories[registry.in_force(now)[1]]

    def party(urn: str) -> dict[str, str]:
        role = directory.role_of(urn) if directory is not None else ""
        return {"role": role, "desk": urn.rpartition(":")[2] if desks else ""}

    return party

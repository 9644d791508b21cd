"""The hard denials (rules §9): they hold even if a clause were wrong.

A second, independent guard: plain tests on roles, event and scope, which read no clause. Routing
asks it after the convention has said yes; the loader asks it of every grant.

Guard and promises name roles. Whoever reads for the juvenile squad reads for the police: a role
that the vocabulary does not know is held to all that holds for any known role of its agency. A new
agency has none, and stands for itself.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from contracts.vocabulary.scopes import PURPOSES, ROLES, SCOPES

_JUSTICE_AND_POLICE: Final = frozenset({"PARQ-CIV", "PARQ-CRIM", "JE", "PJJ", "POL"})

# PROCEDURE may leave justice and police only as these codes: (event, scope).
_PROCEDURE_CODES: Final = frozenset(
    {("FEEDBACK", "PROCEDURE.status"), ("HEARING", "PROCEDURE.hearing")}
)

# Acts that presuppose that the recipient is assigned to the case: (event, purpose, recipient role
# or "" for any). rules §9.
_ASSIGNED_ONLY: Final = frozenset(
    {
        ("IP", "adapt_measure", ""),
        ("EVALREQ", "contribute", "EDU-S"),
        ("EVALREP", "evaluate", ""),
        ("EVALREP", "decide", ""),
        ("EVALREP", "judge", ""),
        ("EVALREP", "progress", ""),
        ("MISSING", "protect", ""),
        ("COORD", "invite", ""),
        ("COORD", "decisions", ""),
    }
)


def denied(issuer: str, recipient: str, event: str, scope: str) -> bool:
    """Whether a scope may never go from one role to another, whatever a clause says."""
    category = scope.split(".")[0]
    if scope in ("HEALTH", "FACTS.source"):
        return True
    if category == "HEALTH" and recipient == "EDU-H":
        return True
    if category == "PROCEDURE" and recipient not in _JUSTICE_AND_POLICE:
        return (event, scope) not in _PROCEDURE_CODES
    if recipient == "POL" and issuer in ("EDU-S", "EDU-H"):
        return True
    if recipient == "POL" and issuer in ("ASSO", "PSP"):
        return scope != "CODE.attendance"
    return category == "STAT"  # figures are published, never sent to a desk


def needs_assignment(event: str, purpose: str, recipient: str) -> bool:
    """Whether the recipient must be assigned to the case, whatever the clause lists."""
    if purpose not in PURPOSES:  # a convention's own word is no way round
        return any(event == act for act, *_rest in _ASSIGNED_ONLY)
    return (event, purpose, "") in _ASSIGNED_ONLY or (event, purpose, recipient) in _ASSIGNED_ONLY


@lru_cache(maxsize=1024)  # asked of files of whatever size
def known_roles(role: str, agency: str) -> tuple[str, ...]:
    """The known roles that a role counts as: itself if it is one, else all of its agency."""
    if role in ROLES:
        return (role,)
    return tuple(known for known, house in ROLES.items() if house == agency)


@cache
def denied_to_any(
    issuers: tuple[str, ...], recipients: tuple[str, ...], event: str
) -> frozenset[str]:
    """What is denied to any of these pairs; a file asks it of each pair of each grant."""
    return frozenset(
        scope
        for scope in SCOPES
        for issuer in issuers
        for recipient in recipients
        if denied(issuer, recipient, event, scope)
    )

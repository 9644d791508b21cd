"""Who may be told what of an event: this file alone, without the console's word.

A console says for which role it asks. Whoever has stolen its secret may say either of them: so
nothing stands here that not even the auditor is told. An operator is told times, codes and roles,
of the civil bus, and nothing of who looks cases up; an auditor desks and scopes too, of both
buses.
"""

from __future__ import annotations

from typing import Final

from contracts.vocabulary.scopes import CIVIL, LOOKUP

ROLES: Final = ("operator", "auditor")
# Who looked a case up is for those who supervise it.
SUPERVISION: Final = frozenset({LOOKUP})


def sees_desks(role: str) -> bool:
    """Whether desks and scopes are told to a role, beside roles and codes."""
    return role == "auditor"


def sees_event(role: str, realm: str, etype: str) -> bool:
    """Whether an event exists for a role: criminal proceedings are not an operator's (CPP 11)."""
    return sees_desks(role) or (realm == CIVIL and etype not in SUPERVISION)

"""Who may be told what of the log: the whole of it is this file, and the console's word is not needed.

A console says for which role it asks. Whoever has stolen its secret may say any of them: so nothing stands here
that not even the most entitled role is told.

| asked | operator | auditor | steering committee | security officer |
|---|---|---|---|---|
| an event | times, codes, roles; civil bus, and nothing of who looks accesses up | desks and scopes too; both buses | – | – |
| what desks owe | – (by role, in metrics) | each desk | – | – |
| the convention | yes | yes | yes | yes |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from contracts.vocabulary.scopes import ACCESS_EVENTS, CIVIL, READING

Asked = Literal["event", "duties", "convention"]
ROLES: Final = ("operator", "auditor", "committee", "security")
MAY_ASK: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "event": frozenset({"operator", "auditor"}),
        "duties": frozenset({"auditor"}),
        "convention": frozenset(ROLES),
    }
)
# Who looked a case's accesses up, or read the log, is for those who supervise it.
SUPERVISION: Final = frozenset({*ACCESS_EVENTS, READING})


def sees_desks(role: str) -> bool:
    """Whether desks and scopes are told to a role, beside roles and codes."""
    return role == "auditor"


def sees_event(role: str, realm: str, etype: str) -> bool:
    """Whether an event is there for a role: criminal proceedings are no operator's affair (CPP art. 11)."""
    return sees_desks(role) or (realm == CIVIL and etype not in SUPERVISION)

"""Which roles of the vocabulary a role counts as: a new name in a known house changes nothing.

Promises and the second guard (`contracts.convention.hard_denials`) name roles. Whoever reads for
the juvenile squad
reads for the police: a role that the vocabulary does not know is held to all that holds for any
known role of its agency. A new agency has none, and stands for itself.
"""

from __future__ import annotations

from functools import cache

from contracts.convention import hard_denials
from contracts.vocabulary.scopes import ROLES, SCOPES


@cache
def known_roles(role: str, agency: str) -> tuple[str, ...]:
    """The known roles that a role counts as: itself if it is one, else all of its agency."""
    if role in ROLES:
        return (role,)
    return tuple(known for known, house in ROLES.items() if house == agency)


@cache
def denied(issuers: tuple[str, ...], recipients: tuple[str, ...], event: str) -> frozenset[str]:
    """What the second guard denies any of these issuers to send to any of these recipients.

    Remembered: a file asks it of each pair of each grant, and few pairs count as different roles.
    """
    return frozenset(
        scope
        for scope in SCOPES
        for issuer in issuers
        for recipient in recipients
        if hard_denials.denied(issuer, recipient, event, scope)
    )


def needs_assignment(event: str, purpose: str, recipients: tuple[str, ...]) -> bool:
    """Whether the second guard asks it of any of these recipients."""
    return any(hard_denials.needs_assignment(event, purpose, recipient) for recipient in recipients)

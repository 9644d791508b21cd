"""For how many days what the convention lets through can still be opened, and so must be kept.

A class (P7, P30, P90) counts from the end of the key that was sealed to, which serves a week (P7)
or a month, and seven days more: then nothing on any topic can be opened (keys §1.2, kafka §3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from contracts.convention.agreed import grants_of
from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import KEPT_DAYS

DAY_S: Final = 86_400
LEAST_DAYS: Final = KEPT_DAYS["P7"]  # also of an agency whose desks may only answer


def quarantine_days(convention: Convention, realm: str) -> int:
    """Days for which the bytes of what could not be routed are kept."""
    return longest(grants_of(convention, realm))


def longest(grants: Iterable[Grant]) -> int:
    """Days until nothing that these grants let through can be opened."""
    return max((KEPT_DAYS[one.keep] for one in grants), default=LEAST_DAYS)


def classes_of(convention: Convention, realm: str, role: str) -> tuple[str, ...]:
    """The retention classes under which a role can receive: its desks need no other keys."""
    received = (grant for grant in grants_of(convention, realm) if role in grant.recipients)
    return tuple(sorted({grant.keep for grant in received if not grant.publication}))

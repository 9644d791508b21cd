"""Who sees which page, and which columns of it: the whole of it is this file.

What stands here is what there is: a page that a role does not have is not there for it, and an
unknown page reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, cast

from services.platform.browser.sessions import Session

Role = Literal["operator", "auditor"]
Page = Literal["overview", "alerts", "topics", "quarantine", "event"]

ROLES: Final[tuple[Role, ...]] = ("operator", "auditor")

PAGES: Final[Mapping[Page, frozenset[Role]]] = MappingProxyType(
    {
        "overview": frozenset(ROLES),
        "alerts": frozenset(ROLES),
        "topics": frozenset({"operator"}),
        "quarantine": frozenset(ROLES),
        "event": frozenset(ROLES),
    }
)

# Columns that not everybody has who has the page.
COLUMNS: Final[Mapping[tuple[Page, str], frozenset[Role]]] = MappingProxyType(
    {
        ("overview", "address"): frozenset({"operator"}),
        ("overview", "memory"): frozenset({"operator"}),
        ("alerts", "action"): frozenset({"operator"}),
        ("event", "desk"): frozenset({"auditor"}),
    }
)


def role_of(session: Session) -> Role:
    """The role of who has signed in: a session begins with one of these alone."""
    return cast("Role", session.role)


def pages_of(role: Role) -> tuple[Page, ...]:
    """The pages of a role, in the order of the menu."""
    return tuple(page for page, roles in PAGES.items() if role in roles)


def sees(role: Role, page: Page, column: str = "") -> bool:
    """Whether a role has a page, and a column of it."""
    if role not in PAGES[page]:
        return False
    return not column or role in COLUMNS.get((page, column), frozenset(ROLES))

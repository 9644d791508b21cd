"""Which measure an event orders, as far as a router sees: by its purpose and who carries it out.

What it is in words travels sealed. Where purpose and roles leave it open it is named so, and
never guessed: a judge's decision that goes to the ASE alone may entrust a child to it or to others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# Purpose -> the measure, whoever carries it out (rules R25, R27, R29, R46).
_BY_PURPOSE: Final = {
    "execute_opp": "placement",
    "adapt_measure": "placement",
    "aed_home": "home",
    "mjie": "inquiry",
}
_JUDGE: Final = "execute"  # R26: by who carries it out
_BY_ROLE: Final = {"HOME": "placement", "MO": "home"}
OPEN: Final = "open"


def measures_of(to: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The measures that one event orders: `home` (AED, AEMO), `inquiry`, `open`, `placement`.

    Args:
        to: purpose and role of those to whom it was delivered.
    """
    addressed = list(to)
    measures = {_BY_PURPOSE[purpose] for purpose, _role in addressed if purpose in _BY_PURPOSE}
    judged = {role for purpose, role in addressed if purpose == _JUDGE}
    if judged:
        measures |= {_BY_ROLE[role] for role in judged if role in _BY_ROLE} or {OPEN}
    return tuple(sorted(measures))

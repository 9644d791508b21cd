"""The page of partners: each desk's self-test in nine rows, and a button to try each again."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from services.console.partners.tests_told import PartnerTests
from services.console.roles import Role, sees
from services.platform.self_test import words
from services.platform.self_test.rows import STATES, SelfTestRow, State
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

_COUNTED: Final[dict[State, Text]] = {
    "working": _("seen working"), "unused": _("not yet used"), "cannot": _("cannot"),
}  # fmt: skip
_CLASS: Final = {"working": "good", "unused": "", "cannot": "bad"}
_SILENT: Final = _("{service} does not answer now: this is what it said last.")


def partners(tests: PartnerTests, desk: str, role: Role, lang: str) -> dict[str, Any]:
    """Every desk with how many rows stand how, and the nine rows of the one that is asked for."""
    own = tests.desks.get(desk)
    return {
        "states": [_COUNTED[state].say(lang) for state in STATES],
        "desks": [
            (name, partner.service, [str(Counter(row.state for row in partner.rows)[state]) for state in STATES])
            for name, partner in tests.desks.items()
        ],
        "desk": desk if own else "",
        "silent": _SILENT.say(lang, service=own.service) if own and not own.answers else "",
        "rows": [_row(row, lang) for row in own.rows] if own else [],
        "may_try": sees(role, "partners", "again"),
    }  # fmt: skip


def _row(row: SelfTestRow, lang: str) -> dict[str, str]:
    return {
        "name": row.name,
        "title": words.TITLES[row.name].say(lang),
        "class": _CLASS[row.state],
        "state": words.state(row, lang),
        "cause": words.cause(row, lang),
        "next": words.next_step(row, lang) if row.state != "working" else "",
    }

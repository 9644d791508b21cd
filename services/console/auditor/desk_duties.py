"""What each desk owes, for whom it is a duty to know: from the audit's projection, beside what roles owe."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from services.committee.texts.labels import realm_label, role_label
from services.console.auditor.answer import TakenOver
from services.console.auditor.place import place_lines
from services.console.auditor.projection import AuditProjection
from services.console.facts import table
from services.console.roles import Role, sees
from services.texts import Catalogue

_ = Catalogue(__name__)

MOST: Final = 1_000  # rows that a page shows, the most overdue first
_HEADS: Final = (_("desk"), _("role"), _("bus"), _("open"), _("overdue"), _("taken over from"))
_NOTHING: Final = _(
    "Nothing, as far as audit has read; what services count above may be newer, or of what it does not know."
)
_UNKNOWN: Final = _("Not known: not every auditor has answered.")


async def desk_duties(projection: AuditProjection, role: Role, lang: str) -> dict[str, Any]:
    """A table by desk and how old it is; nothing for a role that sees none."""
    if not sees(role, "duties", "desk"):
        return {"tables": [], "place": []}
    told = await projection.known(role, "duties")
    rows = [
        (realm, row)
        for realm, each in told.items()
        if each is not None
        for row in each.answer.duties
    ]
    rows.sort(key=lambda row: (-row[1].late, -row[1].open, row[0], row[1].desk))
    shown = [
        [
            row.desk,
            role_label(row.role, lang),
            realm_label(realm, lang),
            str(row.open),
            str(row.late),
            " · ".join(map(partial(_taken_over, lang), row.taken_over)) or "–",
        ]
        for realm, row in rows[:MOST]
    ]
    caption = _("by who owes it now, those with the most overdue first; at most 1,000")
    by_desk = table(_("What each desk owes"), caption, _HEADS, shown, lang)
    is_whole = bool(told) and all(each is not None for each in told.values())
    return {
        "tables": [{**by_desk, "none": (_NOTHING if is_whole else _UNKNOWN).say(lang)}],
        "place": place_lines(told, lang),
    }


def _taken_over(lang: str, row: TakenOver) -> str:
    """From a desk that has ended: how much, and how much of it is late."""
    text = _("{desk}: {n}, {late} overdue") if row.late else _("{desk}: {n}")
    return text.say(lang, desk=row.desk, n=row.open, late=row.late)

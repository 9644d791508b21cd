"""What pages show of a look: rows of words and figures by role, as in `relais status`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.vocabulary.scopes import AGENCIES
from services.console.roles import Role, sees
from services.console.watch import ConsoleWatch
from services.operate.status import told
from services.operate.status.state import FederationState
from services.texts import Catalogue, Text, all_of, number

_ = Catalogue(__name__)

_AT: Final = _("Seen {ago} ago, on {at}.")
_NEVER: Final = _("Nobody has been asked yet.")

_SEVERITY: Final = {"critical": _("critical"), "warning": _("to look at"), "info": _("to know")}
_NAMES: Final = {
    "education": _("education"), "police": _("police"), "justice": _("justice"),
    "child_welfare": _("child welfare"), "association": _("associations"),
}  # fmt: skip


_SENT: Final = _.ngettext("{n} event decided", "{n} events decided")
_DELIVERED: Final = _.ngettext("{n} delivery made", "{n} deliveries made")


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One institution, since routing was started."""

    name: str
    decided: int
    refused: int
    delivered: int

    def shown(self, lang: str) -> dict[str, Any]:
        """As the drawing and its table take it: figures in words, and what is drawn to scale."""
        figures = ("decided", "refused", "delivered")
        sent = self.decided + self.refused
        return {
            **{name: number(getattr(self, name), lang) for name in figures},
            "name": self.name, "all": number(sent, lang), "sent": sent, "got": self.delivered,
            "refusals": self.refused,
        }  # fmt: skip


def flowed(rows: Sequence[FlowRow], lang: str) -> str:
    """What the drawing shows, for those who hear it."""
    sent = sum(row.decided + row.refused for row in rows)
    delivered = sum(row.delivered for row in rows)
    return all_of([_SENT.of(n=sent), _DELIVERED.of(n=delivered)], lang)


def institution(code: str, lang: str) -> str:
    """An institution in words; an unknown one as it is."""
    return _NAMES[code].say(lang) if code in _NAMES else code


def age(watch: ConsoleWatch, lang: str) -> str:
    """How old what is shown is."""
    if watch.state is None:
        return _NEVER.say(lang)
    at = watch.state.at
    return _AT.say(lang, ago=told.ago(at + watch.age_s, at, lang), at=told.instant(at, lang))


def needs(watch: ConsoleWatch, role: Role, lang: str) -> dict[str, Any]:
    """What needs somebody, as `needs.html` takes it."""
    return {"alerts": alert_rows(watch, lang), "sees_action": sees(role, "alerts", "action")}


def alert_rows(watch: ConsoleWatch, lang: str) -> list[dict[str, str]]:
    """What needs somebody, since when, and what to do: once for rows that have the same."""
    rows: list[dict[str, str]] = []
    action = ""
    for seen in watch.seen:
        before, action = action, seen.alert.action(lang)
        rows.append(
            {
                "severity": seen.alert.severity,
                "said": _SEVERITY[seen.alert.severity].say(lang),
                "summary": seen.alert.summary(lang),
                "action": action if action != before else "",
                "runbook": seen.alert.runbook,
                "since": told.instant(seen.since, lang),
            }
        )
    return rows


def flow(now: FederationState | None, lang: str) -> list[FlowRow]:
    """What each institution sent and got since routing was started, over both buses."""
    routed, delivered = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for answer in now.answers if now is not None else ():
        routed.update(answer.samples.by("routed_total", "agency", "outcome"))
        delivered.update(answer.samples.by("delivered_total", "agency"))
    return [
        FlowRow(
            _NAMES[agency].say(lang),
            int(routed[agency, "decided"]),
            int(routed[agency, "refused"]),
            int(delivered[agency,]),
        )
        for agency in AGENCIES
    ]


def overview(watch: ConsoleWatch, role: Role, lang: str) -> dict[str, Any]:
    """All that the first page shows."""
    now = watch.state
    heard = now is not None and all(realm.shards[0] for realm in now.realms.values())
    rows = flow(now, lang) if heard else []  # of one bus alone the sums would be false
    services = now.services if now is not None else ()
    return {
        **needs(watch, role, lang),
        "sees": lambda column: sees(role, "overview", column),
        "flow": [row.shown(lang) for row in rows],
        "flowed": flowed(rows, lang),
        "services": [told.service_row(service, now.at, lang) for service in services if now],
        "ready": sum(service.ready for service in services),
        "parts": _parts(told.part_lines(now, lang)) if now is not None else [],
    }  # fmt: skip


def _parts(lines: Iterable[str]) -> list[tuple[str, list[str]]]:
    """A line, and those that stand indented under it."""
    parts: list[tuple[str, list[str]]] = []
    for line in lines:
        if line.startswith(" "):
            parts[-1][1].append(line.strip())
        else:
            parts.append((line, []))
    return parts


def table(
    title: Text, caption: Text, heads: Iterable[Text], rows: list[list[str]], lang: str
) -> dict[str, Any]:
    """A table as `tables.html` takes it."""
    return {
        "title": title.say(lang), "caption": caption.say(lang), "rows": rows,
        "heads": [head.say(lang) for head in heads], "none": _("None.").say(lang),
    }  # fmt: skip

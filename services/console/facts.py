"""What pages show of a look: rows of words and figures by role, as in `relais status`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.vocabulary.scopes import AGENCIES
from services.committee.texts.labels import realm_label
from services.console.roles import Role, sees
from services.console.watch import ConsoleWatch
from services.operate.status import told
from services.operate.status.state import FederationState, RealmState
from services.platform.process.paris_time import exactly
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


NOT_TOLD: Final = "–"

_TOPIC_HEADS: Final = (
    _("topic"), _("partitions"), _("copies"), _("out of step"), _("without a leader"),
    _("left to read"), _("open transaction"),
)  # fmt: skip
_TOPICS: Final = _("As brokers describe them and readers count")
_UNREAD: Final = _("no record is read")


def topics(now: FederationState | None, lang: str) -> list[dict[str, Any]]:
    """Of each topic its partitions and copies, what readers have left, what holds them up."""
    if now is None:
        return []
    left, held = _readers(now)
    rows = [
        [
            topic.name, str(topic.partitions), str(topic.copies), str(topic.behind),
            str(topic.leaderless), str(left.get(topic.name, NOT_TOLD)),
            told.ago(held.get(topic.name, 0), 0, lang) if held.get(topic.name) else NOT_TOLD,
        ]
        for topic in now.kafka.topics
    ]  # fmt: skip
    return [table(_TOPICS, _UNREAD, _TOPIC_HEADS, rows, lang)]


def _readers(now: FederationState) -> tuple[Counter[str], dict[str, float]]:
    """What readers have left of a topic, and for how long an open transaction has held them up."""
    left: Counter[str] = Counter()
    held: dict[str, float] = {}
    for answer in now.answers:
        for labels, value in answer.samples.of("lag"):
            left[labels["topic"]] += int(value)
        for labels, value in answer.samples.of("open_transaction_seconds"):
            held[labels["topic"]] = max(held.get(labels["topic"], 0), value)
    return left, held


_UNTOLD: Final = _("Whose it is, no auditor of the {realm} bus has told: {n} to be ruled on.")
_UNCOUNTED: Final = _(
    "Routing of the {realm} bus does not answer, or not all of it: its own counts are missing "
    "below."
)
_KEPT_HEADS: Final = (_("bus"), _("code"), _("from"), _("signed by"), _("how many"), _("oldest"))
_PUT_ASIDE_HEADS: Final = (_("bus"), _("code"), _("from"), _("how many"))
COMMANDS: Final = (
    "relais quarantine list --kept",
    "relais quarantine decide PARTITION:DECISION --release --reason fault_mended --key OWNER.json",
    "relais quarantine decide PARTITION:DECISION --discard --reason malformed --key OWNER.json",
)


def quarantine(now: FederationState | None, lang: str) -> dict[str, Any]:
    """All that the page on quarantine shows: to be ruled on, put aside, how to order."""
    realms = now.realms if now is not None else {}
    kept = [
        [
            realm_label(realm, lang), row.code, institution(row.agency, lang) or "–",
            row.desk or "–",
            str(row.number), exactly(row.oldest, lang),
        ]
        for realm, state in realms.items()
        for row in state.kept_by
    ]  # fmt: skip
    put_aside = [
        [realm_label(realm, lang), code, institution(agency, lang), str(n)]
        for realm, state in realms.items()
        for (code, agency), n in sorted(state.put_aside.items())
    ]
    by_whom = _("by code and by whose it is; the desk is known where its signature verified")
    return {
        "told": _missing(realms, lang),
        "kept": table(_("To be ruled on"), by_whom, _KEPT_HEADS, kept, lang),
        "commands": COMMANDS,
        "tables": [
            table(
                _("Put aside since routing started"),
                _("by code"),
                _PUT_ASIDE_HEADS,
                put_aside,
                lang,
            )
        ],
    }


def _missing(realms: Mapping[str, RealmState], lang: str) -> list[str]:
    """What is missing: an auditor that is silent, a router that counts nothing: not zero."""
    lines = []
    for realm, state in realms.items():
        bus = realm_label(realm, lang)
        if state.kept and not state.kept_by:
            lines.append(_UNTOLD.say(lang, realm=bus, n=state.kept))
        if state.partitions[1] < state.partitions[0] or not state.partitions[0]:
            lines.append(_UNCOUNTED.say(lang, realm=bus))
    return lines

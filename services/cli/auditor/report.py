"""A verdict as one HTML page: for a lawyer, on paper too; no script, no network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.keys.directory import Directory
from contracts.log.orders.registry import Registry
from contracts.log.replaying.finding import AuditFinding, Shared
from services.audit.bundle.checkpoints import HeldCheckpoint
from services.audit.bundle.manifest import AUDITOR, Manifest
from services.audit.bundle.verify import JudgedBundle
from services.audit.decision_rows import DecisionTable
from services.audit.verdict import AuditVerdict
from services.cli.auditor.finding_sentences import (
    UNATTESTED,
    bus,
    place,
    sentence,
    where,
)
from services.committee.texts.clause_sentence import scopes_text
from services.committee.texts.french import capital
from services.committee.texts.labels import agency_name, event_label, reason_text, role_label
from services.pages import render
from services.platform.process.paris_time import when
from services.texts import Catalogue, Text, number, series

_ = Catalogue(__name__)

_ANSWERS: Final[Mapping[str, Text]] = {
    "released": _("let through"),
    "partly": _("let through in part"),
    "withheld": _("nothing let through"),
    "refused": _("refused as a whole"),
}
_JUDGED: Final[Mapping[str, Text]] = {
    "same": _("Decided again: the same."),
    "differs": _("Not what follows."),
    "erased": _("Cannot be decided again: erased by order {n}."),
    "undecidable": _("Cannot be decided again."),
}
_KINDS: Final[Mapping[str, Text]] = {
    "genesis": _("The log of this partition begins."),
    "adopted": _("An order of the owners was adopted (convention or directory)."),
    "layout": _("An order changed how partitions are shared out."),
    "decided": _("An event was decided: let through in whole or in part, or refused."),
    "duplicate": _("The same event came a second time."),
    "quarantined": _("Something that was no well-formed event was laid aside."),
    "overdue": _("A duty fell due, unmet."),
    "renewed": _("An open duty was told again."),
    "released": _("What had been laid aside was let go on."),
    "discarded": _("What had been laid aside was discarded."),
}
_ANOTHER: Final = _("something that this page has no word for")
_CLAUSES: Final = _("{answer}, clause {clauses}")
_PLACE: Final = _("{bus}, partition {partition}, record {index}")


def shown_row(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    """A row of the file of decisions (`services.audit.decision_rows`) in words."""
    place = {"partition": str(row["partition"]), "index": str(row["index"])}
    return {
        "event": row["event"],
        "where": capital(_PLACE.say(lang, bus=bus(row["realm"], lang), **place)),
        "at": when(row["at"], lang),
        "answer": capital(_answered(row, lang)),
        "reasons": [reason_text(code, lang) for code in row["reasons"]],
        "judged": _judged(row, lang),
        "is_fault": row["judgement"] in ("differs", "undecidable"),
    }


def _answered(row: Mapping[str, Any], lang: str) -> str:
    """Of an event what it was answered and by which clauses; of any other record what it is."""
    if not row["answer"]:
        return _KINDS.get(row["kind"], _ANOTHER).say(lang)
    answer = _ANSWERS[row["answer"]].say(lang)
    if not row["clauses"]:
        return answer
    return _CLAUSES.say(lang, answer=answer, clauses=", ".join(row["clauses"]))


def _judged(row: Mapping[str, Any], lang: str) -> str:
    told = _JUDGED[row["judgement"]].say(lang, n=str(row["order"]))
    if not row["code"]:
        return told
    return f"{told} {sentence(AuditFinding(row['partition'], row['index'], row['code']), lang)}"


@dataclass(frozen=True)
class ReportFacts:
    """What a report is made of.

    Attributes:
        name, digest: of the bundle's file; SHA-256 in hexadecimal.
        known: whether it was said whose signature the bundle must bear.
        table: the verdict on each record.
    """

    judged: JudgedBundle
    manifest: Manifest
    name: str
    digest: str
    known: bool
    table: DecisionTable = field(default_factory=DecisionTable)


def report(facts: ReportFacts, lang: str) -> str:
    """The whole page."""
    verdict, owner = facts.judged.verdict, facts.manifest.signer.owner
    rows = [shown_row(row, lang) for row in facts.table.first]
    return render(
        "services.cli",
        "auditor/report.html",
        lang,
        facts=facts,
        signer=_("the auditor").say(lang) if owner == AUDITOR else owner,
        clean=verdict.clean,
        alarms=_findings(verdict, lang, alarm=True),
        notes=_grouped(_findings(verdict, lang, alarm=False)),
        asked_at=when(facts.manifest.asked_at, lang),
        records=_decided(verdict, lang),
        unaudited=verdict.unaudited,
        erased=verdict.erased,
        checkpoints=[_checkpoint(held, lang) for held in facts.judged.checkpoints],
        unattested=UNATTESTED.say(lang) if "end_unattested" in verdict.notes else "",
        realms=[_realm(facts, realm, lang) for realm in facts.manifest.realms],
        shown=len(rows),
        decisions=[row for row in rows if row["event"] or row["is_fault"]],
        plain=[row for row in rows if not row["event"] and not row["is_fault"]],
        every=number(facts.table.count, lang),
        cut=facts.table.count - len(facts.table.first),
    )


def _decided(verdict: AuditVerdict, lang: str) -> str:
    """Records decided again, and how many of them decide an event."""
    events = sum(tally["kinds"].get("decided", 0) for tally in verdict.tallies.values())
    text = _.ngettext(
        "{records}, {n} of them the decision of an event",
        "{records}, {n} of them decisions of events",
    )
    return text.say(lang, records=number(verdict.records, lang), n=events)


def _findings(verdict: AuditVerdict, lang: str, *, alarm: bool) -> list[dict[str, Any]]:
    return [
        {
            "sentence": sentence(finding, lang),
            "code": finding.code,
            # English, of words; numbers and codes alone belong to no language.
            "detail": ""
            if finding.member or (lang != "en" and " " in finding.detail)
            else finding.detail,
            "sides": finding if finding.member else None,
            "where": where(realm, finding, lang),
            "at": when(finding.at, lang) if finding.at else "",
            "event": finding.event,
            "place": place(finding) if finding.topic else "",
        }
        for realm, finding in verdict.findings
        if finding.alarm is alarm
    ]


def _grouped(findings: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Remarks that say the same, together: an auditor who reads often adds many."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in findings:
        groups[row["sentence"]].append(row)
    return list(groups.values())


def _checkpoint(held: HeldCheckpoint, lang: str) -> str:
    """A checkpoint in a line: of what, how large, who cosigned it, and whether that is enough."""
    text = _.ngettext("{where}: {n} record, {seen}", "{where}: {n} records, {seen}")
    if not held.cosigned:
        seen = _("cosigned by no witness").say(lang)
    else:
        witnesses = (
            _("cosigned by {names}")
            if held.is_met
            else _("cosigned by {names}, fewer than the policy asks for")
        )
        names = series([agency_name(name, lang) for name in held.cosigned], lang)
        seen = witnesses.say(lang, names=names)
    if held.differs:
        differs = _("those here are others").say(lang)
        if held.here < held.size:
            few = _("those that follow one another here without a break: {here}")
            differs = few.say(lang, here=number(held.here, lang))
        seen = _("{seen}; {differs}").say(lang, seen=seen, differs=differs)
    at = where(held.realm, AuditFinding(held.partition, -1, ""), lang)
    return text.say(lang, where=at, n=held.size, seen=seen)


def _realm(facts: ReportFacts, realm: str, lang: str) -> dict[str, Any]:
    tally = facts.judged.verdict.tallies[realm]
    registry = facts.judged.registries[realm]
    return {
        "name": capital(bus(realm, lang)),
        "counts": {
            name: number(tally[name], lang)
            for name in ("records", "released", "withheld", "refused", "not_published")
        },
        "conventions": [
            {"version": one.name, "title": one.title[lang], "digest": one.digest}
            for one in registry.conventions.values()
        ],
        "shared": list(_shared(facts.judged.verdict.shared.get(realm, Shared()), registry, lang)),
    }


def _shared(shared: Shared, registry: Registry, lang: str) -> Iterator[dict[str, Any]]:
    """A row for each issuer, recipient and grant, with how often which data went."""
    scopes: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    for (issuer, etype, desk, by, scope), count in shared.items():
        scopes[issuer, etype, desk, by][scope] = count
    conventions = list(registry.conventions.values())
    for (issuer, etype, desk, granted), counts in sorted(scopes.items()):
        convention, grant = _grant(conventions, granted)
        named = frozenset(counts) - {""}
        yield {
            "from": _desk(issuer, registry, convention, lang),
            "to": _desk(desk, registry, convention, lang),
            "act": capital(event_label(etype, lang)),
            "clause": f"{grant.clause}, {grant.label[lang]}" if grant is not None else granted,
            "data": scopes_text(named, lang, convention) if named else _("no data").say(lang),
            "times": number(counts.get("", 0), lang),
        }


def _grant(conventions: Iterable[Convention], name: str) -> tuple[Convention | None, Grant | None]:
    """The last version that has a grant: a number keeps its act for ever."""
    last: Convention | None = None
    for convention in reversed(list(conventions)):
        last = last or convention
        for grant in convention.grants:
            if grant.id == name:
                return convention, grant
    return last, None


def _desk(urn: str, registry: Registry, convention: Convention | None, lang: str) -> str:
    """A desk's short id, and what kind of desk it is."""
    short = urn.rpartition(":")[2].upper()
    directories = registry.directories
    role = _role(urn, (directories[one] for one in reversed(list(directories))))
    label = role_label(role, lang, convention) if role else short
    return label if short in label else f"{short}, {label}"


def _role(urn: str, directories: Iterable[Directory]) -> str:
    return next((one.desks[urn].role for one in directories if urn in one.desks), "")

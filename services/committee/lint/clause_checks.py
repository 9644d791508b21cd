"""What lint finds among clauses, in words and dates: each check goes through all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from contracts.convention.calendar import clock_changes, holidays
from contracts.convention.checks.send_table import is_original
from contracts.convention.clauses import DutySpec, Grant
from contracts.convention.known_acts import INQUIRED, INQUIRY, answerable
from contracts.convention.model import Convention
from contracts.decision.deadlines import deadline
from contracts.errors import ConventionError
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import KEPT_DAYS
from services.committee.lint.finding import PROBLEM, Finding, at

Pair = tuple[str, str]  # issuer and recipient of one event


class Replies:
    """A convention laid out for the question what can follow an event."""

    def __init__(self, convention: Convention) -> None:
        answered = {name: answerable(convention, name) for name in CONDITIONS}
        self._inquiries = convention.numbers(INQUIRY)
        self._counted = {name: clauses for name, clauses in answered.items() if clauses is not None}
        # (realm, clause, issuer) -> recipient -> grant; clause -> whom anybody may send it
        self._ways: dict[tuple[str, str, str], dict[str, Grant]] = {}
        self._reached: dict[str, set[str]] = {}
        for grant in convention.grants:
            self._reached.setdefault(grant.clause, set()).update(grant.recipients)
            for issuer in grant.issuers:
                own = self._ways.setdefault((grant.realm, grant.clause, issuer), {})
                own.update(dict.fromkeys(grant.recipients, grant))

    def reaches(self, duty: DutySpec, creditor: str) -> bool:
        """Whether some clause lets what is owed be addressed to its creditor, whoever sends it."""
        return any(creditor in self._reached.get(act, ()) for act in duty.acts)

    def undischarged(self, grant: Grant, duty: DutySpec) -> Iterator[Pair]:
        """Debtors and creditors of a duty that no event discharges."""
        for event in _pairs(grant, duty):
            roles = dict(zip(("issuer", "recipient"), event, strict=True))
            debtor, creditor = (roles.get(who, who) for who in (duty.debtor, duty.creditor))
            if not self._discharged(grant, duty, event, (debtor, creditor)):
                yield debtor, creditor

    def _discharged(self, grant: Grant, duty: DutySpec, event: Pair, owed: Pair) -> bool:
        """As `duties.discharged_by_event`: what reaches no creditor by a clause goes to anybody."""
        debtor, creditor = owed
        anybody = not self.reaches(duty, creditor)
        for act in duty.acts:
            ways = self._ways.get((grant.realm, act, debtor), {})
            for reader in ways if anybody else ways.keys() & {creditor}:
                if self._follows(ways[reader], (debtor, reader), grant.clause, event):
                    return True
        return False

    def _follows(self, reply: Grant, sent: Pair, clause: str, event: Pair) -> bool:
        """Whether a reply, sent from and to these two, may name an event of this clause."""
        sender, reader = sent
        issuer, recipient = event
        for condition in reply.conditions:
            if (condition, reader) == INQUIRED:
                if clause not in self._inquiries or recipient != reader:
                    return False
            elif condition in self._counted:
                author = sender if condition == "copy_of" else reader
                if clause not in self._counted[condition] or author != issuer:
                    return False
        return True


def creditors(grant: Grant, duty: DutySpec) -> tuple[str, ...]:
    """Every role that a duty can be owed to."""
    named = {"issuer": grant.issuers, "recipient": duty.recipients or grant.recipients}
    return named.get(duty.creditor, (duty.creditor,))


def _pairs(grant: Grant, duty: DutySpec) -> Iterator[Pair]:
    for issuer in grant.issuers:
        for recipient in duty.recipients or grant.recipients:
            yield issuer, recipient


# The longest that a copy may be kept, by scope or category; all else may be kept for P90. (I)
LONGEST: Final = {
    "PROCEDURE.status": "P30",
    "PROCEDURE": "P7",
    "IDENTITY.description": "P30",
    "FACTS.third_party": "P30",
    "LOCATION": "P30",
    "CODE": "P30",
}


def never_applies(convention: Convention) -> Iterator[Finding]:
    """Scopes that no original has to be copied."""
    for grant in convention.grants:
        if "copy_of" in grant.conditions:
            for issuer in grant.issuers:
                lost = grant.released - _originals(convention, grant, issuer)
                for scope in sorted(lost & grant.scopes):
                    lost_copy = issuer, scope
                    yield at(convention, grant, "scope_never_copied", *lost_copy, level=PROBLEM)


def _originals(convention: Convention, grant: Grant, issuer: str) -> frozenset[str]:
    scopes: frozenset[str] = frozenset()
    for other in convention.grants:
        if is_original(other) and other.realm == grant.realm and issuer in other.issuers:
            scopes |= other.released
    return scopes


def replies(convention: Convention) -> Iterator[Finding]:
    """Duties that nothing can discharge, or nothing that reaches their creditor."""
    known = Replies(convention)
    for grant in convention.grants:
        for duty in grant.duties:
            if duty.acts != ("ACK",):
                yield from _replies(convention, known, grant, duty)


def _replies(
    convention: Convention, known: Replies, grant: Grant, duty: DutySpec
) -> Iterator[Finding]:
    for debtor, creditor in sorted(set(known.undischarged(grant, duty))):
        facts = debtor, duty.act, creditor
        yield at(convention, grant, "reply_impossible", *facts, level=PROBLEM)
    for creditor in sorted(creditors(grant, duty)):
        if not known.reaches(duty, creditor):
            yield at(convention, grant, "reply_elsewhere", duty.act, creditor)


def deadlines(convention: Convention) -> Iterator[Finding]:
    """Delays that the tables of days do not cover: from effect on, nothing is guessed."""
    day = date.fromisoformat(convention.effective)
    for grant in convention.grants:
        for duty in grant.duties:
            for within in filter(None, (duty.within, duty.urgent_within)):
                try:
                    deadline(convention.calendar, within, convention.starts, day)
                except ConventionError:
                    facts = duty.act, f"{within} {duty.start}"
                    yield at(convention, grant, "deadline_without_calendar", *facts, level=PROBLEM)


def retention(convention: Convention) -> Iterator[Finding]:
    """Copies kept longer than one of their categories allows."""
    for grant in convention.grants:
        for scope in sorted(grant.scopes):
            longest = LONGEST.get(scope) or LONGEST.get(scope.split(".")[0], "P90")
            kept = KEPT_DAYS.get(grant.keep, 0)
            if kept > KEPT_DAYS[longest]:
                facts = scope, str(kept), str(KEPT_DAYS[longest]), longest
                yield at(convention, grant, "kept_too_long", *facts, level=PROBLEM)


def promises(convention: Convention) -> Iterator[Finding]:
    """Promises that forbid nothing: whoever signs them relies on words alone."""
    for promise in convention.invariants:
        if promise.void:
            place = f"invariants.{promise.id}"
            yield at(convention, place, "promise_forbids_nothing", promise.id, level=PROBLEM)


Texts = Mapping[str, str]


def translated(convention: Convention) -> Iterator[Finding]:
    """Every text that is the same in both languages."""
    for place, name, texts in (*_of_clauses(convention), *_of_tables(convention)):
        if texts and texts["fr"] == texts["en"]:
            yield at(convention, place, "not_translated", name, texts["fr"], level=PROBLEM)


def _of_clauses(convention: Convention) -> Iterator[tuple[Grant | str, str, Texts]]:
    for grant in convention.grants:
        named = {"label": grant.label, "note": grant.note, "sentence": grant.sentence}
        yield from ((grant, name, texts) for name, texts in named.items())


def _of_tables(convention: Convention) -> Iterator[tuple[Grant | str, str, Texts]]:
    yield "title", "title", convention.title
    for role, spec in convention.roles.items():
        yield f"roles.{role}", role, spec.label
        yield f"roles.{role}", f"{role}.named", spec.named
    tables = {
        "parties": convention.party_labels, "readers": convention.readers,
        "scopes": convention.scope_labels, "texts": convention.texts,
        "purposes": convention.purposes, "off_bus": convention.off_bus,
    }  # fmt: skip
    for table, rows in tables.items():
        yield from ((f"{table}.{code}", code, texts) for code, texts in rows.items())
    for promise in convention.invariants:
        yield f"invariants.{promise.id}", promise.id, promise.sentence
    for event, clause in convention.system.items():
        yield f"system.{event}", f"{event}.label", clause.label
        yield f"system.{event}", f"{event}.sentence", clause.sentence


def bases(convention: Convention) -> Iterator[Finding]:
    """Legal bases that end within the calendar, and those with no successor in it."""
    last = convention.calendar.last.isoformat()
    for grant in convention.grants:
        for code in grant.basis:
            ends = _ends(convention, code, last)
            if ends and (successor := convention.texts[code]["successor"]):
                until = convention.texts[code]["in_force_until"]
                yield at(convention, grant, "basis_ends", code, until, successor)
            if ends and not convention.texts[ends[-1]]["successor"]:
                until = convention.texts[ends[-1]]["in_force_until"]
                yield at(convention, grant, "basis_lost", ends[-1], until, level=PROBLEM)


def _ends(convention: Convention, code: str, last: str) -> list[str]:
    """The text and those that follow it, as far as they end within the calendar."""
    ending: list[str] = []
    while code and code not in ending and "" < convention.texts[code]["in_force_until"] < last:
        ending.append(code)
        code = convention.texts[code]["successor"]
    return ending


def calendar(convention: Convention) -> Iterator[Finding]:
    """The end of the tables, and where they differ from the law: deadlines follow them."""
    table = convention.calendar
    yield at(convention, "calendar", "calendar_ends", table.last.isoformat())
    years = range(table.first.year, table.last.year + 1)
    due = {day for year in years for day in holidays(year) if table.first <= day <= table.last}
    for day in sorted(due - table.holidays):
        yield at(convention, "calendar", "holiday_missing", day.isoformat(), level=PROBLEM)
    for day in sorted(table.holidays - due):
        yield at(
            convention, "calendar", "holiday_unknown", day.isoformat()
        )  # L. 3134-13: some have
    lawful = {change for year in years for change in clock_changes(year)}
    for start, _ in sorted(set(table.offsets[1:]) - lawful):
        day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=start)).date()
        yield at(convention, "calendar", "clock_differs", day.isoformat(), level=PROBLEM)

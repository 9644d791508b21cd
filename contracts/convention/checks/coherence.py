"""Whether a convention that reads well also makes sense: it loads only if it does.

Each check has its own code and names a line. The order is that of a reader of the file: tables
first, then each grant by itself, then grants against one another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Final, NoReturn

from contracts.convention.calendar import clock_changes, holidays
from contracts.convention.checks.duties_dischargeable import (
    Sends,
    check_apart,
    check_duty,
    laid_out,
)
from contracts.convention.checks.lookalike_names import check_alike
from contracts.convention.checks.promises import check_invariants, check_system
from contracts.convention.clauses import BUS, Grant, Question, questions
from contracts.convention.file.faults import refusal
from contracts.convention.file.yaml_nodes import Fields
from contracts.convention.hard_denials import denied_to_any, known_roles, needs_assignment
from contracts.convention.known_acts import INQUIRED, INQUIRY, REPORT, answerable
from contracts.convention.model import Convention
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import ROLES

MAX_QUESTIONS: Final = 100_000  # of all clauses; the proposal has about 150
_ANSWERS: Final = ("own_ip", "own_report", "own_st")


def check(convention: Convention, top: Fields) -> None:
    """Refuse an incoherent convention.

    Args:
        top: the file as it was read, for line numbers.

    Raises:
        ConventionError: `missing_label`, `agency_differs`, `colleague_elsewhere`, `id_repeated`,
            `codes_alike`, `names_alike`, `predecessor_missing`, `predecessor_unexpected`,
            `calendar_gap`, `basis_not_in_force`; of a grant: `publication_with_desk`,
            `publication_of_persons`, `reader_without_publication`, `stat_without_publication`,
            `issuer_without_realm`, `recipient_without_realm`, `sends_to_itself`,
            `secrecy_never_met`, `never_assigned`, `conditions_apart`, `reply_to_nothing`,
            `copy_of_nothing`,
            `hard_denial`, `assignment_missing`, `trap_released`; of its duties:
            `ack_not_by_recipient`, `duty_never_opens`, `duty_never_begins`, `unknown_clause`,
            `reply_without_clause`; `two_answers`, `duty_hidden`.
    """
    for check_whole in _WHOLE:
        check_whole(convention, top)
    refuse = partial(_refuse, convention)
    sends = laid_out(convention.grants)
    clauses = {grant.clause for grant in convention.grants}
    for grant in convention.grants:
        _basis(convention, grant)
        if grant.publication:
            _publication(convention, grant)
            continue
        _desks(convention, grant)
        _conditions(convention, grant, sends[grant.realm])
        _denials(convention, grant)
        for duty in grant.duties:
            check_duty(grant, duty, sends[grant.realm], clauses, refuse)
    _answers(convention)
    check_apart(convention.grants, refuse)
    check_invariants(convention)


def _refuse(
    convention: Convention, grant: Grant, code: str, got: str, expected: str, *facts: str
) -> NoReturn:
    """Refuse at a grant; the facts are its id and `got`, if no others are given."""
    raise ConventionError(
        code,
        f"{grant.id}: {got}",
        expected,
        file=convention.file,
        line=grant.line,
        facts=(grant.id, *(facts or (got,))),
    )


def _questions(convention: Convention, _top: Fields) -> None:
    """Before anything is asked of them: a file is loaded before its signatures are looked at."""
    count = 0
    for grant in convention.grants:
        count += len(grant.issuers) * len(grant.recipients)
        if count > MAX_QUESTIONS:
            most = str(MAX_QUESTIONS)
            _refuse(convention, grant, "too_many_questions", str(count), f"at most {most}", most)


def _tables(convention: Convention, top: Fields) -> None:
    def refuse(code: str, got: str, expected: str, field: str) -> NoReturn:
        raise refusal(top, (field,), code, got, expected, file=convention.file)

    for clause in convention.repealed.keys() & convention.by_clause.keys():
        refuse("clause_repeated", clause, "each id once", "repealed")
    if convention.version > 1 and not convention.predecessor:
        refuse("predecessor_missing", "none", "digest of the version before", "predecessor")
    if convention.version == 1 and convention.predecessor:
        refuse("predecessor_unexpected", "a digest", "none for version 1", "predecessor")
    for name in (*convention.readers, *convention.roles):
        if name == BUS or (name in convention.readers and name in convention.roles):
            refuse("id_repeated", name, "another id", "readers")
    named = {scope for grant in convention.grants for scope in grant.scopes | grant.traps}
    for scope in sorted(named - set(convention.scope_labels)):
        refuse("missing_label", "none", f"scopes.{scope}", "scopes")


def _houses(convention: Convention, top: Fields) -> None:
    """A known role acts for its own agency; a colleague, whom refusals name, is of the same one."""
    refuse = partial(refusal, top, file=convention.file)
    for name, role in convention.roles.items():
        if ROLES.get(name, role.agency) != role.agency:
            got, facts = f"{name} in {role.agency}", (name, role.agency, ROLES[name])
            raise refuse(("roles",), "agency_differs", got, ROLES[name], *facts)
    for name, role in convention.roles.items():
        house = convention.roles[role.colleague].agency if role.colleague else role.agency
        if role.colleague == name or house != role.agency:
            got, expected = f"{role.colleague} in {house}", f"another role of {role.agency}"
            at, names = ("roles", name, "colleague"), (name, role.colleague, house, role.agency)
            raise refuse(at, "colleague_elsewhere", got, expected, *names)


def _calendar(convention: Convention, top: Fields) -> None:
    table = convention.calendar

    def refuse(got: str, expected: str, fact: str = "") -> NoReturn:
        name = convention.file
        raise refusal(top, ("calendar",), "calendar_gap", got, expected, fact, file=name)

    if not table.first <= date.fromisoformat(convention.effective) <= table.last:
        refuse("an effective date outside", "a table that covers it", convention.effective)
    starts = [start for start, _ in table.offsets]
    if not starts or starts != sorted(set(starts)):
        refuse("clock changes out of order", "rising instants")
    midnight = (table.first - date(1970, 1, 1)) // timedelta(seconds=1)
    if starts[0] + table.offsets[0][1] > midnight:
        refuse("no offset on the first day", "an offset from its start")
    for (_, before), (start, after) in zip(table.offsets, table.offsets[1:], strict=False):
        if before == after:
            near = str(_day(start))
            refuse(f"the same offset twice near {near}", "a change", near)
    years = range(table.first.year, table.last.year + 1)
    lawful = {change for year in years for change in clock_changes(year)}
    for start, _ in sorted(lawful ^ set(table.offsets[1:])):
        day = str(_day(start))
        refuse(f"{day} without its clock change, or with another", "those of 2000/84/EC", day)
    due = {day for year in years for day in holidays(year) if table.first <= day <= table.last}
    for missing in sorted(due - table.holidays):
        refuse(f"{missing} without its holiday", "those of L. 3133-1", str(missing))


def _day(at: int) -> date:
    return date(1970, 1, 1) + timedelta(seconds=at)


def _basis(convention: Convention, grant: Grant) -> None:
    for code in grant.basis:
        text = convention.texts[code]
        until = text["in_force_until"] or "9999-12-31"
        if not text["in_force_from"] <= convention.effective <= until:
            expected, facts = f"in force on {convention.effective}", (code, convention.effective)
            _refuse(convention, grant, "basis_not_in_force", code, expected, *facts)


def _publication(convention: Convention, grant: Grant) -> None:
    outside = set(grant.recipients) <= set(convention.readers)
    if grant.issuers != (BUS,) or not outside:
        _refuse(convention, grant, "publication_with_desk", "a desk", "BUS to readers")
    if grant.event != "STAT" or any(not scope.startswith("STAT.") for scope in grant.scopes):
        _refuse(convention, grant, "publication_of_persons", "another scope", "STAT.counts")
    if grant.duties or grant.assigns or grant.conditions:
        _refuse(convention, grant, "publication_with_desk", "duties of a desk", "none")


def _desks(convention: Convention, grant: Grant) -> None:
    if BUS in grant.issuers or set(grant.recipients) & set(convention.readers):
        _refuse(convention, grant, "reader_without_publication", "BUS or a reader", "roles")
    if grant.event == "STAT":  # routing lets no figures pass between desks, whatever their scopes
        _refuse(convention, grant, "stat_without_publication", "STAT", "a publication")
    parties = {"issuer_without_realm": grant.issuers, "recipient_without_realm": grant.recipients}
    for code, roles in parties.items():
        for role in roles:
            if grant.realm not in convention.roles[role].realms:
                expected, facts = f"a role of {grant.realm}", (role, grant.realm)
                _refuse(convention, grant, code, role, expected, *facts)
    if both := set(grant.issuers) & set(grant.recipients):
        _refuse(convention, grant, "sends_to_itself", min(both), "different roles")


def _conditions(convention: Convention, grant: Grant, sends: Sends) -> None:
    if "secrecy" in grant.conditions:
        for role in (*grant.issuers, *grant.recipients):
            if not convention.roles[role].bound:
                _refuse(convention, grant, "secrecy_never_met", role, "secrecy-bound roles")
    if "assigned" in grant.conditions:
        for role in grant.recipients:
            if role not in sends.assignable:
                _refuse(convention, grant, "never_assigned", role, "a role that a clause assigns")
    earlier = [one for one in ("copy_of", *_ANSWERS) if one in grant.conditions]
    if len(earlier) > 1:
        _refuse(convention, grant, "conditions_apart", ", ".join(earlier), "one of them")
    for condition in [one for one in earlier if one in _ANSWERS]:
        if lost := _without_event(convention, grant, condition, sends):
            _refuse(convention, grant, "reply_to_nothing", lost, "an author of what it answers")
    if "copy_of" in grant.conditions and (lost := _without_original(grant, sends)):
        _refuse(convention, grant, "copy_of_nothing", lost, "an original that it may send")


def _without_event(convention: Convention, grant: Grant, condition: str, sends: Sends) -> str:
    """A recipient that no clause lets send what this grant could answer to its issuer, or empty."""
    heard = sends.answered(condition, answerable(convention, condition) or ())
    inquiries = convention.numbers(INQUIRY)
    for issuer in grant.issuers:
        for recipient in grant.recipients:
            if (condition, recipient) == INQUIRED:  # it did not report: it was given an inquiry
                answered = any(recipient in sends.to.get((one, issuer), ()) for one in inquiries)
            else:
                answered = issuer in heard.get(recipient, ())
            if not answered:
                return recipient
    return ""


def _without_original(grant: Grant, sends: Sends) -> str:
    """An issuer that has no report of these scopes to copy, or empty; a copy is a report itself."""
    for issuer in grant.issuers:
        if grant.event != REPORT[0] or grant.released.isdisjoint(sends.reports.get(issuer, ())):
            return issuer
    return ""


def _denials(convention: Convention, grant: Grant) -> None:
    # By its own name, as routing asks, and as whom it counts.
    names = {
        role: tuple(dict.fromkeys((role, *known_roles(role, convention.roles[role].agency))))
        for role in (*grant.issuers, *grant.recipients)
    }
    for issuer in grant.issuers:
        for recipient in grant.recipients:
            # HEALTH as a base is denied as such; its narrow scopes are asked by themselves.
            lost = grant.released & denied_to_any(names[issuer], names[recipient], grant.event)
            if lost:
                got, facts = f"{min(lost)} to {recipient}", (min(lost), recipient)
                _refuse(convention, grant, "hard_denial", got, "no such scope", *facts)
    for recipient in grant.recipients:
        act = grant.event, grant.purpose
        needed = any(needs_assignment(*act, name) for name in names[recipient])
        if needed and "assigned" not in grant.conditions:
            _refuse(convention, grant, "assignment_missing", recipient, "condition assigned")
    if shown := grant.traps & grant.released:
        _refuse(convention, grant, "trap_released", min(shown), "traps that are not released")


def _answers(convention: Convention) -> None:
    seen: dict[Question, Grant] = {}
    for grant in convention.grants:
        for question in questions(grant):
            other = seen.setdefault(question, grant)
            if other is not grant:
                expected = "one grant a question"
                _refuse(convention, grant, "two_answers", f"as {other.id}", expected, other.id)


# In the order of a reader of the file.
_WHOLE: Final[tuple[Callable[[Convention, Fields], None], ...]] = (
    check_system, _questions, _tables, _houses, check_alike, _calendar,
)  # fmt: skip

"""Duties: what is owed to whom by when, and what discharges, moves, cancels or reopens it.

The table is in the convention file (DutySpec); this module reads it (rules §12). All
functions return effects and change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.duty import DutySpec
from contracts.convention.known_acts import CONFIRMATION, COPY
from contracts.decision.conditions import clause_of
from contracts.decision.deadlines import CASE_CLOCK, case_clock, deadline, due_of
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect, duty_json
from contracts.decision.state.state import CLOSED, RENEW_SECONDS, Duty
from contracts.vocabulary.schema import Ref

LATER_THAN_RECEIVED: Final = frozenset({"received", "accepted", "declined", "started", "decided"})


def opened_by_release(
    setting: Setting,
    grant: Grant,
    recipient: str,
    addressed: tuple[str, ...],
    told: tuple[str, ...],
) -> Iterator[Effect]:
    """Duties that the release of an event to one recipient opens.

    Args:
        addressed: urns of all desks that the event was released to.
        told: of those that got some content with it.
    """
    for spec in grant.duties:
        if spec.opened_by and not _open_duty(setting, spec):
            continue
        if setting.ending(recipient) and spec.stages != ("received",):
            continue  # an end is acknowledged as received: nothing starts, nothing further is owed
        if _self_discharged(spec, told, setting):
            continue
        duty = _duty(setting, spec, setting.cover.jti, setting.cover.iss, recipient, addressed)
        if duty is not None:
            yield opened(setting.cover.sub, duty)


def opened_by_ack(setting: Setting, past_jti: str, stage: str) -> Iterator[Effect]:
    """Duties that an acknowledgement of a stage opens (monthly reports, R29, R30, R26 → MO)."""
    past = setting.case.events[past_jti]
    desk = setting.cover.iss
    if past.withdrawn or (desk, past_jti) not in setting.case.assigned:
        return  # it was taken back, it ended, or is an end itself: nothing starts
    grant_id, _ = past.desks[desk]
    addressed = tuple(past.desks)
    for grant in setting.convention.grants:
        if grant.id != grant_id:
            continue
        for spec in grant.duties:
            if spec.opened_by == f"ACK:{stage}":
                duty = _duty(setting, spec, past_jti, past.iss, desk, addressed)
                if duty is not None and duty["id"] not in setting.case.duties:
                    yield opened(setting.cover.sub, duty)


def withdrawal(setting: Setting, desk: str) -> Iterator[Effect]:
    """Each desk that an event was delivered to owes its issuer the confirmation of a withdrawal."""
    duty = _duty(setting, CONFIRMATION, setting.cover.jti, setting.cover.iss, desk, (desk,))
    if duty is not None:
        yield opened(setting.cover.sub, duty)


def opened(token: str, duty: dict[str, Any]) -> Effect:
    """The effect that opens a duty, as `duty_json` writes it."""
    return {"k": "duty_opened", "sub": token, "duty": duty}


def discharged_by_event(
    setting: Setting, clause: str, desk: str, re: Iterable[Ref]
) -> Iterator[Effect]:
    """Duties that an event released under `clause` to `desk`, answering `re`, discharges."""
    named = {ref.jti: ref.iss for ref in re}
    reported: set[str] = set()  # one report answers one month
    for duty in setting.open_duties:
        if duty.event not in named or clause not in duty.acts:
            continue
        if not _owes(setting, duty) or named[duty.event] != duty.issuer:
            continue
        if duty.final and not setting.cover.final:
            continue
        if desk != duty.creditor and _can_address(setting, duty):
            continue
        if duty.repeat and duty.event in reported:
            continue
        yield closed(setting, duty)
        if duty.repeat:
            reported.add(duty.event)
            yield from _next_occurrence(setting, duty)


def discharged_by_ack(setting: Setting, past_jti: str, stage: str) -> Iterator[Effect]:
    """Duties that an acknowledgement discharges; `declined` cancels what would have followed.

    Only who is still asked to accept can decline: a judge's order, an alert or a legal duty is not
    ended by its debtor's word.
    """
    own = [duty for duty in setting.open_duties if duty.event == past_jti and _owes(setting, duty)]
    declines = stage == "declined" and any("accepted" in duty.stages for duty in own)
    for duty in own:
        meets = stage in LATER_THAN_RECEIVED and "received" in duty.stages
        if duty.acts == ("ACK",) and (meets or stage in duty.stages):
            yield closed(setting, duty)
        elif declines and not duty.legal:
            yield cancelled(setting.cover.sub, duty, setting.cover.jti)


def reopened(setting: Setting, unreadable_jti: str) -> Iterator[Effect]:
    """Duties that an unreadable event only seemed to discharge.

    The creditor says so; or, where no clause lets the act reach the creditor, all its addressees.
    """
    own, past = setting.cover.iss, setting.case.events[unreadable_jti]
    nobody_read = all(
        own == desk or "unreadable" in past.stages.get(desk, ()) for desk in past.desks
    )
    for duty in setting.case.duties.values():
        if duty.status != CLOSED or duty.closed_by != unreadable_jti:
            continue
        is_told = duty.creditor in past.desks
        if own == duty.creditor or (nobody_read and not is_told):
            again = max(duty.due, setting.at)
            yield {"k": "duty_reopened", "sub": setting.cover.sub, "id": duty.id, "next": again}


def reopened_by_withdrawal(setting: Setting, withdrawn_jti: str) -> Iterator[Effect]:
    """Duties that a withdrawn event had met: who takes an answer back has not answered.

    One that is past due falls due at once. A later month's report stays as it is: it is owed
    anyway.
    """
    for duty in setting.case.duties.values():
        if duty.status == CLOSED and duty.closed_by == withdrawn_jti:
            again = max(duty.due, setting.at)
            yield {"k": "duty_reopened", "sub": setting.cover.sub, "id": duty.id, "next": again}


def cancelled_by_withdrawal(setting: Setting, withdrawn_jti: str) -> Iterator[Effect]:
    """Duties of a withdrawn event that the law does not impose."""
    for duty in setting.open_duties:
        if duty.event == withdrawn_jti and not duty.legal:
            yield cancelled(setting.cover.sub, duty, setting.cover.jti)


def cancelled_by_end(setting: Setting, ended_jti: str) -> Iterator[Effect]:
    """Repeated reports stop when the measure that they report on ends."""
    for duty in setting.open_duties:
        if duty.event == ended_jti and duty.repeat:
            yield cancelled(setting.cover.sub, duty, setting.cover.jti)


def moved(setting: Setting, clock: str, links: dict[str, str]) -> Iterator[Effect]:
    """Duties whose deadline the case clock moves (LINK, UNLINK, an earlier IP).

    A duty moved into the past falls due at once; one already past due stays as late as it is.
    """
    for duty in setting.open_duties:
        if duty.start != CASE_CLOCK:
            continue
        start = case_clock(clock, links, duty.base)
        due = deadline(setting.calendar, duty.within, setting.at, start)
        if due <= setting.at:
            due = min(duty.due, setting.at)
        if due != duty.due:
            yield {"k": "duty_moved", "sub": setting.cover.sub, "id": duty.id, "due": due}


def closed(setting: Setting, duty: Duty) -> Effect:
    """The effect that closes a duty, saying whether the closing event was in time."""
    return {
        "k": "duty_closed", "sub": setting.cover.sub, "id": duty.id, "by": setting.cover.jti,
        "in_time": setting.cover.iat <= duty.due,
    }  # fmt: skip


def cancelled(token: str, duty: Duty, by: str) -> Effect:
    """The effect that cancels a duty."""
    return {"k": "duty_cancelled", "sub": token, "id": duty.id, "by": by}


def _open_duty(setting: Setting, spec: DutySpec) -> bool:
    """`open:R23`: only while a duty of the issuer to do that is open."""
    kind, _, act = spec.opened_by.partition(":")
    owed = (act in duty.acts and _owes(setting, duty) for duty in setting.open_duties)
    return kind == "open" and any(owed)


def _owes(setting: Setting, duty: Duty) -> bool:
    """Whether the event is by the desk that owes a duty."""
    return setting.cover.iss == duty.debtor


def _self_discharged(spec: DutySpec, told: tuple[str, ...], setting: Setting) -> bool:
    """The issuer's copy to the CRIP in the same event: nothing is left to owe."""
    if not setting.convention.numbers(COPY).issuperset(spec.acts):
        return False
    roles = (setting.directory.desk(urn) for urn in told)
    return any(entry is not None and entry.role == spec.creditor for entry in roles)


def _duty(
    setting: Setting,
    spec: DutySpec,
    event: str,
    issuer: str,
    recipient: str,
    addressed: tuple[str, ...],
) -> dict[str, Any] | None:
    """A first duty as its effect holds it; it becomes a value when the effect is applied."""
    entry = setting.directory.desk(recipient)
    if spec.recipients and (entry is None or entry.role not in spec.recipients):
        return None
    parties = (
        _party(setting, who, issuer, recipient, addressed) for who in (spec.debtor, spec.creditor)
    )
    debtor, creditor = parties
    due, base = due_of(setting, spec)
    if not debtor or not creditor or due is None:
        return None
    return {
        "id": duty_id(event, spec.act, debtor, 1), "event": event, "issuer": issuer,
        "acts": list(spec.acts), "stages": list(spec.stages), "final": spec.final,
        "debtor": debtor, "creditor": creditor, "due": due, "legal": spec.legal,
        "repeat": spec.repeat, "start": spec.start, "within": spec.within, "base": base,
        "occurrence": 1, "next": min(due, setting.at + RENEW_SECONDS),
    }  # fmt: skip


def duty_id(event: str, act: str, debtor: str, occurrence: int) -> str:
    """(opening event, act, debtor, occurrence) as one text."""
    return f"{event}/{act}/{debtor.rpartition(':')[2]}/{occurrence}"


def _party(
    setting: Setting, who: str, issuer: str, recipient: str, addressed: tuple[str, ...]
) -> str:
    """The desk that a spec means: issuer, recipient, or of a role the nearest one."""
    if who == "issuer":
        return issuer
    if who == "recipient":
        return recipient
    desks = setting.directory.by_role.get(who, ())
    ends = setting.desk_ends
    nearest = [urn for urn in desks if urn in addressed]
    others = [urn for urn in desks if not ends.has_ended(urn)]
    nearest += [urn for urn in others if ends.takes_part(urn, setting.case)]
    return (nearest or others or [""])[0]


def _can_address(setting: Setting, duty: Duty) -> bool:
    """Whether some clause lets the act address the creditor (R26, R27 do not reach the parquet)."""
    creditor = setting.directory.desk(duty.creditor)
    if creditor is None:
        return False
    return any(
        creditor.role in grant.recipients
        for grant in setting.convention.grants
        if clause_of(grant.id) in duty.acts
    )


def _next_occurrence(setting: Setting, duty: Duty) -> Iterator[Effect]:
    """The next monthly report: counted from the start of the measure, so that it never drifts."""
    occurrence = duty.occurrence + 1
    following = duty_id(duty.event, duty.act, duty.debtor, occurrence)
    if following in setting.case.duties:
        return  # opened before, by a report that could not be read
    months = int(duty.within.removesuffix("mo")) * occurrence
    day = setting.calendar.add_months(date.fromisoformat(duty.base), months)
    due = max(setting.calendar.end_of_day(day), setting.at)
    after = replace(
        duty,
        id=following,
        occurrence=occurrence,
        due=due,
        next=min(due, setting.at + RENEW_SECONDS),
        overdue=False,
    )
    yield opened(setting.cover.sub, duty_json(after))

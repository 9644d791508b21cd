"""Settling: from an input to an entry of the log, one function a kind of record (`step.py`)."""

from __future__ import annotations

from typing import Any, Final

from contracts.convention.clauses import act_name
from contracts.decision.decide import chain_of, decide
from contracts.decision.outcome import Decision
from contracts.decision.state.effects import Effect
from contracts.decision.state.state import RENEW_SECONDS, Case, DueEntry, Duty
from contracts.decision.state.view import View
from contracts.encoding import digest
from contracts.envelope.event import Event
from contracts.envelope.model import Claimed, Cover
from contracts.log.entry import Entry, InputSource, Post, write
from contracts.log.routing.context import Context

_TOLD_AS: Final = {"duty_cancelled": "duty_closed", "duty_reopened": "duty_opened"}
DutyNotice = tuple[str, dict[str, Any], str, str]  # kind, claim, debtor, creditor


def decided(context: Context, event: Event, src: InputSource, released: str = "") -> Entry:
    """Settle an event whose envelope was verified: receipts, notices, record, evidence.

    Args:
        released: leaf under which it was in quarantine, if an order released it.

    Raises:
        ConventionError: a date beyond the calendar's tables.
        EntryTooLargeError: more to tell than a record can name.
    """
    view, registry = context.view, context.orders.registry
    convention = registry.conventions[view.tail.convd]
    directory = registry.directories[view.tail.dird]
    post = context.post(arrived=first_arrival(view, released))
    decision = decide(convention, directory, view, event, post.at, late=bool(released))
    cover = event.cover
    case = view.case(cover.sub)
    changes = _duty_changes(decision.effects, case)
    told = _receipts(post, event, decision, changes)
    reference = {"iss": cover.iss, "jti": cover.jti}
    decided_json = decision.json()
    own = _duties_of(cover.iss, changes, told)
    body = {name: value for name, value in decided_json.items() if name != "chain"}
    post.notice(cover.iss, "decided", cover.sub, reference, cover=event.digest, duties=own, **body)
    for acknowledged in decision.acknowledged:
        post.notice(
            acknowledged.iss,
            "acknowledged",
            cover.sub,
            {"iss": acknowledged.iss, "jti": acknowledged.jti},
            by=cover.iss,
            stage=cover.stage,
            ack=reference,
            duties=_duties_of(acknowledged.iss, changes, told),
        )
    if decision.participants:
        answer = list(decision.participants)
        post.notice(cover.iss, "accesses", cover.sub, reference, participants=answer)
    _untold(post, cover.sub, changes, told, _parties(case, cover, decision), case)
    heads = [{"head": head.head, "rest": head.rest} for head in event.heads]
    evidence = {"cover": event.token, "decision": decided_json, "heads": heads}
    effects = list(decision.effects)
    _release(evidence, effects, released)
    return write(post, "decided", evidence, effects, src, event.digest)


def first_arrival(view: View, released: str) -> int | None:
    """When an input that was released first arrived, None if it was not in quarantine."""
    kept = view.kept.get(released) if released else None
    return kept.first if kept is not None else None


def _release(evidence: dict[str, Any], effects: list[Effect], released: str) -> None:
    """Say of an entry that it settles a release."""
    if released:
        evidence["released"] = released
        effects.append({"k": "settled", "d": released})


def reused(view: View, cover: Cover, own_digest: str, at: int) -> bool:
    """Whether an event id stands for another event already: another content or issuer, an alarm."""
    seen = view.seen(cover.jti, at)
    if seen is None:
        return cover.jti in view.case(cover.sub).events
    return seen.iss != cover.iss or seen.cover != own_digest


def duplicate(context: Context, event: Event, src: InputSource, released: str = "") -> Entry:
    """Settle the replay of an event already decided: the notice points to the first decision."""
    post, cover = context.post(), event.cover
    seen = context.view.seen(cover.jti, post.at)
    reference = {"iss": cover.iss, "jti": cover.jti}
    first = seen.leaf if seen is not None else ""
    post.notice(cover.iss, "duplicate", cover.sub, reference, cover=event.digest, first=first)
    evidence: dict[str, Any] = {"cover": event.token}
    effects: list[Effect] = []
    _release(evidence, effects, released)
    return write(post, "duplicate", evidence, effects, src, event.digest)


def quarantined(
    context: Context,
    why: tuple[str, str],
    verified: tuple[Cover | Claimed, str] | None,
    src: InputSource,
    size: int,
    released: str = "",
) -> Entry:
    """Settle an input that is no well-formed event; its bytes go to quarantine.

    Args:
        why: code and place of the error, without personal data.
        verified: cover and token, only where the cover's signature verifies and its issuer can be
            told; the issuer's chain then advances. Of a malformed cover only what it claims: its
            issuer is told, and the chain does not advance, as its own service reads it.
        size: of the raw value, bytes.
        released: leaf under which it was in quarantine before, if an order released it in vain.
    """
    post, view, own_digest = context.post(), context.view, ""
    (code, place), effects = why, list[Effect]()
    evidence: dict[str, Any] = {"code": code, "place": place, "bytes": size}
    if verified is not None:
        cover, token = verified
        own_digest = digest(token)
        evidence |= {"cover": token, "placed": True}
        if isinstance(cover, Cover) and chain_of(view, cover, late=bool(released)) != "late":
            effects.append({"k": "chain", "iss": cover.iss, "d": own_digest})
        reference = {"iss": cover.iss, "jti": cover.jti}
        post.notice(
            cover.iss, "quarantined", cover.sub, reference,
            cover=own_digest, code=code, place=place or None,
        )  # fmt: skip
    before = view.kept.get(released) if released else None
    if before is not None:
        evidence |= {"was": before.code, "first": before.first}
    _release(evidence, effects, released)
    return write(post, "quarantined", evidence, effects, src, own_digest)


def due(context: Context, entry: DueEntry) -> Entry:
    """Settle a duty that the log must speak of: it fell due, or is noticed again.

    A party that has left the directory or lost its last clause is not told: nobody is there.

    Args:
        entry: `view.next_due()`; the record's instant is its own, never below the last record's.
    """
    instant, kind, duty_id, token = entry
    view = context.view
    post = context.post(max(instant, view.tail.at))
    duty = view.case(token).duties[duty_id]
    overdue = kind == "overdue"
    claim = owed(duty)
    for desk in dict.fromkeys((claim["debtor"], claim["creditor"])):
        reference = {"iss": duty.issuer, "jti": duty.event}
        name = "overdue" if overdue else "duty_opened"
        post.notice(desk, name, token, reference, duty=claim)
    if overdue:
        effect: Effect = {"k": "duty_overdue", "sub": token, "id": duty.id, "at": post.at}
    else:
        ahead = post.at + RENEW_SECONDS
        later = ahead if duty.overdue else min(duty.due, ahead)
        effect = {"k": "duty_renewed", "sub": token, "id": duty.id, "next": later}
    return write(post, kind, {}, [effect])


def dropped(context: Context, leaf: str, reason: str, token: str = "") -> Entry:
    """Settle a release that has nothing left to route.

    Args:
        token: the cover, if its event has been decided since.
        reason: `bytes_gone` (their retention), `bytes_altered` (not those that came), or
            `already_decided` (the event's id has been decided since).
    """
    answers = [{"decision": leaf, "answer": "discarded"}]
    evidence = {"released": leaf, "reason": reason, "answers": answers}
    evidence |= {"cover": token} if token else {}
    effect: Effect = {"k": "settled", "d": leaf, "how": "discarded"}
    return write(context.silent(), "discarded", evidence, [effect])


def owed(duty: Duty) -> dict[str, Any]:
    """A duty as receipts and notices show it."""
    return {
        "id": duty.id, "event": {"iss": duty.issuer, "jti": duty.event}, "act": duty.act,
        "debtor": duty.debtor, "creditor": duty.creditor, "due": duty.due, "legal": duty.legal,
    }  # fmt: skip


def _owed_json(opened: dict[str, Any]) -> dict[str, Any]:
    act = act_name(opened["acts"], opened["stages"], final=opened["final"])
    return {
        "id": opened["id"], "event": {"iss": opened["issuer"], "jti": opened["event"]},
        "act": act, "debtor": opened["debtor"], "creditor": opened["creditor"],
        "due": opened["due"], "legal": opened["legal"],
    }  # fmt: skip


def _duty_changes(effects: tuple[Effect, ...], case: Case) -> list[DutyNotice]:
    """Every change to a duty: kind, claim, debtor and creditor."""
    notices: list[DutyNotice] = []
    for effect in effects:
        kind: str = effect["k"]
        if kind == "duty_opened":
            claim = _owed_json(effect["duty"])
        elif kind in ("duty_closed", "duty_cancelled", "duty_moved", "duty_reopened"):
            claim = owed(case.duties[effect["id"]])
            if kind == "duty_closed":
                claim["in_time"] = effect["in_time"]
            elif kind == "duty_cancelled":
                claim["cancelled"] = True
            elif kind == "duty_moved":
                claim["due"] = effect["due"]
        else:
            continue
        notices.append((_TOLD_AS.get(kind, kind), claim, claim["debtor"], claim["creditor"]))
    return notices


def _receipts(
    post: Post, event: Event, decision: Decision, changes: list[DutyNotice]
) -> set[tuple[str, str, str]]:
    """A receipt a delivery; returns what was told: (desk, kind, duty id)."""
    told: set[tuple[str, str, str]] = set()
    if decision.refused or event.cover.etype == "ACK":
        return told  # an ACK reaches its issuer as a notice, not as a delivery
    slips = {addressee.desk: addressee.slip for addressee in event.cover.to}
    for outcome in decision.outcomes:
        if outcome.verdict != "release":
            continue
        parts = sorted(
            head.digest for head in event.heads_for(outcome.desk) if head.cat in outcome.released
        )
        clauses = dict.fromkeys(outcome.released, outcome.grant)
        due_here = [
            claim
            for kind, claim, debtor, _ in changes
            if kind == "duty_opened" and debtor == outcome.desk
        ]
        told |= {(outcome.desk, "duty_opened", claim["id"]) for claim in due_here}
        post.receipt(outcome.desk, slips[outcome.desk], parts, clauses=clauses, due=due_here)
    return told


def _duties_of(
    desk: str, changes: list[DutyNotice], told: set[tuple[str, str, str]]
) -> dict[str, Any] | None:
    """The changes that concern one desk, as its notice carries them; marks them as told."""
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for kind, claim, debtor, creditor in changes:
        if desk in (debtor, creditor):
            by_kind.setdefault(kind.removeprefix("duty_"), []).append(claim)
            told.add((desk, kind, claim["id"]))
    return by_kind or None


def _parties(case: Case, cover: Cover, decision: Decision) -> set[str]:
    """Desks that take part in the case: only they hear of a duty towards them before it is late."""
    desks = {desk for desk, _ in case.assigned} | {cover.iss}
    desks |= {one.desk for one in decision.outcomes if one.verdict == "release"}
    for past in case.events.values():
        desks |= {past.iss, *past.desks}
    return desks


def _untold(
    post: Post,
    sub: str,
    changes: list[DutyNotice],
    told: set[tuple[str, str, str]],
    parties: set[str],
    case: Case,
) -> None:
    """Duty notices to debtors and creditors whom nothing else in this entry has told.

    A creditor outside the case (the CRIP of a copy, the judge of an application) learns of a duty
    only if it falls overdue: before that, neither that it was opened nor how it ended.
    """
    for kind, claim, debtor, creditor in changes:
        known = case.duties.get(claim["id"])
        late = known is not None and known.overdue
        for desk in dict.fromkeys((debtor, creditor)):
            if (desk, kind, claim["id"]) in told:
                continue
            if desk == creditor and desk not in parties and not late:
                continue
            post.notice(desk, kind, sub, claim["event"], duty=claim)

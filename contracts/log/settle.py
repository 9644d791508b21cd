"""Settling: from an input to an entry of the log, one function a kind of record.

Routing settles what comes in; the auditor settles it again from the evidence with these same
functions and compares bytes. Everything that varies (time, salt, source) is an argument.
"""

from __future__ import annotations

from typing import Any, Final

from contracts.convention.model import Convention
from contracts.decision import decide
from contracts.directory import Directory
from contracts.effects import Effect
from contracts.encoding import b64u
from contracts.envelope.event import Event
from contracts.envelope.model import Cover
from contracts.log.entry import Entry, Post, Site, Source, write
from contracts.log.orders import Order
from contracts.outcome import Decision
from contracts.state import RENEW_SECONDS, Case, DueEntry, Duty, View

_TOLD_AS: Final = {"duty_cancelled": "duty_closed", "duty_reopened": "duty_opened"}
DutyNotice = tuple[str, dict[str, Any], str, str]  # kind, claim, debtor, creditor


def decided(
    site: Site,
    view: View,
    convention: Convention,
    directory: Directory,
    event: Event,
    at: int,
    salt: bytes,
    src: Source,
) -> Entry:
    """Settle an event whose envelope was verified: receipts, notices, record, evidence."""
    decision = decide(convention, directory, view, event, at)
    cover = event.cover
    post = Post(site, view, at, salt)
    case = view.case(cover.sub)
    changes = _duty_changes(decision.effects, case)
    told = _receipts(post, event, decision, changes)
    reference = {"iss": cover.iss, "jti": cover.jti}
    decided_json = decision.json()
    own = _duties_of(cover.iss, changes, told)
    body = {name: value for name, value in decided_json.items() if name != "chain"}
    post.notice(cover.iss, "decided", cover.sub, reference, cover=event.digest, duties=own, **body)
    for one in decision.acknowledged:
        post.notice(
            one.desk,
            "acknowledged",
            cover.sub,
            {"iss": one.iss, "jti": one.jti},
            by=cover.iss,
            stage=one.stage,
            ack=reference,
            duties=_duties_of(one.desk, changes, told),
        )
    _untold(post, cover.sub, changes, told, _parties(case, cover, decision), case)
    evidence = {
        "salt": b64u(salt), "cover": event.token, "decision": decided_json,
        "heads": [{"head": head.head, "rest": head.rest} for head in event.heads],
    }  # fmt: skip
    effects = list(decision.effects)
    return write(
        site, view, "decided", at, evidence, effects, post=post, src=src, cover=event.digest
    )


def reused(view: View, cover: Cover, digest: str, at: int) -> bool:
    """Whether an event id stands for another event already: another content or issuer, an alarm."""
    seen = view.seen(cover.jti, at)
    if seen is None:
        return cover.jti in view.case(cover.sub).events
    return seen.iss != cover.iss or seen.cover != digest


def duplicate(
    site: Site, view: View, cover: Cover, token: str, digest: str, at: int, salt: bytes, src: Source
) -> Entry:
    """Settle the replay of an event already decided: the notice points to the first decision."""
    post = Post(site, view, at, salt)
    seen = view.seen(cover.jti, at)
    reference = {"iss": cover.iss, "jti": cover.jti}
    first = seen.leaf if seen is not None else ""
    post.notice(cover.iss, "duplicate", cover.sub, reference, cover=digest, first=first)
    evidence = {"salt": b64u(salt), "cover": token}
    return write(site, view, "duplicate", at, evidence, [], post=post, src=src, cover=digest)


def quarantined(
    site: Site,
    view: View,
    code: str,
    place: str,
    verified: tuple[Cover, str, str] | None,
    known: bool,
    at: int,
    salt: bytes,
    src: Source,
) -> Entry:
    """Settle an input that is no well-formed event; its bytes go to quarantine.

    Args:
        code, place: of the error, without personal data.
        verified: cover, token and D, only where the cover's signature verifies; the issuer's
            chain then advances and the issuer is told.
        known: whether the issuer is a desk of this realm that can be told.
    """
    evidence: dict[str, Any] = {"salt": b64u(salt), "code": code, "place": place}
    effects: list[Effect] = []
    post = Post(site, view, at, salt)
    digest = ""
    if verified is not None and known:
        cover, token, digest = verified
        evidence["cover"] = token
        effects.append({"k": "chain", "iss": cover.iss, "d": digest})
        reference = {"iss": cover.iss, "jti": cover.jti}
        post.notice(cover.iss, "quarantined", cover.sub, reference, cover=digest, code=code)
    return write(site, view, "quarantined", at, evidence, effects, post=post, src=src, cover=digest)


def due(site: Site, view: View, entry: DueEntry, salt: bytes) -> Entry:
    """Settle a duty that the log must speak of: it fell due, or is noticed again.

    Args:
        entry: `view.next_due()`; the record's instant is its own, never below the last record's.
    """
    instant, kind, duty_id, token = entry
    at = max(instant, view.tail.at)
    duty = view.case(token).duties[duty_id]
    overdue = kind == "overdue"
    post = Post(site, view, at, salt)
    for desk in dict.fromkeys((duty.debtor, duty.creditor)):
        reference = {"iss": duty.issuer, "jti": duty.event}
        name = "overdue" if overdue else "duty_opened"
        post.notice(desk, name, token, reference, duty=owed(duty))
    if overdue:
        effect: Effect = {"k": "duty_overdue", "sub": token, "id": duty.id, "at": at}
    else:
        ahead = at + RENEW_SECONDS
        later = ahead if duty.overdue else min(duty.due, ahead)
        effect = {"k": "duty_renewed", "sub": token, "id": duty.id, "next": later}
    return write(site, view, kind, at, {"salt": b64u(salt)}, [effect], post=post)


def genesis(site: Site, view: View, layout: Order, at: int, salt: bytes) -> Entry:
    """Settle the first record of a partition: the layout under which the log begins."""
    effect: Effect = {
        "k": "genesis", "n": layout.n, "partitions": layout.payload["partitions"],
        "shards": layout.payload["shards"],
    }  # fmt: skip
    evidence = {"salt": b64u(salt), "order": layout.digest}
    return write(site, view, "genesis", at, evidence, [effect])


def ordered(site: Site, view: View, order: Order, effective: bool, salt: bytes) -> Entry:
    """Settle an order of control: adopted or layout, at its own instant.

    Args:
        effective: False for a version that is no longer newer than the one in force.
    """
    at = max(order.start, view.tail.at)
    effect: Effect = {"k": "order", "n": order.n}
    kind = "layout" if order.kind == "layout" else "adopted"
    if effective and order.kind == "adopt_convention":
        effect["convd"] = order.target
    elif effective and order.kind == "adopt_directory":
        effect["dird"] = order.target
    elif effective and order.kind == "layout":
        effect["shards"] = order.payload["shards"]
    evidence = {"salt": b64u(salt), "order": order.digest}
    return write(site, view, kind, at, evidence, [effect])


def owed(duty: Duty) -> dict[str, Any]:
    """A duty as receipts and notices show it."""
    return {
        "id": duty.id, "event": {"iss": duty.issuer, "jti": duty.event}, "act": duty.act,
        "debtor": duty.debtor, "creditor": duty.creditor, "due": duty.due, "legal": duty.legal,
    }  # fmt: skip


def _owed_json(opened: dict[str, Any]) -> dict[str, Any]:
    act = "|".join(opened["acts"])
    act += ":" + "|".join(opened["stages"]) if opened["stages"] else ""
    act += ":final" if opened["final"] else ""
    return {
        "id": opened["id"], "event": {"iss": opened["issuer"], "jti": opened["event"]},
        "act": act, "debtor": opened["debtor"], "creditor": opened["creditor"],
        "due": opened["due"], "legal": opened["legal"],
    }  # fmt: skip


def _duty_changes(effects: tuple[Effect, ...], case: Case) -> list[DutyNotice]:
    """Every change to a duty: kind, claim, debtor and creditor."""
    found: list[DutyNotice] = []
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
        name = _TOLD_AS.get(kind, kind)
        found.append((name, claim, claim["debtor"], claim["creditor"]))
    return found


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
        post.receipt(outcome.desk, slips[outcome.desk], parts, clauses, due_here)
    return told


def _duties_of(
    desk: str, changes: list[DutyNotice], told: set[tuple[str, str, str]]
) -> dict[str, Any] | None:
    """The changes that concern one desk, as its notice carries them; marks them as told."""
    found: dict[str, list[dict[str, Any]]] = {}
    for kind, claim, debtor, creditor in changes:
        if desk in (debtor, creditor):
            found.setdefault(kind.removeprefix("duty_"), []).append(claim)
            told.add((desk, kind, claim["id"]))
    return found or None


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

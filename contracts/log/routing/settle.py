"""Settling: from an input to an entry of the log, one function a kind of record (`step.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.convention.duty import act_name
from contracts.decision.decide import chain_of, decide
from contracts.decision.outcome import Decision
from contracts.decision.state.effects import Effect, duty_json
from contracts.decision.state.state import RENEW_SECONDS, Case, DueEntry
from contracts.decision.state.view import View
from contracts.encoding import digest
from contracts.envelope.event import Event
from contracts.envelope.model import Cover
from contracts.log.entry import Entry, InputSource, Post, write
from contracts.log.routing.context import Context, Fault, Seen

_TOLD_AS: Final = {  # kind of effect -> of notice
    "duty_opened": "duty_opened", "duty_reopened": "duty_opened", "duty_moved": "duty_moved",
    "duty_closed": "duty_closed", "duty_cancelled": "duty_closed",
}  # fmt: skip


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
    changes = _DutyChanges(decision.effects, case)
    _receipts(post, event, decision, changes)
    reference = {"iss": cover.iss, "jti": cover.jti}
    decided_json = decision.json()
    body = {name: value for name, value in decided_json.items() if name != "chain"}
    post.notice(
        cover.iss, "decided", cover.sub, reference,
        cover=event.digest, duties=changes.of(cover.iss), **body,
    )  # fmt: skip
    for ref in decision.acknowledged:
        post.notice(
            ref.iss, "acknowledged", cover.sub, {"iss": ref.iss, "jti": ref.jti},
            by=cover.iss, stage=cover.stage, ack=reference, duties=changes.of(ref.iss),
        )  # fmt: skip
    if decision.participants:
        answer = list(decision.participants)
        post.notice(cover.iss, "accesses", cover.sub, reference, participants=answer)
    for desk, kind, claim in changes.untold(_parties(case, cover, decision)):
        post.notice(desk, kind, cover.sub, claim["event"], duty=claim)
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


def quarantined(context: Context, seen: Seen, fault: Fault) -> Entry:
    """Settle an input that is no well-formed event; its bytes go to quarantine.

    Whose cover it is is told, where the issuer is a desk of this realm, and its chain advances. Of
    a malformed cover the chain does not advance, as its own service reads it.
    """
    post, view, own_digest = context.post(), context.view, ""
    cover, effects = fault.cover, list[Effect]()
    evidence: dict[str, Any] = {"code": fault.code, "place": fault.place, "bytes": seen.size}
    directory = context.orders.registry.directories[view.tail.dird]
    if cover is not None and cover.realm == context.site.realm and directory.desk(cover.iss):
        own_digest = digest(fault.token)
        evidence |= {"cover": fault.token, "placed": True}
        late = bool(seen.released)
        if isinstance(cover, Cover) and chain_of(view, cover, late=late) != "late":
            effects.append({"k": "chain", "iss": cover.iss, "d": own_digest})
        reference = {"iss": cover.iss, "jti": cover.jti}
        post.notice(
            cover.iss, "quarantined", cover.sub, reference,
            cover=own_digest, code=fault.code, place=fault.place or None,
        )  # fmt: skip
    before = view.kept.get(seen.released) if seen.released else None
    if before is not None:
        evidence |= {"was": before.code, "first": before.first}
    _release(evidence, effects, seen.released)
    return write(post, "quarantined", evidence, effects, seen.source, own_digest)


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
    claim = owed(duty_json(duty))
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


def owed(duty: Mapping[str, Any]) -> dict[str, Any]:
    """A duty, as an effect opens it, as receipts and notices show it."""
    told = {name: duty[name] for name in ("id", "debtor", "creditor", "due", "legal")}
    told["event"] = {"iss": duty["issuer"], "jti": duty["event"]}
    return told | {"act": act_name(duty["acts"], duty["stages"], final=duty["final"])}


class _DutyChanges:
    """What one entry changes of duties, each as its parties are told, and who was told of which."""

    def __init__(self, effects: tuple[Effect, ...], case: Case) -> None:
        self._case = case
        self._changes = [
            (_TOLD_AS[effect["k"]], _claim(effect, case))
            for effect in effects
            if effect["k"] in _TOLD_AS
        ]
        self._told: set[tuple[str, str, str]] = set()  # desk, kind, duty id

    def opened(self, desk: str) -> list[dict[str, Any]]:
        """What a desk owes now, as its receipt carries it."""
        due = [
            claim
            for kind, claim in self._changes
            if kind == "duty_opened" and claim["debtor"] == desk
        ]
        self._told |= {(desk, "duty_opened", claim["id"]) for claim in due}
        return due

    def of(self, desk: str) -> dict[str, Any] | None:
        """The changes that concern one desk, as its notice carries them."""
        by_kind: dict[str, list[dict[str, Any]]] = {}
        for kind, claim in self._changes:
            if desk in (claim["debtor"], claim["creditor"]):
                by_kind.setdefault(kind.removeprefix("duty_"), []).append(claim)
                self._told.add((desk, kind, claim["id"]))
        return by_kind or None

    def untold(self, parties: set[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Debtors and creditors whom nothing else in this entry has told: desk, kind and claim.

        A creditor outside the case (the CRIP of a copy, the judge of an application) learns of a
        duty only if it falls overdue: before that, neither that it was opened nor how it ended.
        """
        for kind, claim in self._changes:
            known = self._case.duties.get(claim["id"])
            late = known is not None and known.overdue
            for desk in dict.fromkeys((claim["debtor"], claim["creditor"])):
                is_outside = desk == claim["creditor"] and desk not in parties and not late
                if (desk, kind, claim["id"]) not in self._told and not is_outside:
                    yield desk, kind, claim


def _claim(effect: Effect, case: Case) -> dict[str, Any]:
    """A change to a duty, as its parties are told."""
    if effect["k"] == "duty_opened":
        return owed(effect["duty"])
    claim = owed(duty_json(case.duties[effect["id"]]))
    if effect["k"] == "duty_closed":
        claim["in_time"] = effect["in_time"]
    elif effect["k"] == "duty_cancelled":
        claim["cancelled"] = True
    elif effect["k"] == "duty_moved":
        claim["due"] = effect["due"]
    return claim


def _receipts(post: Post, event: Event, decision: Decision, changes: _DutyChanges) -> None:
    """A receipt a delivery; of an ACK none, which reaches its issuer as a notice."""
    if decision.refused or event.cover.etype == "ACK":
        return
    slips = {addressee.desk: addressee.slip for addressee in event.cover.to}
    for outcome in decision.outcomes:
        if outcome.verdict == "release":
            desk, released = outcome.desk, outcome.released
            parts = sorted(head.digest for head in event.heads_for(desk) if head.cat in released)
            clauses = dict.fromkeys(released, outcome.grant)
            post.receipt(desk, slips[desk], parts, clauses=clauses, due=changes.opened(desk))


def _parties(case: Case, cover: Cover, decision: Decision) -> set[str]:
    """Desks that take part in the case: only they hear of a duty towards them before it is late."""
    desks = {desk for desk, _ in case.assigned} | {cover.iss}
    desks |= {one.desk for one in decision.outcomes if one.verdict == "release"}
    for past in case.events.values():
        desks |= {past.iss, *past.desks}
    return desks

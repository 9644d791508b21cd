"""The bus's own events: ACK, WITHDRAW, LINK, UNLINK, attempts (rules §8); others: `access`."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.convention.known_acts import LINKERS
from contracts.decision import duties
from contracts.decision.doors import doors
from contracts.decision.outcome import (
    AcknowledgedEvent,
    AddresseeDecision,
    PartialDecision,
    refused,
)
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.envelope.model import Addressee
from contracts.vocabulary import reasons
from contracts.vocabulary.schema import LeftOut, Ref
from contracts.vocabulary.scopes import ACKNOWLEDGE, WITHDRAWAL


def decide(setting: Setting) -> PartialDecision:
    """Decide a system event that may stand in an outbox."""
    etype = setting.cover.etype
    if etype == "ACK":
        return _acknowledge(setting)
    if etype == "WITHDRAW":
        return _withdraw(setting)
    return _link(setting)


def refuse_attempt(setting: Setting) -> PartialDecision:
    """An attempt is always refused, with reasons for each scope and the right doors."""
    outcomes = tuple(_attempted(setting, addressee) for addressee in setting.cover.to)
    return PartialDecision(outcomes=outcomes, reasons=(reasons.ATTEMPT,))


def _attempted(setting: Setting, addressee: Addressee) -> AddresseeDecision:
    """Every purpose is answered: a scope is `not_permitted` if no clause at all releases it."""
    cover, directory = setting.cover, setting.directory
    issuer, recipient = directory.desk(cover.iss), directory.desk(addressee.desk)
    scopes = _scopes_left(cover.left_out or (), addressee.desk)
    if issuer is None or recipient is None:
        return AddresseeDecision(addressee.desk, "withhold", reasons=(reasons.UNKNOWN_DESK,))
    grants = [
        grant
        for grant in setting.convention.by_issuer.get((cover.realm, issuer.role), ())
        if grant.event == cover.etype and recipient.role in grant.recipients
    ]
    if not grants:
        why = dict.fromkeys(scopes, (reasons.NO_CLAUSE,))
    else:
        why = {
            scope: (reasons.NOT_SENT,)
            if any(scope in grant.released for grant in grants)
            else (reasons.NOT_PERMITTED,)
            for scope in scopes
        }
    right = doors(setting.convention, cover.realm, issuer.role, cover.etype, scopes, recipient.role)
    return AddresseeDecision(
        addressee.desk,
        "withhold",
        not_published=why,
        reasons=(reasons.ATTEMPT if grants else reasons.NO_CLAUSE,),
        doors=right,
    )


def _scopes_left(left: Iterable[LeftOut], desk: str) -> tuple[str, ...]:
    return tuple(scope for one in left if one.desk == desk for scope in one.scopes)


def _acknowledge(setting: Setting) -> PartialDecision:
    """ACK: by a desk that was delivered `re`, to its issuer; once a stage; no parts."""
    outcomes: list[AddresseeDecision] = []
    effects: list[Effect] = []
    told: list[AcknowledgedEvent] = []
    for addressee in setting.cover.to:
        reason = _ack_fault(setting, addressee)
        if reason is not None:
            outcomes.append(refused(addressee, reason))
            continue
        outcomes.append(AddresseeDecision(addressee.desk, "release"))
        for ref in dict.fromkeys(addressee.re or ()):
            effects += _ack_effects(setting, ref.jti)
            stage = setting.cover.stage or ""
            told.append(AcknowledgedEvent(ref.iss, ref.jti, stage))
    return PartialDecision(tuple(outcomes), effects=tuple(effects), acknowledged=tuple(told))


def _ack_fault(setting: Setting, addressee: Addressee) -> str | None:
    cover = setting.cover
    if cover.stage is None or addressee.purpose != ACKNOWLEDGE:
        return reasons.STAGE_MISSING
    if addressee.parts or not addressee.re:
        return reasons.NOT_DELIVERED
    faults = (_ref_fault(setting, addressee.desk, ref) for ref in addressee.re)
    return next((fault for fault in faults if fault is not None), None)


def _ref_fault(setting: Setting, issuer: str, ref: Ref) -> str | None:
    """What stands in the way of acknowledging one event of `issuer`, None if nothing does."""
    cover, past = setting.cover, setting.case.events.get(ref.jti)
    if past is None or past.iss != ref.iss or past.iss != issuer or cover.iss not in past.desks:
        return reasons.NOT_DELIVERED
    if (cover.stage == "withdrawn") != (past.etype == "WITHDRAW"):
        return reasons.NOT_DELIVERED  # a withdrawal is confirmed as withdrawn, and only it
    return reasons.STAGE_REPEATED if cover.stage in past.stages.get(cover.iss, ()) else None


def _ack_effects(setting: Setting, jti: str) -> Iterable[Effect]:
    cover = setting.cover
    stage = cover.stage or ""
    yield {"k": "stage", "sub": cover.sub, "jti": jti, "desk": cover.iss, "stage": stage}
    if stage == "unreadable":
        yield from duties.reopened(setting, jti)
        return
    yield from duties.discharged_by_ack(setting, jti, stage)
    yield from duties.opened_by_ack(setting, jti, stage)


def _withdraw(setting: Setting) -> PartialDecision:
    """WITHDRAW: by the issuer of `re`, to desks that it was delivered to; no parts."""
    cover = setting.cover
    outcomes: list[AddresseeDecision] = []
    desks: list[str] = []
    withdrawn: dict[str, None] = {}
    for addressee in cover.to:
        reason = _withdraw_fault(setting, addressee)
        if reason is not None:
            outcomes.append(refused(addressee, reason))
            continue
        outcomes.append(AddresseeDecision(addressee.desk, "release"))
        desks.append(addressee.desk)
        withdrawn.update({ref.jti: None for ref in addressee.re or ()})
    if not desks:
        return PartialDecision(tuple(outcomes))
    effects: list[Effect] = [
        {
            "k": "event", "sub": cover.sub, "jti": cover.jti, "iss": cover.iss,
            "etype": cover.etype, "iat": cover.iat,
            "desks": {desk: {"grant": "", "scopes": []} for desk in desks},
        }
    ]  # fmt: skip
    for jti in withdrawn:
        effects.append({"k": "withdrawn", "sub": cover.sub, "jti": jti})
        effects += duties.cancelled_by_withdrawal(setting, jti)
        effects += duties.reopened_by_withdrawal(setting, jti)
    for desk in desks:
        effects += duties.withdrawal(setting, desk)
    return PartialDecision(tuple(outcomes), effects=tuple(effects))


def _withdraw_fault(setting: Setting, addressee: Addressee) -> str | None:
    if addressee.purpose != WITHDRAWAL or addressee.parts or not addressee.re:
        return reasons.NOT_OWN_EVENT
    for ref in addressee.re:
        past = setting.case.events.get(ref.jti)
        if past is None or past.iss != ref.iss or past.iss != setting.cover.iss:
            return reasons.NOT_OWN_EVENT
        if past.etype == "WITHDRAW":
            return reasons.NOT_OWN_EVENT
        if addressee.desk not in past.desks:
            return reasons.NOT_DELIVERED
    return None


def _link(setting: Setting) -> PartialDecision:
    """LINK and UNLINK: by the CRIP, no addressee; they move the case clock and nothing else."""
    cover, case = setting.cover, setting.case
    issuer = setting.directory.desk(cover.iss)
    linked = cover.linked
    fits = issuer is not None and issuer.role in LINKERS and not cover.to
    if not fits or linked is None or linked.peer == cover.sub:
        return PartialDecision(reasons=(reasons.NOT_LINKABLE,))
    links = dict(case.links)
    if cover.etype == "LINK":
        links[linked.peer] = linked.date
        effect: Effect = {
            "k": "link", "sub": cover.sub, "peer": linked.peer, "date": linked.date,
        }  # fmt: skip
    elif linked.peer in links:
        del links[linked.peer]
        effect = {"k": "unlink", "sub": cover.sub, "peer": linked.peer}
    else:
        return PartialDecision(reasons=(reasons.NOT_LINKABLE,))
    moved = tuple(duties.moved(setting, case.clock, links))
    return PartialDecision(effects=(effect, *moved), passed=True)

"""The twelve acts: what each addressee is released, by which clause, or why not (rules §5).

Deny by default: nothing is released without a clause, an unmet condition withholds the desk, an
unlisted scope withholds the part, and a second guard holds whatever the clause says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from contracts.convention import hard_denials
from contracts.convention.agreed import agreed
from contracts.convention.clauses import Grant, act_of
from contracts.convention.known_acts import REPORT
from contracts.decision.conditions import ConditionInputs, failures, original_scopes
from contracts.decision.doors import Door, doors
from contracts.decision.events.act_effects import act_effects
from contracts.decision.outcome import AddresseeDecision, PartialDecision
from contracts.decision.setting import Setting
from contracts.decision.state.state import Case
from contracts.envelope.event import Event
from contracts.envelope.model import Addressee, Cover
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Declared

_UNDECLARED = Declared()
_JUDICIAL = frozenset({"JE", "PARQ-CIV"})


def decide(setting: Setting, event: Event) -> PartialDecision:
    """One of the twelve acts: signalements before their copies, then addressee by addressee."""
    cover = setting.cover
    if not ends_own(setting.directory, cover, setting.case):
        refused = tuple(
            AddresseeDecision(addressee.desk, "withhold", reasons=(reasons.ENDS_NOT_OWN,))
            for addressee in cover.to
        )
        return PartialDecision(outcomes=refused, reasons=(reasons.ENDS_NOT_OWN,))
    decided: dict[str, tuple[AddresseeDecision, Grant | None]] = {}
    copied: frozenset[str] | None = None
    for addressee in sorted(cover.to, key=lambda one: one.purpose == "avoid_duplicates"):
        outcome, grant = _addressee(setting, event, addressee, copied)
        decided[addressee.desk] = outcome, grant
        if grant is not None and act_of(grant) == REPORT and outcome.verdict == "release":
            copied = (copied or frozenset()) | frozenset(outcome.released)
    outcomes = tuple(decided[addressee.desk][0] for addressee in cover.to)
    released = {
        desk: (outcome, grant)
        for desk, (outcome, grant) in decided.items()
        if outcome.verdict == "release" and grant is not None
    }
    return PartialDecision(outcomes=outcomes, effects=tuple(act_effects(setting, released)))


def ends_own(directory: Directory, cover: Cover, case: Case | None) -> bool:
    """`ends` names events of the issuer's own or, for JE and PARQ-CIV, of each other.

    Args:
        case: None where there is no state: as far as the cover tells.
    """
    issuer = directory.desk(cover.iss)
    for ref in cover.ends or ():
        other = directory.desk(ref.iss)
        past = case.events.get(ref.jti) if case is not None else None
        if past is not None and past.iss != ref.iss:
            return False
        judicial = (
            issuer is not None
            and other is not None
            and issuer.role in _JUDICIAL
            and other.role in _JUDICIAL
        )
        if cover.iss != ref.iss and not judicial:
            return False
    return True


def _addressee(
    setting: Setting, event: Event, addressee: Addressee, copied: frozenset[str] | None
) -> tuple[AddresseeDecision, Grant | None]:
    cover, directory = setting.cover, setting.directory
    left = _left_out(cover, addressee.desk)
    issuer, recipient = directory.desk(cover.iss), directory.desk(addressee.desk)
    both = agreed(setting.convention, issuer) and agreed(setting.convention, recipient)
    heads = event.heads_for(addressee.desk)
    sent = tuple(head.cat for head in heads)
    if not setting.may_send(addressee):
        return _withheld(setting, addressee, (reasons.ISSUER_ENDED,), sent, left, None), None
    if not setting.reaches(addressee):
        return _ended(setting, addressee, sent, left), None
    if issuer is None or recipient is None or not both:
        return _withheld(setting, addressee, (reasons.UNKNOWN_DESK,), sent, left, None), None
    grant = setting.convention.grant(
        cover.realm, issuer.role, cover.etype, addressee.purpose or "", recipient.role
    )
    if grant is None:
        return _withheld(setting, addressee, (reasons.NO_CLAUSE,), sent, left, None), None
    asked = ConditionInputs(
        setting.convention,
        directory,
        grant,
        setting.case,
        cover.iss,
        addressee.desk,
        cover.declared or _UNDECLARED,
        addressee.re or (),
        setting.ending(addressee.desk),
        copied,
        setting.desk_ends,
    )
    failed = _failures(asked, recipient.role)
    if not heads and not setting.ends_its_kind:
        failed = (*failed, reasons.NO_PARTS)
    if failed:
        return _withheld(setting, addressee, failed, sent, left, grant), grant
    original = original_scopes(asked) if "copy_of" in grant.conditions else None
    withheld = {}
    for head in heads:
        why = scope_reasons(grant, issuer.role, recipient.role, head.cat, original)
        why = (*why, *setting.seal_reasons(head, grant.keep))
        if why:
            withheld[head.cat] = why
    released = tuple(sorted(scope for scope in sent if scope not in withheld))
    whole = (reasons.NOTHING_RELEASED,) if sent and not released else ()
    return AddresseeDecision(
        addressee.desk,
        "withhold" if whole else "release",
        grant.id,
        released,
        withheld,
        _judge_left_out(grant, left),
        whole,
        _doors(setting, recipient.role, (*withheld, *left), addressee.purpose),
    ), grant


def _failures(asked: ConditionInputs, recipient: str) -> tuple[str, ...]:
    """Unmet conditions, those that the second guard imposes included."""
    failed = failures(asked)
    grant = asked.grant
    imposed = hard_denials.needs_assignment(grant.event, grant.purpose, recipient)
    case = asked.case
    if imposed and case is not None and not asked.desk_ends.takes_part(asked.recipient, case):
        failed = tuple(dict.fromkeys((*failed, reasons.NOT_ASSIGNED)))
    return failed


def scope_reasons(
    grant: Grant, issuer: str, recipient: str, scope: str, original: frozenset[str] | None
) -> tuple[str, ...]:
    """Why a scope may not pass under a grant; empty if it may.

    Args:
        original: for a copy, the scopes that the original released (R11); else None.
    """
    why = []
    if scope not in grant.released:
        why.append(reasons.NOT_PERMITTED)
    if hard_denials.denied(issuer, recipient, grant.event, scope):
        why.append(reasons.HARD_DENIAL)
    if original is not None and scope not in original:
        why.append(reasons.NOT_IN_ORIGINAL)
    return tuple(why)


def _left_out(cover: Cover, desk: str) -> tuple[str, ...]:
    return tuple(
        scope for left in cover.left_out or () if left.desk == desk for scope in left.scopes
    )


def _judge_left_out(grant: Grant | None, left: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`left_out` is judged like parts and reported as not published."""
    if grant is None:
        return dict.fromkeys(left, (reasons.NO_CLAUSE,))
    return {
        scope: (reasons.NOT_SENT if scope in grant.released else reasons.NOT_PERMITTED,)
        for scope in left
    }


def _withheld(
    setting: Setting,
    addressee: Addressee,
    why: tuple[str, ...],
    sent: tuple[str, ...],
    left: tuple[str, ...],
    grant: Grant | None,
) -> AddresseeDecision:
    recipient = setting.directory.desk(addressee.desk)
    role = recipient.role if recipient is not None else ""
    return AddresseeDecision(
        addressee.desk,
        "withhold",
        grant.id if grant is not None else "",
        withheld=dict.fromkeys(sent, why),
        not_published=_judge_left_out(grant, left),
        reasons=why,
        doors=_doors(setting, role, (*sent, *left), addressee.purpose),
    )


def _ended(
    setting: Setting, addressee: Addressee, sent: tuple[str, ...], left: tuple[str, ...]
) -> AddresseeDecision:
    """Withheld from a desk that has ended; the door is the same act, to its successor."""
    cover, successor = setting.cover, setting.desk_ends.successor(addressee.desk)
    issuer, entry = setting.directory.desk(cover.iss), setting.directory.desk(successor)
    roles = issuer.role if issuer is not None else "", entry.role if entry is not None else ""
    purpose = addressee.purpose or ""
    grant = setting.convention.grant(cover.realm, roles[0], cover.etype, purpose, roles[1])
    why = (reasons.DESK_ENDED,)
    withheld = _withheld(setting, addressee, why, sent, left, None)
    if grant is None:
        return withheld
    return replace(withheld, doors=(Door(grant.clause, roles[1], grant.event, purpose, successor),))


def _doors(
    setting: Setting, recipient: str, scopes: tuple[str, ...], purpose: str | None
) -> tuple[Door, ...]:
    issuer = setting.directory.desk(setting.cover.iss)
    if issuer is None or not scopes:
        return ()
    cover = setting.cover
    return doors(
        setting.convention, cover.realm, issuer.role, cover.etype, scopes, recipient, purpose
    )

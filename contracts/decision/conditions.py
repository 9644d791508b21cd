"""The conditions of the convention, each with exactly the inputs that rules §6 gives it.

A condition answers None (met), a coded reason (not met), or DEPENDS where it reads the state and
there is none: intake asks without state, and *depends* never leaves anything out. Beside them: what
may not pass whatever they say, a scope or an end that is not the issuer's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

from contracts.convention import hard_denials
from contracts.convention.clauses import Grant
from contracts.convention.known_acts import INQUIRED, INQUIRY, REPORT, answerable
from contracts.convention.model import Convention
from contracts.decision.desk_ends import NO_ENDS, DeskEnds
from contracts.decision.state.state import Case, Past
from contracts.envelope.model import Cover
from contracts.keys.directory import Directory
from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import Condition, Declared
from contracts.vocabulary.schema import Ref

DEPENDS: Final = "depends"
_JUDICIAL: Final = frozenset({"JE", "PARQ-CIV"})


class ConditionInputs(NamedTuple):
    """One addressee's question, with all that a condition may read.

    Attributes:
        issuer, recipient: urns.
        case: None where there is no state.
        ending: the event ends what its recipient was told of: declared conditions are waived.
        desk_ends: a desk takes part in the cases of one that has ended and that it follows.
        copied: scopes that the SIG in the same event released, None if there is no such SIG.
    """

    convention: Convention
    directory: Directory
    grant: Grant
    case: Case | None
    issuer: str
    recipient: str
    declared: Declared
    re: tuple[Ref, ...]
    ending: bool
    copied: frozenset[str] | None = None
    desk_ends: DeskEnds = NO_ENDS


def failures(asked: ConditionInputs) -> tuple[str, ...]:
    """The reasons of all conditions of the grant that are not met; DEPENDS if unknown."""
    judged = (CHECKS[condition](asked) for condition in asked.grant.conditions)
    return tuple(reason for reason in judged if reason is not None)


def clause_of(grant_id: str) -> str:
    """`R11.2` → `R11`."""
    return grant_id.split(".")[0]


def clauses_at(past: Past) -> frozenset[str]:
    """The clauses by which an event was released to anybody."""
    return frozenset(clause_of(grant) for grant, _ in past.desks.values())


def _secrecy(asked: ConditionInputs) -> str | None:
    issuer, recipient = (asked.directory.desk(urn) for urn in (asked.issuer, asked.recipient))
    if issuer is None or not issuer.secrecy:
        return reasons.ISSUER_NOT_SECRECY_BOUND
    if recipient is None or not recipient.secrecy:
        return reasons.RECIPIENT_NOT_SECRECY_BOUND
    return None


def _assigned(asked: ConditionInputs) -> str | None:
    if asked.case is None:
        return DEPENDS
    takes_part = asked.desk_ends.takes_part(asked.recipient, asked.case)
    return None if takes_part else reasons.NOT_ASSIGNED


def _declared(
    field: str, reason: str, asked: ConditionInputs, *, waived: bool = False
) -> str | None:
    """Met if the cover declares it; on an end some are waived: only the state knows of what."""
    if getattr(asked.declared, field):
        return None
    if not (waived and asked.ending):
        return reason
    return DEPENDS if asked.case is None else None


_authorised: Final = partial(_declared, "auth", reasons.NO_AUTHORISATION)


def _authorised_if_inquiry(asked: ConditionInputs) -> str | None:
    if asked.declared.inquiry is None:
        return reasons.INQUIRY_NOT_DECLARED
    return _authorised(asked) if asked.declared.inquiry else None


def _parents_told(asked: ConditionInputs) -> str | None:
    told = asked.declared.parents_told
    if told is None:
        return reasons.PARENTS_NOT_TOLD
    return _authorised(asked) if told == "deferred" else None


def _measure_open(asked: ConditionInputs) -> str | None:
    if asked.declared.measure_open:
        return None
    if asked.case is None:
        return DEPENDS
    judges = asked.directory.by_role.get("JE", ())
    assigned = any(asked.desk_ends.takes_part(judge, asked.case) for judge in judges)
    return None if assigned else reasons.NO_OPEN_MEASURE


def original_scopes(asked: ConditionInputs) -> frozenset[str] | None:
    """What the copied signalement released: scopes, or None if there is none to copy (R11)."""
    if not asked.re:
        return asked.copied
    released: frozenset[str] = frozenset()
    for ref in asked.re:
        past = asked.case.events.get(ref.jti) if asked.case is not None else None
        if past is None or past.iss != ref.iss or past.iss != asked.issuer:
            return None
        reports = asked.convention.numbers(REPORT)
        delivered = [scopes for grant, scopes in past.desks.values() if clause_of(grant) in reports]
        if not delivered:
            return None
        released = released.union(*delivered)
    return released


def _copy_of(asked: ConditionInputs) -> str | None:
    if asked.re and asked.case is None:
        return DEPENDS
    return None if original_scopes(asked) else reasons.NOT_A_COPY


def _own(condition: str, reason: str, asked: ConditionInputs) -> str | None:
    """Every `re` names an event of the recipient's own, released under a clause that counts."""
    clauses = answerable(asked.convention, condition) or frozenset()
    if not asked.re:
        return reason
    if asked.case is None:
        return DEPENDS
    pasts = [asked.case.events.get(ref.jti) for ref in asked.re]
    for past, ref in zip(pasts, asked.re, strict=True):
        if past is None or past.iss != ref.iss or past.iss != asked.recipient:
            return reason
        if not clauses & clauses_at(past):
            return reason
    return None


def _own_report(asked: ConditionInputs) -> str | None:
    entry = asked.directory.desk(asked.recipient)
    if not asked.re:
        return reasons.NOT_OWN_REPORT
    if asked.case is None:
        return DEPENDS
    if entry is None or ("own_report", entry.role) != INQUIRED:
        return _own("own_report", reasons.NOT_OWN_REPORT, asked)
    # Police did not report: the inquiry it was given is what it hears back about.
    inquiries = asked.convention.numbers(INQUIRY)
    for ref in asked.re:
        past = asked.case.events.get(ref.jti)
        desks = past.desks if past is not None else {}
        grant, _ = desks.get(asked.recipient, ("", ()))
        if past is None or past.iss != ref.iss or clause_of(grant) not in inquiries:
            return reasons.NOT_OWN_REPORT
    return None


CHECKS: Final[dict[Condition, Callable[[ConditionInputs], str | None]]] = {
    "informed": partial(_declared, "informed", reasons.NOT_INFORMED),
    "secrecy": _secrecy,
    "assigned": _assigned,
    "urgent": partial(_declared, "call", reasons.NO_CALL, waived=True),
    "danger": partial(_declared, "danger", reasons.DANGER_NOT_QUALIFIED),
    "authorised": _authorised,
    "authorised_if_inquiry": _authorised_if_inquiry,
    "parents_told": _parents_told,
    "parents_agree": partial(_declared, "parents_agree", reasons.PARENTS_NOT_AGREED, waived=True),
    "measure_open": _measure_open,
    "copy_of": _copy_of,
    "own_ip": partial(_own, "own_ip", reasons.NOT_OWN_IP),
    "own_report": _own_report,
    "own_st": partial(_own, "own_st", reasons.NOT_OWN_ST),
}


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


def ends_own(directory: Directory, cover: Cover, case: Case | None) -> bool:
    """`ends` names events of the issuer's own or, for JE and PARQ-CIV, of each other.

    Args:
        case: None where there is no state: as far as the cover tells.
    """
    for ref in cover.ends or ():
        past = case.events.get(ref.jti) if case is not None else None
        if past is not None and past.iss != ref.iss:
            return False
        roles = {directory.role_of(cover.iss), directory.role_of(ref.iss)}
        if cover.iss != ref.iss and not roles <= _JUDICIAL:
            return False
    return True

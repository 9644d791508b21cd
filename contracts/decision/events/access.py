"""Whose access to a case: looking it up, asking about it, being told of a first one (rules §17).

All of it is read from the case as the log has it, so an auditor computes the same answers. A desk
that is no reference service of a case is refused alike whether there is such a case or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.decision import duties
from contracts.decision.conditions import clause_of
from contracts.decision.outcome import (
    AccessPage,
    AccessTold,
    AddresseeDecision,
    PartialDecision,
    refused,
)
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.decision.state.state import Case
from contracts.envelope.model import Addressee
from contracts.vocabulary import reasons
from contracts.vocabulary.scopes import ACCESS_EVENTS, JUSTIFY

PAGE: Final = 100  # deliveries in one answer: a notice of 256 KiB holds them whatever they are

Released = Mapping[str, tuple[AddresseeDecision, Grant]]


def decide(setting: Setting) -> PartialDecision:
    """Decide a LOOKUP or an ASK; of a convention without the table, neither is for an outbox."""
    if not setting.convention.access.reference:
        return PartialDecision(reasons=(reasons.NOT_FOR_OUTBOX,))
    return _look_up(setting) if setting.cover.etype == "LOOKUP" else _ask(setting)


def dated(setting: Setting) -> dict[str, int]:
    """What an effect `event` says more where accesses are looked up: when it was delivered."""
    return {"at": setting.at} if setting.convention.access.reference else {}


def _look_up(setting: Setting) -> PartialDecision:
    if not _is_reference(setting, setting.cover.iss):
        return PartialDecision(reasons=(reasons.NOT_REFERENCE,))
    rows = list(_rows(setting.case))
    skip = setting.cover.skip or 0
    page = AccessPage(tuple(rows[skip : skip + PAGE]), skip, len(rows))
    return PartialDecision(passed=True, accesses=page)


def _is_reference(setting: Setting, desk: str) -> bool:
    """Whether a desk takes part in the case in one of the roles that the convention names.

    By an event that opened the case, or that an agency delivered to it which the case had reached:
    else a desk that has learnt another's token, or its colleague, would give it the right to see
    all of that case.
    """
    if not _named(setting, desk):
        return False
    case = setting.case
    heirs = setting.heirs
    by = [event for holder, event in case.assigned if heirs.stands_for(desk, holder)]
    by_others = [event for event in by if heirs.among(case.events[event].desks, desk)]
    if next(iter(case.events), "") in by:
        return True
    reached = _reached(setting) if by_others else frozenset()
    return any(_agency(setting, case.events[event].iss) in reached for event in by_others)


def _reached(setting: Setting) -> frozenset[str]:
    """The agencies that the case has come to: its opener's, and those that clauses led it to."""
    reached: set[str] = set()
    for past in setting.case.events.values():
        issuer = _agency(setting, past.iss)
        if not reached:
            reached.add(issuer)
        if issuer in reached:
            reached |= {_agency(setting, desk) for desk, (grant, _) in past.desks.items() if grant}
    return frozenset(reached)


def _agency(setting: Setting, desk: str) -> str:
    """Whose desk it is; one that the directory has lost, with no heir, stands for itself."""
    entry = setting.entry(desk)
    return entry.agency if entry is not None else desk


def _named(setting: Setting, desk: str) -> bool:
    entry = setting.directory.desk(desk)
    return entry is not None and entry.role in setting.convention.access.reference


def _rows(case: Case) -> Iterable[dict[str, Any]]:
    """Every delivery by a clause, in the order in which they were decided."""
    for jti, past in case.events.items():
        for desk, (grant, scopes) in past.desks.items():
            if not grant:
                continue  # what the bus itself lets travel holds nothing of anybody
            row = {
                "event": {"iss": past.iss, "jti": jti}, "etype": past.etype, "desk": desk,
                "at": past.at or past.iat, "clause": grant, "scopes": list(scopes),
            }  # fmt: skip
            yield row | {"withdrawn": True} if past.withdrawn else row


def _ask(setting: Setting) -> PartialDecision:
    """ASK: by a reference service of the case, to desks that `re` was delivered to; no parts."""
    outcomes = tuple(_asked(setting, addressee) for addressee in setting.cover.to)
    desks = [one.desk for one in outcomes if one.verdict == "release"]
    if not desks:
        return PartialDecision(outcomes)
    cover = setting.cover
    effects: list[Effect] = [
        {
            "k": "event", "sub": cover.sub, "jti": cover.jti, "iss": cover.iss,
            "etype": cover.etype, "iat": cover.iat,
            "desks": {desk: {"grant": "", "scopes": []} for desk in desks}, **dated(setting),
        }
    ]  # fmt: skip
    for desk in desks:
        effects += duties.justification(setting, desk)
    return PartialDecision(outcomes, effects=tuple(effects))


def _asked(setting: Setting, addressee: Addressee) -> AddresseeDecision:
    if not _is_reference(setting, setting.cover.iss):
        return refused(addressee, reasons.NOT_REFERENCE)
    if addressee.purpose != JUSTIFY or addressee.parts or not addressee.re:
        return refused(addressee, reasons.NOT_DELIVERED)
    if setting.heirs.has_ended(addressee.desk, setting.at):
        return refused(addressee, reasons.DESK_ENDED)
    for ref in addressee.re:
        past = setting.case.events.get(ref.jti)
        if past is None or past.iss != ref.iss or past.etype in ACCESS_EVENTS:
            return refused(addressee, reasons.NOT_DELIVERED)
        if not setting.grant_to(addressee.desk, past):
            return refused(addressee, reasons.NOT_DELIVERED)
    return AddresseeDecision(addressee.desk, "release")


def first(setting: Setting, released: Released, effects: Iterable[Effect]) -> list[AccessTold]:
    """First accesses that this event gives, for each reference service but those whom it concerns.

    Args:
        effects: of the event: whom it makes take part is told too.
    """
    told = setting.convention.access.told
    new = {
        desk: (outcome, grant)
        for desk, (outcome, grant) in released.items()
        if clause_of(grant.id) in told and not _knows(setting, desk)
    }
    if not new:
        return []
    joins = {effect["desk"] for effect in effects if effect["k"] == "assigned"} & released.keys()
    heir = setting.heirs.heir
    services = {heir(desk) for desk in joins if _named(setting, desk)}
    holders = {heir(desk) for desk, _ in setting.case.assigned}
    services |= {desk for desk in holders if _is_reference(setting, desk)}
    return [
        AccessTold(service, desk, grant.id, outcome.released)
        for desk, (outcome, grant) in new.items()
        for service in sorted(services - {setting.cover.iss, desk})
    ]


def _knows(setting: Setting, desk: str) -> bool:
    """Whether a desk, or one that it stands for, was delivered something of the case or wrote."""
    return any(
        setting.heirs.stands_for(desk, past.iss) or setting.grant_to(desk, past)
        for past in setting.case.events.values()
    )

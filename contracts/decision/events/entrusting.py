"""ENTRUST: a desk that ends gives a case to an heir, with what it was delivered (rules §18).

By the owners' order and no clause: an heir that the order names, nobody else, gets what the desk
had and no more.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.decision.outcome import (
    AcknowledgedEvent,
    AddresseeDecision,
    PartialDecision,
    refused,
)
from contracts.decision.setting import Setting
from contracts.decision.state.effects import Effect
from contracts.envelope.event import Event
from contracts.envelope.model import Addressee
from contracts.vocabulary import reasons
from contracts.vocabulary.schema import Ref
from contracts.vocabulary.scopes import ENTRUSTING, PASSED_ON


def decide(setting: Setting, event: Event) -> PartialDecision:
    """Decide an ENTRUST: a case once to one heir, and each event of it once."""
    to = setting.cover.to
    if (fault := _fault(setting, to)) is not None:
        return PartialDecision(tuple(refused(one, fault) for one in to), (fault,))
    outcome = _passed(setting, event, to[0])
    if outcome.reasons:
        return PartialDecision((outcome,), outcome.reasons)
    refs = to[0].re or ()
    effects = tuple(_effects(setting, outcome, refs))
    return PartialDecision(
        (outcome,), effects=effects, acknowledged=tuple(_told(setting, outcome, refs))
    )


def _fault(setting: Setting, to: tuple[Addressee, ...]) -> str | None:
    """What stands in the way of the whole, None if nothing does."""
    own, case = setting.cover.iss, setting.case
    succession = setting.heirs.succession(own)
    if succession is None or succession.until <= setting.at:
        return reasons.NOT_ENDING
    (heir, *others), given = to, case.entrusted.get(own)
    if others or heir.purpose != ENTRUSTING or heir.desk not in succession.heirs:
        return reasons.NOT_HEIR
    if not _knows(setting):
        return reasons.NOT_DELIVERED
    if given not in (None, heir.desk) or (given and not heir.re):
        return reasons.ENTRUSTED
    return _passing_fault(setting, heir)


def _passing_fault(setting: Setting, heir: Addressee) -> str | None:
    """What stands in the way of passing an event on: the desk must have been delivered it.

    What its issuer took back goes no further, and a desk that has ended itself could be sent
    nothing.
    """
    if not heir.re:
        return reasons.NOT_DELIVERED if heir.parts else None
    if len(heir.re) > 1 or not heir.parts:
        return reasons.NO_PARTS
    past = setting.case.events.get(heir.re[0].jti)
    if past is None or past.iss != heir.re[0].iss or not setting.grant_to(setting.cover.iss, past):
        return reasons.NOT_DELIVERED
    if past.withdrawn:
        return reasons.NOT_DELIVERED  # any more
    if setting.heirs.has_ended(heir.desk, setting.at):
        return reasons.DESK_ENDED
    row = setting.heirs.among(past.desks, setting.cover.iss)
    return reasons.ENTRUSTED if PASSED_ON in past.stages.get(row, ()) else None


def _knows(setting: Setting) -> bool:
    """Whether the case has anything to do with the desk, or with one that it stands for."""
    is_for, own = setting.heirs.stands_for, setting.cover.iss
    return any(
        any(is_for(own, desk) for desk in (past.iss, *past.desks))
        for past in setting.case.events.values()
    ) or setting.heirs.takes_part(own, setting.case)


def _passed(setting: Setting, event: Event, heir: Addressee) -> AddresseeDecision:
    """What the heir gets: of each scope no more than was released to the desk, sealed alike."""
    if not heir.re:
        return AddresseeDecision(heir.desk, "release")
    past = setting.case.events[heir.re[0].jti]
    grant, scopes = past.desks[setting.heirs.among(past.desks, setting.cover.iss)]
    keep = {one.id: one.keep for one in setting.convention.grants}.get(grant, "")
    withheld: dict[str, tuple[str, ...]] = {}
    for head in event.heads:
        wider = () if head.cat in scopes else (reasons.NOT_IN_ORIGINAL,)
        if why := (*wider, *setting.seal_reasons(head, keep)):
            withheld[head.cat] = why
    released = tuple(sorted(head.cat for head in event.heads if head.cat not in withheld))
    if not released:
        why = (reasons.NOTHING_RELEASED,)
        return AddresseeDecision(heir.desk, "withhold", withheld=withheld, reasons=why)
    return AddresseeDecision(heir.desk, "release", grant, released, withheld)


def _effects(setting: Setting, outcome: AddresseeDecision, refs: tuple[Ref, ...]) -> list[Effect]:
    cover, case = setting.cover, setting.case
    given = {"grant": outcome.grant, "scopes": list(outcome.released)}
    effects: list[Effect] = [
        {
            "k": "event", "sub": cover.sub, "jti": cover.jti, "iss": cover.iss,
            "etype": cover.etype, "iat": cover.iat, "desks": {outcome.desk: given},
        }
    ]  # fmt: skip
    if cover.iss not in case.entrusted:
        effects.append(
            {"k": "entrusted", "sub": cover.sub, "desk": cover.iss, "heir": outcome.desk}
        )
    for ref in refs:
        row = setting.heirs.among(case.events[ref.jti].desks, cover.iss)
        effects.append(
            {"k": "stage", "sub": cover.sub, "jti": ref.jti, "desk": row, "stage": PASSED_ON}
        )
    return effects


def _told(
    setting: Setting, outcome: AddresseeDecision, refs: tuple[Ref, ...]
) -> Iterator[AcknowledgedEvent]:
    """Who sent what is passed on is told to whom; nobody of what came by an ENTRUST."""
    for ref in refs:
        if not setting.heirs.stands_for(setting.cover.iss, ref.iss):
            issuer = setting.heirs.heir(ref.iss)
            yield AcknowledgedEvent(issuer, ref.iss, ref.jti, PASSED_ON, to=outcome.desk)

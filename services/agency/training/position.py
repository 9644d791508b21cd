"""Where a desk is in its case, read off what truly happened to it on the bus. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.vocabulary.schema import short
from services.agency.office.fold.arrivals import Arrival
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.fold.own_events import OwnEvent
from services.agency.training.cases import EventSent, GuidedCase, GuidedStep, ReceiptSent, Sign


@dataclass(frozen=True, slots=True)
class Position:
    """Where a desk is in a case.

    Attributes:
        token: of the case on the bus; empty where it has not begun.
        done: instants at which the steps were done, in order, seconds.
        began: instant; 0 where it has not.
    """

    case: GuidedCase
    token: str = ""
    began: int = 0
    done: tuple[int, ...] = ()

    @property
    def step(self) -> GuidedStep | None:
        """What is to be done now; None at the end."""
        steps = self.case.steps
        return steps[len(self.done)] if len(self.done) < len(steps) else None

    @property
    def since(self) -> int:
        """Since when, seconds; 0 where nothing has begun."""
        return max((self.began, *self.done))


def positions(case: GuidedCase, view: DeskFold) -> list[Position]:
    """All times that a desk is or was in its case, the oldest first."""
    if case.opened_by:
        begun = sorted(
            (one.at, one.case)
            for one in arrived(view)
            if (one.etype, short(one.iss)) == (case.begins, case.opened_by)
        )  # fmt: skip
    else:
        begun = [(one.issued, one.case) for one in sent(view, case.begins)]
    first = {token: at for at, token in reversed(begun)}
    return [
        Position(case, token, at, tuple(_done(case, token, view)))
        for token, at in sorted(first.items(), key=lambda each: each[1])
    ]


def position(case: GuidedCase, view: DeskFold) -> Position:
    """Where a desk is now: who begins by itself, in its newest; who is written to, in the oldest that waits."""
    known = positions(case, view)
    waiting = [one for one in known if one.step is not None]
    if waiting and case.opened_by:
        return waiting[0]
    return known[-1] if known else Position(case)


def arrived(view: DeskFold) -> Iterable[Arrival]:
    """What others sent a desk and have not taken back."""
    return (one for one in view.names.events.values() if one.iss and not view.is_withdrawn(one))


def sent(view: DeskFold, etype: str, token: str = "") -> list[OwnEvent]:
    """What a desk sent of a type, in a case or in any, and somebody has; the oldest first."""
    events = (view.own[event] for event in view.order)
    return [
        one
        for one in events
        if one.etype == etype and token in ("", one.case) and one.delivered_to()
    ]


def _done(case: GuidedCase, token: str, view: DeskFold) -> Iterable[int]:
    """The steps that are done, in order; those that may be are passed over where a later one is done."""
    passed = 0
    for step in case.steps:
        if at := _shown(step.sign, token, view):
            yield from [at] * (passed + 1)
            passed = 0
        elif step.may_pass:
            passed += 1
        else:
            return


def _shown(sign: Sign, token: str, view: DeskFold) -> int:
    """The instant at which a sign showed; 0 if it did not yet."""
    if isinstance(sign, ReceiptSent):
        return _acknowledged(sign.etype, token, view)
    if isinstance(sign, EventSent):
        instants = [one.issued for one in sent(view, sign.etype, token)]
    else:
        came = (one for one in arrived(view) if (one.etype, one.case) == (sign.etype, token))
        instants = [one.at for one in came]
    waits = sign.owed and any(sign.owed in act for act in _open(token, view))
    return 0 if waits or not instants else min(instants)


def _acknowledged(etype: str, token: str, view: DeskFold) -> int:
    ids = {one.jti for one in arrived(view) if (one.etype, one.case) == (etype, token)}
    owed = any(
        duty.open and duty.case == token and duty.owed.event in ids
        and short(duty.owed.debtor) == view.desk and duty.owed.act.startswith(ACKNOWLEDGED)
        for duty in view.duties.by_id.values()
    )  # fmt: skip
    told = [one.issued for one in sent(view, "ACK", token) if ids & set(one.re)]
    return 0 if owed or not told else max(told)


def _open(token: str, view: DeskFold) -> Iterable[str]:
    """What is owed in a case, by or to the desk."""
    return (
        duty.owed.act for duty in view.duties.by_id.values() if duty.open and duty.case == token
    )  # fmt: skip

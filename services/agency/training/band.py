"""The band above every page of a desk that is played: where one is, what to do, what is allowed and why, what others did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts.encoding import rfc3339
from contracts.vocabulary.schema import short
from services.agency.desk.check import FieldLabel, together
from services.agency.desk.told import DeskWords
from services.agency.desk.way_in import BASE
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.office import Office
from services.agency.training.allowed import (
    Allowed,
    Fields,
    Kinds,
    allowed,
    form_fields,
    latest,
    quoted,
)
from services.agency.training.cases import GuidedCase, GuidedStep, ReceiptSent
from services.agency.training.position import Position, arrived, position
from services.agency.training.records import record_of
from services.labels.code_labels import STAGES
from services.platform.process.paris_time import when
from services.texts import Catalogue

_ = Catalogue(__name__)

_SERVICE: Final = frozenset({"ACK", "PING"})  # told as receipts, not as arrivals
_TOLD: Final = _("{desk}: {what}")
_NOT_GIVEN: Final = _("{desk} was not given it: {why}")


@dataclass(slots=True)
class Band:
    """What the band shows.

    Attributes:
        steps: name, and whether it is done, now, or later.
        link: page where the step is done; empty where one only waits.
        answered: page of the arrival that the step's writing answers; empty if it answers none.
        fields: the exercise's words for the form; empty where none is written.
        owed: what the desk owes in the case, each with whom and by when, whether it is late, and whether by law.
        owing: what others owe it there.
        others: what others did, the newest first: when, and what.
        waits: whether the case has not reached the desk yet.
        kept: reason -> what the step writes and goes to nobody.
        stayed: at the end, the same of all that was written.
        besides: how much the desk owes outside of this case: others play too.
    """

    case: GuidedCase
    step: GuidedStep | None
    number: int
    steps: list[tuple[str, str]]
    says: Allowed
    link: str = ""
    answered: str = ""
    fields: Fields = field(default_factory=list)
    owed: list[tuple[str, str, str, bool, bool]] = field(default_factory=list)
    owing: list[tuple[str, str, str, bool, bool]] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    waits: bool = False
    kept: dict[str, str] = field(default_factory=dict)
    stayed: dict[str, str] = field(default_factory=dict)
    besides: int = 0


def band(case: GuidedCase, office: Office, kinds: Kinds, told: DeskWords) -> Band:
    """The band of the desk that a case is for, at an instant and in a language."""
    view = office.view(case.desk)
    where = position(case, view)
    step, number = where.step, len(where.done)
    states = ["done"] * number + ["now"] + ["later"] * len(case.steps)
    shown = Band(
        case, step, number + 1,
        [(each.name.say(told.lang), state) for each, state in zip(case.steps, states, strict=False)],
        Allowed() if step is None else allowed(step, where, office, kinds, told),
        waits=bool(case.opened_by) and not where.token,
        stayed=_stayed(where, office, kinds, told) if step is None else {},
        besides=_besides(where, view, told.at),
    )  # fmt: skip
    shown.kept = _together(shown.says.kept, told.lang)
    if step is not None and not shown.waits:
        if event := latest(view, step.answers, where.token):
            shown.answered = f"{BASE}/inbox/{event}"
        shown.link, shown.fields = _link(step, where, view), _fields(step, where, view, told.at)
    if where.token:
        shown.others = _others(where, view, told)
        _duties(shown, where, view, told)
    return shown


def _together(kept: Mapping[str, Iterable[FieldLabel]], lang: str) -> dict[str, str]:
    return {why: together(labels, lang) for why, labels in kept.items()}


def _stayed(where: Position, office: Office, kinds: Kinds, told: DeskWords) -> dict[str, str]:
    """At the end, reason -> what of all that was written nobody was given."""
    writing = [step for step in where.case.steps if step.kind]
    says = [allowed(step, where, office, kinds, told) for step in writing]
    given = {label for each in says for label in each.given}
    stayed: dict[str, list[FieldLabel]] = {}
    for why, labels in (line for each in says for line in each.kept.items()):
        stays = [label for label in labels if label not in given]
        if more := list(dict.fromkeys([*stayed.get(why, []), *stays])):
            stayed[why] = more
    return _together(stayed, told.lang)


def _link(step: GuidedStep, where: Position, view: DeskFold) -> str:
    if step.kind:
        return f"{BASE}/write/{step.kind}"
    etype = step.sign.etype if isinstance(step.sign, ReceiptSent) else ""
    event = latest(view, etype or (where.case.begins if step.code else ""), where.token)
    return f"{BASE}/inbox/{event}" if event else ""


def _fields(step: GuidedStep, where: Position, view: DeskFold, at: int) -> Fields:
    if not step.kind:
        return []
    return form_fields(record_of(view.desk, step.kind, at) | quoted(step, where, view))


def _others(where: Position, view: DeskFold, told: DeskWords) -> list[tuple[str, str]]:
    """What came in the case, receipts of what the desk sent, and what was not delivered."""
    lines: list[tuple[int | str, str]] = []
    for arrival in arrived(view):
        if arrival.case == where.token and arrival.etype not in _SERVICE:
            what = told.arrived(arrival.etype, arrival.purpose)
            desk = told.desk(short(arrival.iss))
            lines.append((arrival.at, _TOLD.say(told.lang, desk=desk, what=what)))
    own = [one.id for one in view.own.values() if one.case == where.token]
    for status in view.statuses(own, told.at):
        for one in status.to:
            desk = told.desk(one.desk)
            for receipt in one.acknowledged:
                if receipt.stage in STAGES:
                    what = STAGES[receipt.stage].say(told.lang)
                    lines.append((receipt.at, _TOLD.say(told.lang, desk=desk, what=what)))
            if one.state in ("withheld", "refused"):
                why = told.reasons(one.reasons or ())
                lines.append((status.issued, _NOT_GIVEN.say(told.lang, desk=desk, why=why)))
    newest = sorted(lines, key=_instant, reverse=True)
    return [(when(at, told.lang), line) for at, line in newest]


def _instant(line: tuple[int | str, str]) -> str:
    at = line[0]
    return at if isinstance(at, str) else rfc3339(at)


def _duties(shown: Band, where: Position, view: DeskFold, told: DeskWords) -> None:
    for duty in view.duties.by_id.values():
        if not duty.open or duty.case != where.token:
            continue
        status = duty.told(told.at)
        due = when(status.due, told.lang)
        late = status.overdue, status.legal
        if status.debtor == view.desk:
            shown.owed.append((told.act(status.act), told.desk(status.creditor), due, *late))
        elif status.creditor == view.desk:
            shown.owing.append((told.act(status.act), told.desk(status.debtor), due, *late))


def _besides(where: Position, view: DeskFold, at: int) -> int:
    return sum(duty.case != where.token for duty in view.owes(at))

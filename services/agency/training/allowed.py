"""What the convention allows at a step, by which clause and why: the dry run of what the step asks for, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any, Final

from contracts.errors import RelaisError
from contracts.vocabulary.schema import short
from services.agency.desk import check
from services.agency.desk.form.controls import controls_of
from services.agency.desk.form.filled import tidied
from services.agency.desk.told import DeskWords
from services.agency.office.fold.desk_fold import DeskFold
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.office.sending.answer import Prepared
from services.agency.record.record import Record
from services.agency.training.cases import GuidedStep, ReceiptSent
from services.agency.training.position import Position, arrived
from services.agency.training.records import record_of
from services.labels.record_labels import kind_label
from services.platform.http.problems import ProblemError

Kinds = Mapping[str, type[Record]]
Fields = list[tuple[str, str]]

_WALL: Final = 16  # characters of an instant as a form shows it: 2026-11-29T17:40


@dataclass(slots=True)
class Allowed:
    """What the convention says of a step.

    Attributes:
        read: clause and sentence by which the desk reads what it is to answer.
        desks: what each desk will get, or why it gets nothing.
        kept: reason -> what is written and goes to nobody for it; given: what somebody reads.
        instead: what one might send instead, to whom, why it may not, and the right doors.
    """

    read: tuple[str, str] = ("", "")
    desks: list[check.DeskFate] = field(default_factory=list)
    kept: dict[str, list[check.FieldLabel]] = field(default_factory=dict)
    given: set[check.FieldLabel] = field(default_factory=set)
    instead: list[tuple[str, check.DeskFate, list[check.DoorShown]]] = field(default_factory=list)


def allowed(
    step: GuidedStep, where: Position, office: Office, kinds: Kinds, told: DeskWords
) -> Allowed:
    """What the convention in force says of what a step asks for, of a desk that stands there."""
    desk, view = where.case.desk, office.view(where.case.desk)
    says = Allowed(_read(step, where, view, told))
    if (prepared := _tried(office, asked(step, where, view, told.at), told.at)) is not None:
        says.desks = check.desk_fates(prepared, told)
        if step.kind:
            record = record_of(desk, step.kind, told.at)
            _sort_fields(says, kinds[step.kind], record, prepared, told)
    if step.instead:
        other = DeskRequest(desk, "record", record_of(desk, step.instead, told.at))
        says.instead = list(_instead(step.instead, _tried(office, other, told.at), kinds, told))
    return says


def asked(step: GuidedStep, where: Position, view: DeskFold, at: int) -> DeskRequest | None:
    """What a step asks the desk to send, with the exercise's own words; None where it asks for no writing."""
    if step.kind:
        record = record_of(view.desk, step.kind, at) | quoted(step, where, view)
        return DeskRequest(view.desk, "record", record)
    if step.code and (event := latest(view, where.case.begins, where.token)):
        return DeskRequest(view.desk, "outcome", {"code": step.code}, event)
    return None


def quoted(step: GuidedStep, where: Position, view: DeskFold) -> dict[str, Any]:
    """The case that a step's record quotes, and the event that it answers."""
    said: dict[str, Any] = {"case": where.token} if where.token else {}
    if event := latest(view, step.answers, where.token):
        arrival = view.names.events[event]
        names = {"issuer": short(arrival.iss), "event": arrival.jti, "realm": arrival.realm}
        return said | {"answers": [names]}
    own = [
        one for one in view.own.values() if (one.etype, one.case) == (step.answers, where.token)
    ]  # fmt: skip
    if own:
        names = {"issuer": view.desk, "event": own[-1].id, "realm": own[-1].realm}
        return said | {"answers": [names]}
    return said


def latest(view: DeskFold, etype: str, token: str) -> str:
    """The name of the newest arrival of a type in a case; empty if none came."""
    names = [
        view.names.of(one.jti, one.case, one.realm)
        for one in sorted(arrived(view), key=lambda one: one.at)
        if (one.etype, one.case) == (etype, token)
    ]
    return names[-1] if names else ""


def form_fields(record: Mapping[str, Any]) -> Fields:
    """A record as its form is filled in."""
    return [(name, text) for name, text in _flat(record, "") if name != "kind"]


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _flat(below, f"{name}.{key}" if name else key)
    elif isinstance(value, list | tuple):
        for at, below in enumerate(value):
            yield from _flat(below, f"{name}.{at}" if isinstance(below, Mapping) else name)
    elif isinstance(value, bool):
        yield name, "yes" if value else "no"
    else:
        yield name, value[:_WALL] if name == "call.at" else str(value)


def _read(step: GuidedStep, where: Position, view: DeskFold, told: DeskWords) -> tuple[str, str]:
    """Clause and sentence that let the desk read what a step answers."""
    etype = step.sign.etype if isinstance(step.sign, ReceiptSent) else step.answers
    event = latest(view, etype, where.token) if etype else ""
    if not event:
        return "", ""
    arrival = view.names.events[event]
    convention, _directory = told.agency.in_force(arrival.realm, told.at)
    book = told.agency.book(told.at)
    issuer = book.role_of(arrival.realm, short(arrival.iss)) or ""
    grant = convention.grant(
        arrival.realm, issuer, arrival.etype, arrival.purpose, book.role(view.desk)
    )
    return (told.clause(grant.id, arrival.realm), grant.sentence[told.lang]) if grant else ("", "")


def _tried(office: Office, request: DeskRequest | None, at: int) -> Prepared | None:
    if request is None:
        return None
    try:
        return office.tried(request, at * 1000, token_bytes)
    except (RelaisError, ProblemError):
        return None


def _sort_fields(
    says: Allowed,
    kind: type[Record],
    record: Mapping[str, Any],
    prepared: Prepared,
    told: DeskWords,
) -> None:
    """What was filled in: what some desk reads, and what goes to nobody, with the reason."""
    controls = controls_of(kind)
    values = tidied(controls, form_fields(record))
    stays = {left.field for left in prepared.left_out if not left.desk}
    paths = [path for path, _label in check.filled(controls, values, kind, told.lang)]
    for path, fate in zip(paths, check.fates(kind, controls, values, prepared, told), strict=True):
        why = fate.others[0][1] if fate.others else fate.note if path in stays else ""
        if fate.readers:
            says.given.add(fate.of)
        elif why:
            says.kept.setdefault(why, []).append(fate.of)


def _instead(
    kind: str, prepared: Prepared | None, kinds: Kinds, told: DeskWords
) -> Iterable[tuple[str, check.DeskFate, list[check.DoorShown]]]:
    if prepared is None:
        return
    role = told.agency.book(told.at).role(prepared.desk)
    doors = check.doors(kinds, role, prepared.doors, told)
    for fate in check.desk_fates(prepared, told):
        if not fate.gets:
            yield kind_label(kind, told.lang), fate, doors

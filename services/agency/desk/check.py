"""Before it is sent: each filled field, with the desks that will and will not read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.agency.desk.form.controls import FormControl
from services.agency.desk.form.filled import Values, row_numbers
from services.agency.desk.form.shown import within
from services.agency.desk.told import DeskWords
from services.agency.office.responses.common import RightDoor
from services.agency.office.sending.answer import Prepared
from services.agency.record.marks import ClearFact, Names, Says
from services.agency.record.record import Record, kind_name
from services.labels.record_labels import kind_label, member_label
from services.texts import Catalogue

_ = Catalogue(__name__)

_FOR_BUS: Final = _("The bus reads it to apply the convention")
_TOLD_TO_ALL: Final = frozenset(
    {"call", "authorisation", "danger"}
)  # that slips show (envelope §4.6)
_FOR_ALL: Final = _("The bus reads it to apply the convention, and so does whoever receives this")
_ADDRESS: Final = _("It serves to choose the recipient")
_UNUSED: Final = _("This sending makes no use of it: it stays with you")
_AS: Final = _("{desk}, as to {data}")
_FILE: Final = _("Only your service can read it: others see a fingerprint that says nothing")
_FORM: Final = frozenset({"answers", "ends", "to"})  # of the sending itself, and no content


@dataclass(slots=True)
class FieldFate:
    """What becomes of one field.

    Attributes:
        readers: names of desks that will read it.
        others: names of desks that will not, each with the reason in words.
        note: what else there is to say.
        is_for_bus: it is declared, and no desk reads it.
    """

    label: str
    readers: list[str] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    note: str = ""
    is_for_bus: bool = False


def fates(
    kind: type[Record],
    controls: Iterable[FormControl],
    values: Values,
    prepared: Prepared,
    told: DeskWords,
) -> list[FieldFate]:
    """What becomes of each field that is filled in, in the order of the form."""
    readers, others, stays = _by_field(prepared, told)
    everybody = [line.verdict.desk for line in prepared.lines if line.verdict.scopes]
    shown = []
    for path, label in _filled(controls, values, kind_name(kind), told.lang):
        fate = FieldFate(label, readers.get(path, []), others.get(path, []))
        if path in stays:
            fate.note = told.reason(stays[path])
        elif path == "reference":
            fate.note = _FILE.say(told.lang)
        elif not fate.readers and not fate.others:
            _note_mark(fate, _mark(kind, path), everybody, told.lang)
        fate.readers = [told.desk(desk) for desk in dict.fromkeys(fate.readers)]
        shown.append(fate)
    return shown


def _note_mark(fate: FieldFate, mark: Any, everybody: list[str], lang: str) -> None:
    """What becomes of a field that is no content: declared, a clear fact, or of no use."""
    text = _UNUSED
    if isinstance(mark, Names):
        fate.is_for_bus, text = True, _ADDRESS
    elif isinstance(mark, Says | ClearFact):
        is_shown = isinstance(mark, ClearFact) or mark.condition in _TOLD_TO_ALL
        fate.readers = everybody if is_shown else []
        fate.is_for_bus, text = not fate.readers, _FOR_ALL if fate.readers else _FOR_BUS
    fate.note = text.say(lang)


def _by_field(
    prepared: Prepared, told: DeskWords
) -> tuple[dict[str, list[str]], dict[str, list[tuple[str, str]]], dict[str, str]]:
    """Field → desks that get it; desks that do not or in part, with reasons; why nobody does."""
    readers: dict[str, list[str]] = {}
    for event in prepared.events:
        for addressee in event.draft.to:
            for portion in addressee.portions.values():
                for path in portion.fields:
                    readers.setdefault(path, []).append(addressee.desk)
    others: dict[str, dict[str, str]] = {}
    stays: dict[str, str] = {}
    for left in prepared.left_out:
        if not left.desk:
            stays[left.field] = left.reasons[0]
            continue
        who = told.desk(left.desk)
        if left.desk in readers.get(left.field, ()):  # a member that becomes data of two kinds
            who = _AS.say(told.lang, desk=who, data=told.scope(left.scope or ""))
        others.setdefault(left.field, {})[who] = told.reasons(left.reasons)
    return readers, {path: list(whys.items()) for path, whys in others.items()}, stays


def _mark(kind: type[Record], path: str) -> Any:
    """What a field says beside its content, if anything: a condition before any other."""
    info = kind.model_fields.get(path.partition(".")[0])
    marks = info.metadata if info is not None else ()
    found = [one for one in marks if isinstance(one, (Says, ClearFact, Names))]
    return min(found, key=lambda one: not isinstance(one, Says), default=None)


def _filled(
    controls: Iterable[FormControl], values: Values, where: str, lang: str, above: str = "",
    block: str = "",
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Path and label of each field that is filled in, with that of its block; a list is one.

    Args:
        where: kind of record or block that the fields stand in.
    """
    for control in controls:
        path = f"{above}{control.name}"
        own = member_label(control.name, lang, where, control.schema)
        label = within(block, own, lang) if block else own
        if control.name in _FORM and not above:
            continue
        if control.form == "block" and control.name in ("told", "call"):
            if any(key.startswith(f"{path}.") for key in values):
                yield path, label
        elif control.form == "block":
            yield from _filled(control.below, values, control.name, lang, f"{path}.", label)
        elif path in values or (control.form == "rows" and row_numbers(path, values)):
            yield path, label


def doors(
    kinds: Mapping[str, type[Record]], role: str, lines: Iterable[RightDoor], told: DeskWords
) -> list[dict[str, str]]:
    """Suggested recipients in words, each with the desk's own record that goes there, if any."""
    shown: dict[str, str] = {}
    for door in lines:
        kind = next((name for name, model in kinds.items() if _leads(model, role, door)), "")
        what = kind_label(kind, told.lang) if kind else told.event(door.event)
        to = told.desk(door.desk) if door.desk else told.role(door.role)
        shown.setdefault(_("{what} – to: {role}").say(told.lang, what=what, role=to), kind)
    return [{"text": text, "kind": kind} for text, kind in shown.items()]


def _leads(model: type[Record], role: str, door: RightDoor) -> bool:
    becomes = getattr(model, "becomes", None)
    return (
        becomes is not None
        and role in model.roles
        and becomes.etype == door.event
        and becomes.to.get(door.role) == door.purpose
    )

"""A form as its template shows it: sections of inputs, each with label, help, value and fault."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.errors import EnvelopeError, IntakeError
from contracts.vocabulary.categories import MONTH_BEGUN, NOT_MORE_THAN_PLANNED, ONE_OF_BOTH
from contracts.vocabulary.scopes import CIVIL
from services.agency.desk.form.controls import EVENT, QUOTES, FormControl
from services.agency.desk.form.filled import Values, name_of, row_numbers
from services.agency.desk.situations import granted
from services.agency.desk.told import DeskWords, told_fault
from services.agency.record.mapping import steps_of
from services.agency.record.marks import Becomes, Names, Says
from services.agency.record.record import Record, kind_name
from services.labels.record_labels import choice_label, member_help, member_label
from services.platform.http.problems import ProblemError
from services.platform.ports import random_token
from services.texts import Catalogue, all_of

_ = Catalogue(__name__)

Faults = dict[str, str]  # a control's name → what to do there
_BY_EXPECTED: Final = {
    MONTH_BEGUN: "month_to_come",
    NOT_MORE_THAN_PLANNED: "more_than_planned",
    ONE_OF_BOTH: "one_of_both",
}
_BEGUN: Final = frozenset({"observations", "parents"})  # lists that begin with an empty row
_YES_NO: Final = (("yes", _.pgettext("value", "yes")), ("no", _.pgettext("value", "no")))
_WITHIN: Final = _("{above}: {label}")
_USUAL: Final = _("If you tick none, the usual recipients get it.")
_NOT_TO: Final = _("No clause lets you address it to: {desks}.")


@dataclass(slots=True)
class FormInput:
    """One thing to fill in.

    Attributes:
        options: value and words, of a choice.
        fault: what to do; empty if nothing is wrong.
    """

    name: str
    control: FormControl
    label: str
    help: str
    values: list[str]
    fault: str
    options: list[tuple[str, str]]


@dataclass(slots=True)
class FormSection:
    """A block or a list of rows, or inputs that stand alone.

    Attributes:
        rows: inputs of each row; of a block there is one.
        is_list: whether a row may be added.
        is_open: whether it is shown unfolded.
    """

    name: str
    label: str
    help: str
    rows: list[list[FormInput]]
    fault: str = ""
    is_list: bool = False
    is_open: bool = True
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class _Making:
    kind: str
    values: Values
    faults: Mapping[str, str]
    told: DeskWords
    desk: str

    def input(self, control: FormControl, name: str, *wheres: str) -> FormInput:
        lang = self.told.lang
        values = self.values.get(name, [])
        if control.form == "reference" and not values:
            values = [random_token(16)]  # as a call is known by
        if control.form == "moment":  # as a browser's control takes it, in Paris time
            values = [value[:16] for value in values]
        return FormInput(
            name, control, member_label(control.name, lang, *wheres, control.schema),
            member_help(control.name, lang), values, self.faults.get(name, ""),
            self.options(control),
        )  # fmt: skip

    def options(self, control: FormControl) -> list[tuple[str, str]]:
        lang = self.told.lang
        if control.form == "truth":
            return [(value, text.say(lang)) for value, text in _YES_NO]
        if control.form == "desk":
            desks = self.told.book.desks(CIVIL, control.role) if control.role else ()
            return [(desk, self.told.desk(desk)) for desk in desks]
        return [(value, choice_label(control.name, value, lang)) for value in control.options]


def shown(
    model: type[Record], controls: Iterable[FormControl], values: Values, faults: Faults,
    told: DeskWords, desk: str, more: str = "",
) -> list[FormSection]:  # fmt: skip
    """The sections of a form.

    Args:
        desk: who fills it in.
        more: list that gets one more empty row.
    """
    kind = kind_name(model)
    making = _Making(kind, values, faults, told, desk)
    sections: list[FormSection] = []
    for control in controls:
        if control.form == "events":
            continue
        if control.name == "to":
            sections[:0] = _recipients(model, making)
        elif control.form in ("block", "rows"):
            sections.append(_section(control, making, more))
        elif sections and sections[-1].is_alone:
            sections[-1].rows[0].append(making.input(control, control.name, kind))
        else:
            alone = [making.input(control, control.name, kind)]
            sections.append(FormSection("", "", "", [alone], is_alone=True))
    return sections


def _section(control: FormControl, making: _Making, more: str) -> FormSection:
    lang, name = making.told.lang, control.name
    if control.form == "block":
        rows = [_row(control, name, making)]
    else:
        count = len(row_numbers(name, making.values))
        count = max(count, name in _BEGUN) + (name == more)
        rows = [_row(control, f"{name}.{at}", making) for at in range(min(count, control.most))]
    begun = any(key.startswith(f"{name}.") for key in (*making.values, *making.faults))
    first = control.required or name in _BEGUN or name in ("told", "young_person", "appraisal")
    return FormSection(
        name, member_label(name, lang, making.kind, control.schema), member_help(name, lang), rows,
        making.faults.get(name, ""), control.form == "rows" and len(rows) < control.most,
        bool(begun or first or name == more or name in making.faults),
    )  # fmt: skip


def _row(control: FormControl, name: str, making: _Making) -> list[FormInput]:
    return [making.input(below, f"{name}.{below.name}", control.name) for below in control.below]


def _recipients(model: type[Record], making: _Making) -> list[FormSection]:
    """Whom it may be addressed to, where there is a choice."""
    becomes: Becomes | None = getattr(model, "becomes", None)
    if becomes is None:
        return []
    told, book = making.told, making.told.book
    by_role = {role: book.desks(becomes.realm, role) for role in becomes.to}
    if becomes.usual is None and all(len(desks) == 1 for desks in by_role.values()):
        return []
    roles = _permitted(becomes, making.desk, told)
    chosen = making.values.get("to", ())
    one = making.input(FormControl("to", "desks", ""), "to")
    one.options = [
        (desk, told.desk(desk))
        for role, desks in by_role.items()
        for desk in desks
        if desk in chosen or (role in roles and desk != making.desk)
    ]
    unasked = {*roles, book.role(making.desk)}
    others = [
        told.role(role, becomes.realm)
        for role, desks in by_role.items()
        if desks and role not in unasked
    ]
    usual = _USUAL.say(told.lang) if becomes.usual != () else ""
    not_to = _NOT_TO.say(told.lang, desks=all_of(others, told.lang)) if others else ""
    one.help = " ".join(filter(None, (usual, not_to)))
    return [FormSection("", "", "", [[one]], is_alone=True)]


def _permitted(becomes: Becomes, desk: str, told: DeskWords) -> tuple[str, ...]:
    """The roles to which a clause lets a desk send it; all of them if none does."""
    return granted(becomes, told.book.role(desk), told.agency, told.at) or tuple(becomes.to)


def goes_to(model: type[Record], values: Values, told: DeskWords, desk: str) -> str:
    """To whom it goes as it stands: the desks that are chosen, else the usual ones; else empty."""
    becomes = getattr(model, "becomes", None)
    if becomes is None or values.get("to"):
        return all_of([told.desk(desk) for desk in values.get("to", ())], told.lang)
    permitted = _permitted(becomes, desk, told)
    roles = permitted if becomes.usual is None else becomes.usual
    by_role = ((role, told.book.desks(becomes.realm, role)) for role in roles)
    names = [
        told.desk(desks[0]) if len(desks) == 1 else told.role(role, becomes.realm)
        for role, desks in by_role
        if desks
    ]
    return all_of(names, told.lang)


def named(sections: Iterable[FormSection], faults: Faults, lang: str) -> list[tuple[str, str, str]]:
    """Each fault in the order of the form: where it is, what that is called, what to do there."""
    called: dict[str, str] = {}
    for section in sections:
        called[section.name] = section.label
        for one in (one for row in section.rows for one in row):
            above = within(section.label, one.label, lang) if section.label else one.label
            called[one.name] = above
    known = [(name, label, faults[name]) for name, label in called.items() if name in faults]
    return known + [(name, "", words) for name, words in faults.items() if name not in called]


def within(above: str, label: str, lang: str) -> str:
    """A label below another."""
    return _WITHIN.say(lang, above=above, label=label)


def hidden_events(values: Values) -> list[tuple[str, str]]:
    """The earlier events that it quotes, which nobody fills in."""
    return [
        (name, text)
        for name, texts in values.items()
        for text in texts
        if name.rpartition(".")[2] in EVENT and name.partition(".")[0] in QUOTES
    ]


def faults_of(
    errors: Iterable[IntakeError | EnvelopeError | ProblemError],
    model: type[Record],
    lang: str,
) -> Faults:
    """Name of each faulty field and what to do; what is of no field is at the file number."""
    faults: Faults = {}
    for error in errors:
        name, code = name_of(_member(model, error.place)) or "reference", error.code
        if name in QUOTES:
            code = "nothing_quoted"
        code = _BY_EXPECTED.get(error.expected, code)
        faults.setdefault(name, told_fault(code, error.expected, lang))
        if code == "one_of_both":
            faults.setdefault(name.rpartition(".")[0] + ".birth_date", faults[name])
    return faults


def _member(model: type[Record], place: str) -> str:
    """The record's member that a claim of the cover comes from; any other place as it is."""
    if not place.startswith("cover."):
        return place
    claim = place.rpartition(".")[2]
    for becomes in model.events_of_kind():
        for step in steps_of(model, becomes):
            marks = (one for one in step.marks if not isinstance(one, Names))
            if claim in {one.condition if isinstance(one, Says) else one.name for one in marks}:
                return step.path
    return place

"""A form as its template shows it: label, help, value, choices and fault of each member."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from services.texts import Catalogue, all_of, series

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


@dataclass(frozen=True, slots=True)
class FormView:
    """A form as its template shows it.

    Attributes:
        desk: who fills it in.
        more: list that gets one more empty row.
    """

    model: type[Record]
    members: Sequence[FormControl]
    values: Values
    faults: Faults
    told: DeskWords
    desk: str
    more: str = ""

    @property
    def kind(self) -> str:
        """The kind of record, which may call a member otherwise."""
        return kind_name(self.model)

    @property
    def controls(self) -> list[FormControl]:
        """What is filled in; before all else the recipients, where there is a choice."""
        own = [one for one in self.members if one.form != "events" and one.name != "to"]
        becomes: Becomes | None = getattr(self.model, "becomes", None)
        if becomes is None:
            return own
        by_role = [self.told.book.desks(becomes.realm, role) for role in becomes.to]
        is_sole = becomes.usual is None and all(len(desks) == 1 for desks in by_role)
        return own if is_sole else [FormControl("to", "desks", ""), *own]

    def rows(self, control: FormControl) -> list[str]:
        """What the names of each row begin with; a block is one row."""
        if control.form == "block":
            return [control.name]
        count = len(row_numbers(control.name, self.values))
        count = max(count, control.name in _BEGUN) + (control.name == self.more)
        return [f"{control.name}.{at}" for at in range(min(count, control.most))]

    def is_open(self, control: FormControl) -> bool:
        """Whether a block or list is shown unfolded."""
        name = control.name
        begun = any(key.startswith(f"{name}.") for key in (*self.values, *self.faults))
        first = control.required or name in _BEGUN or name in ("told", "young_person", "appraisal")
        return begun or first or name == self.more or name in self.faults

    def label(self, control: FormControl, where: str) -> str:
        """What a member is called in a kind of record, block or list."""
        return member_label(control.name, self.told.lang, where, control.schema)

    def help(self, control: FormControl) -> str:
        """A word of help; empty where none is needed."""
        is_to = control.form == "desks"
        return self._to_whom() if is_to else member_help(control.name, self.told.lang)

    def typed(self, control: FormControl, name: str) -> list[str]:
        """What was typed or chosen, as a browser's control takes it."""
        values = self.values.get(name, [])
        if control.form == "reference" and not values:
            return [random_token(16)]  # as a call is known by
        return [value[:16] for value in values] if control.form == "moment" else values

    def options(self, control: FormControl) -> list[tuple[str, str]]:
        """Value and words of each choice."""
        lang, told = self.told.lang, self.told
        if control.form == "truth":
            return [(value, text.say(lang)) for value, text in _YES_NO]
        if control.form == "desk":
            desks = told.book.desks(CIVIL, control.role) if control.role else ()
            return [(desk, told.desk(desk)) for desk in desks]
        if control.form == "desks":
            return [(desk, told.desk(desk)) for desk in self._recipients()]
        return [(value, choice_label(control.name, value, lang)) for value in control.options]

    def _recipients(self) -> list[str]:
        """The desks to which a clause lets it go, and those that are chosen."""
        becomes, chosen = self.model.becomes, self.values.get("to", ())
        permitted = _permitted(becomes, self.desk, self.told)
        return [
            desk
            for role in becomes.to
            for desk in self.told.book.desks(becomes.realm, role)
            if desk in chosen or (role in permitted and desk != self.desk)
        ]

    def _to_whom(self) -> str:
        """Who gets it if none is chosen, and to whom it may not go."""
        told, becomes = self.told, self.model.becomes
        known = {*_permitted(becomes, self.desk, told), told.book.role(self.desk)}
        others = [
            told.role(role, becomes.realm)
            for role in becomes.to
            if role not in known and told.book.desks(becomes.realm, role)
        ]
        usual = _USUAL.say(told.lang) if becomes.usual != () else ""
        not_to = _NOT_TO.say(told.lang, desks=all_of(others, told.lang)) if others else ""
        return " ".join(filter(None, (usual, not_to)))

    def named(self) -> list[tuple[str, str, str]]:
        """Each fault in the form's order: where it is, what that is called, what to do there."""
        labels = dict(self._labels())
        faults = self.faults
        known = [(name, label, faults[name]) for name, label in labels.items() if name in faults]
        return known + [(name, "", words) for name, words in faults.items() if name not in labels]

    def _labels(self) -> Iterator[tuple[str, str]]:
        for control in self.controls:
            label = self.label(control, self.kind)
            yield control.name, label
            for row in self.rows(control) if control.below else ():
                for below in control.below:
                    own = self.label(below, control.name)
                    yield f"{row}.{below.name}", within(label, own, self.told.lang)


def _permitted(becomes: Becomes, desk: str, told: DeskWords) -> tuple[str, ...]:
    """The roles to which a clause lets a desk send it; all of them if none does."""
    return granted(becomes, told.book.role(desk), told.agency, told.at) or tuple(becomes.to)


def goes_to(model: type[Record], values: Values, told: DeskWords, desk: str) -> str:
    """To whom it goes as it stands: the desks that are chosen, else the usual ones; else empty."""
    becomes = getattr(model, "becomes", None)
    if becomes is None or values.get("to"):
        return series(map(told.desk, values.get("to", ())), told.lang)
    permitted = _permitted(becomes, desk, told)
    roles = permitted if becomes.usual is None else becomes.usual
    by_role = ((role, told.book.desks(becomes.realm, role)) for role in roles)
    names = [
        told.desk(desks[0]) if len(desks) == 1 else told.role(role, becomes.realm)
        for role, desks in by_role
        if desks
    ]
    return series(names, told.lang)


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

"""What a desk's page says: desks, clauses, acts, reasons and faults in words, no code alone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.vocabulary.reasons import HARD_DENIAL
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import CIVIL
from services.agency.office.fold.known_duties import ACKNOWLEDGED
from services.agency.office.fold.own_events import PUBLISHED
from services.agency.office.inbox.arrival_words import TITLES
from services.agency.office.responses.sending import DeskStatus, EventStatus, Remark
from services.agency.office.sending.identity import Agency, Book
from services.agency.trade import trade_of
from services.labels.body_labels import field_label, value_label
from services.labels.code_labels import (
    ACTS,
    EVENTS,
    REASON_TEXTS,
    SCOPE_LABELS,
    STAGES,
)
from services.labels.record_labels import choice_label
from services.platform.process.paris_time import when
from services.texts import Catalogue, Text, all_of, any_of, day, typeset

_ = Catalogue(__name__)

QUARANTINED: Final = "quarantined"
_INSTANT: Final = "at"
_STATES: Final = {
    "published": _("on its way"),
    "delivered": _("delivered"),
    "withheld": _("not delivered"),
    "refused": _("refused"),
    "left_out": _("nothing was sent"),
}
_SET_ASIDE: Final = _("set aside by the bus")
_TAKEN_BACK: Final = _("taken back")
_DUE: Final = _("the writing that is due")
_ONLY_ROUTER: Final = _("this is only known once it has been sent")
_OF_DESK: Final = _("{desk}: {why}")
_ENDS: Final = _("it ends soon; from now on, write to {successor}")
_OWN: Final[dict[str, Text]] = {
    "internal": _("your service’s own business: it is sent to nobody"),
    "nothing_released": _("nothing of this sending can be delivered"),  # to one, or to several
}
_REMARKS: Final[dict[str, Text]] = {
    "no_facts": _("it is sent no fact that was observed; such an alert can hardly be weighed"),
}


@dataclass(frozen=True, slots=True)
class DeskWords:
    """Words at an instant, for one language: names come from what is in force then."""

    agency: Agency
    at: int
    lang: str

    @property
    def book(self) -> Book:
        """The desks and roles in force."""
        return self.agency.book(self.at)

    def desk(self, desk: str) -> str:
        """The name of a desk; its short id where the directory has none."""
        for realm, directory in self.book.directories.items():
            if (entry := directory.desk(desk_urn(realm, desk))) is not None:
                return typeset(entry.label.get(self.lang) or desk.upper(), self.lang)
        return desk.upper()

    def issuer(self, urn: str) -> str:
        """The name of a desk by its urn."""
        return self.desk(short(urn))

    def role(self, role: str, realm: str = CIVIL) -> str:
        """A role as a sentence names it, with its article."""
        convention, _directory = self.agency.in_force(realm, self.at)
        spec = convention.roles.get(role)
        return spec.named[self.lang] if spec else role

    def scope(self, scope: str) -> str:
        """A scope as lists show it."""
        text = SCOPE_LABELS.get(scope)
        return scope if text is None else text.say(self.lang)

    def scopes(self, scopes: tuple[str, ...]) -> str:
        """Several of them."""
        return all_of([self.scope(one) for one in scopes], self.lang)

    def grant(self, name: str, realm: str = CIVIL) -> Grant | None:
        """A grant or a clause of the convention in force, by its name."""
        for bus in (realm, *self.agency.realms):
            if bus in self.agency.registries:
                convention, _directory = self.agency.in_force(bus, self.at)
                for grant in convention.grants:
                    if name in (grant.id, grant.clause):
                        return grant
        return None

    def clause(self, name: str, realm: str = CIVIL) -> str:
        """A clause by what it is about, and its number."""
        grant = self.grant(name, realm)
        return typeset(f"{grant.label[self.lang]} ({grant.clause})", self.lang) if grant else name

    def reason(self, code: str) -> str:
        """Why something is not sent or not delivered."""
        text = _OWN.get(code) or REASON_TEXTS.get(code) or _ONLY_ROUTER
        return text.say(self.lang)

    def reasons(self, codes: tuple[str, ...]) -> str:
        """The most telling of them."""
        if not codes:
            return _ONLY_ROUTER.say(self.lang)
        return self.reason(HARD_DENIAL if HARD_DENIAL in codes else codes[0])

    def fault(self, code: str) -> str:
        """A reason as what is wrong with a field: a sentence, as the other faults are."""
        why = self.reason(code)
        return f"{why[:1].upper()}{why[1:]}."

    def remark(self, remark: Remark) -> str:
        """What a desk may want to mend or add."""
        desk = self.desk(remark.desk) if remark.desk else ""
        text = _REMARKS.get(remark.cause)
        why = text.say(self.lang) if text else self.reason(remark.cause)
        if remark.cause == "desk_ends":
            why = _ENDS.say(self.lang, successor=self.desk(remark.expected))
        return _OF_DESK.say(self.lang, desk=desk, why=why) if desk else why

    def when(self, at: int | str) -> str:
        """An instant in Paris."""
        return when(at, self.lang)

    def field(self, name: str) -> str:
        """A member of a body."""
        return field_label(name, self.lang)

    def value(self, name: str, value: Any) -> str:
        """What a member of a body holds; several in a line."""
        if isinstance(value, list):
            return ", ".join(self.value(name, one) for one in value)
        if name == _INSTANT and isinstance(value, int):
            return self.when(value)
        said = value_label(name, value, self.lang)
        return self._day(said) if said == str(value) else said

    def _day(self, text: str) -> str:
        try:
            return day(date.fromisoformat(text), self.lang) if len(text) == 10 else text
        except ValueError:
            return text

    def choice(self, member: str, value: str) -> str:
        """A coded value of a record's member."""
        return choice_label(member, value, self.lang)

    def state(self, one: DeskStatus, event: EventStatus) -> str:
        """What became of an event at a desk."""
        waits = event.state == one.state == PUBLISHED
        text = _SET_ASIDE if event.state == QUARANTINED else _STATES[one.state]
        text = _STATES["left_out"] if waits and event.attempt else text
        return (_TAKEN_BACK if one.withdrawn else text).say(self.lang)

    def stage(self, stage: str) -> str:
        """A stage that a desk has told."""
        return STAGES[stage].say(self.lang) if stage in STAGES else stage

    def act(self, act: str) -> str:
        """What is owed: `ACK:received`, `R39:final`, `R26|R27`."""
        if act.startswith(ACKNOWLEDGED):
            stages = act.removeprefix(ACKNOWLEDGED).split("|")
            return any_of(
                [STAGES[one].say(self.lang) for one in stages if one in STAGES], self.lang
            )
        names, _colon, final = act.partition(":")
        known = [
            text.say(self.lang)
            for name in names.split("|")
            if (text := ACTS.get(f"{name}:{final}" if final else name) or ACTS.get(name))
        ]
        return any_of(known, self.lang) if known else _DUE.say(self.lang)

    def event(self, etype: str) -> str:
        """An event type as a noun."""
        return EVENTS[etype].say(self.lang) if etype in EVENTS else etype

    def title(self, etype: str, purposes: Collection[str], phase: str) -> str:
        """What the desk has sent, by its act."""
        sole = "".join(purposes) if len(purposes) == 1 else ""
        names = f"{etype} {phase}", f"{etype} {sole}", etype
        text = next(filter(None, map(TITLES.get, names)), None)
        return text.say(self.lang) if text else self.event(etype)

    def arrived(self, etype: str, purpose: str) -> str:
        """What was sent to the desk, in its agency's own words."""
        return trade_of(self.agency.name).words.title_of(etype, purpose).say(self.lang)


UNREAD: Final = "unread"  # code of a page for which Kafka did not answer in time
_LATER: Final = _("Nothing was sent. Try again in a minute; what is urgent goes by phone.")
_SLOW: Final = _(
    "The bus did not answer in time. Send the same form again: should it have gone out all the "
    "same, it is not sent twice."
)
_UNREAD: Final = _("The bus did not answer in time. Open this page again in a minute.")
_UNUSABLE: Final = _(
    "Something in this form cannot be used: nothing was sent. Open the page again, and do it once "
    "more."
)
_NOT_YOURS: Final = _("There is no such page for your service.")
_OTHER: Final = _("Nothing was sent. If it happens again, tell whoever helps you this word: {code}")

_PROBLEMS: Final[dict[str, Text]] = {
    "kafka_unreachable": _SLOW, UNREAD: _UNREAD,
    "starting": _LATER, "stopping": _LATER, "busy": _LATER, "routing_behind": _LATER,
    "nothing_adopted": _LATER,
    "event_unknown": _NOT_YOURS, "no_such_route": _NOT_YOURS, "method_not_allowed": _NOT_YOURS,
    "kind_unknown": _NOT_YOURS,
    "kind_not_for_desk": _NOT_YOURS,
    "cover_malformed": _UNUSABLE, "invalid_request": _UNUSABLE, "wrong_realm": _UNUSABLE,
    "form_not_own": _(
        "This form is older than your session: nothing was done. Open the page again, and do it "
        "once more."
    ),
    "draft_not_own": _(
        "This form is older than your session. Nothing was sent, and nothing of it is lost."
    ),
    "too_large": _("This is more text than one sending may hold. Shorten it, or send it in two."),
    "too_many_at_once": _("That was very often in a short time. Wait a minute, then go on."),
    "key_reused": _(
        "This very form was sent before with another content. What was sent stands under “Sent”: "
        "look there before you send the rest."
    ),
    "answered_meanwhile": _(
        "Your service has answered otherwise since you opened this page. Nothing of yours was "
        "sent: open it again, and ask your colleagues before you say more."
    ),
    "too_many_new_cases": _(
        "Your service has opened as many new situations in this hour as it may. Send it after the "
        "next full hour; what is urgent goes by phone."
    ),
    "not_delivered": _(
        "No service has received it yet, or it was withdrawn already: there is nothing to take "
        "back."
    ),
    "withdrawal_pending": _("It is being taken back already: the bus has not answered yet."),
    "case_unknown": _(
        "The situation that this answers is no longer known here. Open what you received, and "
        "answer from there."
    ),
    "id_of_two_events": _(
        "Two situations have an event of this name. Open it from the list of what you received."
    ),
    "outcome_missing": _("Choose what you can say of the outcome."),
    "contradiction": _("Two answers contradict each other."),
    "no_feedback_by_role": _("The convention gives your service no outcome to tell."),
}  # fmt: skip

_HERE: Final = _("This is not what can stand here.")
_FAULTS: Final[dict[str, Text]] = {
    "field_missing": _("Please fill this in."),
    "list_too_short": _("Please fill this in."),
    "text_too_short": _("Please fill this in."),
    "text_too_long": _("Too many characters: {expected}."),
    "text_not_allowed": _("This does not have the form that is expected here."),
    "number_too_large": _("This number is too large: {expected}."),
    "number_too_small": _("This number is too small: {expected}."),
    "wrong_type": _("Write a whole number, in figures."),
    "list_too_long": _("There are too many: {expected}."),
    "not_a_date": _("Write a day of the calendar."),
    "not_a_moment": _("Write a day and a time."),
    "date_in_future": _("This day has not come yet."),
    "no_case": _("Write your own file number: by it, what you send later is joined to this."),
    "desk_ambiguous": _("There are several such services: choose one."),
    "desk_unknown": _("There is no such service."),
    "desk_of_other_role": _("This writing is not for that service."),
    "own_desk": _("This is your own service."),
    "desk_repeated": _("Each service once."),
    "no_addressee": _("Choose who should receive it."),
    "answer_not_used": _("What this answers does not fit this kind of writing."),
    "contradiction": _("Two answers contradict each other."),
    "month_to_come": _("This month has not come yet."),
    "one_of_both": _("Give one or the other, not both."),
    "more_than_planned": _("This cannot be more than was planned."),
    "incomplete": _("Something that belongs to it is missing."),
    "call_after_event": _("The call cannot be later than now."),
    "fact_out_of_bounds": _("This day is too far away."),
    "date_in_past": _("This day is past."),
    "nothing_quoted": _(
        "This goes on from an earlier event: open that under “Received” or “Sent”, and begin there."
    ),
}


def told_problem(code: str, lang: str) -> str:
    """Why a request was not done, and what one can do."""
    text = _PROBLEMS.get(code)
    return text.say(lang) if text else _OTHER.say(lang, code=code)


def told_fault(code: str, expected: str, lang: str) -> str:
    """What is wrong with a field, and what would be right."""
    most = "".join(letter for letter in expected if letter.isdigit())
    limit = _("at most {n}").say(lang, n=int(most or 0)) if "most" in expected else ""
    limit = _("at least {n}").say(lang, n=int(most or 0)) if "least" in expected else limit
    text = _FAULTS.get(code, _HERE)
    return text.say(lang, expected=limit)


def is_of_field(code: str) -> bool:
    """Whether a problem is a fault of a field that can be mended on the form."""
    return code in _FAULTS

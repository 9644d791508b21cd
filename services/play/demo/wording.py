"""The words in which a story tells what happened: one function a kind of line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from contracts.convention.model import Convention
from services.committee.texts import labels
from services.play.demo.screen import Sentence, deadline_text
from services.texts import Catalogue, FilledText, Text

_ = Catalogue(__name__)


class Name(NamedTuple):
    """A desk's name as the subject of a sentence, and as whom something goes to."""

    who: Text
    to: Text


NAMES: Final = {
    "edu-s": Name(_("the school social service"), _("to the school social service")),
    "edu-h-1": Name(_("the head teacher"), _("to the head teacher")),
    "edu-h-2": Name(_("the head of another school"), _("to the head of another school")),
    "crip": Name(_("the CRIP"), _("to the CRIP")),
    "ase": Name(_("the ASE"), _("to the ASE")),
    "pmi": Name(_("the PMI"), _("to the PMI")),
    "psp": Name(_("the street team"), _("to the street team")),
    "asso": Name(_("the association"), _("to the association")),
    "home-1": Name(_("home 1"), _("to home 1")),
    "home-2": Name(_("home 2"), _("to home 2")),
    "mo": Name(_("the home-based service"), _("to the home-based service")),
    "parq-civ": Name(_("the prosecutor"), _("to the prosecutor")),
    "parq-crim": Name(_("the criminal prosecutor"), _("to the criminal prosecutor")),
    "je": Name(_("the juvenile judge"), _("to the juvenile judge")),
    "pjj": Name(_("the PJJ"), _("to the PJJ")),
    "pol": Name(_("the police"), _("to the police")),
}

PARTS: Final = {
    "edu-h-1": _("heads a school"),
    "edu-h-2": _("heads another one"),
    "edu-s": _("social workers of schools, bound by secrecy"),
    "psp": _("educators who meet young people in the street"),
    "asso": _("specialised in the prostitution of minors"),
    "crip": _("unit of the Département that collects alerts and has them evaluated"),
    "ase": _("child welfare service of the Département"),
    "mo": _("educators who help a child in its family, by order of the judge"),
    "home-1": _("takes in children who have been placed"),
    "home-2": _("takes in others"),
    "parq-civ": _("protects minors, and brings their cases before the judge"),
    "parq-crim": _("directs inquiries"),
    "je": _("orders what protects a child"),
    "pol": _("search, hear and investigate"),
}
"""Those who act or receive in the stories, in the order in which they are presented."""


def who(desks: Iterable[str]) -> list[Text | str]:
    """Desks as they act; one that no story knows, by its id."""
    return [NAMES[desk].who if desk in NAMES else desk.upper() for desk in desks]


def to(desks: Iterable[str]) -> list[Text | str]:
    """Desks as something goes to them."""
    return [NAMES[desk].to if desk in NAMES else f"→ {desk.upper()}" for desk in desks]


@dataclass(frozen=True, slots=True)
class _Label:
    """Words that the convention's own tables have, a function of the language."""

    words: Callable[[str], str]

    def say(self, lang: str) -> str:
        """The words in a language."""
        return self.words(lang)


class ConventionWords:
    """The convention's words for acts, scopes, reasons and doors, in sentences.

    Args:
        convention: gives labels and the calendar.
        roles: short desk id -> role.
    """

    def __init__(self, convention: Convention, roles: Mapping[str, str]) -> None:
        self._convention = convention
        self._roles = roles
        self._grants = {grant.id: grant for grant in convention.grants}

    def act(
        self, issuer: str, recipients: Sequence[str], title: object, text: Sentence | None
    ) -> FilledText:
        """Who sent what to whom, and the story's own sentence on it."""
        facts = {"issuer": who([issuer]), "recipients": who(recipients), "act": title}
        head = _("{issuer} → {recipients}: {act}.") if recipients else _("{issuer}: {act}.")
        if text is None:
            return FilledText(head, facts)
        return _("{head} {text}").of(head=FilledText(head, facts), text=text)

    def title(self, etype: str, grants: Sequence[str]) -> _Label:
        """What the clause calls the act (`requête`, `note d'incident`), else what its type is."""
        named = [self._grants[one].label for one in grants if one in self._grants]
        return _Label(lambda lang: named[0][lang] if named else labels.event_label(etype, lang))

    def stage(self, stage: str) -> _Label:
        """What an acknowledgement says."""
        return _Label(lambda lang: labels.act_text(f"ACK:{stage}", lang))

    def arrived(self, desks: Sequence[str], grant: str, scopes: Sequence[str]) -> FilledText:
        """What desks got, and by which clause."""
        what: object = self._scopes(scopes) if scopes else _("an act without content")
        if not grant:
            return _("{desks}: {what}").of(desks=to(desks), what=what)
        return _("{desks}, by {clause}: {what}").of(desks=to(desks), clause=grant, what=what)

    def kept_back(
        self,
        desks: Sequence[str],
        scopes: Mapping[str, Sequence[str]],
        told_already: Iterable[Sequence[str]],
        *,
        by_router: bool,
    ) -> FilledText:
        """What desks did not get, and why, unless that is the usual reason or was just told."""
        known = {tuple(why) for why in told_already}
        by: dict[tuple[str, ...], list[str]] = {}
        for scope, why in scopes.items():
            by.setdefault(() if tuple(why) in known else tuple(why), []).append(scope)
        what = [self._with_reasons(some, why) for why, some in by.items()]
        head = _("held back from {desks}: {what}") if by_router else _("not sent {desks}: {what}")
        named = who(desks) if by_router else to(desks)
        return head.of(desks=named, what=_Label(lambda lang: "; ".join(w.say(lang) for w in what)))

    def _with_reasons(self, scopes: Sequence[str], reasons: Sequence[str]) -> _Label | FilledText:
        if not reasons:
            return self._scopes(scopes)
        return _("{what} ({why})").of(what=self._scopes(scopes), why=self._reasons(reasons))

    def refused(self, desks: Sequence[str], reasons: Sequence[str]) -> FilledText:
        """A refusal, with its coded reasons in words."""
        return _("refused, nothing goes {desks}: {why}").of(
            desks=to(desks), why=self._reasons(reasons)
        )

    def door(self, door: Mapping[str, str]) -> FilledText:
        """What may be sent instead: to whom, as what, by which clause; or by which colleague."""
        role, clause = door["role"], door["clause"]
        grant = self._grants.get(clause)
        if grant is not None and role not in grant.recipients:
            text = _("or through a colleague who may send it, {colleague} ({clause})")
            return text.of(colleague=who([self._desk(role)]), clause=clause)
        act = _Label(lambda lang: labels.event_label(door["event"], lang))
        text = _("possible instead: “{act}” {recipient} ({clause})")
        return text.of(act=act, recipient=to([self._desk(role)]), clause=clause)

    def _desk(self, role: str) -> str:
        """The desk by whose name a role is known here."""
        return next((desk for desk in PARTS if self._roles.get(desk) == role), role)

    def owed(self, duties: Sequence[Mapping[str, Any]], due: int) -> FilledText:
        """Who owes whom what, by when; all of them the same act to the same desk."""
        first = duties[0]
        facts = {
            "debtors": who(duty["debtor"] for duty in duties),
            "creditor": to([first["creditor"]]),
            "act": self._act(first),
            "due": self._due(due),
        }
        if first["legal"]:
            return FilledText(_("due by law from {debtors} {creditor}: {act}, by {due}"), facts)
        return FilledText(_("due from {debtors} {creditor}: {act}, by {due}"), facts)

    def moved(self, duty: Mapping[str, Any], due: int) -> FilledText:
        """A deadline that the case clock moved."""
        return _("new deadline for {debtor}: {act}, by {due}").of(
            debtor=who([duty["debtor"]]), act=self._act(duty), due=self._due(due)
        )

    def done(self, duty: Mapping[str, Any]) -> FilledText:
        """A duty that is no longer open."""
        text = (
            _("done late by {debtor}: {act}") if duty["overdue"] else _("done by {debtor}: {act}")
        )
        return text.of(debtor=who([duty["debtor"]]), act=self._act(duty))

    def ended(self, duty: Mapping[str, Any]) -> FilledText:
        """A duty that is over because what it followed is."""
        return _("no longer due from {debtor}: {act}").of(
            debtor=who([duty["debtor"]]), act=self._act(duty)
        )

    def overdue(self, duty: Mapping[str, Any]) -> FilledText:
        """A duty that fell due: both sides are told."""
        return _("OVERDUE, still due from {debtor} {creditor}: {act}").of(
            debtor=who([duty["debtor"]]), creditor=to([duty["creditor"]]), act=self._act(duty)
        )

    def _act(self, duty: Mapping[str, Any]) -> _Label:
        return _Label(lambda lang: labels.act_text(duty["act"], lang))

    def _due(self, at: int) -> _Label:
        local = self._convention.calendar.local(at)
        return _Label(lambda lang: deadline_text(local, lang))

    def _scopes(self, scopes: Iterable[str]) -> _Label:
        listed = list(scopes)
        return _Label(
            lambda lang: ", ".join(
                labels.scope_label(one, lang, self._convention) for one in listed
            )
        )

    def _reasons(self, reasons: Iterable[str]) -> _Label:
        listed = list(reasons)
        return _Label(lambda lang: "; ".join(labels.reason_text(one, lang) for one in listed))


def utc(text: str) -> int:
    """Seconds since 1970 of an RFC 3339 instant, as the services write them."""
    return int(datetime.fromisoformat(text).timestamp())

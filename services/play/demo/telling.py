"""The words in which a story tells what happened, in the convention's own where it has them.

Desks that got the same by the same clause are told in one line; so are desks that owe the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

from contracts.convention.model import Convention
from services.committee.texts import labels
from services.play.demo.duties import Changes, Duty, due_at, named
from services.play.demo.expected import Outcome
from services.play.demo.screen import Sentence, Teller, deadline_text
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

_USUAL: Final = ("not_permitted",)  # the legend says it
Outcomes = Mapping[str, tuple[Mapping[str, Any], Outcome]]  # desk -> progress, observed


def who(desks: Iterable[str]) -> list[Text | str]:
    """Desks as they act; one that no story knows, by its id."""
    return [NAMES[desk].who if desk in NAMES else desk.upper() for desk in desks]


def to(desks: Iterable[str]) -> list[Text | str]:
    """Desks as something goes to them."""
    return [NAMES[desk].to if desk in NAMES else f"→ {desk.upper()}" for desk in desks]


@dataclass(frozen=True, slots=True)
class _Label:
    """Words that the convention's own tables have, a function of the language."""

    say: Callable[[str], str]


def _each(label: Callable[..., str], codes: Iterable[str], joint: str = "; ") -> _Label:
    listed = list(codes)
    return _Label(lambda lang: joint.join(label(one, lang) for one in listed))


class Telling:
    """Turns what was observed into lines.

    Args:
        roles: short desk id -> role.
    """

    def __init__(self, teller: Teller, convention: Convention, roles: Mapping[str, str]) -> None:
        self._teller = teller
        self._convention = convention
        self._roles = roles
        self._grants = {grant.id: grant for grant in convention.grants}
        self._scopes = partial(_each, self._scope, joint=", ")

    def _scope(self, scope: str, lang: str) -> str:
        return labels.scope_label(scope, lang, self._convention)

    def _tell(self, kind: str, text: Text, *, quiet: bool = False, **facts: object) -> None:
        self._teller.tell(kind, text.of(**facts), quiet=quiet)

    def act(
        self, kind: str, issuer: str, desks: Sequence[str], act: object, says: Sentence | None
    ) -> None:
        """Who sent what to whom, and the story's own sentence on it."""
        head = _("{issuer} → {recipients}: {act}.") if desks else _("{issuer}: {act}.")
        text = head.of(issuer=who([issuer]), recipients=who(desks), act=act)
        self._teller.tell(
            kind, text if says is None else _("{head} {text}").of(head=text, text=says)
        )

    def title(self, etype: str, grants: Iterable[str]) -> _Label:
        """What the clause calls the act (`requête`, `note d'incident`), else what its type is."""
        named = [self._grants[one].label for one in grants if one in self._grants]
        return _Label(lambda lang: named[0][lang] if named else labels.event_label(etype, lang))

    def outcomes(self, outcomes: Outcomes) -> None:
        """What became of an event, desk by desk."""
        for desks, seen in _alike(outcomes, lambda one: (one.state, one.grant, one.released)):
            if seen.state == "delivered":
                self._arrived(desks, seen)
        for desks, seen in _alike(outcomes, lambda one: (one.state, one.reasons)):
            if seen.state != "delivered":
                text = _("refused, nothing goes {desks}: {why}")
                why = _each(labels.reason_text, seen.reasons)
                self._tell("refused", text, desks=to(desks), why=why)
        for desks, seen in _alike(outcomes, lambda one: (one.withheld, one.reasons)):
            if seen.withheld:
                what = self._with_reasons(seen.withheld, seen)
                self._tell("withheld", _("held back from {desks}: {what}"),
                           desks=who(desks), what=what)  # fmt: skip
        for desks, seen in _alike(outcomes, lambda one: (one.left_out, one.reasons)):
            if seen.left_out:
                what = self._with_reasons(seen.left_out, seen)
                self._tell("left_out", _("not sent {desks}: {what}"), desks=to(desks), what=what)
        if not any(seen.state == "delivered" for _progress, seen in outcomes.values()):
            self._doors(outcomes)

    def _arrived(self, desks: Sequence[str], seen: Outcome) -> None:
        """What desks got, and by which clause."""
        what = self._scopes(seen.released) if seen.released else _("an act without content")
        text = _("{desks}, by {clause}: {what}") if seen.grant else _("{desks}: {what}")
        self._tell("arrived", text, desks=to(desks), clause=seen.grant, what=what)

    def _with_reasons(self, scopes: Mapping[str, tuple[str, ...]], seen: Outcome) -> _Label:
        """Scopes and why, unless that is the usual reason or was just told."""
        by: dict[tuple[str, ...], list[str]] = {}
        for scope, why in scopes.items():
            by.setdefault(() if why in (seen.reasons, _USUAL) else why, []).append(scope)
        what: list[_Label | FilledText] = [
            _("{what} ({why})").of(what=self._scopes(some), why=_each(labels.reason_text, why))
            if why
            else self._scopes(some)
            for why, some in by.items()
        ]
        return _Label(lambda lang: "; ".join(one.say(lang) for one in what))

    def _doors(self, outcomes: Outcomes) -> None:
        """Where no clause leads to a desk and nobody got the act, the clauses that lead elsewhere.

        Not where the case stands in the way (`not_assigned`), nor where others got it: nobody else
        is meant then.
        """
        doors = {
            tuple(door.values()): door
            for progress, seen in outcomes.values()
            for door in progress.get("doors", ())
            if "no_clause" in seen.reasons
        }
        for door in doors.values():
            self._door(door["role"], door["clause"], door["event"])

    def _door(self, role: str, clause: str, event: str) -> None:
        """What may be sent instead: to whom, as what, by which clause; or by which colleague."""
        desk = next((desk for desk in PARTS if self._roles.get(desk) == role), role)
        grant = self._grants.get(clause)
        if grant is not None and role not in grant.recipients:
            text = _("or through a colleague who may send it, {colleague} ({clause})")
            self._tell("door", text, colleague=who([desk]), clause=clause)
            return
        act = _Label(lambda lang: labels.event_label(event, lang))
        text = _("possible instead: “{act}” {recipient} ({clause})")
        self._tell("door", text, act=act, recipient=to([desk]), clause=clause)

    def changes(self, changes: Changes, actor: str = "") -> None:
        """Duties that are done, that opened, that moved, by an act of `actor`; that fell due."""
        self._done(changes.closed, actor)
        self._owed(changes.opened)
        for duty in changes.moved:
            text = _("new deadline for {debtor}: {act}, by {due}")
            self._tell("moved", text, due=self._due(duty), **_facts(duty))
        for duty in changes.overdue:
            text = _("OVERDUE, still due from {debtor} {creditor}: {act}")
            self._tell("overdue", text, **_facts(duty))

    def _done(self, duties: Iterable[Duty], actor: str) -> None:
        told_already = set()
        for duty in duties:
            # That an acknowledgement is done is what the line before has just said.
            quiet = duty["act"].startswith("ACK:") and not duty["overdue"]
            quiet = quiet or named(duty) in told_already  # one act may do what was owed twice
            told_already.add(named(duty))
            late = _("done late by {debtor}: {act}")
            text = late if duty["overdue"] else _("done by {debtor}: {act}")
            if actor not in ("", duty["debtor"]):
                text = _("no longer due from {debtor}: {act}")
            self._tell("done", text, quiet=quiet, **_facts(duty))

    def _owed(self, duties: Iterable[Duty]) -> None:
        opened: dict[tuple[str, ...], list[Duty]] = {}
        for duty in sorted(duties, key=lambda one: (one["due"], one["debtor"])):
            same = duty["act"], duty["creditor"], duty["due"]
            opened.setdefault(same, []).append(duty)
        for alike in opened.values():
            by_law = _("due by law from {debtors} {creditor}: {act}, by {due}")
            text = _("due from {debtors} {creditor}: {act}, by {due}")
            debtors, due = who(duty["debtor"] for duty in alike), self._due(alike[0])
            text = by_law if alike[0]["legal"] else text
            self._tell("owed", text, debtors=debtors, due=due, **_facts(alike[0]))

    def _due(self, duty: Mapping[str, Any]) -> _Label:
        local = self._convention.calendar.local(due_at(duty))
        return _Label(lambda lang: deadline_text(local, lang))


def stage_label(stage: str) -> _Label:
    """What an acknowledgement says."""
    return _Label(lambda lang: labels.act_text(f"ACK:{stage}", lang))


def _facts(duty: Mapping[str, Any]) -> dict[str, Any]:
    act = _Label(lambda lang: labels.act_text(duty["act"], lang))
    return {"debtor": who([duty["debtor"]]), "creditor": to([duty["creditor"]]), "act": act}


def _alike(outcomes: Outcomes, key: Callable[[Outcome], object]) -> list[tuple[list[str], Outcome]]:
    """Desks whose outcomes are alike, and the outcome, in order."""
    groups: dict[str, tuple[list[str], Outcome]] = {}
    for desk, (_progress, seen) in outcomes.items():
        groups.setdefault(repr(key(seen)), ([], seen))[0].append(desk)
    return list(groups.values())

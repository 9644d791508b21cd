"""Under each change, one sentence that shows it, and the command that lets anybody ask the same again."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Final

from contracts.convention.clauses import DutySpec
from contracts.convention.load import BUS
from contracts.convention.model import Convention
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.diff.change import Atom, Change
from services.committee.diff.change_text import tops
from services.committee.diff.compare import Diff
from services.committee.matrix.rows import in_order
from services.committee.texts.clause_sentence import named, scopes_text
from services.committee.texts.french import capital, from_whom, to_whom
from services.committee.texts.labels import event_label, purpose_label, when_text
from services.texts import Catalogue

_ = Catalogue(__name__)
_EXAMPLE: Final = _(
    "From {issuer} to {recipient}, {event}, to {purpose}{more}: {was} before, {becomes} now."
)
_WITHOUT: Final = _("without this condition")
_DAYS: Final = _.ngettext("{n} day", "{n} days")


def shown_in(found: Diff, change: Change) -> Convention:
    """The file whose answer shows a change: the new one, where it still knows whom it is about."""
    parties, new = {change.issuers[0], change.recipients[0]} - {BUS}, found.new
    return new if parties <= {*new.roles, *new.readers} else found.old


def command(found: Diff, change: Change) -> str:
    """`relais convention explain …`, which answers as the change says; empty for the file as a whole."""
    if not (change.issuers and change.recipients):
        return ""
    path = found.paths[shown_in(found, change) is found.new]
    words = ["relais", "convention", "explain", path]
    words += ["--event", change.event, "--issuer", change.issuers[0]]
    words += ["--recipient", change.recipients[0], "--purpose", change.purpose]
    if scopes := _scopes(change):
        words += ["--categories", ",".join(scopes)]
    return shlex.join(word for word in words if word)


def example(found: Diff, change: Change, lang: str) -> str:
    """Who would send what to whom, and what either version says; empty where the change says it all.

    Args:
        lang: `fr` or `en`.
    """
    answers = _answers(change, lang)
    if answers is None or not (change.issuers and change.recipients):
        return ""
    convention = shown_in(found, change)
    who, whom = (
        named(convention, role, lang) for role in (change.issuers[0], change.recipients[0])
    )
    event, purpose = event_label(change.event, lang), purpose_label(change.purpose, lang)
    scopes = scopes_text(frozenset(_scopes(change)[:1]), lang, convention)
    more = f", {scopes}" * bool(scopes)
    more += f", {_WITHOUT.say(lang)}" * (change.atom.kind == "condition")
    sides = {"issuer": from_whom(who, lang), "recipient": to_whom(whom, lang)}
    facts = {"event": event, "purpose": purpose, "more": more, "was": answers[0]}
    return capital(_EXAMPLE.say(lang, **sides, **facts, becomes=answers[1]))


def _scopes(change: Change) -> tuple[str, ...]:
    """The data that the change is about: those it names, else one that passes in both files, or in either."""
    if change.atom.kind == "scopes":
        return tuple(in_order(tops(change.atom.what)))
    sets = [grant.released for grant in change.grants if grant is not None]
    if not sets:
        return ()
    return tuple(in_order(frozenset.intersection(*sets) or sets[-1]))[:1]


def _answers(change: Change, lang: str) -> tuple[str, str] | None:
    """What the old and the new version say, in a word or two; None of a change that says it all."""
    atom, no, yes = change.atom, _("no").say(lang), _("yes").say(lang)
    if atom.kind in ("scopes", "condition"):
        return (no, yes) if atom.group in ("opened", "easier") else (yes, no)
    if atom.kind == "retention":
        was, becomes = (RETENTION_CLASSES[one[0]] for one in (atom.was, atom.becomes))
        return _DAYS.say(lang, n=was), _DAYS.say(lang, n=becomes)
    if atom.kind == "assignment":
        part = _("takes no part").say(lang), _("takes part").say(lang)
        return part if atom.group == "easier" else part[::-1]
    if atom.kind in ("duty", "deadline") and atom.duty is not None:
        return _due(atom, atom.duty, lang)
    return None


def _due(atom: Atom, duty: DutySpec, lang: str) -> tuple[str, str]:
    """By when a duty is to be done by either version, or that nothing is owed."""
    due = when_text(duty, lang)
    if atom.kind == "deadline":
        within, urgent, start, legal = atom.was
        before = replace(
            duty, within=within, urgent_within=urgent, start=start, legal=legal == str(True)
        )
        return when_text(before, lang), due
    nothing = _("nothing of the kind owed").say(lang)
    return (nothing, due) if atom.group == "harder" else (due, nothing)

"""Under each change a sentence that shows it, and the command that asks the same again."""

from __future__ import annotations

import shlex
from datetime import date
from typing import Final

from contracts.convention.clauses import DutySpec
from contracts.convention.load import BUS
from contracts.convention.model import Convention
from contracts.convention.rows import in_order
from contracts.vocabulary.scopes import KEPT_DAYS
from services.committee.diff.change import Change, tops
from services.committee.diff.compare import Diff
from services.committee.diff.deadline_text import as_it_was, due_text
from services.committee.diff.naming import act_label, wording
from services.committee.texts.clause_sentence import named, party_text
from services.committee.texts.french import from_whom, to_whom
from services.committee.texts.labels import scopes_named
from services.texts import Catalogue

_ = Catalogue(__name__)
_EXAMPLE: Final = _("{label}, from {issuer} to {recipient}{more}. Before: {was}; now: {becomes}.")
_FOR: Final = _("for {scopes}")
_ON: Final = _("on {date}")
_WITHOUT: Final = _("without this condition being met")
_DAYS: Final = _("copy kept for up to {n} days")
_PART: Final = _("{who} takes part")
_NO_PART: Final = _("{who} takes no part")


def shown_in(comparison: Diff, change: Change) -> Convention:
    """The file whose answer shows a change: the new one, where it still knows whom it is about."""
    parties, new = {change.issuers[0], change.recipients[0]} - {BUS}, comparison.new
    return new if parties <= {*new.roles, *new.readers} else comparison.old


def command(comparison: Diff, change: Change) -> str:
    """`relais convention explain …` that answers as the change says; empty for whole files."""
    if not (change.issuers and change.recipients):
        return ""
    path = comparison.paths[shown_in(comparison, change) is comparison.new]
    words = ["relais", "convention", "explain", path]
    words += ["--event", change.event, "--issuer", change.issuers[0]]
    words += ["--recipient", change.recipients[0], "--purpose", change.purpose]
    if scopes := _scopes(change):
        words += ["--categories", ",".join(scopes)]
    return shlex.join(word for word in words if word)


def example(comparison: Diff, change: Change, lang: str) -> str:
    """Which act from whom to whom, and what either version says; else empty.

    It begins with the clause's name for the act, without a capital.

    Args:
        lang: `fr` or `en`.
    """
    grant = change.grants[1] or change.grants[0]
    if grant is None or not (change.issuers and change.recipients):
        return ""
    answers = _answers(comparison, change, lang)
    if answers is None:
        return ""
    words = wording(comparison.old, comparison.new)
    who, whom = (named(words, role, lang) for role in (change.issuers[0], change.recipients[0]))
    more = _more(comparison, change, words, lang)
    return _EXAMPLE.say(
        lang,
        label=act_label(words, grant, lang),
        issuer=from_whom(who, lang),
        recipient=to_whom(whom, lang),
        more=f", {more}" if more else "",
        was=answers[0],
        becomes=answers[1],
    )


def _more(comparison: Diff, change: Change, words: Convention, lang: str) -> str:
    """What else the example needs: data, the condition that is not met, a deadline's day."""
    kind = change.atom.kind
    if kind == "scopes":
        return _FOR.say(lang, scopes=scopes_named(frozenset(_scopes(change)[:1]), lang, words))
    if kind == "condition":
        return _WITHOUT.say(lang)
    return _ON.say(lang, date=_on(comparison)) if kind in ("duty", "deadline") else ""


def _on(comparison: Diff) -> date:
    """The first day on which both files can be asked."""
    return date.fromisoformat(max(comparison.old.effective, comparison.new.effective))


def _scopes(change: Change) -> tuple[str, ...]:
    """The data that the change is about: those named, else one that passes in both or either."""
    if change.atom.kind == "scopes":
        return tuple(in_order(tops(change.atom.what)))
    sets = [grant.released for grant in change.grants if grant is not None]
    if not sets:
        return ()
    return tuple(in_order(frozenset.intersection(*sets) or sets[-1]))[:1]


def _answers(comparison: Diff, change: Change, lang: str) -> tuple[str, str] | None:
    """What the old and the new version say, in a few words; None of a change that says it all."""
    atom, no, yes = change.atom, _("no").say(lang), _("yes").say(lang)
    if atom.kind in ("scopes", "condition"):
        return (no, yes) if atom.group in ("opened", "easier") else (yes, no)
    if atom.kind == "retention":
        was, becomes = (KEPT_DAYS[keep[0]] for keep in (atom.was, atom.becomes))
        return _DAYS.say(lang, n=was), _DAYS.say(lang, n=becomes)
    if atom.kind == "assignment":
        who = party_text(comparison.new, atom.what[0], lang)
        part = _NO_PART.say(lang, who=who), _PART.say(lang, who=who)
        return part if atom.group == "easier" else part[::-1]
    if atom.kind in ("duty", "deadline") and atom.duty is not None:
        return _due(comparison, change, atom.duty, lang)
    return None


def _due(comparison: Diff, change: Change, duty: DutySpec, lang: str) -> tuple[str, str]:
    """By when a duty is to be done by either version, or that nothing is owed."""
    moved, on = change.atom.kind == "deadline", _on(comparison)
    before = as_it_was(duty, change.atom.was) if moved else duty
    was, becomes = (
        due_text(comparison.old, before, on, lang),
        due_text(comparison.new, duty, on, lang),
    )
    if moved:
        return was, becomes
    nothing = _("nothing of the kind owed").say(lang)
    return (nothing, becomes) if change.group == "harder" else (was, nothing)

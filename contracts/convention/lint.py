"""What a coherent convention should still mend, or its parties should know.

`load` refuses what makes no sense. Findings here load all the same: *problems* (text and data have
parted, a clause says nothing new) that a release should not have, and *notes* that are true of the
shipped file on purpose, each with its reason in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from contracts.convention import lint_rules
from contracts.convention.finding import NOTE, PROBLEM, Finding, at
from contracts.convention.model import Convention
from contracts.convention.sentences import generate
from contracts.convention.words import ROLE_LABELS, SCOPE_LABELS
from contracts.scopes import BASE, SCOPES

__all__ = ["NOTE", "PROBLEM", "Finding", "lint"]

LANGUAGES: Final = ("fr", "en")


def lint(convention: Convention) -> list[Finding]:
    """All findings, problems first, then by line."""
    found = [finding for check in _CHECKS for finding in check(convention)]
    return sorted(found, key=lambda f: (f.level != PROBLEM, f.line, f.code, f.what))


def _sentences(convention: Convention) -> Iterator[Finding]:
    for grant in convention.grants:
        for lang in LANGUAGES:
            due = generate(convention, grant, lang)
            if grant.sentence[lang] != due:
                what = f"the {lang} sentence does not say what the data say"
                yield at(convention, grant, "sentence_differs", what, f"write: {due}", PROBLEM)
        for name, texts in (("label", grant.label), ("note", grant.note)):
            if texts and texts["fr"] == texts["en"]:
                what = f"its {name} is the same in French and English"
                yield at(convention, grant, "not_translated", what, "translate it", PROBLEM)


def _labels(convention: Convention) -> Iterator[Finding]:
    labels = {name: role.label for name, role in convention.roles.items()}
    tables = (("roles", ROLE_LABELS, labels), ("scopes", SCOPE_LABELS, convention.scope_labels))
    for table, known, own in tables:
        for name, label in own.items():
            place = f"{table}.{name}"
            if name in known and known[name] != (label["fr"], label["en"]):
                what = f"{name} has another label where no convention is at hand"
                mend = "align contracts.convention.words"
                yield at(convention, place, "label_differs", what, mend)
            if label["fr"] == label["en"]:
                what = f"the label of {name} is the same in French and English"
                yield at(convention, place, "not_translated", what, "translate it", PROBLEM)


def _bases(convention: Convention) -> Iterator[Finding]:
    last = convention.calendar.last.isoformat()
    for grant in convention.grants:
        for code in grant.basis:
            text = convention.texts[code]
            until = text["in_force_until"]
            if until and until < last:
                what = f"{code} ends on {until}"
                if text["successor"]:
                    mend = f"a version effective then names {text['successor']}"
                    yield at(convention, grant, "basis_ends", what, mend)
                else:
                    yield at(convention, grant, "basis_ends", what, "name its successor", PROBLEM)


def _texts(convention: Convention) -> Iterator[Finding]:
    used = {code for grant in convention.grants for code in grant.basis}
    used |= {text["successor"] for text in convention.texts.values()}
    for code in sorted(set(convention.texts) - used):
        what = f"{code} is the basis of no clause"
        yield at(convention, f"texts.{code}", "text_unused", what, "leave it out")
    for code, text in convention.texts.items():
        yield from _dates(convention, code, text)
    unchecked = [code for code, text in convention.texts.items() if not text["checked"]]
    if unchecked:
        what = f"{len(unchecked)} of {len(convention.texts)} legal texts were checked by no lawyer"
        mend = "put the date of the check at `checked`"
        yield at(convention, "texts", "text_not_checked", what, mend)


def _dates(convention: Convention, code: str, text: dict[str, str]) -> Iterator[Finding]:
    place, until = f"texts.{code}", text["in_force_until"]
    if until and until < text["in_force_from"]:
        what = f"{code} ends on {until}, before it begins"
        yield at(convention, place, "text_never_in_force", what, "correct its dates", PROBLEM)
    elif until and text["successor"]:
        begins = convention.texts[text["successor"]]["in_force_from"]
        day_after = (date.fromisoformat(until) + timedelta(days=1)).isoformat()
        if begins > day_after:
            what = f"{text['successor']} begins on {begins}, after {code} has ended"
            mend = "name what is in force between"
            yield at(convention, place, "successor_too_late", what, mend, PROBLEM)


def _calendar(convention: Convention) -> Iterator[Finding]:
    last = convention.calendar.last.isoformat()
    what = f"the calendar ends on {last}; nothing can fall due later"
    mend = "adopt a version with a longer table before"
    yield at(convention, "calendar", "calendar_ends", what, mend)


def _never_released(convention: Convention) -> Iterator[Finding]:
    released = {scope for grant in convention.grants for scope in grant.released}
    mend = "add a clause if it should be sent; else this is what was agreed"
    for scope in SCOPES:
        # A base that no clause releases whole may still have narrow scopes that some do.
        if scope in released:
            continue
        what = f"no clause ever releases {scope}"
        if SCOPES[scope] == BASE and any(one.startswith(f"{scope}.") for one in released):
            what += " as a whole, only narrow scopes of it"
        yield at(convention, f"scopes.{scope}", "never_released", what, mend)


def _silent(convention: Convention) -> Iterator[Finding]:
    issuers = {role for grant in convention.grants for role in grant.issuers}
    recipients = {role for grant in convention.grants for role in grant.recipients}
    for role in convention.roles:
        if role in recipients and role not in issuers:
            what = f"{role} receives, but no clause lets it answer"
            yield at(convention, f"roles.{role}", "never_answers", what, "add a clause")
        elif role not in recipients | issuers:
            what = f"no clause names {role}"
            yield at(convention, f"roles.{role}", "role_unused", what, "leave it out")
    for reader in convention.readers:
        if reader not in recipients:
            what = f"nothing is published for {reader}"
            yield at(convention, f"readers.{reader}", "reader_unused", what, "leave it out")


_CHECKS: Final[tuple[Callable[[Convention], Iterator[Finding]], ...]] = (
    _sentences, _labels, _bases, _texts, _calendar, _never_released, _silent,
    lint_rules.redundant, lint_rules.never_applies, lint_rules.replies, lint_rules.deadlines,
    lint_rules.retention,
)  # fmt: skip

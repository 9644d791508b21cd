"""What a coherent convention should still mend, or its parties should know.

`load` refuses what makes no sense. Findings here load all the same: *problems* (text and data have
parted, a time limit leads beyond the calendar) that a release should not have, and *notes* that are
true of the shipped file on purpose, each with its reason in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from typing import Final

from contracts.convention.model import Convention
from contracts.decision.deadlines import deadline
from contracts.errors import ConventionError
from contracts.vocabulary.scopes import BASE, KEPT_DAYS, REALMS, SCOPES
from services.committee.lint.finding import NOTE, PROBLEM, Finding, at
from services.committee.texts.clause_sentence import generate
from services.committee.texts.finding_texts import SENTENCES
from services.labels.code_labels import (
    PURPOSE_TEXTS,
    ROLE_LABELS,
    ROLE_NAMES,
    SCOPE_LABELS,
    Table,
)
from services.texts import typed, typeset

__all__ = ["NOTE", "PROBLEM", "Finding", "lint"]

LANGUAGES: Final = ("fr", "en")
# The longest that a copy may be kept, by scope or category; all else may be kept for P90. (I)
LONGEST: Final = {
    "PROCEDURE.status": "P30",
    "PROCEDURE": "P7",
    "IDENTITY.description": "P30",
    "FACTS.third_party": "P30",
    "LOCATION": "P30",
    "CODE": "P30",
}

# How sentences and labels were worded before: what is signed keeps the words of its day. A file is
# never edited once adopted, and has not parted from its data. Only French was reworded so far.
_THEN: Final = (
    ("signes vitaux ou directement observés", "signes cliniques constatés ou directement observés"),
    ("mesure et gardien", "mesure et service gardien"),
    ("copie du bus est détruite", "copie conservée par le bus est détruite"),
    ("avis de démarrage", "avis de commencement"),
    ("décliné, démarré", "refusé, commencé"),
)


def lint(convention: Convention) -> list[Finding]:
    """Findings, problems first, then by line."""
    found = [finding for check in _CHECKS for finding in check(convention)]
    return sorted(found, key=lambda f: (f.level != PROBLEM, f.line, f.code, f.facts))


def _says(signed: str, due: str) -> bool:
    """Whether a file's French or English is what is due, in the words of today or of before.

    Typography counts for nothing: apostrophes are the same word in either form.
    """
    return _reworded(signed) == _reworded(due)


@lru_cache(maxsize=4096)  # versions say the same sentences
def _reworded(text: str) -> str:
    """A file's text in the words of today, typeset."""
    text = typeset(text, "fr")
    for then, now in _THEN:
        text = text.replace(then, now)
    return text


def _sentences(convention: Convention) -> Iterator[Finding]:
    for grant in convention.grants:
        for lang in LANGUAGES:
            due = generate(convention, grant, lang)
            if not _says(grant.sentence[lang], due):
                yield at(convention, grant, "sentence_differs", lang, due, level=PROBLEM)


def _system(convention: Convention) -> Iterator[Finding]:
    """Sentences of the bus's own events; their data say what the bus does, or do not load."""
    for event, clause in convention.system.items():
        for lang in LANGUAGES:
            due = typed(SENTENCES[event].say(lang))
            if not _says(clause.sentence[lang], due):
                place = f"system.{event}"
                yield at(convention, place, "sentence_differs", lang, due, level=PROBLEM)


def _labels(convention: Convention) -> Iterator[Finding]:
    for table, field, known, own in _named(convention):
        for name, label in own.items():
            place = f"{table}.{name}"
            ours = {lang: known[name].say(lang) for lang in LANGUAGES if name in known}
            if not all(_says(label[lang], due) for lang, due in ours.items()):
                facts = name, field, *ours.values()
                yield at(convention, place, "label_differs", *facts, level=PROBLEM)


def _named(convention: Convention) -> Iterator[tuple[str, str, Table, dict[str, dict[str, str]]]]:
    """(table, field, what Relais calls its codes, what the file calls them)."""
    roles = convention.roles
    yield "roles", "label", ROLE_LABELS, {name: role.label for name, role in roles.items()}
    yield "roles", "named", ROLE_NAMES, {name: role.named for name, role in roles.items()}
    yield "readers", "label", ROLE_LABELS, convention.readers
    yield "scopes", "label", SCOPE_LABELS, convention.scope_labels
    yield "purposes", "label", PURPOSE_TEXTS, convention.purposes


def _texts(convention: Convention) -> Iterator[Finding]:
    used = {code for grant in convention.grants for code in grant.basis}
    used |= {text["successor"] for text in convention.texts.values()}
    for code in sorted(set(convention.texts) - used):
        yield at(convention, f"texts.{code}", "text_unused", code)
    unchecked = [code for code, text in convention.texts.items() if not text["checked"]]
    if unchecked:
        numbers = str(len(unchecked)), str(len(convention.texts))
        yield at(convention, "texts", "text_not_checked", *numbers)


def _never_released(convention: Convention) -> Iterator[Finding]:
    released = {scope for grant in convention.grants for scope in grant.released}
    for scope in SCOPES:
        # A base that no clause releases whole may still have narrow scopes that some do.
        if scope in released:
            continue
        narrow = any(released_scope.startswith(f"{scope}.") for released_scope in released)
        whole = SCOPES[scope] == BASE and narrow
        code = "never_released_whole" if whole else "never_released"
        yield at(convention, f"scopes.{scope}", code, scope)


def _silent(convention: Convention) -> Iterator[Finding]:
    issuers = {(grant.realm, role) for grant in convention.grants for role in grant.issuers}
    recipients = {(grant.realm, role) for grant in convention.grants for role in grant.recipients}
    named = {role for _, role in issuers | recipients}
    for role in convention.roles:
        for realm in REALMS:
            if (realm, role) in recipients - issuers:
                yield at(convention, f"roles.{role}", "never_answers", role, realm)
        if role not in named:
            yield at(convention, f"roles.{role}", "role_unused", role)
    for reader in convention.readers:
        if reader not in named:
            yield at(convention, f"readers.{reader}", "reader_unused", reader)


def _deadlines(convention: Convention) -> Iterator[Finding]:
    """Delays that the tables of days do not cover: from effect on, nothing is guessed."""
    day = date.fromisoformat(convention.effective)
    for grant in convention.grants:
        for duty in grant.duties:
            for within in filter(None, (duty.within, duty.urgent_within)):
                try:
                    deadline(convention.calendar, within, convention.starts, day)
                except ConventionError:
                    facts = duty.act, f"{within} {duty.start}"
                    yield at(convention, grant, "deadline_without_calendar", *facts, level=PROBLEM)


def _retention(convention: Convention) -> Iterator[Finding]:
    """Copies kept longer than one of their categories allows."""
    for grant in convention.grants:
        for scope in sorted(grant.scopes):
            longest = LONGEST.get(scope) or LONGEST.get(scope.split(".")[0], "P90")
            kept = KEPT_DAYS.get(grant.keep, 0)
            if kept > KEPT_DAYS[longest]:
                facts = scope, str(kept), str(KEPT_DAYS[longest]), longest
                yield at(convention, grant, "kept_too_long", *facts, level=PROBLEM)


def _promises(convention: Convention) -> Iterator[Finding]:
    """Promises that forbid nothing: whoever signs them relies on words alone."""
    for promise in convention.invariants:
        if promise.void:
            place = f"invariants.{promise.id}"
            yield at(convention, place, "promise_forbids_nothing", promise.id, level=PROBLEM)


def _calendar(convention: Convention) -> Iterator[Finding]:
    """The end of the tables: deadlines follow them."""
    last = convention.calendar.last.isoformat()
    yield at(convention, "calendar", "calendar_ends", last)


_CHECKS: Final[tuple[Callable[[Convention], Iterator[Finding]], ...]] = (
    _sentences, _system, _labels, _texts, _never_released, _silent,
    _calendar, _deadlines, _retention,
    _promises,
)  # fmt: skip

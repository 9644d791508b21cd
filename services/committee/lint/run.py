"""What a coherent convention should still mend, or its parties should know.

`load` refuses what makes no sense. Findings here load all the same: *problems* (text and data have
parted, a clause is dead, a duty impossible) that a release should not have, and *notes* that are
true of the shipped file on purpose, each with its reason in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Final

from contracts.convention.model import Convention
from contracts.vocabulary.scopes import BASE, REALMS, SCOPES
from services.committee.lint import clause_checks
from services.committee.lint.finding import NOTE, PROBLEM, Finding, at
from services.committee.texts.bus_sentences import SENTENCES
from services.committee.texts.clause_sentence import generate
from services.committee.texts.earlier_wording import says
from services.labels.code_labels import (
    PURPOSE_TEXTS,
    ROLE_LABELS,
    ROLE_NAMES,
    SCOPE_LABELS,
    Table,
)
from services.texts import typed

__all__ = ["NOTE", "PROBLEM", "Finding", "lint"]

LANGUAGES: Final = ("fr", "en")


def lint(convention: Convention) -> list[Finding]:
    """Findings, problems first, then by line."""
    found = [finding for check in _CHECKS for finding in check(convention)]
    return sorted(found, key=lambda f: (f.level != PROBLEM, f.line, f.code, f.facts))


def _sentences(convention: Convention) -> Iterator[Finding]:
    for grant in convention.grants:
        for lang in LANGUAGES:
            due = generate(convention, grant, lang)
            if not says(grant.sentence[lang], due):
                yield at(convention, grant, "sentence_differs", lang, due, level=PROBLEM)


def _system(convention: Convention) -> Iterator[Finding]:
    """Sentences of the bus's own events; their data say what the bus does, or do not load."""
    for event, clause in convention.system.items():
        for lang in LANGUAGES:
            due = typed(SENTENCES[event].say(lang))
            if not says(clause.sentence[lang], due):
                place = f"system.{event}"
                yield at(convention, place, "sentence_differs", lang, due, level=PROBLEM)


def _labels(convention: Convention) -> Iterator[Finding]:
    for table, field, known, own in _named(convention):
        for name, label in own.items():
            place = f"{table}.{name}"
            ours = {lang: known[name].say(lang) for lang in LANGUAGES if name in known}
            if not all(says(label[lang], due) for lang, due in ours.items()):
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
    for code, text in convention.texts.items():
        yield from _dates(convention, code, text)
    unchecked = [code for code, text in convention.texts.items() if not text["checked"]]
    if unchecked:
        numbers = str(len(unchecked)), str(len(convention.texts))
        yield at(convention, "texts", "text_not_checked", *numbers)


def _dates(convention: Convention, code: str, text: dict[str, str]) -> Iterator[Finding]:
    place, until = f"texts.{code}", text["in_force_until"]
    if until and until < text["in_force_from"]:
        yield at(convention, place, "text_never_in_force", code, until, level=PROBLEM)
    elif until and (successor := text["successor"]):
        begins = convention.texts[successor]["in_force_from"]
        day_after = (date.fromisoformat(until) + timedelta(days=1)).isoformat()
        if begins > day_after:
            facts = successor, begins, code
            yield at(convention, place, "successor_too_late", *facts, level=PROBLEM)


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


_CHECKS: Final[tuple[Callable[[Convention], Iterator[Finding]], ...]] = (
    _sentences, _system, _labels, _texts, _never_released, _silent,
    clause_checks.translated, clause_checks.bases, clause_checks.calendar,
    clause_checks.never_applies, clause_checks.replies, clause_checks.deadlines,
    clause_checks.retention, clause_checks.promises,
)  # fmt: skip

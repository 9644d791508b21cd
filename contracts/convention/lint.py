"""What a coherent convention should still mend, or its parties should know.

`load` refuses what makes no sense. Findings here load all the same: *problems* (text and data have
parted, a clause says nothing new) that a release should not have, and *notes* that are true of the
shipped file on purpose, each with its reason in words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from contracts.convention.coherence import resolve
from contracts.convention.model import Convention, Grant
from contracts.convention.sentences import generate
from contracts.convention.words import ROLE_LABELS, SCOPE_LABELS
from contracts.scopes import BASE, NARROW, SCOPES

PROBLEM: Final = "problem"
NOTE: Final = "note"
LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding.

    Attributes:
        code: stable snake-case cause.
        level: `problem` or `note`.
        line: of the file, 0 for the file as a whole.
        what: what was found; `mend`: what would end it, empty if nothing should.
    """

    code: str
    level: Literal["problem", "note"]
    file: str
    line: int
    what: str
    mend: str = ""


def lint(convention: Convention) -> list[Finding]:
    """All findings, problems first, then by line."""
    found = [finding for check in _CHECKS for finding in check(convention)]
    return sorted(found, key=lambda f: (f.level != PROBLEM, f.line, f.code, f.what))


def _sentences(convention: Convention) -> Iterator[Finding]:
    for grant in convention.grants:
        for lang in LANGUAGES:
            due = generate(convention, grant, lang)
            if grant.sentence[lang] != due:
                what = f"{grant.id}: the {lang} sentence does not say what the data say"
                yield _problem(convention, grant, "sentence_differs", what, f"write: {due}")


def _redundant(convention: Convention) -> Iterator[Finding]:
    for grant in convention.grants:
        for scope in sorted(grant.scopes):
            if SCOPES[scope] == NARROW and scope.split(".")[0] in grant.scopes:
                what = f"{grant.id}: {scope} adds nothing to {scope.split('.')[0]}"
                yield _problem(convention, grant, "scope_adds_nothing", what, f"leave out {scope}")


def _bases(convention: Convention) -> Iterator[Finding]:
    last = convention.calendar.last.isoformat()
    for grant in convention.grants:
        for code in grant.basis:
            text = convention.texts[code]
            until = text["in_force_until"]
            if until and until < last:
                what = f"{grant.id}: {code} ends on {until}"
                if text["successor"]:
                    yield Finding("basis_ends", NOTE, convention.file, grant.line, what,
                                  f"a version effective then names {text['successor']}")  # fmt: skip
                else:
                    yield _problem(convention, grant, "basis_ends", what, "name its successor")


def _texts(convention: Convention) -> Iterator[Finding]:
    used = {code for grant in convention.grants for code in grant.basis}
    used |= {text["successor"] for text in convention.texts.values()}
    for code in sorted(set(convention.texts) - used):
        yield _note(convention, "text_unused", f"{code} is the basis of no clause", "leave it out")
    unchecked = [code for code, text in convention.texts.items() if not text["checked"]]
    if unchecked:
        what = f"{len(unchecked)} of {len(convention.texts)} legal texts were checked by no lawyer"
        yield _note(convention, "text_not_checked", what, "put the date of the check at `checked`")


def _calendar(convention: Convention) -> Iterator[Finding]:
    last = convention.calendar.last.isoformat()
    what = f"the calendar ends on {last}; nothing can fall due later"
    yield _note(convention, "calendar_ends", what, "adopt a version with a longer table before")


def _never_released(convention: Convention) -> Iterator[Finding]:
    released = {scope for grant in convention.grants for scope in grant.released}
    for scope in SCOPES:
        # A base that no clause releases whole may still have narrow scopes that some do.
        if scope not in released and (SCOPES[scope] != BASE or not _narrow(scope, released)):
            yield _note(convention, "never_released", f"no clause ever releases {scope}")
        elif scope not in released:
            what = f"no clause ever releases {scope} as a whole, only narrow scopes of it"
            yield _note(convention, "never_released", what)


def _narrow(scope: str, released: set[str]) -> bool:
    return any(other.startswith(f"{scope}.") for other in released)


def _silent(convention: Convention) -> Iterator[Finding]:
    issuers = {role for grant in convention.grants for role in grant.issuers}
    recipients = {role for grant in convention.grants for role in grant.recipients}
    for role in convention.roles:
        if role in recipients and role not in issuers:
            what = f"{role} receives, but no clause lets it answer"
            yield _note(convention, "never_answers", what, "add a clause")
        elif role not in recipients | issuers:
            yield _note(convention, "role_unused", f"no clause names {role}", "leave it out")


def _replies(convention: Convention) -> Iterator[Finding]:
    for grant in convention.grants:
        for duty in grant.duties:
            if duty.acts == ("ACK",):
                continue
            creditors = resolve(duty.creditor, grant, grant.recipients)
            reachable = any(
                other.clause in duty.acts and set(creditors) & set(other.recipients)
                for other in convention.grants
            )
            if not reachable:
                what = f"{grant.id}: {duty.act} cannot be addressed to {', '.join(creditors)}"
                mend = "the act to any addressee discharges it"
                yield Finding("reply_elsewhere", NOTE, convention.file, grant.line, what, mend)


def _labels(convention: Convention) -> Iterator[Finding]:
    labels = {name: role.label for name, role in convention.roles.items()}
    for table, own in ((ROLE_LABELS, labels), (SCOPE_LABELS, convention.scope_labels)):
        for name, label in own.items():
            if name in table and table[name] != (label["fr"], label["en"]):
                what = f"{name} has another label where no convention is at hand"
                yield _note(convention, "label_differs", what, "align contracts.convention.words")


_CHECKS: Final[tuple[Callable[[Convention], Iterator[Finding]], ...]] = (
    _sentences, _redundant, _bases, _texts, _calendar, _never_released, _silent, _replies, _labels,
)  # fmt: skip


def _problem(convention: Convention, grant: Grant, code: str, what: str, mend: str) -> Finding:
    return Finding(code, PROBLEM, convention.file, grant.line, what, mend)


def _note(convention: Convention, code: str, what: str, mend: str = "") -> Finding:
    return Finding(code, NOTE, convention.file, 0, what, mend)

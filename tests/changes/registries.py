"""Where each word of the bus must stand: what a change has forgotten, by file.

`python -m tests.changes.registries` prints it. Each kind of change has one function; each line names
the file to go to.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from contracts.convention import hard_denials
from contracts.decision.conditions import CHECKS
from contracts.envelope.model import Receipt
from contracts.vocabulary import events
from contracts.vocabulary.categories import BODIES
from contracts.vocabulary.conditions import CONDITIONS, DECLARATIONS, Declared
from contracts.vocabulary.reasons import REASONS
from contracts.vocabulary.scopes import EVENT_TYPES, PURPOSES, ROLES, SCOPES
from services.agency.office.inbox import arrival_words
from services.agency.office.inbox.opened import UNTOLD
from services.agency.office.responses.inbox import InboxItem
from services.agency.record import form
from services.agency.record.marks import Says
from services.labels import code_labels
from services.partner.records import KINDS

ROOT: Final = Path(__file__).parents[2]
LABELS: Final = "services/labels/code_labels.py"
WORDS: Final = "services/agency/office/inbox/arrival_words.py"
PUBLISHED: Final = {"STAT"}  # goes to no desk, so that none has words for it


def forgotten() -> list[str]:
    """Every place that a category, an event type, a condition or a claim of the receipt lacks."""
    return [*_conditions(), *_scopes(), *_acts(), *_receipt()]


def _conditions() -> Iterator[str]:
    yield from _lacks("contracts/vocabulary/conditions.py", "CONDITIONS", CHECKS, CONDITIONS)
    yield from _lacks("contracts/decision/conditions.py", "CHECKS", CONDITIONS, CHECKS)
    yield from _lacks(LABELS, "CONDITION_TEXTS", CONDITIONS, code_labels.CONDITION_TEXTS)
    yield from _lacks(LABELS, "REASON_TEXTS", REASONS, code_labels.REASON_TEXTS)
    declared = {word for word, _ in DECLARATIONS.values()}
    names = {form._FORMS.get(word, (word, None))[0] for word in declared}
    yield from _lacks(
        "contracts/vocabulary/conditions.py", "Declared", names, Declared.model_fields
    )
    yield from _lacks(
        "contracts/vocabulary/conditions.py", "DECLARATIONS", set(Declared.model_fields), names
    )
    said = {
        mark.condition
        for kind in KINDS.values()
        for field in kind.model_fields.values()
        for mark in field.metadata
        if isinstance(mark, Says)
    }
    yield from _lacks("services/partner/records.py", "the records", declared, said)


def _scopes() -> Iterator[str]:
    yield from _lacks("contracts/vocabulary/categories.py", "BODIES", SCOPES, BODIES)
    yield from _lacks("contracts/vocabulary/scopes.py", "SCOPES", BODIES, SCOPES)
    yield from _lacks(LABELS, "SCOPE_LABELS", SCOPES, code_labels.SCOPE_LABELS)
    sent = {one for one in SCOPES if _may_arrive(one)} - {arrival_words.IDENTITY}
    yield from _lacks(WORDS, "SCOPE_WORDS", sent, arrival_words.SCOPE_WORDS)


def _may_arrive(scope: str) -> bool:
    return not all(
        hard_denials.denied(issuer, recipient, event, scope)
        for issuer in ROLES
        for recipient in ROLES
        for event in EVENT_TYPES
    )


def _acts() -> Iterator[str]:
    yield from _lacks("contracts/vocabulary/events/__init__.py", "ACTS", EVENT_TYPES, events.ACTS)
    yield from _lacks("contracts/vocabulary/scopes.py", "EVENT_TYPES", events.ACTS, EVENT_TYPES)
    yield from _lacks(LABELS, "EVENTS", EVENT_TYPES, code_labels.EVENTS)
    yield from _lacks(LABELS, "PURPOSE_TEXTS", PURPOSES, code_labels.PURPOSE_TEXTS)
    yield from _lacks(WORDS, "TITLES", {*EVENT_TYPES} - PUBLISHED, arrival_words.TITLES)


def _receipt() -> Iterator[str]:
    claims = _keywords("contracts/log/routing/settle.py", "receipt")
    yield from _lacks("contracts/envelope/model.py", "Receipt", claims, Receipt.model_fields)
    told = _keys("services/agency/office/inbox/opened.py", "_told")
    known = {alias or name for name, alias in _members(InboxItem)}
    yield from _lacks("services/agency/office/responses/inbox.py", "InboxItem", told, known)
    read = _subscripts("services/agency/office/inbox/opened.py", "receipt")
    yield from _lacks(
        "services/agency/office/inbox/opened.py",
        "_told (or UNTOLD)",
        Receipt.model_fields,
        read | UNTOLD,
    )
    own = set(Receipt.model_fields) - UNTOLD - {"dec"}
    yield from _lacks("contracts/log/routing/settle.py", "post.receipt", own, claims)


def _members(model: type[InboxItem]) -> Iterator[tuple[str, str | None]]:
    return ((name, field.alias) for name, field in model.model_fields.items())


def _lacks(file: str, where: str, wanted: Iterable[str], there: Iterable[str]) -> Iterator[str]:
    yield from (f"{file}: {where} lacks {name}" for name in sorted(set(wanted) - set(there)))


def _keywords(file: str, method: str) -> set[str]:
    """Names of the keyword arguments of every call of a method."""
    return {
        one.arg
        for node in _nodes(file)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == method
        for one in node.keywords
        if one.arg
    }


def _keys(file: str, function: str) -> set[str]:
    """Keys of the object that a function returns."""
    (found,) = (
        node.value
        for outer in _nodes(file)
        if isinstance(outer, ast.FunctionDef) and outer.name == function
        for node in ast.walk(outer)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Dict)
    )
    return {str(one.value) for one in found.keys if isinstance(one, ast.Constant)}


def _subscripts(file: str, name: str) -> set[str]:
    """Keys by which a file reads an object of that name."""
    return {
        str(node.slice.value)
        for node in _nodes(file)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and isinstance(node.slice, ast.Constant)
    }


def _nodes(file: str) -> Iterator[ast.AST]:
    return ast.walk(ast.parse((ROOT / file).read_text("utf-8")))


if __name__ == "__main__":
    print("\n".join(forgotten()))  # noqa: T201 (what the tests read)

"""A comparison as JSON: every change with its data, its sentences, an example and the command to type."""

from __future__ import annotations

from typing import Any

from contracts.convention.clauses import DutySpec
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS
from services.committee.diff.change import GROUPS, Atom, Change
from services.committee.diff.change_text import same_text, sentence
from services.committee.diff.compare import Diff
from services.committee.diff.example import command, example
from services.committee.texts.french import capital


def wire(comparison: Diff) -> dict[str, Any]:
    """The whole comparison."""
    text = {lang: same_text(lang) for lang in ("fr", "en")} if comparison.same else None
    return {
        "old": _file(comparison.old),
        "new": _file(comparison.new),
        "same": comparison.same,
        "opens": comparison.opens,
        **({"text": text} if text else {}),
        **{
            group: [_change(comparison, change) for change in comparison.of(group)] for group in GROUPS
        },
        "lines": list(comparison.lines),
    }  # fmt: skip


def _file(convention: Convention) -> dict[str, Any]:
    return {
        "id": convention.id, "version": convention.version, "digest": convention.digest,
        "effective": convention.effective, "file": convention.file,
    }  # fmt: skip


def _change(comparison: Diff, change: Change) -> dict[str, Any]:
    atom = change.atom
    data = {
        "kind": atom.kind,
        "opens": atom.opens,
        "clause": change.clause,
        "realm": change.realm,
        "event": change.event,
        "purpose": change.purpose,
        "issuers": list(change.issuers),
        "recipients": list(change.recipients),
        **_what(change),
        "sentence": {
            lang: sentence(comparison.old, comparison.new, change, lang) for lang in ("fr", "en")
        },
    }  # fmt: skip
    if asked := command(comparison, change):
        data["command"] = asked
    if example(comparison, change, "fr"):
        told = {lang: capital(example(comparison, change, lang)) for lang in ("fr", "en")}
        data["example"] = told
    return {name: value for name, value in data.items() if value not in ("", [])}


def _what(change: Change) -> dict[str, Any]:
    """What differs, under the name of its kind."""
    atom = change.atom
    if atom.kind == "scopes":
        conditions = [name for name in CONDITIONS if name in atom.conditions]
        more: dict[str, Any] = {"conditions": conditions, "whole": atom.new_question}
        if (terms := atom.terms) is not None:
            owes = [duty_wire(duty) for duty in terms.duties]
            more |= {"keep": terms.keep, "owes": owes, "assigns": list(terms.assigns)}
        return {"scopes": list(atom.what), **more}
    if atom.kind == "condition":
        return {"condition": atom.what[0]}
    if atom.kind == "duty" and atom.duty is not None:
        return {"duty": duty_wire(atom.duty)}
    if atom.kind == "deadline" and atom.duty is not None:
        return {"duty": duty_wire(atom.duty), "was": _when(atom)}
    return {
        "what": list(atom.what), "was": list(atom.was), "becomes": list(atom.becomes),
    }  # fmt: skip


def _when(atom: Atom) -> dict[str, Any]:
    within, urgent, start, legal = atom.was
    return {
        "within": within, "urgent_within": urgent, "from": start, "legal": legal == str(True),
    }  # fmt: skip


def duty_wire(duty: DutySpec) -> dict[str, Any]:
    """A duty as a clause has it, parties unresolved."""
    return {
        "act": duty.act, "debtor": duty.debtor, "creditor": duty.creditor, "within": duty.within,
        "urgent_within": duty.urgent_within, "from": duty.start, "legal": duty.legal,
        "opened_by": duty.opened_by, "repeat": duty.repeat, "recipients": list(duty.recipients),
    }  # fmt: skip

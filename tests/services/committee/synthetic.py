"""The least event that shows a change, and what a convention says to it by `decide` itself.

`diff` tells a change in one sentence; here every change is put to the test: an event is worked out
that shows it, and judged by both versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.convention.rows import Row, in_order
from contracts.decision.decide import decide
from contracts.decision.doors import Door
from contracts.decision.outcome import Decision
from contracts.encoding import b64u
from contracts.keys.directory import Directory
from contracts.vocabulary.conditions import Declared
from services.committee.explain.synthetic_event import Earlier, Example, grant_of, situation
from services.committee.matrix.rows import BUS, assigned_by
from tests.services.committee.earlier_event import precedents

_REF: Final = b64u(bytes(16))
# What satisfies each declared condition, and nothing else.
_DECLARED: Final[dict[str, dict[str, Any]]] = {
    "informed": {"informed": {"parents": "informed", "minor": "informed"}},
    "urgent": {"call": {"to": "duty_magistrate", "at": 0, "ref": _REF}},
    "danger": {"danger": True},
    "authorised": {"auth": _REF},
    "authorised_if_inquiry": {"inquiry": False},
    "parents_told": {"parents_told": "written"},
    "parents_agree": {"parents_agree": True},
    "measure_open": {"measure_open": True},
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a convention says to an example.

    Attributes:
        clause: that answers, empty if none.
        doors: for what was withheld.
        owes: what the clause makes owed, as the matrix shows it.
        due: (act, debtor, creditor, instant): duties that the release opens at once; roles, and
            the instant in ISO 8601, UTC.
    """

    clause: str
    released: tuple[str, ...]
    withheld: Mapping[str, tuple[str, ...]]
    reasons: tuple[str, ...]
    doors: tuple[Door, ...]
    keep: str
    owes: tuple[dict[str, Any], ...]
    due: tuple[tuple[str, str, str, str], ...]
    assigns: tuple[str, ...]
    basis: tuple[str, ...] = ()

    def wire(self) -> dict[str, Any]:
        """The verdict as JSON."""
        return {
            "clause": self.clause,
            "released": list(self.released),
            "withheld": [{"scope": s, "reasons": list(why)} for s, why in self.withheld.items()],
            "reasons": list(self.reasons),
            "doors": [
                {"clause": d.clause, "role": d.role, "event": d.event, "purpose": d.purpose}
                for d in self.doors
            ],
            "keep": self.keep,
            "owes": list(self.owes),
            "due": [
                {"act": act, "debtor": debtor, "creditor": creditor, "due": due}
                for act, debtor, creditor, due in self.due
            ],
            "assigns": list(self.assigns),
            "basis": list(self.basis),
        }


def made(
    question: tuple[str, str, str, str, str],
    scopes: Iterable[str],
    conditions: Iterable[str],
    *conventions: Convention,
    **more: Any,
) -> Example:
    """The least event that asks a question for some scopes and meets some conditions.

    Args:
        question: realm, issuer role, event, purpose, recipient role.
        conventions: that it is to be shown to: what it answers is what they let its author send.
        more: further fields of the example; `declared` (a dict) is added to what conditions need.
    """
    realm, issuer, event, purpose, recipient = question
    wanted = frozenset(conditions)
    asked = tuple(in_order(frozenset(scopes)))
    declared: dict[str, Any] = dict(more.pop("declared", {}))
    for condition in _DECLARED:
        if condition in wanted:
            declared |= _DECLARED[condition]
    earlier = [
        Earlier(issuer=one.issuer, recipient=one.recipient, clause=one.clause, scopes=one.scopes)
        for one in precedents(conventions, question, asked, wanted)
    ]
    fields = {
        "realm": realm, "issuer": issuer, "event": event, "recipient": recipient,
        "purpose": purpose, "scopes": asked,
        "declared": Declared.model_validate(declared) if declared else None,
        "secrecy": tuple(sorted({issuer, recipient})) if "secrecy" in wanted else None,
        "assigned": (recipient,) if "assigned" in wanted else None,
        "answers": tuple(earlier) or None,
        **more,
    }  # fmt: skip
    return Example.model_validate(fields)


def judge(convention: Convention, example: Example) -> Verdict:
    """What a convention says to an example, by `decide`; a publication by its clause.

    Raises:
        UsageError: `unknown_category`, `unknown_retention`, `same_role`.
        ConventionError: `calendar_ended`: the day is beyond the convention's tables.
    """
    if example.issuer == BUS:
        return _published(convention, example)
    placed = situation(convention, example)
    decision = decide(convention, placed.directory, placed.view, placed.event, placed.at)
    outcome = decision.outcomes[0] if decision.outcomes else None
    grant = grant_of(convention, example)
    row = Row(grant, example.issuer, example.recipient) if grant is not None else None
    wire = row.wire() if row is not None else {}
    return Verdict(
        clause=grant.clause if grant is not None else "",
        released=tuple(in_order(frozenset(outcome.released))) if outcome else (),
        withheld={s: outcome.withheld[s] for s in example.scopes if s in outcome.withheld}
        if outcome
        else {},
        reasons=(outcome.reasons if outcome else ()) or decision.reasons,
        doors=tuple(Door(d.clause, d.role, d.event, d.purpose) for d in outcome.doors)
        if outcome
        else (),
        keep=wire.get("keep", ""),
        owes=tuple(wire.get("owes", ())),
        due=_due(placed.directory, decision),
        assigns=assigned_by(grant),
        basis=tuple(sorted(wire.get("basis", ()))),
    )


def _published(convention: Convention, example: Example) -> Verdict:
    grant = convention.by_question.get(
        (example.realm, BUS, example.event, example.purpose, example.recipient)
    )
    shown = frozenset(example.scopes) & grant.released if grant is not None else frozenset()
    clause = grant.clause if grant is not None else ""
    lost: dict[str, tuple[str, ...]] = {
        scope: ("not_permitted" if grant else "no_clause",)
        for scope in example.scopes
        if scope not in shown
    }
    return Verdict(clause, tuple(in_order(shown)), lost, (), (), "", (), (), ())


def _due(directory: Directory, decision: Decision) -> tuple[tuple[str, str, str, str], ...]:
    found = []
    for effect in decision.effects:
        if effect["k"] != "duty_opened":
            continue
        duty = effect["duty"]
        act = duty["id"].split("/")[1]
        parties = (directory.desks[duty[who]].role for who in ("debtor", "creditor"))
        found.append((act, *parties, datetime.fromtimestamp(duty["due"], UTC).isoformat()))
    return tuple(sorted(found))

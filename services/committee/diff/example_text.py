"""An example and what each version says to it, in French and English."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from contracts.convention.checks.compatible_conditions import EARLIER
from contracts.convention.model import CONDITIONS, Convention
from contracts.decision.conditions import INQUIRED, INQUIRY, answerable
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.cases.synthetic_event import Example, Verdict
from services.committee.diff.change import Change
from services.committee.texts.clause_sentence import named, scopes_text
from services.committee.texts.french import capital, from_french, that_french, to_french
from services.committee.texts.labels import (
    act_text,
    condition_text,
    event_label,
    purpose_label,
    reason_text,
    role_label,
)

_DECLARES = {
    "informed": "informed", "call": "urgent", "danger": "danger", "auth": "authorised",
    "inquiry": "authorised_if_inquiry", "parents_told": "parents_told",
    "parents_agree": "parents_agree", "measure_open": "measure_open",
}  # fmt: skip


def example_text(convention: Convention, example: Example, lang: str) -> str:
    """Who sends what to whom, and what is supposed.

    Args:
        lang: `fr` or `en`.
    """
    who, whom = (named(convention, role, lang) for role in (example.issuer, example.recipient))
    event, purpose = event_label(example.event, lang), purpose_label(example.purpose, lang)
    scopes = scopes_text(frozenset(example.scopes), lang, convention)
    if lang == "fr":
        text = f"{from_french(who)} {to_french(whom)}, {event}, pour {purpose} : {scopes}."
    else:
        text = f"from {who} to {whom}, {event}, to {purpose}: {scopes}."
    text = capital(text)
    names = supposed(convention, example)
    facts = [condition_text(name, lang) for name in names]
    if example.answers and not set(EARLIER) & set(names):  # it counts in the other version alone
        facts.append(_earlier_text(example, lang))
    if not facts:
        return text
    if lang == "fr":
        return f"{text} À supposer {' ; '.join(that_french(fact) for fact in facts)}."
    return f"{text} Supposing that {'; that '.join(facts)}."


def supposed(convention: Convention, example: Example) -> tuple[str, ...]:
    """The conditions whose facts an example has, of earlier events as `conditions` counts them."""
    declared = example.declared.wire() if example.declared is not None else {}
    found = {_DECLARES[name] for name, value in declared.items() if value or name == "inquiry"}
    if {example.issuer, example.recipient} <= set(example.secrecy or ()):
        found.add("secrecy")
    if example.recipient in (example.assigned or ()):
        found.add("assigned")
    found |= {name for name in EARLIER if _answers(convention, example, name)}
    return tuple(name for name in CONDITIONS if name in found)


def _answers(convention: Convention, example: Example, condition: str) -> bool:
    """Whether every earlier event of an example is one that a condition lets it answer or copy."""
    if (condition, example.recipient) == INQUIRED:
        told = [one.clause for one in example.answers or () if one.recipient == example.recipient]
        return bool(told) and set(told) == {INQUIRY}
    author = example.issuer if condition == "copy_of" else example.recipient
    counted = answerable(convention, condition) or frozenset()
    events: dict[str, set[str]] = {}  # deliveries of one issuer are those of one event
    for earlier in example.answers or ():
        events.setdefault(earlier.issuer, set()).add(earlier.clause)
    return events.keys() == {author} and bool(events[author] & counted)


def _earlier_text(example: Example, lang: str) -> str:
    """That there is an earlier event, where this version lets nothing answer or copy it."""
    clauses = ", ".join(dict.fromkeys(one.clause for one in example.answers or ()))
    texts = (
        f"il soit répondu à un envoi antérieur ({clauses})",
        f"an earlier event is answered ({clauses})",
    )
    return _pick(texts, lang)


def verdict_text(convention: Convention, change: Change, verdict: Verdict, lang: str) -> str:
    """What one version says to the example of a change, as far as the change is about it."""
    say = _SAY.get(change.atom.kind, _released)
    return say(convention, change, verdict, lang)


def _released(_convention: Convention, _change: Change, verdict: Verdict, lang: str) -> str:
    if verdict.released:
        return _pick(("oui", "yes"), lang)
    why = next(iter(verdict.withheld.values()), verdict.reasons)
    said = (" ; " if lang == "fr" else "; ").join(reason_text(code, lang) for code in why)
    return f"{_pick(('non', 'no'), lang)}, {said}"


def _kept(_convention: Convention, _change: Change, verdict: Verdict, lang: str) -> str:
    return f"{RETENTION_CLASSES[verdict.keep]} {_pick(('jours', 'days'), lang)}"


def _part(_convention: Convention, change: Change, verdict: Verdict, lang: str) -> str:
    holds = change.atom.what[0] in verdict.assigns
    part = ("prend part", "takes part") if holds else ("ne prend pas part", "takes no part")
    return _pick(part, lang)


def _basis(convention: Convention, _change: Change, verdict: Verdict, lang: str) -> str:
    texts = [convention.texts[code][lang] for code in verdict.basis]
    return (" ; " if lang == "fr" else "; ").join(texts)


def _clause(_convention: Convention, _change: Change, verdict: Verdict, _lang: str) -> str:
    return verdict.clause


def _owed(convention: Convention, change: Change, verdict: Verdict, lang: str) -> str:
    """When the duty of the change falls due, in Paris."""
    duty = change.atom.duty
    if duty is None:
        return ""
    acts = set(duty.acts)
    dates = [due for act, _, _, due in verdict.due if acts == set(act.split(":")[0].split("|"))]
    owed = any(acts == set(str(one["act"]).split(":")[0].split("|")) for one in verdict.owes)
    if not owed:
        return _pick(("rien n'est dû à ce titre", "nothing of the kind is owed"), lang)
    if not dates:
        return f"{act_text(duty.act, lang, convention)}, {_pick(('plus tard', 'later'), lang)}"
    told = (
        convention.calendar.local(int(datetime.fromisoformat(due).timestamp())) for due in dates
    )
    days = [f"{one:%d/%m/%Y, %H:%M}" if lang == "fr" else f"{one:%Y-%m-%d, %H:%M}" for one in told]
    return f"{_pick(('dû au plus tard le', 'due by'), lang)} {', '.join(days)}"


def _doors(convention: Convention, _change: Change, verdict: Verdict, lang: str) -> str:
    if not verdict.doors:
        return _pick(("aucune porte", "no door"), lang)
    return (" ; " if lang == "fr" else "; ").join(
        f"{role_label(door.role, lang, convention)} ({door.clause})" for door in verdict.doors
    )


def _pick(texts: tuple[str, str], lang: str) -> str:
    return texts[0] if lang == "fr" else texts[1]


_SAY: Final[dict[str, Callable[[Convention, Change, Verdict, str], str]]] = {
    "retention": _kept,
    "duty": _owed,
    "deadline": _owed,
    "assignment": _part,
    "basis": _basis,
    "clause": _clause,
    "door": _doors,
}

"""The nearest clauses in words: what each would take, for a professional and for an auditor."""

from __future__ import annotations

from typing import Final

from contracts.convention.model import Convention
from services.committee.explain.nearest_clauses import Lack, Near, What
from services.committee.texts.clause_sentence import named
from services.committee.texts.french import capital, from_french, that_french, to_french
from services.committee.texts.labels import condition_text, purpose_label, scope_label

Pair = tuple[str, str]
_OTHER: Final[dict[str, Pair]] = {
    "issuer": ("un autre émetteur", "another sender"),
    "recipient": ("un autre destinataire", "another recipient"),
    "event": ("un autre acte", "another act"),
    "purpose": ("un autre but", "another purpose"),
    "realm": ("l'autre bus", "the other bus"),
}
_CODES: Final[dict[What, Pair]] = {
    "issuer": ("émetteur", "issuer"), "recipient": ("destinataire", "recipient"),
    "event": ("acte", "event"), "purpose": ("but", "purpose"), "scope": ("donnée", "scope"),
    "realm": ("bus", "realm"), "condition": ("condition", "condition"),
}  # fmt: skip


def near_lines(convention: Convention, nearest: tuple[Near, ...], lang: str) -> list[str]:
    """Each near clause on a line, in words alone; none if there is none.

    Args:
        lang: `fr` or `en`.
    """
    if not nearest:
        return []
    lead = ("Ce qui serait permis, au plus près :", "What would be permitted, nearest:")
    return [_pick(lead, lang), *(f"   - {_near(convention, near, lang)}" for near in nearest)]


def near_codes(near: Near, lang: str) -> str:
    """A near clause and what it asks otherwise, by codes."""
    asked = [_coded(lack, lang) for lack in near.lacks]
    asked += [f"{_pick(_CODES['condition'], lang)} {name}" for name in near.conditions]
    lead = _pick(("Clause proche", "Near clause"), lang)
    return f"{lead} {near.grant.id}{' : ' if lang == 'fr' else ': '}{', '.join(asked)}."


def _near(convention: Convention, near: Near, lang: str) -> str:
    """A near clause in words, what it would take, and what remains to be seen."""
    label = near.grant.label[lang]
    who, whom = (named(convention, role, lang) for role in (near.issuer, near.recipient))
    purpose = purpose_label(near.grant.purpose, lang)
    lacks = [_lack(convention, lack, lang) for lack in near.lacks]
    if lang == "fr":
        head = f"{label}, {from_french(who)} {to_french(whom)}, pour {purpose}"
        said = f"{head} ; il faudrait : {' ; '.join(lacks)}."
    else:
        said = f"{label}, from {who} to {whom}, to {purpose}; it would take: {'; '.join(lacks)}."
    return capital(said) + _remaining(near.conditions, lang)


def _remaining(conditions: tuple[str, ...], lang: str) -> str:
    texts = [_that(name, lang) for name in conditions]
    if not texts:
        return ""
    return _pick((f" À condition {' ; '.join(texts)}.", f" On condition {'; '.join(texts)}."), lang)


def _lack(convention: Convention, lack: Lack, lang: str) -> str:
    if lack.what == "condition":
        return _that(lack.needed, lang)
    if lack.what != "scope":
        return _pick(_OTHER[lack.what], lang)
    label = scope_label(lack.got, lang, convention)
    why = ("non prévu", "not provided for")
    if lack.needed:
        why = ("exclu en toutes lettres", "excluded by name")
    return _pick((f"retirer « {label} », {why[0]}", f"leaving out “{label}”, {why[1]}"), lang)


def _that(condition: str, lang: str) -> str:
    text = condition_text(condition, lang)
    return that_french(text) if lang == "fr" else f"that {text}"


def _coded(lack: Lack, lang: str) -> str:
    """A lack by its codes: `destinataire POL → CRIP`, `scope HEALTH → excluded`."""
    needed = lack.needed or "—"
    if lack.what == "scope" and lack.needed:
        needed = _pick(("exclue", "excluded"), lang)
    return f"{_pick(_CODES[lack.what], lang)} {lack.got} → {needed}"


def _pick(texts: Pair, lang: str) -> str:
    return texts[0] if lang == "fr" else texts[1]

"""What a role is in words, now and before, in French and English: house, buses, secrecy, colleague."""

from __future__ import annotations

from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.change import Atom
from services.committee.diff.change_heading import colon, pick
from services.committee.texts.labels import both, role_label

Pair = tuple[str, str]
_NOTHING: Final = ("rien", "nothing")
_ROLE_IS: Final[dict[str, Pair]] = {
    "agency": ("le service dont relève ce rôle", "the agency of this role"),
    "realms": ("les bus où ce rôle agit", "the buses on which this role acts"),
    "secrecy": ("le secret auquel ce rôle est tenu", "the secrecy that binds this role"),
    "colleague": (
        "le collègue vers qui ce rôle est renvoyé",
        "the colleague to whom this role is sent",
    ),
}
_VALUES: Final[dict[str, Pair]] = {
    "profession": ("secret de la profession", "bound by profession"),
    "mission": ("secret de la mission", "bound by mission"),
    "statute": ("secret prévu par un statut", "bound by statute"),
    "convention": ("secret prévu par convention", "bound by convention"),
    "unbound": ("non tenu au secret", "not bound"),
    "unneeded": ("secret sans objet", "not needed"),
    "civil": ("bus civil", "civil bus"),
    "criminal": ("bus pénal", "criminal bus"),
}


def role_added(new: Convention, name: str, lang: str) -> str:
    """Where a role that is added belongs: whoever works in that house reads what the role receives."""
    role = new.roles[name]
    secrecy = _VALUES[role.secrecy]
    if role.secrecy == "unneeded":
        secrecy = secrecy[0], "secrecy not needed"
    facts = [
        pick(("il relève de : {}", "it belongs to: {}"), lang).format(_agency(new, role.agency, lang)),
        both([pick(_VALUES[realm], lang) for realm in role.realms], lang),
        pick(secrecy, lang),
    ]  # fmt: skip
    if role.colleague:
        sent = ("il est renvoyé vers : {}", "it is sent to: {}")
        facts.append(pick(sent, lang).format(role_label(role.colleague, lang, new)))
    return pick((" ; ", "; "), lang).join(facts)


def role_is(atom: Atom, old: Convention, new: Convention, lang: str) -> str:
    """What a role is now, and was."""
    role, name = atom.what
    was, becomes = (
        ", ".join(_role_value(one, name, value, lang) for value in values if value)
        for one, values in ((old, atom.was), (new, atom.becomes))
    )
    what, moved = pick(_ROLE_IS[name], lang), now(was, becomes, lang)
    said = f"{role_label(role, lang, new)} ({role}){colon(lang)}{what}, {moved}"
    if name == "agency":
        read = ("Ce que ce rôle reçoit y sera lu.", "What this role receives will be read there.")
        said += f" {pick(read, lang)}"
    return said


def _role_value(convention: Convention, name: str, value: str, lang: str) -> str:
    if name == "agency":
        return _agency(convention, value, lang)
    if name == "colleague":
        return role_label(value, lang, convention)
    return pick(_VALUES[value], lang) if value in _VALUES else value


def _agency(convention: Convention, name: str, lang: str) -> str:
    return convention.party_labels.get(name, {}).get(lang, name)


def now(was: str, becomes: str, lang: str, none: Pair = _NOTHING) -> str:
    """What is so now; and before."""
    nothing = pick(none, lang)
    text = (
        f"désormais {becomes or nothing} ; auparavant {was or nothing}.",
        f"now {becomes or nothing}; before, {was or nothing}.",
    )
    return pick(text, lang)

"""Changes of the file as a whole, in French and English: signatories, promises, calendar, words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from contracts.convention.model import Convention
from services.committee.diff.change import Atom
from services.committee.diff.change_heading import colon, pick
from services.committee.diff.role_text import now, role_added, role_is
from services.committee.diff.rule_numbers import BOUND
from services.committee.texts.labels import both, event_label, purpose_label, role_label

Pair = tuple[str, str]
_MEMBERS: Final[dict[str, tuple[Pair, Pair]]] = {
    "party": (
        ("{} devient signataire.", "{} becomes a signatory."),
        ("{} n'est plus signataire.", "{} is no longer a signatory."),
    ),
    "role": (
        ("Un rôle est ajouté : {}.", "A role is added: {}."),
        ("Un rôle est retiré : {}.", "A role is taken out: {}."),
    ),
    "reader": (
        ("Un lecteur de statistiques est ajouté : {}.", "A reader of statistics is added: {}."),
        ("Un lecteur de statistiques est retiré : {}.", "A reader of statistics is taken out: {}."),
    ),
    "text": (
        ("Un texte est ajouté : {}.", "A legal text is added: {}."),
        ("Un texte est retiré : {}.", "A legal text is taken out: {}."),
    ),
}
_FILE_IS: Final[dict[str, Pair]] = {
    "id": ("L'identifiant de la convention", "The identifier of the convention"),
    "effective": ("La date d'effet", "The date of effect"),
    "predecessor": (
        "L'empreinte de la version que celle-ci dit suivre",
        "The digest of the version that this one says it follows",
    ),
}
_TEXT_IS: Final[dict[str, Pair]] = {
    "in_force_from": ("en vigueur depuis", "in force since"),
    "in_force_until": ("en vigueur jusqu'au", "in force until"),
    "successor": ("remplacé par", "replaced by"),
    "checked": ("relu par un juriste le", "checked by a lawyer on"),
}
_TABLES: Final[dict[str, Pair]] = {
    "title": ("le titre", "the title"),
    "parties": ("le nom d'un signataire", "a signatory's name"),
    "roles": ("l'intitulé d'un rôle", "a role's label"),
    "named": ("le nom d'un rôle dans les phrases", "a role's name in sentences"),
    "readers": ("le nom d'un lecteur", "a reader's name"),
    "scopes": ("le nom d'une donnée", "a name of data"),
    "texts": ("l'intitulé d'un texte", "a legal text's label"),
    "system": ("la phrase d'un événement du bus", "the words of an event of the bus"),
}


def general_text(old: Convention, new: Convention, atom: Atom, lang: str) -> str:
    """One change of the file as a whole.

    Args:
        lang: `fr` or `en`.
    """
    if atom.kind in _MEMBERS:
        return _member(old, new, atom, lang)
    return _SAY[atom.kind](atom, old, new, lang)


def _member(old: Convention, new: Convention, atom: Atom, lang: str) -> str:
    how, name = atom.what
    convention = new if how == "added" else old
    template = pick(_MEMBERS[atom.kind][how == "removed"], lang)
    label = _label(convention, atom.kind, name, lang)
    if (atom.kind, how) == ("role", "added"):
        label += f"{pick((' ; ', '; '), lang)}{role_added(new, name, lang)}"
    return template.format(label)


def _label(convention: Convention, kind: str, name: str, lang: str) -> str:
    if kind == "party":
        return convention.party_labels[name][lang]
    if kind == "text":
        return convention.texts[name][lang]
    return f"{role_label(name, lang, convention)} ({name})"


def _quorum(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    was, becomes = (_needed(one, lang) for one in (atom.was, atom.becomes))
    text = (
        f"Pour adopter une version, il faut désormais la signature de {becomes} ; auparavant de {was}.",
        f"To adopt a version, {becomes} must now sign; before, {was}.",
    )
    return pick(text, lang)


def _needed(quorum: tuple[str, ...], lang: str) -> str:
    needed, parties = quorum
    if needed == "all":
        return pick((f"toutes les parties ({parties})", f"all parties ({parties})"), lang)
    noun = "partie" if needed == "1" else "parties"
    return pick((f"{needed} {noun} sur {parties}", f"{needed} of {parties} parties"), lang)


def _promise(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    how, name = atom.what
    index = 0 if lang == "fr" else 1
    was, becomes = (one[index] if one else "" for one in (atom.was, atom.becomes))
    if how == "added":
        return (
            pick((f"Une garantie est ajoutée ({name}) : ", f"A promise is added ({name}): "), lang)
            + becomes
        )
    if how == "removed":
        lead = (f"Une garantie est retirée ({name})", f"A promise is taken out ({name})")
        said = f"{pick(lead, lang)}{colon(lang)}{was}"
        falls = (
            "Aucune autre à elle seule n'en tient lieu : à vérifier que rien ne devient permis.",
            "No other by itself stands in for it: check that nothing becomes possible by this.",
        )
        return f"{said} {pick(falls, lang)}" if atom.opens else said
    lead = (f"La garantie {name} est reformulée", f"The promise {name} is reworded")
    return f"{pick(lead, lang)}{colon(lang)}{becomes}"


def _file_is(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    moved = now("".join(atom.was), "".join(atom.becomes), lang)
    return f"{pick(_FILE_IS[atom.what[0]], lang)}{colon(lang)}{moved}"


def _number(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    (clause,) = atom.what
    lead = (
        f"Le numéro {clause} est donné à un autre acte, et ce qui a déjà été envoyé sous ce numéro comptera comme tel",
        f"The number {clause} is given to another act, and what was already sent under it will count as such",
    )
    if clause in BOUND:
        lead = (
            f"Le bus attache des règles propres au numéro {clause}, donné à un autre acte",
            f"The bus ties rules of its own to the number {clause}, which is given to another act",
        )
    was, becomes = (_act(one, lang) for one in (atom.was, atom.becomes))
    return f"{pick(lead, lang)}{colon(lang)}{now(was, becomes, lang)}"


def _number_left(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    (clause,), act = atom.what, _act(atom.was, lang)
    if lang == "fr":
        return (
            f"Ce qui a déjà été envoyé sous le numéro {clause} ({act}) ne compte plus comme tel : "
            "les clauses qui permettent d'y répondre ou d'en adresser copie ne valent plus pour cela."
        )
    return (
        f"What was already sent under the number {clause} ({act}) no longer counts as such: "
        "the clauses that let it be answered or copied no longer hold for it."
    )


def _act(act: tuple[str, ...], lang: str) -> str:
    if not act:
        return ""
    event, purpose = event_label(act[0], lang), purpose_label(act[1], lang)
    return f"{event}, {pick(('pour', 'to'), lang)} {purpose}"


def _calendar(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    names = {
        "first": ("Le calendrier commence désormais le", "The calendar now begins on"),
        "last": ("Le calendrier s'arrête désormais le", "The calendar now ends on"),
    }
    before = pick(("auparavant le", "before, on"), lang)
    semi = pick((" ; ", "; "), lang)
    return f"{pick(names[atom.what[0]], lang)} {atom.becomes[0]}{semi}{before} {atom.was[0]}."


def _holidays(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    how, *days = atom.what
    names = {
        "added": ("Jours fériés ajoutés, qui ne comptent plus dans les délais", "Holidays added"),
        "removed": (
            "Jours fériés retirés, qui comptent désormais dans les délais",
            "Holidays taken out",
        ),
    }
    return f"{pick(names[how], lang)}{colon(lang)}{both(days, lang)}."


def _clock(_atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    text = (
        "Les dates de changement d'heure ne sont plus les mêmes.",
        "The dates of the clock changes are no longer the same.",
    )
    return pick(text, lang)


def _text_is(atom: Atom, _old: Convention, new: Convention, lang: str) -> str:
    code, name = atom.what
    what = pick(_TEXT_IS[name], lang)
    moved = now("".join(atom.was), "".join(atom.becomes), lang)
    return f"{new.texts[code][lang]}{colon(lang)}{what}, {moved}"


def _relabelled(atom: Atom, _old: Convention, _new: Convention, lang: str) -> str:
    table, key = atom.what
    index = 0 if lang == "fr" else 1
    what = pick(_TABLES[table], lang)
    named = f" ({key})" if key else ""
    was, becomes = atom.was[index], atom.becomes[index]
    text = (
        f"{what}{named} devient « {becomes} » ; auparavant « {was} ».",
        f"{what}{named} becomes “{becomes}”; before “{was}”.",
    )
    said = pick(text, lang)
    return said[:1].upper() + said[1:]


_SAY: Final[dict[str, Callable[[Atom, Convention, Convention, str], str]]] = {
    "quorum": _quorum,
    "promise": _promise,
    "file_is": _file_is,
    "role_is": role_is,
    "number": _number,
    "number_left": _number_left,
    "calendar": _calendar,
    "holidays": _holidays,
    "clock": _clock,
    "text_is": _text_is,
    "label": _relabelled,
}

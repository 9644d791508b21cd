"""What a clause says beside its sentence: act, who takes part by it, texts of law, and whose idea.

The sentence is what the parties sign (`sentences`); these lines come from the same data and stand
under it on the page, so that nothing of a clause is left out.
"""

from __future__ import annotations

from contracts.convention.model import Convention, Grant
from services.committee.cases.synthetic_event import assigned_by
from services.committee.texts.clause_sentence import party_text
from services.committee.texts.labels import both, event_label, origin_label


def beside(convention: Convention, grant: Grant, lang: str) -> tuple[str, ...]:
    """The lines of one grant: act, the parties' own remark, participants, basis, origin.

    Args:
        lang: `fr` or `en`.
    """
    colon = " : " if lang == "fr" else ": "
    act = f"{_pick('Acte', 'Act', lang)}{colon}{event_label(grant.event, lang)} ({grant.event})."
    note = grant.note.get(lang, "")
    remark = _pick(
        "Remarque des parties, sans effet propre sur le bus",
        "Remark of the parties, with no effect of its own on the bus",
        lang,
    )
    return (
        act,
        *((f"{remark}{colon}{note}",) if note else ()),
        *(() if grant.publication else (part_text(convention, assigned_by(grant), lang),)),
        f"{_pick('Fondement', 'Basis', lang)}{colon}{_basis(convention, grant, lang)}.",
        _origin(grant, lang),
    )


def part_text(convention: Convention, assigned: tuple[str, ...], lang: str) -> str:
    """Whom an event makes take part in the case, from `example.assigned_by`."""
    who = [party_text(convention, one, lang) for one in assigned]
    if not who:
        nobody = (
            "Cet envoi ne fait entrer personne dans la situation.",
            "This event makes nobody take part in the case.",
        )
        return _pick(*nobody, lang)
    parties = both(who, lang)
    if lang == "fr":
        return f"Par cet envoi, {parties} {'prennent' if len(who) > 1 else 'prend'} part à la situation."
    return f"By this event {parties} {'take' if len(who) > 1 else 'takes'} part in the case."


def _basis(convention: Convention, grant: Grant, lang: str) -> str:
    texts = [convention.texts[code][lang] for code in grant.basis]
    return (" ; " if lang == "fr" else "; ").join(texts)


def _origin(grant: Grant, lang: str) -> str:
    flow, deadline, data = (
        origin_label(flag, lang)
        for flag in (grant.flags.flow, grant.flags.deadline, grant.flags.categories)
    )
    text = (
        f"Origine de l'envoi : {flow} ; du délai : {deadline} ; du choix des données : {data}.",
        f"Origin of the sending: {flow}; of the time limit: {deadline}; of the choice of data: {data}.",
    )
    return _pick(*text, lang)


def _pick(french: str, english: str, lang: str) -> str:
    return french if lang == "fr" else english

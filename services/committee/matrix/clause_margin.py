"""What a clause says beside its sentence: who takes part, its basis; where its note is.

The sentence is what the parties sign (`clause_sentence`); these lines come from the same data and
stand under it on the page. Act and origin stand in the table.
"""

from __future__ import annotations

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from services.committee.texts.clause_sentence import party_text
from services.committee.texts.french import capital
from services.texts import Catalogue, series

_ = Catalogue(__name__)


def parted(grant: Grant, lang: str) -> tuple[str, str, str]:
    """A signed sentence: before the parties' own remark, the remark, after it.

    The remark stands in the sentence, since they sign it, and does nothing on the bus: a reader is
    shown which words it is. Without one, or where the sentence does not hold it, all stands before.
    """
    sentence, note = grant.sentence[lang], grant.note.get(lang, "")
    return sentence.partition(note) if note else (sentence, "", "")


def beside(convention: Convention, grant: Grant, lang: str) -> tuple[str, ...]:
    """The lines of one grant: participants, basis.

    Args:
        lang: `fr` or `en`.
    """
    return (
        *(() if grant.publication else (part_text(convention, assigned_by(grant), lang),)),
        basis_text(convention, grant, lang),
    )


def basis_text(convention: Convention, grant: Grant, lang: str) -> str:
    """The legal texts that a grant rests on."""
    texts = series((convention.texts[code][lang] for code in grant.basis), lang)
    return _("Basis: {texts}.").say(lang, texts=texts)


def assigned_by(grant: Grant) -> tuple[str, ...]:
    """Whom a release makes a participant: `issuer`, `recipient`; as `decide` reads the field."""
    sides = {"issuer" if who == "issuer" else "recipient" for who in grant.assigns}
    return tuple(sorted(sides))


def part_text(convention: Convention, assigned: tuple[str, ...], lang: str) -> str:
    """Whom an event makes take part in the case, from `assigned_by`."""
    who = [party_text(convention, party, lang) for party in assigned]
    if not who:
        return _("This event makes nobody take part in the case.").say(lang)
    text = _.ngettext(
        "By this event {who} takes part in the case.", "By this event {who} take part in the case."
    )
    return capital(text.say(lang, n=len(who), who=who))

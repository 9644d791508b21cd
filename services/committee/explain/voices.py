"""An explanation in three voices: for a professional, an operator and an auditor (`explain`).

The professional reads words and no code; the operator reads codes, to compare with metrics and
notices; the auditor reads clause, basis and digest, to compare with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from contracts.convention.model import Convention
from contracts.decision.doors import Door
from contracts.vocabulary.scopes import RETENTION_CLASSES
from services.committee.explain.explain import Answer, Explanation, Voice
from services.committee.matrix.rows import in_order
from services.committee.texts.clause_sentence import named, party_text, scopes_text
from services.committee.texts.french import capital, from_french, that_french, to_french
from services.committee.texts.labels import (
    condition_text,
    either,
    event_label,
    origin_label,
    owed_text,
    plain_text,
    purpose_label,
    reason_text,
    role_label,
    scope_label,
    scopes_named,
    unknown_text,
)
from services.texts import Catalogue, typeset

_ = Catalogue(__name__)
_ORIGIN: Final = _(
    "Origin of the sending: {flow}; of the time limit: {deadline}; of the choice of data: {data}"
)
_YES: Final = _("{purpose}: yes, for {scopes}.")
_YES_EMPTY: Final = _("{purpose}: yes, without content.")

_IMMEDIATE: Final = (
    "Danger immédiat : composez le 17 ; le 119 conseille à toute heure.",
    "Immediate danger: call 17; 119 advises at any hour.",
)


def told(found: Explanation, lang: str, voice: Voice = "professional") -> str:
    """The answer, one statement a line.

    Args:
        lang: `fr` or `en`.
    """
    return typeset("\n".join(_VOICES[voice](found, lang)), lang)


def door_text(
    convention: Convention, issuer: str, door: Door, lang: str, *, codes: bool = True
) -> str:
    """A door in words; a colleague's is told as such.

    Args:
        codes: with the clause's id.
    """
    role = role_label(door.role, lang, convention)
    event, purpose = event_label(door.event, lang), purpose_label(door.purpose, lang)
    clause = f" ({door.clause})" if codes else ""
    if door.role in convention.roles and convention.roles[issuer].colleague == door.role:
        grants = [g for g in convention.grants if g.clause == door.clause]
        if any(door.role in grant.issuers and issuer not in grant.issuers for grant in grants):
            rest = _pick(
                "Pour le reste, au sein de la même institution",
                "The rest, in the same institution",
                lang,
            )
            return f"{rest}{_colon(lang)}{role}, {event}{clause}."
    right = _pick("La bonne porte", "The right door", lang) + _colon(lang)
    if door.event == "SIG":
        right += _pick("si le danger est grave, ", "if the danger is grave, ", lang)
    return f"{right}{role}, {event}, {_pick('pour', 'to', lang)} {purpose}{clause}."


# --- the professional -----------------------------------------------------------------------------


def _professional(found: Explanation, lang: str) -> list[str]:
    lines = [_headline(found, lang)]
    for answer in found.answers:
        lines += _answered(found, answer, lang)
    for why in dict.fromkeys(found.withheld.values()):
        scopes = frozenset(scope for scope, own in found.withheld.items() if own == why)
        what = scopes_text(scopes, lang, found.convention)
        no = f"{_pick('Non', 'No', lang)}{_colon(lang)}{what}."
        told_before = any(set(why) <= set(answer.unmet) for answer in found.answers)
        lines.append(no if told_before else f"{no} {capital(_because(why, lang))}.")
    lines += [f"{capital(unknown_text(code, lang))}." for code in found.unknown]
    lines += [
        f"→ {door_text(found.convention, found.issuer, door, lang, codes=False)}"
        for door in found.door
    ]
    if any(door.event == "SIG" for door in found.door):
        lines.append(_pick(*_IMMEDIATE, lang))
    return lines


def _headline(found: Explanation, lang: str) -> str:
    who, whom = (named(found.convention, role, lang) for role in (found.issuer, found.recipient))
    what = event_label(found.event, lang)
    if lang == "fr":
        head = capital(f"{from_french(who)} {to_french(whom)}, {what}")
    else:
        head = f"From {who} to {whom}, {what}"
    if found.answers:
        return f"{head}."
    return (
        f"{head}{_colon(lang)}{_pick('non', 'no', lang)}. {capital(_because(found.reasons, lang))}."
    )


def _answered(found: Explanation, answer: Answer, lang: str) -> list[str]:
    grant, convention = answer.row.grant, found.convention
    purpose = capital(f"{_pick('pour', 'to', lang)} {purpose_label(grant.purpose, lang)}")
    passing = frozenset(answer.released) | frozenset(answer.narrower)
    if not found.asked:
        passing = grant.scopes if not answer.unmet else frozenset()
    if answer.unmet:
        why = _because(answer.unmet, lang)
        return [f"{purpose}{_colon(lang)}{_pick('non', 'no', lang)}. {capital(why)}."]
    if not passing and not answer.empty:
        nothing = _pick("rien de ce qui est demandé", "nothing of what is asked", lang)
        return [f"{purpose}{_colon(lang)}{nothing}."]
    if answer.empty:
        lines = [_YES_EMPTY.say(lang, purpose=purpose)]
    else:
        scopes = scopes_named(passing, lang, convention)
        lines = [_YES.say(lang, purpose=purpose, scopes=scopes)]
    if grant.conditions:
        lines.append(f"   {_conditions(found, answer, lang)}")
    for duty in answer.row.duties:
        who, whom = (party_text(convention, one, lang) for one in (duty.debtor, duty.creditor))
        owed = plain_text(owed_text(duty, lang, convention))
        said = (
            f"{who} doit {to_french(whom)} {owed}."
            if lang == "fr"
            else f"{who} owes {whom} {owed}."
        )
        lines.append(f"   {capital(said)}")
    if grant.keep:
        days = RETENTION_CLASSES[grant.keep]
        kept = (
            f"La copie conservée par le bus est détruite au bout de {days} jours.",
            f"The copy on the bus is destroyed after {days} days.",
        )
        lines.append(f"   {_pick(*kept, lang)}")
    return lines


def _conditions(found: Explanation, answer: Answer, lang: str) -> str:
    """Named where only roles are known; of an event, whether they hold."""
    texts = [condition_text(name, lang) for name in answer.row.grant.conditions]
    if lang == "fr":
        said = " ; ".join(that_french(text) for text in texts)
        if found.judged and not answer.depends:
            return "Les conditions sont réunies."
        lead = "Reste à savoir au dossier ; il faut" if found.judged else "À condition"
        return f"{lead} {said}."
    if found.judged and not answer.depends:
        return "The conditions are met."
    lead = "The case will tell; it is required" if found.judged else "On condition"
    return f"{lead} that {'; that '.join(texts)}."


# --- the operator ---------------------------------------------------------------------------------


def _operator(found: Explanation, lang: str) -> list[str]:
    yes, no = _pick("oui", "yes", lang), _pick("non", "no", lang)
    lines = [f"{found.event} {found.issuer} -> {found.recipient}"]
    lines += [f"{yes} {scope}" for scope in found.released]
    lines += [f"{no} {scope} {' '.join(why)}" for scope, why in found.withheld.items()]
    lines += [f"{no} * {' '.join(found.reasons)}"] if found.reasons else []
    lines += [f"unknown {_joined(found.unknown)}"] if found.unknown else []
    for answer in found.answers:
        grant = answer.row.grant
        owed = [f"{answer.row.party(d.debtor)}:{d.act}:{d.within}" for d in answer.row.duties]
        lines.append(
            f"clause {grant.id} {grant.realm} {grant.purpose} "
            f"scopes={','.join(in_order(grant.scopes))} conditions={_joined(grant.conditions)} "
            f"unmet={_joined(answer.unmet)} depends={str(answer.depends).lower()} "
            f"owes={_joined(owed)} keep={grant.keep or '-'}"
        )
    lines += [f"door {d.clause} {d.event} {d.purpose} {d.role}" for d in found.door]
    return lines


def _joined(words: Iterable[str]) -> str:
    return ",".join(words) or "-"


# --- the auditor ----------------------------------------------------------------------------------


def _auditor(found: Explanation, lang: str) -> list[str]:
    one = found.convention
    digest = _pick("empreinte", "digest", lang)
    lines = [
        f"{one.title[lang]}, version {one.version}, {digest} {one.digest}",
        f"{found.issuer} -> {found.recipient}, {found.event}",
    ]
    for answer in found.answers:
        lines += _clause(found, answer, lang)
    for scope, why in found.withheld.items():
        label = scope_label(scope, lang, one)
        lines.append(
            f"{_pick('Non', 'No', lang)}{_colon(lang)}{scope} ({label}){_colon(lang)}"
            f"{_because(why, lang)} ({', '.join(why)})."
        )
    if found.reasons:
        why_text = f"{_because(found.reasons, lang)} ({', '.join(found.reasons)})"
        lines.append(f"{_pick('Non', 'No', lang)}{_colon(lang)}{why_text}.")
    lines += [f"{capital(unknown_text(code, lang))} ({code})." for code in found.unknown]
    lines += [door_text(one, found.issuer, door, lang) for door in found.door]
    return lines


def _clause(found: Explanation, answer: Answer, lang: str) -> list[str]:
    grant, one = answer.row.grant, found.convention
    yes = either(list(answer.released), lang) if answer.released else _pick("rien", "nothing", lang)
    flags = grant.flags.flow, grant.flags.deadline, grant.flags.categories
    flow, deadline, data = (origin_label(flag, lang) for flag in flags)
    texts = (f"{one.texts[code][lang]} ({code}, {_span(one, code, lang)})" for code in grant.basis)
    lines = [
        f"{_pick('Clause', 'Clause', lang)} {grant.id}{_colon(lang)}{grant.sentence[lang]}",
        f"   {_pick('Oui', 'Yes', lang)}{_colon(lang)}"
        + (", ".join(answer.released) if answer.released else yes),
        f"   {_pick('Fondement', 'Basis', lang)}{_colon(lang)}{' ; '.join(texts)}",
        f"   {_ORIGIN.say(lang, flow=flow, deadline=deadline, data=data)}",
    ]
    if answer.unmet:
        unmet = f"{_because(answer.unmet, lang)} ({', '.join(answer.unmet)})"
        lines.append(f"   {_pick('Non rempli', 'Not met', lang)}{_colon(lang)}{unmet}")
    if answer.depends:
        depends = ("Dépend du dossier (depends)", "Depends on the case (depends)")
        lines.append(f"   {_pick(*depends, lang)}")
    return lines


def _span(convention: Convention, code: str, lang: str) -> str:
    """From when to when a text is in force; most have no end."""
    text = convention.texts[code]
    since, until = text["in_force_from"], text["in_force_until"]
    if not until:
        return f"{_pick('depuis le', 'since', lang)} {since}"
    return f"{since} – {until}"


def _because(why: Iterable[str], lang: str) -> str:
    return _pick(" ; ", "; ", lang).join(reason_text(code, lang) for code in why)


def _pick(french: str, english: str, lang: str) -> str:
    return french if lang == "fr" else english


def _colon(lang: str) -> str:
    return " : " if lang == "fr" else ": "


_VOICES: Final[dict[Voice, Callable[[Explanation, str], list[str]]]] = {
    "professional": _professional,
    "operator": _operator,
    "auditor": _auditor,
}

"""Differences and rights in words, French and English; one line each."""

from __future__ import annotations

from typing import Final, Literal

from services.operate.drift import Drift

Lang = Literal["fr", "en"]

# kind -> (what is so, what would be done), each in French and in English.
_SAID: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "topic_missing": (
        ("{place} : ce topic manque", "{place}: this topic is missing"),
        ("{place} : créer ce topic, {expected} partition(s)",
         "{place}: make this topic, {expected} partition(s)"),
    ),
    "topic_unknown": (
        ("{place} : aucune clause ne demande ce topic", "{place}: no clause needs this topic"),
        ("{place} : rien ; un topic n'est jamais supprimé ici, son contenu est à juger d'abord",
         "{place}: nothing; no topic is ever deleted here, somebody must judge its content first"),
    ),
    "partitions": (
        ("{place} : {got} partition(s), {expected} convenue(s)",
         "{place}: {got} partition(s), {expected} agreed"),
        ("{place} : rien ; leur nombre ne change jamais, l'ordre des dossiers en dépend",
         "{place}: nothing; their number never changes, the order within cases rests on it"),
    ),
    "replicas": (
        ("{place} : {got} réplica(s), {expected} convenu(s)",
         "{place}: {got} replica(s), {expected} agreed"),
        ("{place} : rien ; déplacer ses réplicas avec kafka-reassign-partitions ({expected} convenus)",
         "{place}: nothing; move its replicas with kafka-reassign-partitions ({expected} agreed)"),
    ),
    "setting": (
        ("{place} : {name} = {got}, convenu : {expected}",
         "{place}: {name} = {got}, agreed: {expected}"),
        ("{place} : {name} = {got} devient {expected}", "{place}: {name} = {got} becomes {expected}"),
    ),
    "shorter": (
        ("{place} : {name} = {got}, plus long que convenu : {expected}",
         "{place}: {name} = {got}, longer than agreed: {expected}"),
        ("{place} : {name} = {got} devient {expected}, ce qui efface ce qui est plus ancien",
         "{place}: {name} = {got} becomes {expected}, which deletes what is older"),
    ),
    "right_missing": (
        ("{place} n'a pas, et devrait avoir : {name}", "{place} lacks what it should have: {name}"),
        ("{place} reçoit : {name}", "{place} is given: {name}"),
    ),
    "right_extra": (
        ("{place} a, et rien ne le lui donne : {name}", "{place} has what nothing gives: {name}"),
        ("{place} perd : {name}", "{place} loses: {name}"),
    ),
}  # fmt: skip
_NOTHING: Final = ("aucune valeur propre", "no value of its own")
_WORDS: Final = {
    "topic READ": ("lire {}", "read {}"),
    "topic WRITE": ("écrire dans {}", "write to {}"),
    "transactional_id WRITE": ("publier sous {}", "publish as {}"),
    "group READ": ("tenir sa place dans {}", "keep its place in {}"),
}
_HEADS: Final = {
    "apply": ("Avec `apply` :", "With `apply`:"),
    "asked": ("Seulement avec `apply {option}` :", "Only with `apply {option}`:"),
    "by hand": ("À la main, jamais par `apply` :", "By hand, never by `apply`:"),
    "nothing done": ("Rien à changer.", "Nothing to change."),
    "none": ("Rien ne diffère de ce qui est convenu.", "Nothing differs from what was agreed."),
}


def state(drift: Drift, lang: Lang) -> str:
    """What is so."""
    return _fill(drift, lang, 0)


def action(drift: Drift, lang: Lang) -> str:
    """What would be done about it."""
    return _fill(drift, lang, 1)


def head(remedy: str, lang: Lang, option: str = "") -> str:
    """What stands above the lines of one remedy, or for `none` instead of any."""
    return _pick(_HEADS[remedy], lang).format(option=option)


def right_text(text: str, lang: Lang) -> str:
    """A right (`topic relais.civil.control READ`) in words; an odd one as it is."""
    resource, _, rest = text.partition(" ")
    name, _, operation = rest.rpartition(" ")
    words = _WORDS.get(f"{resource} {operation}")
    return text if words is None or " " in name else _pick(words, lang).format(name)


def _fill(drift: Drift, lang: Lang, which: int) -> str:
    nothing = _pick(_NOTHING, lang)
    name = right_text(drift.name, lang) if drift.kind.startswith("right") else drift.name
    return _pick(_SAID[drift.kind][which], lang).format(
        place=drift.place, name=name, got=drift.got or nothing, expected=drift.expected or nothing
    )


def _pick(texts: tuple[str, str], lang: Lang) -> str:
    return texts[0] if lang == "fr" else texts[1]

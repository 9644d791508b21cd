"""Differences and rights in words, one line each."""

from __future__ import annotations

from typing import Final

from services.operate.drift import Drift
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

# kind -> (what is so, what would be done).
_SAID: Final[dict[str, tuple[Text, Text]]] = {
    "topic_missing": (
        _("{place}: this topic is missing"),
        _("{place}: make this topic, {expected} partition(s)"),
    ),
    "topic_unknown": (
        _("{place}: no clause needs this topic"),
        _("{place}: nothing; no topic is ever deleted here, somebody must judge its content first"),
    ),
    "partitions": (
        _("{place}: {got} partition(s), {expected} agreed"),
        _("{place}: nothing; their number never changes, the order within cases rests on it"),
    ),
    "replicas": (
        _("{place}: {got} replica(s), {expected} agreed"),
        _(
            "{place}: nothing; move its replicas with `kafka-reassign-partitions` ({expected} agreed)"
        ),
    ),
    "setting": (
        _("{place}: {name} = {got}, agreed: {expected}"),
        _("{place}: {name} = {got} becomes {expected}"),
    ),
    "shorter": (
        _("{place}: {name} = {got}, longer than agreed: {expected}"),
        _("{place}: {name} = {got} becomes {expected}, which deletes what is older"),
    ),
    "right_missing": (
        _("{place} lacks what it should have: {name}"),
        _("{place} is given: {name}"),
    ),
    "right_extra": (_("{place} has what nothing gives: {name}"), _("{place} loses: {name}")),
    "quota": (
        _("{place}: {name} = {got}, agreed: {expected}"),
        _("{place}: {name} = {got} becomes {expected}"),
    ),
    "quota_extra": (
        _("{place} has a limit that nothing gives: {name} = {got}"),
        _("{place} loses the limit {name} = {got}"),
    ),
}
_NOTHING: Final = _("no value of its own")
_RIGHTS: Final = {
    "topic READ": _("read {resource}"),
    "topic WRITE": _("write to {resource}"),
    "transactional_id WRITE": _("publish as {resource}"),
    "group READ": _("keep its place in {resource}"),
    "topic DESCRIBE": _("have {resource} described"),
    "group DESCRIBE": _("have the group {resource} described"),
    "cluster DESCRIBE": _("have the cluster described"),
}
_HEADS: Final = {
    "apply": _("With `apply`:"),
    "asked": _("Only with `apply {option}`:"),
    "by hand": _("By hand, never by `apply`:"),
    "nothing done": _("Nothing to change."),
    "none": _("Nothing differs from what was agreed."),
}


def state(drift: Drift, lang: str) -> str:
    """What is so."""
    return _fill(drift, lang, 0)


def action(drift: Drift, lang: str) -> str:
    """What would be done about it."""
    return _fill(drift, lang, 1)


def head(remedy: str, lang: str, option: str = "") -> str:
    """What stands above the lines of one remedy, or for `none` instead of any."""
    return _HEADS[remedy].say(lang, option=option)


def right_text(text: str, lang: str) -> str:
    """A right (`topic relais.civil.control READ`) in words; an odd one as it is."""
    resource, _space, rest = text.partition(" ")
    name, _space, operation = rest.rpartition(" ")
    words = _RIGHTS.get(f"{resource} {operation}")
    return text if words is None or " " in name else words.say(lang, resource=name)


def _fill(drift: Drift, lang: str, which: int) -> str:
    name = right_text(drift.name, lang) if drift.kind.startswith("right") else drift.name
    return _SAID[drift.kind][which].say(
        lang,
        place=drift.place,
        name=name,
        got=drift.got or _NOTHING,
        expected=drift.expected or _NOTHING,
    )

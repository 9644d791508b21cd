"""Differences and rights in words, one line each."""

from __future__ import annotations

from typing import Final

from services.operate.drift import Drift

# kind -> (what is so, what would be done).
_SAID: Final[dict[str, tuple[str, str]]] = {
    "topic_missing": (
        "{place}: this topic is missing",
        "{place}: make this topic, {expected} partition(s)",
    ),
    "topic_unknown": (
        "{place}: no clause needs this topic",
        "{place}: nothing; no topic is ever deleted here, somebody must judge its content first",
    ),
    "partitions": (
        "{place}: {got} partition(s), {expected} agreed",
        "{place}: nothing; their number never changes, the order within cases rests on it",
    ),
    "replicas": (
        "{place}: {got} replica(s), {expected} agreed",
        "{place}: nothing; move its replicas with `kafka-reassign-partitions` ({expected} agreed)",
    ),
    "setting": (
        "{place}: {name} = {got}, agreed: {expected}",
        "{place}: {name} = {got} becomes {expected}",
    ),
    "shorter": (
        "{place}: {name} = {got}, longer than agreed: {expected}",
        "{place}: {name} = {got} becomes {expected}, which deletes what is older",
    ),
    "right_missing": (
        "{place} lacks what it should have: {name}",
        "{place} is given: {name}",
    ),
    "right_extra": ("{place} has what nothing gives: {name}", "{place} loses: {name}"),
    "quota": (
        "{place}: {name} = {got}, agreed: {expected}",
        "{place}: {name} = {got} becomes {expected}",
    ),
    "quota_extra": (
        "{place} has a limit that nothing gives: {name} = {got}",
        "{place} loses the limit {name} = {got}",
    ),
}
_NOTHING: Final = "no value of its own"
_RIGHTS: Final = {
    "topic READ": "read {resource}",
    "topic WRITE": "write to {resource}",
    "transactional_id WRITE": "publish as {resource}",
    "group READ": "keep its place in {resource}",
    "topic DESCRIBE": "have {resource} described",
    "group DESCRIBE": "have the group {resource} described",
    "cluster DESCRIBE": "have the cluster described",
}
_HEADS: Final = {
    "apply": "With `apply`:",
    "asked": "Only with `apply {option}`:",
    "by hand": "By hand, never by `apply`:",
    "nothing done": "Nothing to change.",
    "none": "Nothing differs from what was agreed.",
}


def state(drift: Drift) -> str:
    """What is so."""
    return _fill(drift, 0)


def action(drift: Drift) -> str:
    """What would be done about it."""
    return _fill(drift, 1)


def head(remedy: str, option: str = "") -> str:
    """What stands above the lines of one remedy, or for `none` instead of any."""
    return _HEADS[remedy].format(option=option)


def right_text(text: str) -> str:
    """A right (`topic relais.civil.control READ`) in words; an odd one as it is."""
    resource, _space, rest = text.partition(" ")
    name, _space, operation = rest.rpartition(" ")
    words = _RIGHTS.get(f"{resource} {operation}")
    return text if words is None or " " in name else words.format(resource=name)


def _fill(drift: Drift, which: int) -> str:
    name = right_text(drift.name) if drift.kind.startswith("right") else drift.name
    return _SAID[drift.kind][which].format(
        place=drift.place, name=name, got=drift.got or _NOTHING, expected=drift.expected or _NOTHING
    )

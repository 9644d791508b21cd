"""Differences and rights in words, one line each."""

from __future__ import annotations

from typing import Final

from services.operate.drift import Drift

# kind -> what differs
_LINES: Final[dict[str, str]] = {
    "topic_missing": "{place}: this topic is missing ({expected} partition(s))",
    "topic_unknown": "{place}: no clause needs this topic; judge its content before you delete it",
    "partitions": (
        "{place}: {got} partition(s), {expected} agreed; their number never changes, "
        "the order within cases rests on it"
    ),
    "replicas": (
        "{place}: {got} replica(s), {expected} agreed; "
        "move its replicas with `kafka-reassign-partitions`"
    ),
    "setting": "{place}: {name} = {got}, agreed: {expected}",
    "shorter": "{place}: {name} = {got}, agreed: {expected}; the change deletes what is older",
    "right_missing": "{place} lacks what it should have: {name}",
    "right_extra": "{place} has what nothing gives: {name}",
    "quota": "{place}: {name} = {got}, agreed: {expected}",
    "quota_extra": "{place} has a limit that nothing gives: {name} = {got}",
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
    "asked": "Only with `apply --shorten` (topics) or `apply --prune` (rights):",
    "by hand": "By hand, never by `apply`:",
    "done": "Changed, so that this differs no more:",
    "nothing done": "Nothing to change.",
    "none": "Nothing differs from what was agreed.",
}


def line(drift: Drift) -> str:
    """What differs, to stand below its head."""
    name = right_text(drift.name) if drift.kind.startswith("right") else drift.name
    text = _LINES[drift.kind].format(
        place=drift.place, name=name, got=drift.got or _NOTHING, expected=drift.expected or _NOTHING
    )
    return f"  {text}"


def head(remedy: str) -> str:
    """What stands above the lines of one remedy, or instead of any."""
    return _HEADS[remedy]


def right_text(text: str) -> str:
    """A right (`topic relais.civil.control READ`) in words; an odd one as it is."""
    resource, _space, rest = text.partition(" ")
    name, _space, operation = rest.rpartition(" ")
    words = _RIGHTS.get(f"{resource} {operation}")
    return text if words is None or " " in name else words.format(resource=name)

"""What differs between what was agreed and what the brokers have.

`describe` tells it to people, `json` to programs; the gauge `relais_drift` counts it by kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

TopicKind = Literal[
    "topic_missing", "topic_unknown", "partitions", "replicas", "setting", "shorter"
]  # fmt: skip
RightKind = Literal["right_missing", "right_extra", "quota", "quota_extra"]
Kind = TopicKind | RightKind

# kind -> what `apply` does about it
MADE: Final = frozenset({"topic_missing", "setting", "right_missing", "quota"})  # at once
ASKED: Final = frozenset(
    {"shorter", "right_extra", "quota_extra"}
)  # only if asked, it takes something away
TOPIC_KINDS: Final[tuple[str, ...]] = TopicKind.__args__  # type: ignore[attr-defined]
RIGHT_KINDS: Final[tuple[str, ...]] = RightKind.__args__  # type: ignore[attr-defined]

_NOTHING: Final = "no value of its own"
_LINES: Final[dict[Kind, str]] = {
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
    "right_missing": "{place} lacks: {name}",
    "right_extra": "{place} has what nothing gives: {name}",
    "quota": "{place}: {name} = {got}, agreed: {expected}",
    "quota_extra": "{place} has a limit that nothing gives: {name} = {got}",
}


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """One difference.

    Attributes:
        kind: `topic_missing`, `topic_unknown` (a `relais.` topic that nothing needs), `partitions`,
            `replicas`, `setting`, `shorter` (a setting whose change would delete records),
            `right_missing`, `right_extra`, `quota` (a limit that is missing or another one),
            `quota_extra`.
        place: the topic, or the principal of a right or limit.
        name: the setting, the limit, or the right as `resource name operation`; empty if none.
        got, expected: as found and as agreed; empty if not there.
    """

    kind: Kind
    place: str
    name: str = ""
    got: str = ""
    expected: str = ""

    def describe(self) -> str:
        """For people, in a line."""
        got, expected = self.got or _NOTHING, self.expected or _NOTHING
        text = _LINES[self.kind]
        return text.format(place=self.place, name=self.name, got=got, expected=expected)

    def json(self) -> dict[str, Any]:
        """For programs, with whether `apply` makes it good."""
        return {**asdict(self), "apply": remedy(self)}


def remedy(drift: Drift) -> str:
    """What makes it good: `apply`, `asked` (apply with its option), or `by hand`."""
    if drift.kind in MADE:
        return "apply"
    return "asked" if drift.kind in ASKED else "by hand"


def counts(drifts: Iterable[Drift], kinds: Iterable[str]) -> dict[str, int]:
    """Number of differences of each kind, those without any too."""
    numbers = dict.fromkeys(kinds, 0)
    for drift in drifts:
        numbers[drift.kind] += 1
    return numbers

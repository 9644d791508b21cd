"""What differs between what was agreed and what the brokers have.

`describe` tells it to people, `json` to programs; the gauge `relais_drift` counts it by kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

# What `apply` does about a difference: makes it good at once; only if asked, since it takes
# something away; nothing.
APPLY: Final = "apply"
ASKED: Final = "asked"
BY_HAND: Final = "by hand"
_NOTHING: Final = "no value of its own"
_TOPICS: Final = {
    "topic_missing": (APPLY, "{place}: this topic is missing ({expected} partition(s))"),
    "topic_unknown": (
        BY_HAND, "{place}: no clause needs this topic; judge its content before you delete it",
    ),
    "partitions": (
        BY_HAND, "{place}: {got} partition(s), {expected} agreed; a number that never changes",
    ),
    "replicas": (
        BY_HAND, "{place}: {got} replica(s), {expected} agreed: `kafka-reassign-partitions`",
    ),
    "setting": (APPLY, "{place}: {name} = {got}, agreed: {expected}"),
    "shorter": (
        ASKED, "{place}: {name} = {got}, agreed: {expected}; the change deletes what is older",
    ),
}  # fmt: skip
_RIGHTS: Final = {
    "right_missing": (APPLY, "{place} lacks: {name}"),
    "right_extra": (ASKED, "{place} has what nothing gives: {name}"),
    "quota": (APPLY, "{place}: {name} = {got}, agreed: {expected}"),
    "quota_extra": (ASKED, "{place} has a limit that nothing gives: {name} = {got}"),
}
_KINDS: Final = _TOPICS | _RIGHTS
TOPIC_KINDS: Final = tuple(_TOPICS)
RIGHT_KINDS: Final = tuple(_RIGHTS)


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

    kind: str
    place: str
    name: str = ""
    got: str = ""
    expected: str = ""

    def describe(self) -> str:
        """For people, in a line."""
        got, expected = self.got or _NOTHING, self.expected or _NOTHING
        text = _KINDS[self.kind][1]
        return text.format(place=self.place, name=self.name, got=got, expected=expected)

    @property
    def remedy(self) -> str:
        """What makes it good: `apply`, `asked` (apply with its option), or `by hand`."""
        return _KINDS[self.kind][0]

    def json(self) -> dict[str, Any]:
        """For programs, with whether `apply` makes it good."""
        return {**asdict(self), "apply": self.remedy}


def counts(drifts: Iterable[Drift], kinds: Iterable[str]) -> dict[str, int]:
    """Number of differences of each kind, those without any too."""
    numbers = dict.fromkeys(kinds, 0)
    for drift in drifts:
        numbers[drift.kind] += 1
    return numbers

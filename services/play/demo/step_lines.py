"""What a step shows: outcomes by desk, duties that changed, expectations that were not met.

Desks that got the same by the same clause are told in one line; so are desks that owe the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from services.play.demo.expected import Difference, named
from services.play.demo.screen import Kind, Said, Teller
from services.play.demo.wording import Words, utc

Outcomes = Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]  # desk -> progress, observed


class Telling:
    """Turns what was observed into lines.

    Args:
        now: instant of the next line, seconds.
    """

    def __init__(self, teller: Teller, words: Words, now: Callable[[], int]) -> None:
        self.words = words
        self._teller = teller
        self._now = now

    def tell(self, kind: Kind, text: Said, *, ok: bool = True, **data: Any) -> None:
        """Add a line."""
        self._teller.tell(kind, self._now(), text, ok=ok, **data)

    def held(self, kind: Kind, text: Said, seen: object, expected: object) -> None:
        """Add a line that holds something against what is expected."""
        ok = seen == expected
        if not ok:
            text = Said(
                f"{text.fr} — attendu : {expected} ; observé : {seen}",
                f"{text.en} — expected: {expected}; observed: {seen}",
            )
        self.tell(kind, text, ok=ok, checks=1)

    def outcomes(self, found: Outcomes) -> None:
        """What became of an event, desk by desk."""
        for desks, seen in _alike(found, lambda one: (one["state"], one["grant"], one["released"])):
            if seen["state"] == "delivered":
                text = self.words.arrived(desks, seen["grant"], seen["released"])
                self.tell("arrived", text, desks=desks, clause=seen["grant"], **_scopes(seen))
        for desks, seen in _alike(found, lambda one: (one["state"], one["reasons"])):
            if seen["state"] != "delivered":
                whole, why = seen["state"] == "refused", seen["reasons"]
                text = self.words.refused(desks, why, whole=whole)
                self.tell("refused", text, desks=desks, reasons=list(why))
        self._kept_back(found, "withheld")
        self._kept_back(found, "left_out")
        doors = {
            tuple(door.values()): door
            for progress, seen in found.values()
            for door in progress.get("doors", ())
            if seen["state"] != "delivered"
        }
        for door in doors.values():
            self.tell("door", self.words.door(door), door=dict(door))

    def _kept_back(self, found: Outcomes, kind: Kind) -> None:
        for desks, seen in _alike(found, lambda one: (one[kind], one["reasons"])):
            if scopes := seen[kind]:
                by_router = kind == "withheld"
                text = self.words.kept_back(desks, scopes, seen["reasons"], by_router=by_router)
                self.tell(kind, text, desks=desks, scopes=scopes)

    def changes(self, found: Difference) -> None:
        """Duties that are done, that opened, that moved."""
        for duty in found.closed.values():
            # That an acknowledgement is done is what the line before has just said.
            quiet = duty["act"].startswith("ACK:") and not duty["overdue"]
            self.tell("done", self.words.done(duty), duty=named(duty), quiet=quiet)
        same = ("act", "creditor", "due")
        opened: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for duty in sorted(found.opened.values(), key=lambda one: (one["due"], one["debtor"])):
            opened.setdefault(tuple(duty[name] for name in same), []).append(duty)
        for duties in opened.values():
            text = self.words.owed(duties, utc(duties[0]["due"]))
            self.tell("owed", text, duties=[named(duty) for duty in duties], due=duties[0]["due"])
        for duty in found.moved.values():
            text = self.words.moved(duty, utc(duty["due"]))
            self.tell("moved", text, duty=named(duty), due=duty["due"])

    def overdue(self, duties: Iterable[Mapping[str, Any]]) -> None:
        """Duties that fell due."""
        for duty in duties:
            self.tell("overdue", self.words.overdue(duty), duty=named(duty), due=duty["due"])


def _scopes(seen: Mapping[str, Any]) -> dict[str, Any]:
    return {"scopes": list(seen["released"])}


def _alike(
    found: Outcomes, key: Callable[[Mapping[str, Any]], object]
) -> list[tuple[list[str], Mapping[str, Any]]]:
    """Desks whose outcomes are alike, and the outcome, in order."""
    groups: dict[str, tuple[list[str], Mapping[str, Any]]] = {}
    for desk, (_, seen) in found.items():
        groups.setdefault(repr(key(seen)), ([], seen))[0].append(desk)
    return list(groups.values())

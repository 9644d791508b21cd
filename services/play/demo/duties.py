"""What desks owe one another in a story, and what changed of it since the last look."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from services.play.demo.bus import Bus

Duty = dict[str, Any]  # as `GET /v1/duties` shows it


class Changes(NamedTuple):
    """Duties that changed between two looks."""

    opened: list[Duty]
    closed: list[Duty]
    moved: list[Duty]
    overdue: list[Duty]


class OpenDuties:
    """The open duties of all desks, as the last look found them."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._open: dict[str, Duty] = {}

    @property
    def names(self) -> list[str]:
        """Of all that is owed."""
        return names_of(self._open.values())

    def look(self) -> Changes:
        """Look again."""
        before, bus = self._open, self._bus
        now = {duty["id"]: duty for desk in bus.roles for duty in bus.duties(desk)}
        self._open = now
        return Changes(
            opened=[now[one] for one in now if one not in before],
            closed=[before[one] for one in before if one not in now],
            moved=[
                now[one] for one in before if one in now and before[one]["due"] != now[one]["due"]
            ],
            overdue=[
                duty
                for one, duty in now.items()
                if duty["overdue"] and not before.get(one, {}).get("overdue")
            ],
        )


def named(duty: Mapping[str, Any]) -> str:
    """`crip>edu-s ACK:received`: who owes whom what."""
    return f"{duty['debtor']}>{duty['creditor']} {duty['act']}"


def names_of(duties: Iterable[Duty]) -> list[str]:
    """Names of duties, sorted."""
    return sorted(map(named, duties))


def due_at(duty: Mapping[str, Any]) -> int:
    """The instant by which it is due."""
    return int(datetime.fromisoformat(duty["due"]).timestamp())

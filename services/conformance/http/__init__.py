"""The cases of who speaks an agency's HTTP: what befalls it before a sandbox, and what it must do then (use §2)."""

from __future__ import annotations

from typing import Final

from services.conformance.http import reading, sending
from services.conformance.http.kit_desks import USUAL, kit_desk
from services.conformance.http.trial import HttpCase

HTTP: Final[tuple[HttpCase, ...]] = (*sending.CASES, *reading.CASES)


def http_cases(desk: str = USUAL) -> tuple[HttpCase, ...]:
    """Those of a desk: what it has no record for, or nobody who answers, is left out.

    Raises:
        UsageError: `desk_unknown`.
    """
    played = kit_desk(desk)
    return tuple(case for case in HTTP if not (task := case.make()) or played.has(task.wants))

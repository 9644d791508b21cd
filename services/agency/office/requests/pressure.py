"""What a service says when it has enough to do: 503 with a time to come back."""

from __future__ import annotations

from typing import Final

from contracts.decision.new_cases import HOUR_S, hour_of
from services.platform.http.problems import ProblemError

AWAY_S: Final = 2  # what a refused caller is asked to wait, seconds
UNDECIDED: Final = 5_000  # own events that wait for routing: some 30 s of an intake at full rate
BEHIND_S: Final = 10  # then: routing needs longer than a burst takes


def busy() -> ProblemError:
    """503: the service has as much in hand as it may."""
    return later(503, "busy", "as many requests in hand as may be", AWAY_S)


def check_undecided(count: int) -> None:
    """Take no more events while routing is behind.

    Args:
        count: the agency's own events that wait for a decision.

    Raises:
        ProblemError: 503 `routing_behind`.
    """
    if count >= UNDECIDED:
        raise later(503, "routing_behind", f"{count} events without a decision", BEHIND_S)


def too_many_new_cases(most: int, at: int) -> ProblemError:
    """429: the desk has opened as many cases in this hour as the convention allows (rules §16)."""
    left = hour_of(at) + HOUR_S - at
    return later(429, "too_many_new_cases", f"{most} new cases in this hour", left)


def too_much_on_case(at: int) -> ProblemError:
    """429: the case holds so much of the desk's that more of it counts as new cases: too few are left."""
    left = hour_of(at) + HOUR_S - at
    return later(429, "too_much_on_case", "more on a case that holds much of the desk's", left)


def later(status: int, code: str, got: str, seconds: int) -> ProblemError:
    """A refusal that says when to send the same request again."""
    expected = f"the same request, with its key, in {seconds} s"
    return ProblemError(status, code, got, expected, headers={"Retry-After": str(seconds)})

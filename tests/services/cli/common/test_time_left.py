"""The time left: silent before it knows, then true to the recent pace."""

from __future__ import annotations

from services.cli.common.time_left import Remaining, in_words


class Clock:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_nothing_is_said_before_anything_is_known() -> None:
    """Not in the first second, and not without progress."""
    clock = Clock()
    remaining = Remaining(clock)

    assert remaining.after(10, 1000) is None
    clock.at = 5
    assert remaining.after(0, 1000) is None
    assert in_words(None) == ""


def test_a_steady_pace_is_foretold_to_the_second() -> None:
    """Half done after a minute: another minute."""
    clock = Clock()
    remaining = Remaining(clock)

    found = None
    for second in range(1, 61):
        clock.at = float(second)
        found = remaining.after(second * 10, 1200)

    assert found == 60.0
    assert in_words(found) == "about 60 s left"


def test_a_pace_that_slows_down_is_believed_soon() -> None:
    """Fast for a minute, then ten times slower: after half a minute the estimate has turned."""
    clock = Clock()
    remaining = Remaining(clock)
    for second in range(1, 61):
        clock.at = float(second)
        remaining.after(second * 100, 10_000)

    found = None
    for second in range(61, 91):
        clock.at = float(second)
        found = remaining.after(6000 + (second - 60) * 10, 10_000)

    assert found is not None
    assert abs(found - 370) < 40  # 3,700 at ten a second
    assert in_words(found) == "about 7 min left"

"""The five stories, in the order of play."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from services.play.demo import opening
from services.play.demo.bus import Bus
from services.play.demo.scene import StoryBrokenError
from services.play.demo.screen import Teller
from services.play.demo.stories import at_home, duplicate, refused, runaway, urgent

Story = Callable[[Bus, Teller], None]

STORIES: Final[dict[str, Story]] = {
    "A": refused.play,
    "B": urgent.play,
    "C": duplicate.play,
    "D": at_home.play,
    "E": runaway.play,
}


def play_all(bus: Bus, teller: Teller, letters: Iterable[str] = STORIES) -> bool:
    """Play stories one after another, then let the auditor replay the log.

    Returns:
        Whether every observed outcome was the expected one, and the auditor found nothing.
    """
    opening.opened(teller, bus.clock.now(), bus.roles)
    played = 0
    for letter in letters:
        try:
            STORIES[letter](bus, teller)
        except StoryBrokenError:
            break  # told already; what follows would begin with somebody's duties open
        played += 1
    opening.closed(teller, bus.clock.now(), played, bus.audit())
    return not teller.failures

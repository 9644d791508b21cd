"""The five stories of `domain.md` section 7, as `rules.md` clarifies them, in the order of play."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.federation.driver import Bus
from services.federation.stories import refused
from services.federation.teller import Teller

Story = Callable[[Bus, Teller], None]

STORIES: Final[dict[str, Story]] = {
    "A": refused.play,
}

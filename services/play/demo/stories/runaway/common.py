"""What the parts of the story share: its night, its child."""

from __future__ import annotations

from typing import Any

from services.play.demo.stories.marked import Marked

NIGHT = 19  # day of the story of the runaway: a Monday


def child(m: Marked) -> dict[str, Any]:
    """Sam, as most agencies write him."""
    return m.minor("Sam", "2012-01-15", "male")

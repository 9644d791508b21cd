"""The federation in which a flow happens."""

from __future__ import annotations

import pytest

from tests.world import PromptWorld, World


@pytest.fixture
def world() -> World:
    """One in which nothing has happened yet."""
    return PromptWorld()
